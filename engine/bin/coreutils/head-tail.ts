/** head and tail, tail -f with the files it follows. */
import { text } from "../../core/bytes";
import type { Signal, Task } from "../../core/task";
import { LineReader, type Line } from "../../host/lines";
import type { OpenFile, Proc, Program } from "../../host/proc";
import { RegularFile } from "../../host/open-file";
import { defineCommand } from "../command";
import type { Options } from "../options";
import { cannotOpen, complain, nameOf, openInput, optionsOf, parseSize, tried } from "./support";

type Amount = { readonly count: number; readonly bytes: boolean; /** head -n -5: all but; tail -n +5: from. */ readonly inverse: boolean };

/** -5 as people still write it becomes -n 5. */
function modern(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, i) => (/^-\d+[fq]?$/.test(arg) && i === 0 ? ["-n", arg.slice(1).replace(/[fq]$/, ""), ...(/[fq]$/.test(arg) ? [`-${arg.at(-1)}`] : [])] : [arg]));
}

function* amountOf(proc: Proc, options: Options, sign: "-" | "+"): Task<Amount | number> {
  const bytes = options.has("c");
  const word = options.value(bytes ? "c" : "n") ?? "10";
  const size = parseSize(word.replace(/^[-+]/, ""));
  if (size === undefined) {
    yield* complain(proc, `invalid number of ${bytes ? "bytes" : "lines"}: '${word}'`);
    return 1;
  }
  return { count: size, bytes, inverse: word.startsWith(sign) };
}

const SPEC = { flags: "qvz", values: "nc", long: { lines: "n", bytes: "c", quiet: "q", silent: "q", verbose: "v" } };

export const head = defineCommand({
  name: "head",
  summary: "output the first part of files",
  *run(proc) {
    const options = yield* optionsOf(proc, SPEC, 1, modern(proc.args));
    if (typeof options === "number") return options;
    const amount = yield* amountOf(proc, options, "-");
    if (typeof amount === "number") return amount;
    return yield* eachTitled(proc, options, (file) => (amount.bytes ? headBytes(proc, file, amount) : headLines(proc, file, amount)));
  },
});

function* eachTitled(proc: Proc, options: Options, show: (file: OpenFile) => Task): Task<number> {
  const names = options.rest.length > 0 ? options.rest : ["-"];
  const titled = (names.length > 1 || options.has("v")) && !options.has("q");
  let status = 0;
  let first = true;
  for (const name of names) {
    const opened = openInput(proc, name);
    if ("error" in opened) {
      yield* complain(proc, cannotOpen(name, opened.error));
      status = 1;
      continue;
    }
    if (titled) yield* proc.out(`${first ? "" : "\n"}==> ${name === "-" ? "standard input" : name} <==\n`);
    first = false;
    yield* show(opened.value);
    opened.value.release();
  }
  return status;
}

const written = (line: Line): string => line.text + (line.newline ? "\n" : "");

function* headLines(proc: Proc, file: OpenFile, { count, inverse }: Amount): Task {
  const reader = new LineReader(file);
  if (!inverse) {
    for (let left = count; left > 0; left--) {
      const line = yield* reader.next();
      if (!line) return;
      yield* proc.out(written(line));
    }
    return;
  }
  const held: Line[] = [];
  for (let line = yield* reader.next(); line; line = yield* reader.next()) {
    held.push(line);
    if (held.length > count) yield* proc.out(written(held.shift() as Line));
  }
}

function* headBytes(proc: Proc, file: OpenFile, { count, inverse }: Amount): Task {
  if (inverse) {
    const all = yield* new LineReader(file).rest();
    return yield* proc.file(1).write(all.slice(0, Math.max(0, all.length - count)));
  }
  for (let left = count; left > 0; ) {
    const chunk = yield* file.read(Math.min(left, 65_536));
    if (chunk === undefined) return;
    left -= chunk.length;
    yield* proc.file(1).write(chunk);
    yield* proc.charge(4);
  }
}

export const tail = defineCommand({
  name: "tail",
  summary: "output the last part of files",
  *run(proc) {
    const args = modern(proc.args).flatMap((arg, i) => (/^\+\d+$/.test(arg) && i === 0 ? ["-n", arg] : [arg]));
    const options = yield* optionsOf(proc, { flags: "fFqvz", values: "ncs", long: { ...SPEC.long, "follow=?": "f", retry: "retry", "pid=": "pid", "sleep-interval": "s" } }, 1, args);
    if (typeof options === "number") return options;
    const amount = yield* amountOf(proc, options, "+");
    if (typeof amount === "number") return amount;
    const follows = options.has("f") || options.has("F");
    if (!follows) return yield* eachTitled(proc, options, (file) => (amount.bytes ? tailBytes(proc, file, amount) : tailLines(proc, file, amount)));
    return yield* follow(proc, options, amount);
  },
});

function* tailLines(proc: Proc, file: OpenFile, { count, inverse }: Amount): Task {
  const reader = new LineReader(file);
  const held: Line[] = [];
  let seen = 0;
  for (let line = yield* reader.next(); line; line = yield* reader.next()) {
    seen++;
    yield* proc.charge(1);
    if (inverse) {
      if (seen >= count) yield* proc.out(written(line));
      continue;
    }
    held.push(line);
    if (held.length > count * 2 + 64) held.splice(0, held.length - count);
  }
  if (!inverse && count > 0) yield* proc.out(held.slice(-count).map(written).join(""));
}

function* tailBytes(proc: Proc, file: OpenFile, { count, inverse }: Amount): Task {
  const all = yield* new LineReader(file).rest();
  yield* proc.file(1).write(inverse ? all.slice(Math.max(0, count - 1)) : all.slice(Math.max(0, all.length - count)));
}

type Followed = { readonly name: string; file: OpenFile | undefined; ino: number };

/** tail -f: what is there, then whatever is added, for ever. */
function* follow(proc: Proc, options: Options, amount: Amount): Task<number> {
  const names = options.rest.length > 0 ? options.rest : ["-"];
  const titled = names.length > 1 && !options.has("q");
  const followed: Followed[] = [];
  let shown = "";
  let status = 0;
  for (const name of names) {
    const opened = openInput(proc, name);
    if ("error" in opened) {
      yield* complain(proc, cannotOpen(name, opened.error));
      status = 1;
      if (options.has("F") || options.has("retry")) followed.push({ name, file: undefined, ino: 0 });
      continue;
    }
    if (titled) yield* proc.out(`${shown === "" ? "" : "\n"}==> ${name} <==\n`);
    shown = name;
    yield* amount.bytes ? tailBytes(proc, opened.value, amount) : tailLines(proc, opened.value, amount);
    followed.push({ name, file: opened.value, ino: opened.value instanceof RegularFile ? opened.value.inode.meta.ino : 0 });
  }
  if (followed.length === 0) {
    yield* proc.err(`${nameOf(proc)}: no files remaining\n`);
    return 1;
  }
  // A pipe that has ended has nothing more to say.
  if (followed.every(({ file }) => file !== undefined && !(file instanceof RegularFile))) return status;
  for (;;) {
    for (const each of followed) shown = yield* news(proc, each, options.has("F"), titled, shown);
    const changes: Signal[] = followed.flatMap(({ file }) => (file instanceof RegularFile ? [file.inode.changed] : []));
    yield { on: changes, deadlineMs: proc.nowMs + 1000 };
  }
}

function* news(proc: Proc, each: Followed, byName: boolean, titled: boolean, shown: string): Task<string> {
  if (byName) yield* reopen(proc, each);
  const { file } = each;
  if (!(file instanceof RegularFile)) return shown;
  if (file.offset > file.inode.size) {
    yield* complain(proc, `${each.name}: file truncated`);
    file.seek(0);
  }
  const chunk = yield* file.read();
  if (chunk === undefined) return shown;
  if (titled && shown !== each.name) yield* proc.out(`\n==> ${each.name} <==\n`);
  yield* proc.out(text(chunk));
  return each.name;
}

/** tail -F: the name may come to mean another file. */
function* reopen(proc: Proc, each: Followed): Task {
  const stat = tried(() => proc.fs.stat(proc.resolve(each.name)));
  if ("error" in stat) {
    if (each.file !== undefined) yield* complain(proc, `'${each.name}' has become inaccessible: ${stat.error.message}`);
    each.file?.release();
    each.file = undefined;
    return;
  }
  if (each.file !== undefined && stat.value.ino === each.ino) return;
  yield* complain(proc, `'${each.name}' has ${each.file === undefined ? "appeared;  following new file" : "been replaced;  following new file"}`);
  each.file?.release();
  each.file = proc.open(each.name);
  each.ino = stat.value.ino;
}

export const headTail: readonly Program[] = [head, tail];

