/** diff and cmp: the shortest edit between two files (Myers), in normal, unified or context-free form. */
import { civil } from "../../core/date";
import { text } from "../../core/bytes";
import type { Task } from "../../core/task";
import type { Proc, Program } from "../../host/proc";
import { strftime } from "../../shell/strftime";
import { wallMs } from "../../core/world";
import { readAll } from "../../host/lines";
import { defineCommand } from "../command";
import type { Options } from "../options";
import { complain, join, openInput, optionsOf, tried, usage } from "./support";

/** A stretch that differs: lines [aFrom, aTo) of the one became [bFrom, bTo) of the other. */
export type Hunk = { readonly aFrom: number; readonly aTo: number; readonly bFrom: number; readonly bTo: number };

/** Myers' greedy algorithm; beyond `limit` edits the rest counts as one change. */
export function diffLines(a: readonly string[], b: readonly string[], limit = 1000): readonly Hunk[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [aEnd, bEnd] = [a.length, b.length];
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  const path = shortestEdit(a.slice(start, aEnd), b.slice(start, bEnd), limit);
  if (path === undefined) return [{ aFrom: start, aTo: aEnd, bFrom: start, bTo: bEnd }];
  return hunksOf(path, start);
}

type Step = { readonly x: number; readonly y: number };

function shortestEdit(a: readonly string[], b: readonly string[], limit: number): readonly Step[] | undefined {
  const max = Math.min(a.length + b.length, limit);
  const trace: Map<number, number>[] = [];
  let reach = new Map([[1, 0]]);
  for (let d = 0; d <= max; d++) {
    trace.push(new Map(reach));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1)) ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return backtrack(trace, a.length, b.length);
    }
    reach = new Map(reach);
  }
  return a.length + b.length === 0 ? [] : undefined;
}

function backtrack(trace: readonly ReadonlyMap<number, number>[], aLength: number, bLength: number): readonly Step[] {
  const path: Step[] = [{ x: aLength, y: bLength }];
  let [x, y] = [aLength, bLength];
  for (let d = trace.length - 1; d >= 0; d--) {
    const reach = trace[d] as ReadonlyMap<number, number>;
    const k = x - y;
    const before = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1)) ? k + 1 : k - 1;
    const [px, py] = [reach.get(before) ?? 0, (reach.get(before) ?? 0) - before];
    while (x > px && y > py && x > 0 && y > 0) path.push({ x: --x, y: --y });
    if (d > 0) path.push({ x: px, y: py });
    [x, y] = [px, py];
  }
  return path.reverse();
}

function hunksOf(path: readonly Step[], offset: number): readonly Hunk[] {
  const hunks: { aFrom: number; aTo: number; bFrom: number; bTo: number }[] = [];
  for (let i = 1; i < path.length; i++) {
    const [from, to] = [path[i - 1] as Step, path[i] as Step];
    if (to.x > from.x && to.y > from.y) continue;
    if (to.x === from.x && to.y === from.y) continue;
    const last = hunks.at(-1);
    if (last && last.aTo === from.x + offset && last.bTo === from.y + offset) {
      last.aTo = to.x + offset;
      last.bTo = to.y + offset;
    } else hunks.push({ aFrom: from.x + offset, aTo: to.x + offset, bFrom: from.y + offset, bTo: to.y + offset });
  }
  return hunks;
}

type Side = { readonly name: string; readonly lines: readonly string[]; readonly whole: boolean; readonly mtimeMs: number };

const MISSING = "\\ No newline at end of file\n";

function normal(a: Side, b: Side, hunks: readonly Hunk[]): string {
  const range = (from: number, to: number): string => (to - from <= 1 ? String(Math.max(from + 1, 0)) : `${from + 1},${to}`);
  return hunks
    .map(({ aFrom, aTo, bFrom, bTo }) => {
      const kind = aFrom === aTo ? "a" : bFrom === bTo ? "d" : "c";
      const head = `${kind === "a" ? aFrom : range(aFrom, aTo)}${kind}${kind === "d" ? bFrom : range(bFrom, bTo)}\n`;
      const show = (side: Side, mark: string, from: number, to: number): string => side.lines.slice(from, to).map((line, i) => `${mark} ${line}\n${from + i === side.lines.length - 1 && !side.whole ? MISSING : ""}`).join("");
      return `${head}${show(a, "<", aFrom, aTo)}${kind === "c" ? "---\n" : ""}${show(b, ">", bFrom, bTo)}`;
    })
    .join("");
}

function unified(a: Side, b: Side, hunks: readonly Hunk[], context: number, labels: readonly string[]): string {
  const groups: Hunk[][] = [];
  for (const hunk of hunks) {
    const last = groups.at(-1)?.at(-1);
    if (last && hunk.aFrom - last.aTo <= context * 2) groups.at(-1)?.push(hunk);
    else groups.push([hunk]);
  }
  const stamp = (side: Side): string => `${side.name}\t${strftime("%Y-%m-%d %H:%M:%S", civil(side.mtimeMs), side.mtimeMs)}.${String(civil(side.mtimeMs).ms).padStart(3, "0")}000000 +0000`;
  let out = `--- ${labels[0] ?? stamp(a)}\n+++ ${labels[1] ?? stamp(b)}\n`;
  for (const group of groups) {
    const [first, last] = [group[0] as Hunk, group.at(-1) as Hunk];
    const [aFrom, aTo] = [Math.max(0, first.aFrom - context), Math.min(a.lines.length, last.aTo + context)];
    const [bFrom, bTo] = [Math.max(0, first.bFrom - context), Math.min(b.lines.length, last.bTo + context)];
    const range = (from: number, to: number): string => (to - from === 1 ? String(from + 1) : `${to === from ? from : from + 1},${to - from}`);
    out += `@@ -${range(aFrom, aTo)} +${range(bFrom, bTo)} @@\n`;
    const line = (side: Side, mark: string, i: number): string => `${mark}${side.lines[i]}\n${i === side.lines.length - 1 && !side.whole ? MISSING : ""}`;
    let at = aFrom;
    for (const hunk of group) {
      for (; at < hunk.aFrom; at++) out += line(a, " ", at);
      for (; at < hunk.aTo; at++) out += line(a, "-", at);
      for (let i = hunk.bFrom; i < hunk.bTo; i++) out += line(b, "+", i);
    }
    for (; at < aTo; at++) out += line(a, " ", at);
  }
  return out;
}

const SPEC = { flags: "abBcdiNqrsuwyZ", values: "UCL", long: { brief: "q", "report-identical-files": "s", unified: "u", "ignore-case": "i", "ignore-all-space": "w", "ignore-space-change": "b", "ignore-blank-lines": "B", recursive: "r", "new-file": "N", text: "a", label: "L", "color=?": "color", context: "c", "side-by-side": "y" } };

export const diff = defineCommand({
  name: "diff",
  summary: "compare files line by line",
  *run(proc) {
    const options = yield* optionsOf(proc, SPEC, 2);
    if (typeof options === "number") return options;
    for (const letter of "cCyBZ") {
      if (!options.has(letter)) continue;
      yield* complain(proc, `not modelled: -${letter}`);
      return 2;
    }
    const [first, second, extra] = options.rest;
    if (first === undefined) return yield* usage(proc, "missing operand after 'diff'", 2);
    if (second === undefined) return yield* usage(proc, `missing operand after '${first}'`, 2);
    if (extra !== undefined) return yield* usage(proc, `extra operand '${extra}'`, 2);
    return yield* compareTrees(proc, options, first, second, false);
  },
});

function* compareTrees(proc: Proc, options: Options, first: string, second: string, inside: boolean): Task<number> {
  const folder = (name: string): boolean => name !== "-" && proc.fs.isDirectory(proc.resolve(name));
  if (!folder(first) && !folder(second)) return yield* compareFiles(proc, options, first, second, inside);
  if (!folder(first) || !folder(second)) {
    const base = (name: string): string => name.slice(name.lastIndexOf("/") + 1);
    return yield* compareFiles(proc, options, folder(first) ? join(first, base(second)) : first, folder(second) ? join(second, base(first)) : second, inside);
  }
  let status = 0;
  const names = new Set([...proc.fs.list(proc.resolve(first)), ...proc.fs.list(proc.resolve(second))]);
  for (const name of [...names].sort()) {
    const [a, b] = [join(first, name), join(second, name)];
    const [hasA, hasB] = [proc.fs.exists(proc.resolve(a)), proc.fs.exists(proc.resolve(b))];
    if (hasA !== hasB && !options.has("N")) {
      yield* proc.out(`Only in ${hasA ? first : second}: ${name}\n`);
      status = Math.max(status, 1);
    } else if (folder(a) && folder(b)) {
      if (options.has("r")) status = Math.max(status, yield* compareTrees(proc, options, a, b, true));
      else yield* proc.out(`Common subdirectories: ${a} and ${b}\n`);
    } else status = Math.max(status, yield* compareFiles(proc, options, a, b, true));
  }
  return status;
}

function* readSide(proc: Proc, options: Options, name: string): Task<Side | undefined> {
  const opened = openInput(proc, name);
  if ("error" in opened) {
    if (options.has("N") && opened.error.code === "ENOENT") return { name, lines: [], whole: true, mtimeMs: 0 };
    yield* complain(proc, `${name}: ${opened.error.message}`);
    return undefined;
  }
  const all = text(yield* readAll(opened.value));
  opened.value.release();
  const lines = all.split("\n");
  const whole = lines.at(-1) === "";
  if (whole) lines.pop();
  const stat = tried(() => proc.fs.stat(proc.resolve(name)));
  return { name, lines, whole, mtimeMs: name !== "-" && "value" in stat ? stat.value.mtimeMs : wallMs(proc.world) };
}

function* compareFiles(proc: Proc, options: Options, first: string, second: string, titled: boolean): Task<number> {
  const a = yield* readSide(proc, options, first);
  const b = yield* readSide(proc, options, second);
  if (!a || !b) return 2;
  const fold = (line: string): string => {
    const spaced = options.has("w") ? line.replace(/\s/g, "") : options.has("b") ? line.replace(/\s+/g, " ").trimEnd() : line;
    return options.has("i") ? spaced.toLowerCase() : spaced;
  };
  const marked = (side: Side): string[] => side.lines.map((line, i) => fold(line) + (i === side.lines.length - 1 && !side.whole ? "\0" : ""));
  const hunks = diffLines(marked(a), marked(b));
  if (hunks.length === 0) {
    if (options.has("s")) yield* proc.out(`Files ${first} and ${second} are identical\n`);
    return 0;
  }
  if (options.has("q")) yield* proc.out(`Files ${first} and ${second} differ\n`);
  else {
    const wantsUnified = options.has("u") || options.has("U");
    if (titled) yield* proc.out(`diff ${options.given.map(([key, value]) => `-${key}${value ?? ""}`).join(" ")} ${first} ${second}\n`);
    yield* proc.out(wantsUnified ? unified(a, b, hunks, Number(options.value("U") ?? 3), options.values("L")) : normal(a, b, hunks));
  }
  return 1;
}

const cmp = defineCommand({
  name: "cmp",
  summary: "compare two files byte by byte",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "bls", values: "n", long: { silent: "s", quiet: "s", verbose: "l" } }, 2);
    if (typeof options === "number") return options;
    const [first, second = "-"] = options.rest;
    if (first === undefined) return yield* usage(proc, "missing operand after 'cmp'", 2);
    const sides: Uint8Array[] = [];
    for (const name of [first, second]) {
      const opened = openInput(proc, name);
      if ("error" in opened) {
        yield* complain(proc, `${name}: ${opened.error.message}`);
        return 2;
      }
      sides.push(yield* readAll(opened.value));
    }
    const [a, b] = sides as [Uint8Array, Uint8Array];
    const at = a.findIndex((byte, i) => i < b.length && byte !== b[i]);
    const line = (bytes: Uint8Array, to: number): number => bytes.subarray(0, to).reduce((n, byte) => n + (byte === 10 ? 1 : 0), 1);
    if (at >= 0) {
      if (!options.has("s")) yield* proc.out(`${first} ${second} differ: byte ${at + 1}, line ${line(a, at)}\n`);
      return 1;
    }
    if (a.length === b.length) return 0;
    const shorter = a.length < b.length ? first : second;
    const length = Math.min(a.length, b.length);
    if (!options.has("s")) yield* proc.err(`cmp: EOF on ${shorter}${length === 0 ? " which is empty" : ` after byte ${length}, line ${line(a, length) - (a[length - 1] === 10 ? 1 : 0)}`}\n`);
    return 1;
  },
});

export const comparing: readonly Program[] = [cmp, diff];
