/**
 * `-o yaml|json|name|jsonpath=…|go-template=…|custom-columns=…`: which printer a format means,
 * and what each makes of an object. cli-runtime's genericclioptions.PrintFlags and printers/.
 */
import { decode } from "../../../kube/schema/decode";
import type { Context } from "../command";
import { kindName } from "../api-resource";
import { Failure, PrintFailure } from "../errors";
import { goPrint, goSyntax } from "../go-value";
import { compactJson, escapeHtml, isMap, type Json, listAt, prettyJson, textAt } from "../json";
import { jsonPath, jsonPathResults } from "../jsonpath/evaluate";
import { JsonPathError } from "../jsonpath/parse";
import { toKyaml } from "../kyaml-writer";
import { goTemplate, TemplateError } from "../template/evaluate";
import { toYaml } from "../yaml-writer";
import { columnsFromFile, parseColumns, printColumns } from "./columns";

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

function choose(context: Context, choice: Choice): Printer {
  const { format, argument, output } = choice;
  const managed = context.flags.has("show-managed-fields") && context.flags.bool("show-managed-fields");
  const shown = (object: unknown): unknown => (managed ? object : withoutManagedFields(object));
  const missing = { allowMissing: !context.flags.has("allow-missing-template-keys") || context.flags.bool("allow-missing-template-keys") };
  const exact = output === format;
  if (exact && ["YAML", "JSON", "KYAML", "NAME"].includes(format.toUpperCase()) && format !== format.toLowerCase()) return choose(context, { ...choice, output: output.toLowerCase(), format: format.toLowerCase() });
  if (exact && format === "yaml") return yamlPrinter(shown);
  if (exact && format === "json") return (object) => `${escapeHtml(choice.typed ? JSON.stringify(inStructOrder(shown(object)), undefined, 4) : prettyJson(shown(object)))}\n`;
  if (exact && format === "name") return namePrinter("");
  if (exact && format === "kyaml") return (object) => toKyaml(choice.typed ? inStructOrder(shown(object)) : shown(object), !choice.typed);
  if (["jsonpath", "jsonpath-file", "jsonpath-as-json"].includes(format)) {
    const text = templateText(context, choice);
    return format === "jsonpath-as-json" ? (object) => asJson(text, object, missing.allowMissing) : (object) => runJsonPath(text, object, missing.allowMissing);
  }
  if (["go-template", "template", "go-template-file", "templatefile"].includes(format)) {
    const text = templateText(context, choice);
    return (object) => runTemplate(text, object, missing.allowMissing);
  }
  if (choice.columns && (format === "custom-columns" || format === "custom-columns-file")) return columnPrinter(context, format, argument);
  throw new Failure(
    `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${(choice.columns ? GET_FORMATS : OBJECT_FORMATS).join(",")}`,
  );
}

/** A Go struct's JSON has the struct's order; everybody else holds maps, in the order of their keys. */
export function inStructOrder(object: unknown): unknown {
  const { kind, apiVersion, ...rest } = decode(textAt(object, "kind"), object).value;
  return { kind, apiVersion, ...rest };
}

function templateText(context: Context, choice: Choice): string {
  if (choice.argument === "") throw new Failure(`template format specified but no template given`);
  return choice.format.endsWith("file") ? readText(context, choice.argument) : choice.argument;
}

function readText(context: Context, path: string, what = "--template"): string {
  const absolute = context.proc.resolve(path);
  if (!context.proc.fs.exists(absolute)) throw new Failure(`error reading ${what} ${path}, open ${path}: no such file or directory\n`);
  return context.proc.fs.readText(absolute);
}

function yamlPrinter(shown: (object: unknown) => unknown): Printer {
  let printed = 0;
  return (object) => `${printed++ > 0 ? "---\n" : ""}${toYaml(shown(object))}`;
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

function runJsonPath(template: string, object: unknown, allowMissing: boolean): string {
  try {
    return jsonPath(template, object, { allowMissing });
  } catch (error) {
    throw error instanceof JsonPathError ? pathFailure(template, object, error) : error;
  }
}

function asJson(template: string, object: unknown, allowMissing: boolean): string {
  try {
    return jsonPathResults(template, object, { allowMissing }).map((values) => `${escapeHtml(prettyJson(values))}\n`).join("");
  } catch (error) {
    throw error instanceof JsonPathError ? pathFailure(template, object, error) : error;
  }
}

function pathFailure(template: string, object: unknown, error: JsonPathError): Failure {
  if (error.parsing) return new Failure(`error parsing jsonpath ${template}, ${error.message}`);
  return new Failure(
    `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object as Json)}\n\n\n`,
  );
}

function runTemplate(template: string, object: unknown, allowMissing: boolean): string {
  try {
    return goTemplate(template, object as Json, allowMissing);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    if (error.parsing) throw new Failure(`error parsing template ${template}, template: output:${error.message}`);
    // The printer has written this much to standard output before it fails.
    const written = `Error executing template: template: output:${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\traw data was:\n\t\t${compactJson(object)}\n\tobject given to template engine was:\n\t\t${goPrint(object as Json)}\n\n`;
    throw new PrintFailure(written, `error executing template ${JSON.stringify(template)}: template: output:${error.message}`);
  }
}

function columnPrinter(context: Context, format: string, argument: string): Printer {
  if (argument === "") throw new Failure("custom-columns format specified but no custom columns given");
  const columns = format === "custom-columns" ? parseColumns(argument) : columnsFromFile(readText(context, argument, "template"));
  let headers = !context.flags.bool("no-headers");
  return (object) => {
    const objects = textAt(object, "kind").endsWith("List") && isMap(object) && Array.isArray(object.items) ? listAt(object, "items") : [object];
    const text = printColumns(columns, objects, headers);
    headers = false;
    return text;
  };
}

/** Managed fields are noise for people: left out unless asked for. */
export function withoutManagedFields(object: unknown): unknown {
  if (!isMap(object)) return object;
  if (Array.isArray(object.items)) return { ...object, items: object.items.map(withoutManagedFields) };
  if (!isMap(object.metadata) || !("managedFields" in object.metadata)) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
