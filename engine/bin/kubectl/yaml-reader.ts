/**
 * YAML as kubectl reads it: sigs.k8s.io/yaml, which is YAML 1.1 with go-yaml's own ideas ("yes"
 * and "on" are true, 0777 is octal, 1:30 is text, dates are text), and go-yaml's messages.
 */
import { parseAllDocuments, type ScalarTag, type YAMLParseError } from "yaml";
import { YamlError } from "./yaml-error";

const BOOL: ScalarTag = {
  identify: (value) => typeof value === "boolean",
  default: true,
  tag: "tag:yaml.org,2002:bool",
  test: /^(?:y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE|n|N|no|No|NO|off|Off|OFF|false|False|FALSE)$/,
  resolve: (text) => /^[yYtT]|^[oO][nN]/.test(text),
};

/** All documents that hold something. Throws YamlError with go-yaml's words. */
export function parseManifestYaml(source: string): readonly unknown[] {
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(source)) throw new YamlError("control characters are not allowed");
  const documents = parseAllDocuments(source, {
    version: "1.1",
    customTags: (tags) => [BOOL, ...tags.filter((tag) => typeof tag === "string" || !/:(?:bool|timestamp)$/.test(tag.tag)).filter((tag) => typeof tag === "string" || !("format" in tag) || tag.format !== "TIME")],
    prettyErrors: true,
    uniqueKeys: false,
    logLevel: "silent",
  });
  const found: unknown[] = [];
  for (const document of documents) {
    const [problem, second] = document.errors;
    if (problem !== undefined) throw new YamlError(inGoWords(problem, source, second?.code === "MULTILINE_IMPLICIT_KEY"));
    const value = plain(document);
    if (value !== null && value !== undefined) found.push(value);
  }
  return found;
}

function plain(document: ReturnType<typeof parseAllDocuments>[number]): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const anchor = error instanceof ReferenceError ? /: (\S+)$/.exec(error.message)?.[1] : undefined;
    throw anchor === undefined ? error : new YamlError(`unknown anchor '${anchor}' referenced`);
  }
}

/** The `yaml` package's error as go-yaml words the same mistake. */
function inGoWords(problem: YAMLParseError, source: string, overLines: boolean): string {
  const line = problem.linePos?.[0].line ?? 1;
  switch (problem.code) {
    case "TAB_AS_INDENT":
      return `${line > 1 ? `line ${line}: ` : ""}${afterPlainText(source, line) ? "found a tab character that violates indentation" : "found character that cannot start any token"}`;
    case "BAD_SCALAR_START":
      return `${line > 1 ? `line ${line}: ` : ""}found character that cannot start any token`;
    case "BLOCK_AS_IMPLICIT_KEY":
      return `${overLines || line > 1 ? `line ${overLines ? line + 1 : line}: ` : ""}mapping values are not allowed in this context`;
    case "BAD_INDENT":
      if (/^Flow (?:sequence|map)/.test(problem.message)) return `line ${line - 1}: did not find expected ${/[,[{]\s*$/.test(source) ? "node content" : `',' or '${problem.message.startsWith("Flow map") ? "}" : "]"}'`}`;
      return `line ${Math.max(1, line - 1)}: did not find expected key`;
    case "UNEXPECTED_TOKEN":
      return `line ${Math.max(1, line - 1)}: did not find expected ${source.startsWith("- ") && /^\S/.test(source.split("\n")[line - 1] ?? "") ? "'-' indicator" : "key"}`;
    case "MISSING_CHAR":
      if (/without - indicator/.test(problem.message)) return `line ${Math.max(1, line - 1)}: did not find expected key`;
      if (/quote/.test(problem.message)) return `line ${lines(source)}: found unexpected end of stream`;
      return /implicit map key|Implicit map keys/.test(problem.message) ? `line ${line + 1}: could not find expected ':'` : `line ${line}: did not find expected ${/[,[{]\s*$/.test(source) ? "node content" : "',' or ']'"}`;
    case "MULTILINE_IMPLICIT_KEY":
      return `line ${line + 1}: could not find expected ':'`;
    default:
      return `line ${line}: ${problem.message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? ""}`;
  }
}

/** The line before is text that goes on here. */
function afterPlainText(source: string, line: number): boolean {
  return /[^:\s-]\s*$/.test(source.split("\n")[line - 2] ?? "");
}

function lines(source: string): number {
  return source.split("\n").length;
}
