/** JSONPath templates run on an object: client-go/util/jsonpath, jsonpath.go. */
import { isMap, type Json } from "../json";
import { goType, goPrint, goText } from "../go-value";
import { JsonPathError, type Node, parseTemplate } from "./parse";

export type JsonPathOptions = { readonly allowMissing: boolean };

/** The template's output for this object. */
export function jsonPath(template: string, object: unknown, options: JsonPathOptions = { allowMissing: true }): string {
  return new Evaluator(options).run(parseTemplate(template), object);
}

/** The values one expression finds: what custom columns, --sort-by and `wait` ask for. */
export function jsonPathValues(template: string, object: unknown, options: JsonPathOptions = { allowMissing: true }): readonly Json[] {
  const evaluator = new Evaluator(options);
  return parseTemplate(template).flatMap((node) => evaluator.walk([object as Json], node));
}

/** What each expression of a template finds, apart: `-o jsonpath-as-json`. */
export function jsonPathResults(template: string, object: unknown, options: JsonPathOptions = { allowMissing: true }): readonly (readonly Json[])[] {
  return new Evaluator(options).results(parseTemplate(template), object);
}

class Evaluator {
  constructor(readonly options: JsonPathOptions) {}

  run(nodes: readonly Node[], object: unknown): string {
    return this.results(nodes, object).map((values) => values.map(goText).join(" ")).join("");
  }

  results(nodes: readonly Node[], object: unknown): readonly (readonly Json[])[] {
    const { output, ended } = this.#block(nodes, 0, object as Json);
    if (ended) throw new JsonPathError("not in range, nothing to end");
    return output;
  }

  /** Runs nodes from `from` up to an unmatched {end} or the end of all. */
  #block(nodes: readonly Node[], from: number, scope: Json): { readonly output: readonly (readonly Json[])[]; readonly next: number; readonly ended: boolean } {
    const output: (readonly Json[])[] = [];
    let i = from;
    while (i < nodes.length) {
      const node = nodes[i] as Node;
      const word = node.kind === "list" && node.nodes[0]?.kind === "word" ? node.nodes[0].word : undefined;
      if (word === "end") return { output, next: i + 1, ended: true };
      if (word === "range") {
        const items = this.walk([scope], { kind: "list", nodes: (node as { nodes: readonly Node[] }).nodes.slice(1) });
        let next = this.#skip(nodes, i + 1);
        for (const item of items) {
          const body = this.#block(nodes, i + 1, item);
          output.push(...body.output);
          next = body.next;
        }
        i = next;
        continue;
      }
      output.push(this.walk([scope], node));
      i++;
    }
    return { output, next: i, ended: false };
  }

  /** Where the range that begins here ends, when it has nothing to go over. */
  #skip(nodes: readonly Node[], from: number): number {
    let depth = 1;
    for (let i = from; i < nodes.length; i++) {
      const node = nodes[i] as Node;
      if (node.kind !== "list" || node.nodes[0]?.kind !== "word" || !["range", "end"].includes(node.nodes[0].word)) continue;
      depth += node.nodes[0].word === "range" ? 1 : -1;
      if (depth === 0) return i + 1;
    }
    return nodes.length;
  }

  walk(values: readonly Json[], node: Node): readonly Json[] {
    switch (node.kind) {
      case "text":
        return [node.text];
      case "value":
        return [node.value];
      case "list":
        return node.nodes.reduce<readonly Json[]>((here, step) => this.walk(here, step), values);
      case "field":
        return this.#field(values, node.name);
      case "array":
        return values.flatMap((value) => slice(value, node));
      case "wildcard":
        return values.flatMap(children);
      case "recursive":
        return values.flatMap(descendants);
      case "union":
        return node.nodes.flatMap((part) => this.walk(values, part));
      case "filter":
        return values.flatMap((value) => (Array.isArray(value) ? (value as readonly Json[]).filter((item) => this.#passes(item, node)) : notArray(value)));
      case "word":
        throw new JsonPathError(node.word === "end" ? "not in range, nothing to end" : node.word === "range" ? "invalid use of range" : `unrecognized identifier ${node.word}`);
    }
  }

  #field(values: readonly Json[], name: string): readonly Json[] {
    const found: Json[] = [];
    for (const value of values) {
      if (!isMap(value)) {
        if (value === null || this.options.allowMissing) continue;
        throw new JsonPathError(`${name} is not found`);
      }
      const item = value[name];
      if (item !== undefined) found.push(item);
    }
    if (found.length === 0 && !this.options.allowMissing) throw new JsonPathError(`${name} is not found`);
    return found;
  }

  #passes(item: Json, filter: Extract<Node, { kind: "filter" }>): boolean {
    const left = new Evaluator({ allowMissing: true }).walk([item], filter.left);
    if (filter.operator === "exists") return left.length > 0;
    if (left.length === 0) return false;
    if (left.length > 1) throw new JsonPathError("can only compare one element at a time");
    const right = filter.right === undefined ? [] : new Evaluator({ allowMissing: true }).walk([item], filter.right);
    if (right.length === 0) return false;
    if (right.length > 1) throw new JsonPathError("can only compare one element at a time");
    return compareBy(filter.operator, left[0] as Json, right[0] as Json);
  }
}

function notArray(value: Json): readonly Json[] {
  if (value === null) return [];
  throw new JsonPathError(`${goPrint(value)} is not array or slice and cannot be filtered`);
}

function compareBy(operator: string, left: Json, right: Json): boolean {
  if (typeof left !== typeof right) throw new JsonPathError("incompatible types for comparison");
  const [a, b] = [left as string | number, right as string | number];
  switch (operator) {
    case ">=":
      return a >= b;
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      throw new JsonPathError(`unrecognized filter operator ${operator}`);
  }
}

function slice(value: Json, node: Extract<Node, { kind: "array" }>): readonly Json[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new JsonPathError(`${goType(value)} is not array or slice`);
  const { length } = value as readonly Json[];
  const from = (node.from ?? 0) + ((node.from ?? 0) < 0 ? length : 0);
  let to = node.to ?? length;
  if (to < 0 || (to === 0 && node.single)) to += length;
  if (from === to) return [];
  if (from >= length || from < 0) throw outOfBounds(from, length);
  if (to > length || to < 0) throw outOfBounds(to - 1, length);
  if (from > to) throw new JsonPathError(`starting index ${from} is greater than ending index ${to}`);
  const { step = 1 } = node;
  if (step <= 0) throw new JsonPathError("step must be > 0");
  return (value as readonly Json[]).slice(from, to).filter((_, i) => i % step === 0);
}

function outOfBounds(index: number, length: number): JsonPathError {
  return new JsonPathError(`array index out of bounds: index ${index}, length ${length}`);
}

function children(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  if (!isMap(value)) return [];
  return Object.keys(value)
    .sort()
    .map((key) => value[key] as Json);
}

/** The value itself and all that is in it, before their children: what `..` means. */
function descendants(value: Json): readonly Json[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...children(value).flatMap(descendants)];
}
