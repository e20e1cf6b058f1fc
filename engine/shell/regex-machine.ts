/**
 * Matching without going back: all ways through the expression at once (Thompson, Pike), so that the
 * time is linear in the text whatever the expression, and the longest of the leftmost matches wins.
 * Back references alone need a search, which is given up when it takes too long.
 */
import { SysError } from "../core/errno";
import { isWordChar, type Node, type Parsed, RegexError } from "./regex-parse";

type Instruction =
  | { readonly op: "set"; readonly test: (char: string) => boolean }
  | { readonly op: "assert"; readonly what: Extract<Node, { kind: "assert" }>["what"] }
  | { readonly op: "split"; first: number; second: number }
  | { readonly op: "jump"; to: number }
  | { readonly op: "save"; readonly slot: number }
  | { readonly op: "match" };

const MAX_INSTRUCTIONS = 20_000;
const MAX_STEPS = 2_000_000;

export type Captures = readonly (number | undefined)[];

export function assertion(what: Extract<Node, { kind: "assert" }>["what"], chars: readonly string[], at: number): boolean {
  const before = isWordChar(chars[at - 1]);
  const after = isWordChar(chars[at]);
  switch (what) {
    case "start":
      return at === 0;
    case "end":
      return at === chars.length;
    case "word":
      return before !== after;
    case "inner":
      return before === after;
    case "left":
      return !before && after;
    case "right":
      return before && !after;
  }
}

export function assemble({ node }: Parsed): readonly Instruction[] {
  const code: Instruction[] = [];
  const emit = (instruction: Instruction): number => {
    if (code.length >= MAX_INSTRUCTIONS) throw new RegexError("Regular expression too big");
    return code.push(instruction) - 1;
  };
  const write = (each: Node): void => {
    switch (each.kind) {
      case "set":
        emit({ op: "set", test: each.test });
        return;
      case "assert":
        emit({ op: "assert", what: each.what });
        return;
      case "concat":
        for (const inner of each.nodes) write(inner);
        return;
      case "alternate":
        return writeAlternatives(each.nodes);
      case "group":
        emit({ op: "save", slot: each.index * 2 });
        write(each.node);
        emit({ op: "save", slot: each.index * 2 + 1 });
        return;
      case "repeat":
        return writeRepeat(each);
      case "back":
        return; // Never assembled: see search().
    }
  };
  const writeAlternatives = (nodes: readonly Node[]): void => {
    const ends: { op: "jump"; to: number }[] = [];
    for (const [i, inner] of nodes.entries()) {
      if (i === nodes.length - 1) {
        write(inner);
        break;
      }
      const split = { op: "split" as const, first: code.length + 1, second: 0 };
      emit(split);
      write(inner);
      const jump = { op: "jump" as const, to: 0 };
      emit(jump);
      ends.push(jump);
      split.second = code.length;
    }
    for (const jump of ends) jump.to = code.length;
  };
  const writeRepeat = ({ node: inner, min, max }: Extract<Node, { kind: "repeat" }>): void => {
    for (let i = 0; i < min; i++) write(inner);
    if (max === Number.POSITIVE_INFINITY) {
      const split = { op: "split" as const, first: code.length + 1, second: 0 };
      const start = emit(split);
      write(inner);
      emit({ op: "jump", to: start });
      split.second = code.length;
      return;
    }
    const splits: { op: "split"; first: number; second: number }[] = [];
    for (let i = min; i < max; i++) {
      const split = { op: "split" as const, first: code.length + 1, second: 0 };
      emit(split);
      splits.push(split);
      write(inner);
    }
    for (const split of splits) split.second = code.length;
  };
  write(node);
  emit({ op: "match" });
  return code;
}

type Thread = { readonly pc: number; readonly slots: readonly (number | undefined)[]; readonly start: number };

/** Captures as positions in `chars`; slots 0 and 1 are the whole match. */
export function simulate(code: readonly Instruction[], chars: readonly string[], from: number, slots: number): Captures | undefined {
  let threads: Thread[] = [];
  let best: Captures | undefined;
  let bestStart = 0;
  const seen = new Uint32Array(code.length);
  let generation = 0;
  const add = (list: Thread[], thread: Thread, at: number): void => {
    const stack: Thread[] = [thread];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { pc, slots: saved, start } = next;
      if (seen[pc] === generation) continue;
      seen[pc] = generation;
      const instruction = code[pc] as Instruction;
      switch (instruction.op) {
        case "jump":
          stack.push({ pc: instruction.to, slots: saved, start });
          break;
        case "split":
          stack.push({ pc: instruction.second, slots: saved, start }, { pc: instruction.first, slots: saved, start });
          break;
        case "save": {
          const copy = [...saved];
          copy[instruction.slot] = at;
          stack.push({ pc: pc + 1, slots: copy, start });
          break;
        }
        case "assert":
          if (assertion(instruction.what, chars, at)) stack.push({ pc: pc + 1, slots: saved, start });
          break;
        case "set":
        case "match":
          list.push(next);
      }
    }
  };
  const empty: (number | undefined)[] = new Array(slots).fill(undefined);
  for (let at = from; at <= chars.length; at++) {
    if (best === undefined) {
      if (threads.length === 0) generation++;
      add(threads, { pc: 0, slots: empty, start: at }, at);
    }
    if (threads.length === 0) {
      if (best !== undefined) break;
      continue; // Nothing can begin here (an assertion says no); it may begin later.
    }
    generation++;
    const next: Thread[] = [];
    const char = chars[at];
    let matched = false;
    for (const thread of threads) {
      if (best !== undefined && thread.start > bestStart) continue;
      const instruction = code[thread.pc] as Instruction;
      if (instruction.op === "match") {
        if (matched) continue;
        matched = true;
        bestStart = thread.start;
        best = [thread.start, at, ...thread.slots.slice(2)];
      } else if (instruction.op === "set" && char !== undefined && instruction.test(char)) add(next, { pc: thread.pc + 1, slots: thread.slots, start: thread.start }, at + 1);
    }
    threads = next;
  }
  return best;
}

/** With back references: tries everything, longest repetition first. */
export function search({ node, groups }: Parsed, chars: readonly string[], from: number): Captures | undefined {
  let steps = 0;
  const slots: (number | undefined)[] = new Array((groups + 1) * 2).fill(undefined);
  const run = (each: Node, at: number, go: (at: number) => boolean): boolean => {
    if (++steps > MAX_STEPS) throw new SysError("ENOMEM");
    switch (each.kind) {
      case "set":
        return at < chars.length && each.test(chars[at] as string) && go(at + 1);
      case "assert":
        return assertion(each.what, chars, at) && go(at);
      case "alternate":
        return each.nodes.some((inner) => run(inner, at, go));
      case "concat": {
        const step = (i: number, here: number): boolean => (i === each.nodes.length ? go(here) : run(each.nodes[i] as Node, here, (there) => step(i + 1, there)));
        return step(0, at);
      }
      case "group": {
        const [oldStart, oldEnd] = [slots[each.index * 2], slots[each.index * 2 + 1]];
        const done = run(each.node, at, (end) => {
          const [start, previous] = [slots[each.index * 2], slots[each.index * 2 + 1]];
          slots[each.index * 2] = at;
          slots[each.index * 2 + 1] = end;
          if (go(end)) return true;
          slots[each.index * 2] = start;
          slots[each.index * 2 + 1] = previous;
          return false;
        });
        if (!done) {
          slots[each.index * 2] = oldStart;
          slots[each.index * 2 + 1] = oldEnd;
        }
        return done;
      }
      case "back": {
        const [start, end] = [slots[each.index * 2], slots[each.index * 2 + 1]];
        if (start === undefined || end === undefined) return false;
        for (let i = 0; i < end - start; i++) if (chars[start + i] !== chars[at + i]) return false;
        return go(at + end - start);
      }
      case "repeat":
        return repeat(each, at, go);
    }
  };
  const repeat = ({ node: inner, min, max }: Extract<Node, { kind: "repeat" }>, at: number, go: (at: number) => boolean): boolean => {
    if (inner.kind === "set") {
      let count = 0;
      while (count < max && at + count < chars.length && inner.test(chars[at + count] as string)) count++;
      for (; count >= min; count--) if (go(at + count)) return true;
      return false;
    }
    const step = (count: number, here: number): boolean => {
      if (count < max && run(inner, here, (there) => (there > here || count < min) && step(count + 1, there))) return true;
      return count >= min && go(here);
    };
    return step(0, at);
  };
  for (let start = from; start <= chars.length; start++) {
    slots.fill(undefined);
    let end = start;
    const found = run(node, start, (at) => {
      end = at;
      return true;
    });
    if (found) return [start, end, ...slots.slice(2)];
  }
  return undefined;
}
