/** The headings of a page, in order, for the contents beside it. Runs after rehype-slug has named them. */
export type Heading = { readonly id: string; readonly text: string; readonly depth: 2 | 3 };

type Element = { type: string; tagName?: string; value?: string; properties?: { id?: string }; children?: Element[] };

export function headingsInto(headings: Heading[]): () => (tree: Element) => void {
  return () => (tree) => {
    for (const node of tree.children ?? []) {
      const depth = node.tagName === "h2" ? 2 : node.tagName === "h3" ? 3 : undefined;
      if (depth && node.properties?.id) headings.push({ id: node.properties.id, text: textOf(node), depth });
    }
  };
}

function textOf(node: Element): string {
  return node.value ?? (node.children ?? []).map(textOf).join("");
}
