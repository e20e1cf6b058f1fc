/**
 * The Corefile: server blocks (`.:53 { … }`) of directives, each with arguments and perhaps a
 * block of properties. The grammar is Caddy's (caddyfile): words, double quotes, `#` to the end
 * of the line; snippets and imports are not modelled.
 */
export type Directive = { readonly name: string; readonly args: readonly string[]; readonly block: readonly (readonly string[])[]; readonly line: number };
export type ServerBlock = { readonly zones: readonly string[]; readonly port: number; readonly directives: readonly Directive[] };

export class CorefileProblem extends Error {}

type Word = { readonly text: string; readonly line: number };

export function parseCorefile(source: string): readonly ServerBlock[] {
  const words = wordsOf(source);
  const blocks: ServerBlock[] = [];
  for (let at = 0; at < words.length; ) {
    const keys: string[] = [];
    for (; at < words.length && words[at]?.text !== "{"; at++) keys.push((words[at] as Word).text);
    if (at >= words.length) throw new CorefileProblem(`Corefile:${words.at(-1)?.line ?? 1} - Error during parsing: Unexpected token '${keys.at(-1) ?? ""}', expecting '{'`);
    const body = blockEnd(words, at);
    blocks.push(serverBlock(keys, words.slice(at + 1, body), (words[at] as Word).line));
    at = body + 1;
  }
  return blocks;
}

function wordsOf(source: string): Word[] {
  return source.split("\n").flatMap((line, i) => {
    const words: Word[] = [];
    for (const [, quoted, plain] of line.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s#"][^\s]*)|#.*/g)) {
      const text = quoted ?? plain;
      if (text !== undefined) words.push({ text, line: i + 1 });
      else break;
    }
    return words;
  });
}

/** Where the brace that opens at `at` closes. */
function blockEnd(words: readonly Word[], at: number): number {
  let depth = 0;
  for (let i = at; i < words.length; i++) {
    if (words[i]?.text === "{") depth++;
    else if (words[i]?.text === "}" && --depth === 0) return i;
  }
  throw new CorefileProblem(`Corefile:${words.at(-1)?.line ?? 1} - Error during parsing: Unexpected EOF, expecting '}'`);
}

function serverBlock(keys: readonly string[], words: readonly Word[], line: number): ServerBlock {
  const places = keys.flatMap((key) => key.split(",")).filter((key) => key !== "").map((key) => placeOf(key, line));
  const directives: Directive[] = [];
  for (let at = 0; at < words.length; ) {
    const first = words[at] as Word;
    let end = at + 1;
    while (words[end] !== undefined && words[end]?.line === first.line && words[end]?.text !== "{") end++;
    const args = words.slice(at + 1, end).map(({ text }) => text);
    let block: readonly (readonly string[])[] = [];
    if (words[end]?.text === "{") {
      const close = blockEnd(words, end);
      block = byLine(words.slice(end + 1, close));
      end = close + 1;
    }
    directives.push({ name: first.text, args, block, line: first.line });
    at = end;
  }
  return { zones: places.map(({ zone }) => zone), port: places[0]?.port ?? 53, directives };
}

/** ".:53", "example.org", "dns://.:1053" */
function placeOf(key: string, line: number): { readonly zone: string; readonly port: number } {
  const m = /^(?:dns:\/\/)?([^:]*)(?::(\d+))?$/.exec(key);
  if (!m) throw new CorefileProblem(`Corefile:${line} - Error during parsing: not modelled: server address ${key}`);
  const zone = m[1] ?? "";
  return { zone: zone === "" || zone === "." ? "." : zone.endsWith(".") ? zone.toLowerCase() : `${zone.toLowerCase()}.`, port: Number(m[2] ?? 53) };
}

function byLine(words: readonly Word[]): readonly (readonly string[])[] {
  const lines = new Map<number, string[]>();
  for (const { text, line } of words) {
    const known = lines.get(line);
    if (known) known.push(text);
    else lines.set(line, [text]);
  }
  return [...lines.values()];
}
