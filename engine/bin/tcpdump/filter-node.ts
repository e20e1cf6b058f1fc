/**
 * What a filter expression has been understood as: a tree of questions about fields. Reading behind the
 * end of what was captured makes the whole filter say no, as the kernel's BPF machine does, even behind a "not".
 */
import type { Frame } from "../../wire/packet";

/** The expression makes no sense; the words are libpcap's. */
export class FilterProblem extends Error {}

/** What is known besides the frame itself; its bytes, link header included, only if somebody asks. */
export type About = { readonly direction: "in" | "out"; readonly device: number; readonly length: () => number; readonly bytes: () => Uint8Array };
export type Test = (frame: Frame, about: About) => boolean;

export type Probe = { readonly frame: Frame; readonly about: About; outside: boolean };

/** Unsigned; OUTSIDE: there are no such bytes. */
export type Reader = (probe: Probe) => number;
export const OUTSIDE = -1;

export type Node =
  /** The field is `value`. `key` is the same for the same field. */
  | { readonly kind: "is"; readonly key: string; readonly value: number; readonly read: Reader }
  | { readonly kind: "test"; readonly test: (probe: Probe) => boolean }
  | { readonly kind: "and" | "or"; readonly left: Node; readonly right: Node }
  | { readonly kind: "not"; readonly of: Node }
  | { readonly kind: "const"; readonly value: boolean };

export const NEVER: Node = { kind: "test", test: () => false };

export const and = (left: Node, ...more: readonly Node[]): Node => more.reduce((all, right): Node => ({ kind: "and", left: all, right }), left);
export const or = (left: Node, ...more: readonly Node[]): Node => more.reduce((all, right): Node => ({ kind: "or", left: all, right }), left);
export const not = (of: Node): Node => ({ kind: "not", of });

export function asTest(node: Node): Test {
  return (frame, about) => {
    const probe: Probe = { frame, about, outside: false };
    return holds(node, probe) && !probe.outside;
  };
}

function holds(node: Node, probe: Probe): boolean {
  switch (node.kind) {
    case "is": {
      const value = node.read(probe);
      if (value === OUTSIDE) probe.outside = true;
      return value === node.value;
    }
    case "test":
      return node.test(probe);
    case "and":
      return holds(node.left, probe) && !probe.outside && holds(node.right, probe);
    case "or":
      return holds(node.left, probe) || (!probe.outside && holds(node.right, probe));
    case "not":
      return !holds(node.of, probe);
    case "const":
      return node.value;
  }
}

/** What is known about fields on one way through the tree. */
type Known = ReadonlyMap<string, { readonly is?: number; readonly not: readonly number[] }>;
type Way = { readonly truth: boolean; readonly known: Known };

const MOST_WAYS = 4000;

/** Whether any packet can be let through: libpcap's optimizer follows what a comparison tells about later ones of the same field. */
export function possible(node: Node): boolean {
  const ways = waysThrough(node, new Map());
  return ways === undefined || ways.some(({ truth }) => truth);
}

/** Undefined: too many. */
function waysThrough(node: Node, known: Known): readonly Way[] | undefined {
  switch (node.kind) {
    case "const":
      return [{ truth: node.value, known }];
    case "test":
      return [{ truth: true, known }, { truth: false, known }];
    case "not":
      return waysThrough(node.of, known)?.map((way) => ({ truth: !way.truth, known: way.known }));
    case "is":
      return waysOfField(node.key, node.value, known);
    case "and":
    case "or": {
      const stop = node.kind === "or";
      const all: Way[] = [];
      for (const way of waysThrough(node.left, known) ?? [undefined]) {
        const on = way === undefined ? undefined : way.truth === stop ? [way] : waysThrough(node.right, way.known);
        if (on === undefined || all.length + on.length > MOST_WAYS) return undefined;
        all.push(...on);
      }
      return all;
    }
  }
}

function waysOfField(key: string, value: number, known: Known): readonly Way[] {
  const before = known.get(key);
  if (before?.is !== undefined) return [{ truth: before.is === value, known }];
  const others = before?.not ?? [];
  if (others.includes(value)) return [{ truth: false, known }];
  return [{ truth: true, known: new Map(known).set(key, { is: value, not: others }) }, { truth: false, known: new Map(known).set(key, { not: [...others, value] }) }];
}
