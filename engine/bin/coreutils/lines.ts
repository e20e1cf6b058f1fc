/** Tools that go line by line: wc, uniq, cut, tr, nl, rev, tac, fold, paste, tee, column, comm, join's kin. */
import { text, utf8 } from "../../core/bytes";
import { compare } from "../../core/order";
import type { Task } from "../../core/task";
import { LineReader, readAll } from "../../host/lines";
import type { OpenFile, Proc, Program } from "../../host/proc";
import { textWidth } from "../../host/width";
import { defineCommand } from "../command";
import type { Options } from "../options";
import { cannotOpen, complain, eachInput, openInput, optionsOf, Output, readLines, tried, usage } from "./support";

const wc = defineCommand({
  name: "wc",
  summary: "print newline, word, and byte counts for each file",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "clmwL", long: { bytes: "c", chars: "m", lines: "l", words: "w", "max-line-length": "L" } });
    if (typeof options === "number") return options;
    const columns = ["l", "w", "m", "c", "L"].filter((key) => (options.given.length === 0 ? "lwc".includes(key) : options.has(key)));
    const rows: { readonly counts: readonly number[]; readonly name: string }[] = [];
    const errors: string[] = [];
    let status = 0;
    for (const name of options.rest.length > 0 ? options.rest : ["-"]) {
      const opened = openInput(proc, name);
      if ("error" in opened) {
        errors.push(name);
        yield* complain(proc, `${name}: ${opened.error.message}`);
        status = 1;
        if (opened.error.code === "EISDIR") rows.push({ counts: columns.map(() => 0), name });
        continue;
      }
      const counts = count(yield* readAll(opened.value));
      opened.value.release();
      rows.push({ counts: columns.map((key) => counts[key as keyof typeof counts]), name: options.rest.length === 0 ? "" : name });
    }
    if (options.rest.length > 1) rows.push({ counts: columns.map((_, i) => rows.reduce((sum, row) => sum + (row.counts[i] ?? 0), 0)), name: "total" });
    const single = columns.length === 1 && rows.length === 1;
    const total = rows.reduce((sum, row) => Math.max(sum, ...row.counts), 0);
    const sizes = options.rest.filter((name) => name !== "-").reduce((sum, name) => sum + sizeOf(proc, name), 0);
    const regular = options.rest.length > 0 && !options.rest.includes("-");
    const width = single ? 1 : Math.max(regular ? String(sizes).length : 7, String(total).length > 7 ? 7 : 1);
    yield* proc.out(rows.map(({ counts, name }) => `${counts.map((each) => String(each).padStart(width)).join(" ")}${name === "" ? "" : ` ${name}`}\n`).join(""));
    return status;
  },
});

function sizeOf(proc: Proc, name: string): number {
  const stat = tried(() => proc.fs.stat(proc.resolve(name)));
  return "value" in stat ? (stat.value.kind === "file" && stat.value.size > 0 ? stat.value.size : 1_000_000) : 0;
}

function count(bytes: Uint8Array): { readonly l: number; readonly w: number; readonly m: number; readonly c: number; readonly L: number } {
  const written = text(bytes);
  let lines = 0;
  for (const byte of bytes) if (byte === 10) lines++;
  const words = written.match(/[^\s]+/g)?.length ?? 0;
  const longest = written.split("\n").reduce((most, line) => Math.max(most, textWidth(line)), 0);
  return { l: lines, w: words, m: [...written].length, c: bytes.length, L: longest };
}

const uniq = defineCommand({
  name: "uniq",
  summary: "report or omit repeated lines",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "cdDiuz", values: "fsw", long: { count: "c", repeated: "d", "all-repeated": "D", "ignore-case": "i", unique: "u", "skip-fields": "f", "skip-chars": "s", "check-chars": "w" } });
    if (typeof options === "number") return options;
    const [input = "-", target, extra] = options.rest;
    if (extra !== undefined) return yield* usage(proc, `extra operand '${extra}'`);
    const fields = Number(options.value("f") ?? 0);
    const skip = Number(options.value("s") ?? 0);
    const check = options.has("w") ? Number(options.value("w")) : undefined;
    const key = (line: string): string => {
      const rest = line.replace(new RegExp(`^(?:[ \\t]*[^ \\t]+){0,${fields}}`), (head) => (fields > 0 ? "" : head));
      const cut = rest.slice(skip, check === undefined ? undefined : skip + check);
      return options.has("i") ? cut.toLowerCase() : cut;
    };
    const out: string[] = [];
    const emit = (group: readonly string[]): void => {
      const repeated = group.length > 1;
      if ((options.has("d") || options.has("D")) && !repeated) return;
      if (options.has("u") && repeated) return;
      for (const line of options.has("D") ? group : group.slice(0, 1)) out.push(`${options.has("c") ? `${String(group.length).padStart(7)} ` : ""}${line}\n`);
    };
    let group: string[] = [];
    const output = new Output(proc);
    const fine = yield* eachInput(proc, [input], function* (file) {
      const reader = new LineReader(file);
      for (let line = yield* reader.line(); line !== undefined; line = yield* reader.line()) {
        yield* proc.charge(1);
        if (group.length > 0 && key(group[0] as string) !== key(line)) {
          emit(group);
          group = [];
          for (const each of out.splice(0)) yield* output.write(each);
          if (!reader.ready) yield* output.flush();
        }
        group.push(line);
      }
    });
    if (group.length > 0) emit(group);
    for (const each of out) yield* output.write(each);
    if (target !== undefined) yield* complain(proc, "not modelled: an output file");
    yield* output.flush();
    return fine && target === undefined ? 0 : 1;
  },
});

/** 1,3-5,7-: which positions are meant; undefined when it cannot be read. */
export function parseList(word: string): ((position: number) => boolean) | undefined {
  const ranges: (readonly [number, number])[] = [];
  for (const piece of word.split(/[, ]/)) {
    const m = /^(\d*)(-?)(\d*)$/.exec(piece);
    if (!m || piece === "" || piece === "-") return undefined;
    const from = m[1] === "" ? 1 : Number(m[1]);
    const to = m[2] === "" ? from : m[3] === "" ? Number.POSITIVE_INFINITY : Number(m[3]);
    if (from < 1 || to < from) return undefined;
    ranges.push([from, to]);
  }
  return (position) => ranges.some(([from, to]) => position >= from && position <= to);
}

const cut = defineCommand({
  name: "cut",
  summary: "remove sections from each line of files",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "nsz", values: "bcdf", long: { bytes: "b", characters: "c", delimiter: "d", fields: "f", "only-delimited": "s", complement: "complement", "output-delimiter=": "output" } });
    if (typeof options === "number") return options;
    const modes = ["b", "c", "f"].filter((key) => options.has(key));
    if (modes.length > 1) return yield* usage(proc, "only one type of list may be specified");
    const [mode] = modes;
    if (mode === undefined) return yield* usage(proc, "you must specify a list of bytes, characters, or fields");
    const delimiter = options.value("d") ?? "\t";
    if ([...delimiter].length > 1) return yield* usage(proc, "the delimiter must be a single character");
    if (options.has("d") && mode !== "f") return yield* usage(proc, "an input delimiter may be specified only when operating on fields");
    const list = options.value(mode) ?? "";
    const chosen = parseList(list);
    if (chosen === undefined) return yield* usage(proc, badList(list, mode));
    const wanted = options.has("complement") ? (position: number): boolean => !chosen(position) : chosen;
    const joiner = options.value("output") ?? (mode === "f" ? delimiter : "");
    return yield* mapLines(proc, options.rest, (line) => {
      if (mode !== "f") return pick(mode === "b" ? [...utf8(line)].map((byte) => String.fromCharCode(byte)) : [...line], wanted, joiner, mode === "b");
      if (!line.includes(delimiter)) return options.has("s") ? undefined : line;
      return line.split(delimiter).filter((_, i) => wanted(i + 1)).join(joiner);
    });
  },
});

function pick(cells: readonly string[], wanted: (position: number) => boolean, joiner: string, bytes: boolean): string {
  let out = "";
  let gap = false;
  for (const [i, cell] of cells.entries()) {
    if (!wanted(i + 1)) {
      gap = out !== "";
      continue;
    }
    out += (gap ? joiner : "") + cell;
    gap = false;
  }
  return bytes ? text(Uint8Array.from(out, (char) => char.charCodeAt(0))) : out;
}

function badList(list: string, mode: string): string {
  const what = mode === "f" ? "field" : "byte/character position";
  if (/^0|,0|(^|,)0?-0|^-0/.test(list) || list === "") return mode === "f" ? (list === "" ? "fields are numbered from 1" : "fields are numbered from 1") : "byte/character positions are numbered from 1";
  if (/^\d+-\d+$/.test(list)) return "invalid decreasing range";
  if (list === "-") return "invalid range with no endpoint: -";
  return `invalid ${what} value '${/[^\d,-].*/.exec(list)?.[0] ?? list}'`;
}

/** Each line through a function; undefined leaves it out. Prints as soon as no more input is at hand. */
export function* mapLines(proc: Proc, names: readonly string[], map: (line: string) => string | undefined, keepLast = false): Task<number> {
  const output = new Output(proc);
  const fine = yield* eachInput(proc, names, function* (file) {
    const reader = new LineReader(file);
    for (let line = yield* reader.next(); line; line = yield* reader.next()) {
      const made = map(line.text);
      yield* proc.charge(1);
      if (made !== undefined) yield* output.write(made + (line.newline || !keepLast ? "\n" : ""));
      if (!reader.ready) yield* output.flush();
    }
  });
  yield* output.flush();
  return fine ? 0 : 1;
}

const rev = defineCommand({
  name: "rev",
  summary: "reverse lines characterwise",
  *run(proc) {
    const options = yield* optionsOf(proc, {});
    return typeof options === "number" ? options : yield* mapLines(proc, options.rest, (line) => [...line].reverse().join(""), true);
  },
});

const tac = defineCommand({
  name: "tac",
  summary: "concatenate and print files in reverse",
  *run(proc) {
    const options = yield* optionsOf(proc, {});
    if (typeof options === "number") return options;
    const fine = yield* eachInput(
      proc,
      options.rest,
      function* (file) {
        const all = text(yield* readAll(file));
        yield* proc.out((all.match(/[^\n]*\n|[^\n]+$/g) ?? []).reverse().join(""));
      },
      (name, error) => `failed to open '${name}' for reading: ${error.message}`,
    );
    return fine ? 0 : 1;
  },
});

const nl = defineCommand({
  name: "nl",
  summary: "number lines of files",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "p", values: "bdfhilnsvw", long: { "body-numbering": "b", "number-width": "w", "number-separator": "s", "starting-line-number": "v", "line-increment": "i", "number-format": "n" } });
    if (typeof options === "number") return options;
    const style = options.value("b") ?? "t";
    const width = Number(options.value("w") ?? 6);
    const separator = options.value("s") ?? "\t";
    const format = options.value("n") ?? "rn";
    let number = Number(options.value("v") ?? 1);
    if (!/^[atn]$/.test(style)) {
      yield* complain(proc, `not modelled: -b ${style}`);
      return 2;
    }
    return yield* mapLines(proc, options.rest, (line) => {
      if (style === "n" || (style === "t" && line === "")) return `${" ".repeat(width + separator.length)}${line}`;
      const shown = String(number);
      number += Number(options.value("i") ?? 1);
      return `${format === "ln" ? shown.padEnd(width) : shown.padStart(width, format === "rz" ? "0" : " ")}${separator}${line}`;
    });
  },
});

const fold = defineCommand({
  name: "fold",
  summary: "wrap each input line to fit in specified width",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "bs", values: "w", long: { bytes: "b", spaces: "s", width: "w" } }, 1, proc.args.map((arg) => (/^-\d+$/.test(arg) ? `-w${arg.slice(1)}` : arg)));
    if (typeof options === "number") return options;
    const width = Number(options.value("w") ?? 80);
    if (!(width > 0)) {
      yield* complain(proc, `invalid number of columns: '${options.value("w")}'`);
      return 1;
    }
    return yield* mapLines(
      proc,
      options.rest,
      (line) => {
        const rows: string[] = [];
        let rest = [...line];
        while (rest.length > width) {
          const blank = options.has("s") ? rest.slice(0, width).lastIndexOf(" ") + 1 : 0;
          rows.push(rest.slice(0, blank || width).join(""));
          rest = rest.slice(blank || width);
        }
        return [...rows, rest.join("")].join("\n");
      },
      true,
    );
  },
});

const paste = defineCommand({
  name: "paste",
  summary: "merge lines of files",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "sz", values: "d", long: { serial: "s", delimiters: "d" } });
    if (typeof options === "number") return options;
    const delimiters = [...(options.value("d") ?? "\t").replace(/\\n/g, "\n").replace(/\\t/g, "\t").replace(/\\0/g, "\0").replace(/\\\\/g, "\\")].map((char) => (char === "\0" ? "" : char));
    const between = (i: number): string => delimiters[i % Math.max(1, delimiters.length)] ?? "";
    const names = options.rest.length > 0 ? options.rest : ["-"];
    const glue = (cells: readonly string[]): string => cells.map((cell, i) => cell + (i === cells.length - 1 ? "" : between(i))).join("");
    if (options.has("s")) {
      for (const name of names) {
        const { lines, fine } = yield* readLines(proc, [name]);
        if (!fine) return 1;
        yield* proc.out(`${glue(lines)}\n`);
      }
      return 0;
    }
    const readers: LineReader[] = [];
    const stdin = new LineReader(proc.stdin);
    for (const name of names) {
      const opened = name === "-" ? { value: undefined } : openInput(proc, name);
      if ("error" in opened) {
        yield* complain(proc, `${name}: ${opened.error.message}`);
        return 1;
      }
      readers.push(opened.value ? new LineReader(opened.value) : stdin);
    }
    for (;;) {
      const cells: (string | undefined)[] = [];
      for (const reader of readers) cells.push(yield* reader.line());
      if (cells.every((cell) => cell === undefined)) return 0;
      yield* proc.out(`${glue(cells.map((cell) => cell ?? ""))}\n`);
    }
  },
});

const tee = defineCommand({
  name: "tee",
  summary: "read from standard input and write to standard output and files",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "aip", long: { append: "a", "ignore-interrupts": "i" } });
    if (typeof options === "number") return options;
    const files: OpenFile[] = [];
    let status = 0;
    if (options.has("i")) proc.onSignal("SIGINT", "ignore");
    for (const name of options.rest) {
      const opened = tried(() => proc.open(name, options.has("a") ? "a" : "w"));
      if ("value" in opened) files.push(opened.value);
      else {
        yield* complain(proc, `${name}: ${opened.error.message}`);
        status = 1;
      }
    }
    for (let chunk = yield* proc.stdin.read(); chunk !== undefined; chunk = yield* proc.stdin.read()) {
      yield* proc.file(1).write(chunk);
      for (const file of files) yield* file.write(chunk);
      yield* proc.charge(4 + chunk.length / 1000);
    }
    for (const file of files) file.release();
    return status;
  },
});

const comm = defineCommand({
  name: "comm",
  summary: "compare two sorted files line by line",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "123z", long: { "check-order": "check", "nocheck-order": "nocheck", total: "total" } });
    if (typeof options === "number") return options;
    const [first, second, extra] = options.rest;
    if (first === undefined) return yield* usage(proc, "missing operand");
    if (second === undefined) return yield* usage(proc, `missing operand after '${first}'`);
    if (extra !== undefined) return yield* usage(proc, `extra operand '${extra}'`);
    const left = yield* readLines(proc, [first]);
    const right = left.fine ? yield* readLines(proc, [second]) : left;
    if (!left.fine || !right.fine) return 1;
    const tabs = (column: number): string => "\t".repeat(["1", "2"].slice(0, column - 1).filter((key) => !options.has(key)).length);
    const output = new Output(proc);
    let [i, j] = [0, 0];
    while (i < left.lines.length || j < right.lines.length) {
      const [a, b] = [left.lines[i], right.lines[j]];
      const order = a === undefined ? 1 : b === undefined ? -1 : compare(a, b);
      const column = order < 0 ? 1 : order > 0 ? 2 : 3;
      if (order <= 0) i++;
      if (order >= 0) j++;
      if (!options.has(String(column))) yield* output.write(`${tabs(column)}${order <= 0 ? a : b}\n`);
    }
    yield* output.flush();
    return 0;
  },
});

const column = defineCommand({
  name: "column",
  summary: "columnate lists",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "txeL", values: "sNoRc", long: { table: "t", separator: "s", "table-columns": "N", "output-separator": "o", "table-right": "R", fillrows: "x" } });
    if (typeof options === "number") return options;
    const { lines, fine } = yield* readLines(proc, options.rest, (name, error) => cannotOpen(name, error));
    if (options.has("t") || options.has("N")) yield* proc.out(table(lines, options));
    else {
      const shown = lines.filter((line) => line !== "");
      const width = Math.max(0, ...shown.map(textWidth));
      const wide = (Math.floor(width / 8) + 1) * 8;
      const across = Math.max(1, Math.floor((proc.tty?.columns ?? 80) / wide));
      const rows = Math.ceil(shown.length / across);
      let out = "";
      for (let row = 0; row < rows; row++) {
        const cells: string[] = [];
        for (let c = 0; c < across; c++) {
          const cell = shown[options.has("x") ? row * across + c : c * rows + row];
          if (cell !== undefined) cells.push(cell);
        }
        out += `${cells.map((cell, i) => (i === cells.length - 1 ? cell : cell + "\t".repeat(Math.ceil((wide - textWidth(cell)) / 8)))).join("")}\n`;
      }
      yield* proc.out(out);
    }
    return fine ? 0 : 1;
  },
});

function table(lines: readonly string[], options: Options): string {
  const separators = options.value("s");
  const names = options.value("N")?.split(",");
  const rows = lines.filter((line) => line.trim() !== "").map((line) => (separators === undefined ? line.trim().split(/[ \t]+/) : line.split(new RegExp(`[${separators.replace(/[\\\]^-]/g, "\\$&")}]`))));
  if (names) rows.unshift(names);
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, textWidth(cell));
  const gap = options.value("o") ?? "  ";
  const right = new Set((options.value("R") ?? "").split(",").map((each) => (/^\d+$/.test(each) ? Number(each) - 1 : (names?.indexOf(each) ?? -1))));
  return rows.map((row) => `${row.map((cell, i) => (right.has(i) ? " ".repeat((widths[i] ?? 0) - textWidth(cell)) + cell : i === widths.length - 1 ? cell : cell + " ".repeat((widths[i] ?? 0) - textWidth(cell)))).join(gap)}\n`).join("");
}

export const lineTools: readonly Program[] = [column, comm, cut, fold, nl, paste, rev, tac, tee, uniq, wc];
