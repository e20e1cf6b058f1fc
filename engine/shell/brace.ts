/** Brace expansion: {a,b} and {1..5}, before everything else. Only unquoted braces count. */
import type { Part, Word } from "./ast";
import { LIMITS } from "../core/limits";

/** A character of a literal, or anything else as a whole. */
type Item = string | Part;

export function expandBraces(word: Word): readonly Word[] {
  if (!word.parts.some((part) => part.kind === "literal" && part.text.includes("{"))) return [word];
  const items = word.parts.flatMap((part): Item[] => (part.kind === "literal" ? [...part.text] : [part]));
  const budget = { left: LIMITS.wordBytes };
  return expand(items, budget).map((each) => ({ parts: joined(each), raw: word.raw }));
}

function joined(items: readonly Item[]): readonly Part[] {
  const parts: Part[] = [];
  let text = "";
  for (const item of items) {
    if (typeof item === "string") {
      text += item;
      continue;
    }
    if (text !== "") parts.push({ kind: "literal", text });
    text = "";
    parts.push(item);
  }
  if (text !== "") parts.push({ kind: "literal", text });
  return parts;
}

function expand(items: readonly Item[], budget: { left: number }): readonly (readonly Item[])[] {
  for (let open = items.indexOf("{"); open >= 0; open = items.indexOf("{", open + 1)) {
    const choices = alternatives(items, open, budget);
    if (choices === undefined) continue;
    const before = items.slice(0, open);
    const tails = expand(items.slice(choices.end + 1), budget);
    const all: (readonly Item[])[] = [];
    for (const choice of choices.choices) {
      for (const tail of tails) {
        budget.left -= before.length + choice.length + tail.length + 16;
        if (budget.left < 0) return all;
        all.push([...before, ...choice, ...tail]);
      }
    }
    return all;
  }
  return [items];
}

type Alternatives = { readonly choices: readonly (readonly Item[])[]; readonly end: number };

function alternatives(items: readonly Item[], open: number, budget: { left: number }): Alternatives | undefined {
  if (typeof items[open - 1] !== "string" && items[open - 1] !== undefined && (items[open - 1] as Part).kind === "quoted" && (items[open - 1] as { text: string }).text === "$") return undefined;
  const commas: number[] = [];
  let depth = 0;
  for (let at = open + 1; at < items.length; at++) {
    const item = items[at];
    if (item === "{") depth++;
    else if (item === "," && depth === 0) commas.push(at);
    else if (item === "}" && depth-- === 0) {
      if (commas.length === 0) return range(items.slice(open + 1, at), at, budget);
      const edges = [open, ...commas, at];
      const choices = edges.slice(1).flatMap((edge, i) => expand(items.slice((edges[i] ?? 0) + 1, edge), budget));
      return { choices, end: at };
    }
  }
  return undefined;
}

function range(items: readonly Item[], end: number, budget: { left: number }): Alternatives | undefined {
  if (!items.every((item) => typeof item === "string")) return undefined;
  const m = /^(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?$/.exec(items.join(""));
  if (!m) return undefined;
  const [, from = "", to = "", by = "1"] = m;
  const numbers = /\d/.test(from) && /\d/.test(to);
  if (!numbers && (/\d/.test(from) || /\d/.test(to))) return undefined;
  const first = numbers ? Number(from) : from.charCodeAt(0);
  const last = numbers ? Number(to) : to.charCodeAt(0);
  const step = Math.max(1, Math.abs(Number(by))) * (last < first ? -1 : 1);
  const width = numbers && (/^-?0\d/.test(from) || /^-?0\d/.test(to)) ? Math.max(from.length, to.length) : 0;
  const choices: (readonly Item[])[] = [];
  for (let n = first; step > 0 ? n <= last : n >= last; n += step) {
    budget.left -= 16;
    if (budget.left < 0) break;
    const text = numbers ? (n < 0 ? `-${String(-n).padStart(width - 1, "0")}` : String(n).padStart(width, "0")) : String.fromCharCode(n);
    choices.push([...text]);
  }
  return { choices, end };
}
