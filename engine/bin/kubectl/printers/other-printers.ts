/**
 * `-o yaml|kyaml|jsonpath=…|go-template=…|custom-columns=…`: the printers that only somebody who reads asks for. cli-runtime's printers/jsonpath.go and template.go, kubectl's customcolumn.go.
 */
import type { Context } from "../command";
import { Failure, PrintFailure } from "../errors";
import { goPrint, goSyntax } from "../go-value";
import { compactJson, escapeHtml, isMap, type Json, listAt, prettyJson, textAt } from "../json";
import { jsonPath, jsonPathResults } from "../jsonpath/evaluate";
import { JsonPathError } from "../jsonpath/parse";
import { toKyaml } from "../kyaml-writer";
import { goTemplate, TemplateError } from "../template/evaluate";
import { toYaml } from "../yaml-writer";
import { columnsFromFile, parseColumns, printColumns } from "./columns";
import { inStructOrder, type OtherPrinters, type Printer } from "./printer";

type Choice = Parameters<OtherPrinters>[1];

export const otherPrinters: OtherPrinters = (context, choice) => {
  const { format, argument, output, shown } = choice;
  const allowMissing = !context.flags.has("allow-missing-template-keys") || context.flags.bool("allow-missing-template-keys");
  if (format === "yaml") return output === format ? yamlPrinter(shown) : undefined;
  if (format === "kyaml") return output === format ? (object) => toKyaml(choice.typed ? inStructOrder(shown(object)) : shown(object), !choice.typed) : undefined;
  if (format.startsWith("custom-columns")) return choice.columns ? columnPrinter(context, format, argument) : undefined;
  const text = templateText(context, choice);
  if (format === "jsonpath-as-json") return (object) => asJson(text, object, allowMissing);
  if (format.startsWith("jsonpath")) return (object) => runJsonPath(text, object, allowMissing);
  return (object) => runTemplate(text, object, allowMissing);
};

function yamlPrinter(shown: (object: unknown) => unknown): Printer {
  let printed = 0;
  return (object) => `${printed++ > 0 ? "---\n" : ""}${toYaml(shown(object))}`;
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
