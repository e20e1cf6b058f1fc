/** find: walks a tree, tests every file, acts on it. */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import type { Proc } from "../../host/proc";
import type { Stat } from "../../host/fs";
import { compilePattern, matches } from "../../shell/pattern";
import { compileRegex } from "../../shell/regex";
import { defineCommand } from "../command";
import { basename, complain, idOfName, join, modeString, nameOfId, tried } from "./support";

type Found = { readonly path: string; readonly name: string; readonly full: string; readonly stat: Stat; readonly depth: number; readonly root: string };
type Expression = (found: Found) => Task<boolean>;

class FindError extends Error {}

export const find = defineCommand({
  name: "find",
  summary: "search for files in a directory hierarchy",
  *run(proc) {
    const first = proc.args.findIndex((arg) => /^[-(!),]/.test(arg) && arg !== "-");
    const roots = first < 0 ? proc.args : proc.args.slice(0, first);
    const parser = new FindParser(proc, first < 0 ? [] : proc.args.slice(first));
    let test: Expression;
    try {
      test = parser.whole();
    } catch (error) {
      if (!(error instanceof FindError)) throw error;
      yield* complain(proc, error.message);
      return error.message.startsWith("not modelled") ? 2 : 1;
    }
    let status = 0;
    for (const root of roots.length > 0 ? roots : ["."]) if (!(yield* walk(proc, parser, test, root, basename(root) || root, 0, root))) status = 1;
    yield* parser.finish();
    return parser.failed ? 1 : status;
  },
});

function* walk(proc: Proc, parser: FindParser, test: Expression, path: string, name: string, depth: number, root: string): Task<boolean> {
  const full = proc.resolve(path);
  const looked = tried(() => (parser.follow ? proc.fs.stat(full) : proc.fs.lstat(full)));
  if ("error" in looked) {
    yield* complain(proc, `'${path}': ${looked.error.message}`);
    return false;
  }
  yield* proc.charge(5);
  const found: Found = { path, name, full, stat: looked.value, depth, root };
  parser.pruned = false;
  if (!parser.depthFirst && depth >= parser.minDepth) yield* test(found);
  let fine = true;
  if (looked.value.kind === "directory" && !parser.pruned && depth < parser.maxDepth && !parser.quit) {
    const listed = tried(() => proc.fs.list(full));
    if ("error" in listed) {
      yield* complain(proc, `'${path}': ${listed.error.message}`);
      fine = false;
    } else {
      for (const each of listed.value) {
        if (parser.quit) break;
        fine = (yield* walk(proc, parser, test, join(path, each), each, depth + 1, root)) && fine;
      }
    }
  }
  if (parser.depthFirst && depth >= parser.minDepth) yield* test(found);
  return fine;
}

class FindParser {
  follow = false;
  depthFirst = false;
  minDepth = 0;
  maxDepth = Number.POSITIVE_INFINITY;
  pruned = false;
  quit = false;
  failed = false;
  #at = 0;
  #acts = false;
  readonly #batches: { readonly words: readonly string[]; readonly paths: string[] }[] = [];

  constructor(
    private readonly proc: Proc,
    private readonly words: readonly string[],
  ) {}

  whole(): Expression {
    const expression = this.words.length === 0 ? always : this.#or();
    if (this.#at < this.words.length) throw new FindError(this.words[this.#at] === ")" ? "invalid expression; you have used a binary operator ')' with nothing before it." : `paths must precede expression: \`${this.words[this.#at]}'`);
    if (this.#acts) return expression;
    const { proc } = this;
    return function* (found) {
      if (yield* expression(found)) yield* proc.out(`${found.path}\n`);
      return true;
    };
  }

  /** Runs what -exec … + has gathered. */
  *finish(): Task {
    for (const { words, paths } of this.#batches) if (paths.length > 0) yield* this.#execute([...words, ...paths]);
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take("-o", "-or")) {
      const [a, b] = [left, this.#and()];
      left = function* (found) {
        return (yield* a(found)) || (yield* b(found));
      };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    for (;;) {
      this.#take("-a", "-and");
      const next = this.words[this.#at];
      if (next === undefined || next === ")" || next === "-o" || next === "-or") return left;
      const [a, b] = [left, this.#not()];
      left = function* (found) {
        return (yield* a(found)) && (yield* b(found));
      };
    }
  }

  #not(): Expression {
    if (!this.#take("!", "-not")) return this.#primary();
    const inner = this.#not();
    return function* (found) {
      return !(yield* inner(found));
    };
  }

  #take(...words: readonly string[]): boolean {
    if (!words.includes(this.words[this.#at] ?? "")) return false;
    this.#at++;
    return true;
  }

  #argument(name: string): string {
    const word = this.words[this.#at++];
    if (word === undefined) throw new FindError(`missing argument to \`${name}'`);
    return word;
  }

  #primary(): Expression {
    const word = this.words[this.#at++];
    if (word === undefined) throw new FindError("expected an expression after the operator");
    if (word === "(") {
      const inner = this.#or();
      if (!this.#take(")")) throw new FindError("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
      return inner;
    }
    if (!word.startsWith("-")) throw new FindError(`paths must precede expression: \`${word}'`);
    return this.#option(word) ?? this.#test(word) ?? this.#action(word) ?? unknown(word);
  }

  #option(word: string): Expression | undefined {
    switch (word) {
      case "-maxdepth":
      case "-mindepth": {
        const value = this.#argument(word);
        if (!/^\d+$/.test(value)) throw new FindError(`Expected a positive decimal integer argument to ${word}, but got '${value}'`);
        if (word === "-maxdepth") this.maxDepth = Number(value);
        else this.minDepth = Number(value);
        return always;
      }
      case "-depth":
        this.depthFirst = true;
        return always;
      case "-follow":
        this.follow = true;
        return always;
      case "-xdev":
      case "-mount":
      case "-warn":
      case "-nowarn":
      case "-noleaf":
        return always;
    }
    return undefined;
  }

  #test(word: string): Expression | undefined {
    switch (word) {
      case "-name":
      case "-iname": {
        const pattern = compilePattern(this.#argument(word), word === "-iname");
        return yes(({ name }) => matches(pattern, name, word === "-iname"));
      }
      case "-path":
      case "-wholename":
      case "-ipath": {
        const pattern = compilePattern(this.#argument(word), word === "-ipath");
        return yes(({ path }) => matches(pattern, path, word === "-ipath"));
      }
      case "-regex": {
        const regex = compileRegex(this.#argument(word), { extended: false });
        if ("error" in regex) throw new FindError(regex.error);
        return yes(({ path }) => {
          const m = regex.exec(path);
          return m?.start === 0 && m.end === path.length;
        });
      }
      case "-type": {
        const letters = this.#argument(word);
        if (!/^[bcdpfls](,[bcdpfls])*$/.test(letters)) throw new FindError(`Unknown argument to -type: ${letters}`);
        return yes(({ stat }) => letters.includes({ file: "f", directory: "d", symlink: "l", device: "c" }[stat.kind]));
      }
      case "-size":
        return this.#size(this.#argument(word));
      case "-empty":
        return yes(({ stat, full }) => (stat.kind === "file" ? stat.size === 0 : stat.kind === "directory" && this.proc.fs.list(full).length === 0));
      case "-mtime":
      case "-mmin":
        return this.#age(word, this.#argument(word));
      case "-newer": {
        const other = this.proc.fs.stat(this.proc.resolve(this.#argument(word))).mtimeMs;
        return yes(({ stat }) => stat.mtimeMs > other);
      }
      case "-perm":
        return this.#permissions(this.#argument(word));
      case "-user":
      case "-uid": {
        const uid = idOfName(this.proc, "/etc/passwd", this.#argument(word));
        return yes(({ stat }) => stat.uid === uid);
      }
      case "-group":
      case "-gid": {
        const gid = idOfName(this.proc, "/etc/group", this.#argument(word));
        return yes(({ stat }) => stat.gid === gid);
      }
      case "-executable":
        return yes(({ stat }) => (stat.mode & 0o111) !== 0);
      case "-readable":
      case "-writable":
      case "-true":
        return always;
      case "-false":
        return yes(() => false);
    }
    return undefined;
  }

  #size(word: string): Expression {
    const m = /^([+-]?)(\d+)([bcwkMG]?)$/.exec(word);
    if (!m) throw new FindError(`Invalid argument \`${word}' to -size`);
    const unit = { "": 512, b: 512, c: 1, w: 2, k: 1024, M: 1 << 20, G: 1 << 30 }[m[3] ?? ""] ?? 512;
    return yes(({ stat }) => compareTo(m[1] ?? "", Math.ceil(stat.size / unit), Number(m[2])));
  }

  #age(word: string, value: string): Expression {
    const m = /^([+-]?)(\d+)$/.exec(value);
    if (!m) throw new FindError(`invalid argument \`${value}' to \`${word}'`);
    const unit = word === "-mmin" ? 60_000 : 86_400_000;
    return yes(({ stat }) => {
      const age = (wallMs(this.proc.world) - stat.mtimeMs) / unit;
      return compareTo(m[1] ?? "", word === "-mmin" ? Math.ceil(age) : Math.floor(age), Number(m[2]));
    });
  }

  #permissions(word: string): Expression {
    const m = /^([-/]?)([0-7]+)$/.exec(word);
    if (!m) throw new FindError(/^[-/]?[ugoa]/.test(word) ? "not modelled: -perm with letters" : `invalid mode '${word}'`);
    const bits = Number.parseInt(m[2] ?? "0", 8);
    return yes(({ stat }) => (m[1] === "-" ? (stat.mode & bits) === bits : m[1] === "/" ? bits === 0 || (stat.mode & bits) !== 0 : stat.mode === bits));
  }

  #action(word: string): Expression | undefined {
    const { proc } = this;
    switch (word) {
      case "-prune":
        return yes(() => {
          this.pruned = true;
          return true;
        });
      case "-quit":
        return yes(() => {
          this.quit = true;
          return true;
        });
      case "-print":
      case "-print0":
        this.#acts = true;
        return function* ({ path }) {
          yield* proc.out(path + (word === "-print" ? "\n" : "\0"));
          return true;
        };
      case "-printf": {
        this.#acts = true;
        const format = this.#argument(word);
        return function* (found) {
          yield* proc.out(formatted(proc, format, found));
          return true;
        };
      }
      case "-ls":
        this.#acts = true;
        return function* (found) {
          yield* proc.out(formatted(proc, "%9i %6k %M %3n %-8u %-8g %8s %p\n", found));
          return true;
        };
      case "-delete":
        this.#acts = true;
        this.depthFirst = true;
        return (found) => this.#delete(found);
      case "-exec":
      case "-execdir":
        return this.#exec();
    }
    return undefined;
  }

  *#delete({ full, path, stat }: Found): Task<boolean> {
    if (path === ".") return true;
    const done = tried(() => (stat.kind === "directory" ? this.proc.fs.rmdir(full) : this.proc.fs.unlink(full)));
    if ("value" in done) return true;
    yield* complain(this.proc, `cannot delete '${path}': ${done.error.message}`);
    this.failed = true;
    return false;
  }

  #exec(): Expression {
    this.#acts = true;
    const end = this.words.findIndex((word, i) => i >= this.#at && (word === ";" || (word === "+" && this.words[i - 1] === "{}")));
    if (end < 0) throw new FindError("missing argument to `-exec'");
    const words = this.words.slice(this.#at, end);
    const many = this.words[end] === "+";
    this.#at = end + 1;
    if (many) {
      const batch = { words: words.slice(0, -1), paths: [] as string[] };
      this.#batches.push(batch);
      return yes(({ path }) => {
        batch.paths.push(path);
        return true;
      });
    }
    const execute = (found: Found): Task<boolean> => this.#execute(words.map((word) => word.replaceAll("{}", found.path)));
    return function* (found) {
      return yield* execute(found);
    };
  }

  *#execute(words: readonly string[]): Task<boolean> {
    try {
      return (yield* this.proc.spawn(words).wait()) === 0;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* complain(this.proc, `'${words[0]}': ${error.message}`);
      return false;
    }
  }
}

function unknown(word: string): never {
  throw new FindError(`unknown predicate \`${word}'`);
}

const always: Expression = function* () {
  return true;
};

function yes(test: (found: Found) => boolean): Expression {
  return function* (found) {
    return test(found);
  };
}

function compareTo(sign: string, value: number, wanted: number): boolean {
  return sign === "+" ? value > wanted : sign === "-" ? value < wanted : value === wanted;
}

function formatted(proc: Proc, format: string, { path, name, stat, depth, root }: Found): string {
  const fields: Readonly<Record<string, string>> = {
    p: path, f: name, h: path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".", P: path === root ? "" : path.slice(root.length).replace(/^\//, ""), s: String(stat.size), d: String(depth), m: stat.mode.toString(8), M: modeString(stat.kind, stat.mode),
    u: nameOfId(proc, "/etc/passwd", stat.uid), g: nameOfId(proc, "/etc/group", stat.gid), U: String(stat.uid), G: String(stat.gid), y: { file: "f", directory: "d", symlink: "l", device: "c" }[stat.kind], l: stat.target ?? "", i: String(stat.ino), n: String(stat.nlink), k: String(Math.ceil(stat.size / 1024)), "%": "%",
  };
  return format
    .replace(/\\(n|t|0|\\)/g, (_, char: string) => ({ n: "\n", t: "\t", "0": "\0", "\\": "\\" })[char] ?? "")
    .replace(/%(-?)(\d*)([a-zA-Z%])/g, (whole, left: string, width: string, letter: string) => {
      const field = Object.hasOwn(fields, letter) ? fields[letter] : undefined;
      if (field === undefined) return whole;
      return left ? field.padEnd(Number(width)) : field.padStart(Number(width || 0));
    });
}
