/** The console blocks of a lesson, and the lesson with other outputs in them. */
import { parseTranscript, printTranscript, type Step } from "@/engine";

export type ConsoleBlock = { readonly world: string; readonly steps: readonly Step[]; readonly from: number; readonly to: number };

const FENCE = /^```console\s+world=([a-z0-9-]+)[^\n]*\n([\s\S]*?)^```$/gm;

export function consolesOf(mdx: string, name: string): readonly ConsoleBlock[] {
  return [...mdx.matchAll(FENCE)].map((match) => {
    const body = match[2] ?? "";
    const from = match.index + match[0].indexOf("\n") + 1;
    return { world: match[1] ?? "", steps: parseTranscript(body, name), from, to: from + body.length };
  });
}

export function withConsoles(mdx: string, blocks: readonly ConsoleBlock[], played: readonly (readonly Step[])[]): string {
  let out = "";
  let at = 0;
  for (const [i, block] of blocks.entries()) {
    out += mdx.slice(at, block.from) + printTranscript(played[i] ?? block.steps);
    at = block.to;
  }
  return out + mdx.slice(at);
}
