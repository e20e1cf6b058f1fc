/**
 * `-o yaml|json|name|jsonpath=…|go-template=…|custom-columns=…`: which printer a format means,
 * and what each makes of an object. cli-runtime's genericclioptions.PrintFlags and printers/.
 */
import { decode } from "../../../kube/schema/decode";
import type { Context } from "../command";
import { kindName } from "../api-resource";
import { Failure } from "../errors";
import { escapeHtml, isMap, listAt, prettyJson, textAt } from "../json";

/** What an object looks like; a printer may remember that it has printed before (YAML's ---). */
export type Printer = (object: unknown) => string;

const OBJECT_FORMATS = ["go-template", "go-template-file", "json", "jsonpath", "jsonpath-as-json", "jsonpath-file", "kyaml", "name", "template", "templatefile", "yaml"];
const GET_FORMATS = ["custom-columns", "custom-columns-file", ...OBJECT_FORMATS.slice(0, -1), "wide", "yaml"];

/** The printer for --output, or undefined when there is none: the command prints its own way. */
export function printerFor(context: Context, columns = false, typed = false): Printer | undefined {
  const { flags } = context;
  const template = flags.has("template") ? flags.string("template") : "";
  const written = flags.string("output");
  if (written === "" && template === "") return undefined;
  const output = written === "" ? "go-template" : written;
  const equals = output.indexOf("=");
  const format = equals < 0 ? output : output.slice(0, equals);
  const argument = equals < 0 ? template : output.slice(equals + 1);
  return choose(context, { output, format, argument, columns, typed });
}

type Choice = { readonly output: string; readonly format: string; readonly argument: string; readonly columns: boolean; readonly typed: boolean };

/** What only somebody who reads wants to see, and comes with the rest of kubectl: see other-printers.ts. */
const OTHERS = ["yaml", "kyaml", ...OBJECT_FORMATS.filter((format) => /^(jsonpath|go-template|template)/.test(format)), "custom-columns", "custom-columns-file"];
/** Undefined: this format is not for this command. */
export type OtherPrinters = (context: Context, choice: Choice & { readonly shown: (object: unknown) => unknown }) => Printer | undefined;

function choose(context: Context, choice: Choice): Printer {
  const { format, output } = choice;
  const managed = context.flags.has("show-managed-fields") && context.flags.bool("show-managed-fields");
  const shown = (object: unknown): unknown => (managed ? object : withoutManagedFields(object));
  const exact = output === format;
  if (exact && ["YAML", "JSON", "KYAML", "NAME"].includes(format.toUpperCase()) && format !== format.toLowerCase()) return choose(context, { ...choice, output: output.toLowerCase(), format: format.toLowerCase() });
  if (exact && format === "json") return (object) => `${escapeHtml(choice.typed ? JSON.stringify(inStructOrder(shown(object)), undefined, 4) : prettyJson(shown(object)))}\n`;
  if (exact && format === "name") return namePrinter("");
  const other = OTHERS.includes(format) ? context.printers()(context, { ...choice, shown }) : undefined;
  if (other !== undefined) return other;
  throw new Failure(
    `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${(choice.columns ? GET_FORMATS : OBJECT_FORMATS).join(",")}`,
  );
}

/** A Go struct's JSON has the struct's order; everybody else holds maps, in the order of their keys. */
export function inStructOrder(object: unknown): unknown {
  const { kind, apiVersion, ...rest } = decode(textAt(object, "kind"), object).value;
  return { kind, apiVersion, ...rest };
}

/** "deployment.apps/web scaled": the resource and what happened to it. */
export function namePrinter(operation: string): Printer {
  const print = (object: unknown): string => {
    if (textAt(object, "kind").endsWith("List")) return listAt(object, "items").map(print).join("");
    return `${named(object)}${operation === "" ? "" : ` ${operation}`}\n`;
  };
  return print;
}

/** "deployment.apps/web" */
export function named(object: unknown): string {
  return `${kindName(textAt(object, "kind"), textAt(object, "apiVersion"))}/${textAt(object, "metadata", "name") || "<unknown>"}`;
}

/** Managed fields are noise for people: left out unless asked for. */
export function withoutManagedFields(object: unknown): unknown {
  if (!isMap(object)) return object;
  if (Array.isArray(object.items)) return { ...object, items: object.items.map(withoutManagedFields) };
  if (!isMap(object.metadata) || !("managedFields" in object.metadata)) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
