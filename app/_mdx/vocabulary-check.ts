/**
 * Lessons are data. This remark plugin refuses whatever in MDX could run: imports and exports, expressions, raw HTML, words that
 * app/_mdx does not know, attributes it does not take. Each refusal names the file, the line and the remedy.
 */
import { VOCABULARY } from "./vocabulary";

/** As much of an mdast node as is looked at here. */
export type MdxNode = {
  type: string;
  name?: string | null;
  value?: string;
  url?: string;
  lang?: string | null;
  meta?: string | null;
  depth?: number;
  children?: MdxNode[];
  attributes?: { type: string; name?: string; value?: unknown }[];
  position?: { start: { line: number } };
};

export class LessonProblem extends Error {}

export function vocabularyCheck(path: string): () => (tree: MdxNode) => void {
  return () => (tree) => check(tree, path, []);
}

function check(node: MdxNode, path: string, ancestors: readonly string[]): void {
  const refuse = (message: string): never => {
    throw new LessonProblem(`${path}:${node.position?.start.line ?? 1}: ${message}`);
  };
  switch (node.type) {
    case "mdxjsEsm":
      return refuse("import and export are not allowed: a lesson is data, its words come from app/_mdx");
    case "mdxFlowExpression":
    case "mdxTextExpression":
      return refuse("a { } expression is not allowed; to show braces write them in `backquotes` or as \\{ \\}");
    case "html":
      return refuse("raw HTML is not allowed: use Markdown, or a word from app/_mdx");
    case "link":
    case "image":
    case "definition":
      if (!/^(\/|#|https?:\/\/|mailto:)/.test(node.url ?? "")) refuse(`a link to "${node.url}": links begin with /, # or https://`);
      if (node.type === "image" && !node.url?.startsWith("/")) refuse("pictures come from this site: their address begins with /");
      break;
    case "mdxJsxFlowElement":
    case "mdxJsxTextElement":
      checkWord(node, ancestors, refuse);
  }
  const within = node.name ? [...ancestors, node.name] : ancestors;
  for (const child of node.children ?? []) check(child, path, within);
}

function checkWord(node: MdxNode, ancestors: readonly string[], refuse: (message: string) => never): void {
  const name = node.name ?? "";
  if (/^[a-z]/.test(name) || name === "") refuse(`<${name}>: raw HTML is not allowed: use Markdown, or a word from app/_mdx`);
  const word = VOCABULARY[name] ?? refuse(`<${name}>: no such word; there are ${Object.keys(VOCABULARY).join(", ")}`);
  if (word.inside && !ancestors.includes(word.inside)) refuse(`<${name}> stands inside <${word.inside}>`);
  const given = (node.attributes ?? []).map((attribute) => {
    if (attribute.type !== "mdxJsxAttribute" || !attribute.name) return refuse(`<${name}>: { } is not allowed among its attributes`);
    const takes = word.attributes[attribute.name];
    if (!takes) refuse(`<${name}>: it takes no attribute "${attribute.name}"${listed(Object.keys(word.attributes))}`);
    if (takes === "flag" && attribute.value !== null) refuse(`<${name}>: "${attribute.name}" takes no value`);
    if (takes === "text" && typeof attribute.value !== "string") refuse(`<${name}>: "${attribute.name}" takes a text in quotes`);
    return attribute.name;
  });
  const missing = word.required?.find((required) => !given.includes(required));
  if (missing) refuse(`<${name}>: the attribute "${missing}" is missing`);
}

function listed(names: readonly string[]): string {
  return names.length > 0 ? `; it takes ${names.join(", ")}` : "";
}
