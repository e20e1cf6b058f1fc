/**
 * Fences that are pictures rather than code. ```console is a transcript of a terminal, ```flow a chain of boxes and arrows,
 * ```topology boxes within boxes. Their text becomes the `source` of a component; what follows the language
 * (`world=payments title="…"`) becomes its attributes.
 */
import { LessonProblem, type MdxNode } from "./vocabulary-check";

const COMPONENT: Readonly<Record<string, string>> = { console: "Console", flow: "Flow", topology: "Topology" };
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = { console: ["world", "title"], flow: ["title"], topology: ["title"] };

export function fences(path: string): () => (tree: MdxNode) => void {
  return () => (tree) => {
    const counted = { console: 0 };
    walk(tree, (node) => replace(node, path, counted));
  };
}

function replace(node: MdxNode, path: string, counted: { console: number }): void {
  const component = node.type === "code" ? COMPONENT[node.lang ?? ""] : undefined;
  if (!component) return;
  const attributes = metaOf(node, path);
  if (node.lang === "console") attributes.block = String(++counted.console);
  const source = node.value ?? "";
  node.type = "mdxJsxFlowElement";
  node.name = component;
  node.children = [];
  node.attributes = Object.entries({ ...attributes, source }).map(([name, value]) => ({ type: "mdxJsxAttribute", name, value }));
  delete node.value;
}

/** `world=payments title="Who answers?"` */
function metaOf(node: MdxNode, path: string): Record<string, string> {
  const known = ATTRIBUTES[node.lang ?? ""] ?? [];
  const pairs = [...(node.meta ?? "").matchAll(/(\S+?)=(?:"([^"]*)"|(\S+))|(\S+)/g)];
  return Object.fromEntries(
    pairs.map(([written, name = "", quoted, bare]) => {
      if (!known.includes(name)) throw new LessonProblem(`${path}:${node.position?.start.line ?? 1}: \`\`\`${node.lang} does not know "${written}"; it takes ${known.map((key) => `${key}=…`).join(", ")}`);
      return [name, quoted ?? bare ?? ""];
    }),
  );
}

export function walk(node: MdxNode, visit: (node: MdxNode) => void): void {
  visit(node);
  for (const child of node.children ?? []) walk(child, visit);
}
