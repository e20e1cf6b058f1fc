/** mkdir, rmdir, touch, ln, readlink, realpath, chmod, chown, mktemp, truncate. */
import { parseRfc3339 } from "../../core/date";
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import { normalized } from "../../host/paths";
import type { Proc, Program } from "../../host/proc";
import { defineCommand } from "../command";
import { basename, complain, idOfName, join, optionsOf, parseSize, tried, usage } from "./support";

export const mkdir = defineCommand({
  name: "mkdir",
  summary: "make directories",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "pv", values: "m", long: { parents: "p", verbose: "v", mode: "m" } });
    if (typeof options === "number") return options;
    if (options.rest.length === 0) return yield* usage(proc, "missing operand");
    let status = 0;
    const mode = options.value("m");
    for (const name of options.rest) {
      const path = proc.resolve(name);
      if (options.has("p") && proc.fs.isDirectory(path)) continue;
      const made = tried(() => proc.fs.mkdir(path, { parents: options.has("p"), mode: mode === undefined ? 0o777 & ~proc.umask : (changedMode(0o777, mode, true) ?? 0o755) }));
      if ("error" in made) {
        yield* complain(proc, `cannot create directory '${name}': ${made.error.message}`);
        status = 1;
      } else if (options.has("v")) yield* proc.out(`mkdir: created directory '${name}'\n`);
    }
    return status;
  },
});

export const rmdir = defineCommand({
  name: "rmdir",
  summary: "remove empty directories",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "pv", long: { parents: "p", verbose: "v", "ignore-fail-on-non-empty": "ignore" } });
    if (typeof options === "number") return options;
    if (options.rest.length === 0) return yield* usage(proc, "missing operand");
    let status = 0;
    for (const name of options.rest) {
      let folder = name;
      for (;;) {
        const done = tried(() => proc.fs.rmdir(proc.resolve(folder)));
        if ("error" in done) {
          if (options.has("ignore") && done.error.code === "ENOTEMPTY") break;
          yield* complain(proc, `failed to remove '${folder}': ${done.error.message}`);
          status = 1;
          break;
        }
        const above = folder.replace(/\/+[^/]*\/*$/, "");
        if (!options.has("p") || above === folder || above === "") break;
        folder = above;
      }
    }
    return status;
  },
});

export const touch = defineCommand({
  name: "touch",
  summary: "change file timestamps",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "acfmh", values: "drt", long: { "no-create": "c", date: "d", reference: "r" } });
    if (typeof options === "number") return options;
    if (options.rest.length === 0) return yield* usage(proc, "missing file operand");
    const at = options.has("r") ? proc.fs.stat(proc.resolve(options.value("r") ?? "")).mtimeMs : options.has("d") ? dateOf(proc, options.value("d") ?? "") : wallMs(proc.world);
    if (at === undefined) return yield* failed(proc, `invalid date format '${options.value("d")}'`);
    if (options.has("t")) return yield* failed(proc, "not modelled: -t", 2);
    let status = 0;
    for (const name of options.rest) {
      const path = proc.resolve(name);
      if (!proc.fs.exists(path) && options.has("c")) continue;
      const done = tried(() => {
        if (!proc.fs.exists(path)) proc.fs.writeFile(path, "", { mode: 0o666 & ~proc.umask });
        proc.fs.setModified(path, at);
      });
      if ("value" in done) continue;
      yield* complain(proc, `cannot touch '${name}': ${done.error.message}`);
      status = 1;
    }
    return status;
  },
});

function* failed(proc: Proc, message: string, status = 1): Task<number> {
  yield* complain(proc, message);
  return status;
}

/** Dates people give to -d: 2026-11-21, 2026-11-21 09:00[:30], @seconds, now. */
export function dateOf(proc: Proc, word: string): number | undefined {
  if (word === "now" || word === "") return wallMs(proc.world);
  const seconds = /^@(-?\d+(?:\.\d+)?)$/.exec(word);
  if (seconds) return Number(seconds[1]) * 1000;
  const ago = /^(?:(\d+)|(yesterday)|(tomorrow)|\+(\d+)) ?(second|sec|minute|min|hour|day|week)?s?( ago)?$/.exec(word);
  if (ago && (ago[2] || ago[3] || ago[5])) {
    const unit = { second: 1, sec: 1, minute: 60, min: 60, hour: 3600, day: 86_400, week: 604_800 }[ago[5] ?? "day"] ?? 1;
    const count = ago[2] ? -1 : ago[3] ? 1 : Number(ago[1] ?? ago[4]) * (ago[6] ? -1 : 1);
    return wallMs(proc.world) + count * unit * 1000;
  }
  const m = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?)?(?:Z| ?UTC)?$/.exec(word);
  return m ? parseRfc3339(`${m[1]}T${m[2] ?? "00:00"}${m[3] ?? ":00"}Z`) : undefined;
}

export const ln = defineCommand({
  name: "ln",
  summary: "make links between files",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "sfnvrT", long: { symbolic: "s", force: "f", "no-dereference": "n", verbose: "v" } });
    if (typeof options === "number") return options;
    const [first, ...others] = options.rest;
    if (first === undefined) return yield* usage(proc, "missing file operand");
    if (options.has("r")) return yield* failed(proc, "not modelled: -r", 2);
    const place = others.at(-1) ?? ".";
    const into = proc.fs.isDirectory(proc.resolve(place)) && !options.has("T") && !(options.has("n") && proc.fs.lstat(proc.resolve(place)).kind === "symlink");
    let status = 0;
    for (const target of others.length > 1 ? options.rest.slice(0, -1) : [first]) {
      const name = into ? join(place, basename(target)) : place;
      const path = proc.resolve(name);
      const done = tried(() => {
        if (options.has("f") && "value" in tried(() => proc.fs.lstat(path))) proc.fs.unlink(path);
        if (options.has("s")) proc.fs.symlink(target, path);
        else proc.fs.link(proc.resolve(target), path);
      });
      if ("value" in done) {
        if (options.has("v")) yield* proc.out(`'${name}' ${options.has("s") ? "->" : "=>"} '${target}'\n`);
        continue;
      }
      const missing = done.error.code === "ENOENT" && !options.has("s");
      yield* complain(proc, missing ? `failed to access '${target}': ${done.error.message}` : `failed to create ${options.has("s") ? "symbolic" : "hard"} link '${name}': ${done.error.message}`);
      status = 1;
    }
    return status;
  },
});

export const readlink = defineCommand({
  name: "readlink",
  summary: "print resolved symbolic links or canonical file names",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "femnqsvz", long: { canonicalize: "f", "canonicalize-existing": "e", "canonicalize-missing": "m", "no-newline": "n" } });
    if (typeof options === "number") return options;
    if (options.rest.length === 0) return yield* usage(proc, "missing operand");
    let status = 0;
    for (const name of options.rest) {
      const found = tried(() => (options.has("f") || options.has("e") || options.has("m") ? canonical(proc, name, options.has("e"), options.has("m")) : proc.fs.readlink(proc.resolve(name))));
      if ("value" in found) yield* proc.out(`${found.value}${options.has("n") ? "" : "\n"}`);
      else {
        if (options.has("v")) yield* complain(proc, `${name}: ${found.error.message}`);
        status = 1;
      }
    }
    return status;
  },
});

function canonical(proc: Proc, name: string, mustExist: boolean, mayMiss: boolean): string {
  const path = proc.resolve(name);
  if (mustExist) proc.fs.stat(path);
  const found = tried(() => proc.fs.realpath(path));
  if ("value" in found) return found.value;
  if (mayMiss) return normalized(path);
  throw found.error;
}

export const realpath = defineCommand({
  name: "realpath",
  summary: "print the resolved path",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "emqsLPz", long: { "canonicalize-existing": "e", "canonicalize-missing": "m", quiet: "q", "no-symlinks": "s" } });
    if (typeof options === "number") return options;
    if (options.rest.length === 0) return yield* usage(proc, "missing operand");
    let status = 0;
    for (const name of options.rest) {
      const found = tried(() => (options.has("s") ? normalized(proc.resolve(name)) : canonical(proc, name, options.has("e"), options.has("m"))));
      if ("value" in found) yield* proc.out(`${found.value}\n`);
      else {
        if (!options.has("q")) yield* complain(proc, `${name}: ${found.error.message}`);
        status = 1;
      }
    }
    return status;
  },
});

/** 755, u+x, go-rwx, a=r: the mode after the change; undefined when it cannot be read. */
export function changedMode(mode: number, words: string, directory: boolean): number | undefined {
  if (/^[0-7]{1,4}$/.test(words)) return Number.parseInt(words, 8);
  let changed = mode;
  for (const word of words.split(",")) {
    const m = /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(word);
    if (!m) return undefined;
    const who = m[1] === "" || m[1]?.includes("a") ? "ugo" : (m[1] ?? "");
    for (const [, operator, letters = ""] of (m[2] ?? "").matchAll(/([-+=])([rwxXst]*)/g)) {
      let bits = 0;
      for (const letter of letters) {
        const bit = { r: 4, w: 2, x: 1, X: directory || (mode & 0o111) !== 0 ? 1 : 0 }[letter] ?? 0;
        for (const each of who) bits |= bit << { u: 6, g: 3, o: 0 }[each as "u" | "g" | "o"];
        if (letter === "s" && who.includes("u")) bits |= 0o4000;
        if (letter === "s" && who.includes("g")) bits |= 0o2000;
        if (letter === "t") bits |= 0o1000;
      }
      let all = 0;
      for (const each of who) all |= 7 << { u: 6, g: 3, o: 0 }[each as "u" | "g" | "o"];
      changed = operator === "+" ? changed | bits : operator === "-" ? changed & ~bits : (changed & ~all) | bits;
    }
  }
  return changed;
}

function* eachPath(proc: Proc, names: readonly string[], recursive: boolean, act: (path: string, name: string) => string | undefined): Task<number> {
  let status = 0;
  for (const name of names) {
    const path = proc.resolve(name);
    const message = act(path, name);
    if (message !== undefined) {
      yield* complain(proc, message);
      status = 1;
      continue;
    }
    if (!recursive || proc.fs.lstat(path).kind !== "directory") continue;
    if ((yield* eachPath(proc, proc.fs.list(path).map((each) => join(name, each)), true, act)) !== 0) status = 1;
  }
  return status;
}

export const chmod = defineCommand({
  name: "chmod",
  summary: "change file mode bits",
  *run(proc) {
    // A mode such as -x looks like an option; GNU takes it as a mode.
    const args = proc.args.map((arg) => (/^-[rwxXst]+$/.test(arg) ? `a${arg}` : arg));
    const options = yield* optionsOf(proc, { flags: "Rcfv", long: { recursive: "R", changes: "c", silent: "f", quiet: "f", verbose: "v", "reference=": "reference" } }, 1, args);
    if (typeof options === "number") return options;
    const [mode, ...names] = options.rest;
    if (mode === undefined) return yield* usage(proc, "missing operand");
    if (names.length === 0) return yield* usage(proc, `missing operand after '${mode}'`);
    if (changedMode(0, mode, false) === undefined) return yield* usage(proc, `invalid mode: '${mode}'`);
    return yield* eachPath(proc, names, options.has("R"), (path, name) => {
      const looked = tried(() => proc.fs.stat(path));
      if ("error" in looked) return `cannot access '${name}': ${looked.error.message}`;
      proc.fs.chmod(path, changedMode(looked.value.mode, mode, looked.value.kind === "directory") ?? looked.value.mode);
      return undefined;
    });
  },
});

export const chown = defineCommand({
  name: "chown",
  summary: "change file owner and group",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "Rcfhv", long: { recursive: "R", "no-dereference": "h" } });
    if (typeof options === "number") return options;
    const [owner, ...names] = options.rest;
    if (owner === undefined) return yield* usage(proc, "missing operand");
    if (names.length === 0) return yield* usage(proc, `missing operand after '${owner}'`);
    const [user = "", group] = owner.split(/[:.]/);
    const uid = user === "" ? undefined : idOfName(proc, "/etc/passwd", user);
    const gid = group === undefined || group === "" ? undefined : idOfName(proc, "/etc/group", group);
    if ((user !== "" && uid === undefined) || (group && gid === undefined)) return yield* failed(proc, `invalid ${uid === undefined && user !== "" ? "user" : "group"}: '${owner}'`);
    return yield* eachPath(proc, names, options.has("R"), (path, name) => {
      const done = tried(() => proc.fs.chown(path, uid, gid));
      return "error" in done ? `cannot access '${name}': ${done.error.message}` : undefined;
    });
  },
});

export const mktemp = defineCommand({
  name: "mktemp",
  summary: "create a temporary file or directory",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "dqtu", values: "p", long: { directory: "d", "tmpdir=?": "p" } });
    if (typeof options === "number") return options;
    const [template = "tmp.XXXXXXXXXX"] = options.rest;
    const m = /^(.*?)(X{3,})([^X/]*)$/.exec(template);
    if (!m) return yield* failed(proc, `too few X's in template '${template}'`);
    const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const rng = proc.rng.fork(`mktemp ${proc.pid} ${proc.nowMs}`);
    const random = Array.from({ length: m[2]?.length ?? 3 }, () => letters[rng.below(letters.length)]).join("");
    const folder = options.value("p") || proc.env.get("TMPDIR") || "/tmp";
    const name = `${m[1]}${random}${m[3]}`;
    const path = options.rest.length > 0 && !options.has("p") && !options.has("t") ? name : join(folder, name);
    const done = tried(() => (options.has("d") ? proc.fs.mkdir(proc.resolve(path), { mode: 0o700 }) : proc.fs.writeFile(proc.resolve(path), "", { mode: 0o600 })));
    if ("error" in done) return yield* failed(proc, `failed to create ${options.has("d") ? "directory" : "file"} via template '${join(folder, template)}': ${done.error.message}`);
    yield* proc.out(`${path}\n`);
    return 0;
  },
});

export const truncate = defineCommand({
  name: "truncate",
  summary: "shrink or extend the size of a file",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "c", values: "s", long: { size: "s", "no-create": "c" } });
    if (typeof options === "number") return options;
    const size = parseSize(options.value("s") ?? "");
    if (!options.has("s")) return yield* usage(proc, "you must specify either '--size' or '--reference'");
    if (size === undefined) return yield* failed(proc, `Invalid number: '${options.value("s")}'`);
    if (options.rest.length === 0) return yield* usage(proc, "missing file operand");
    for (const name of options.rest) {
      const path = proc.resolve(name);
      const done = tried(() => {
        const old = proc.fs.exists(path) ? proc.fs.readFile(path) : new Uint8Array(0);
        const next = new Uint8Array(Math.min(size, 1 << 26));
        next.set(old.subarray(0, size));
        proc.fs.writeFile(path, next);
      });
      if ("error" in done) return yield* failed(proc, `cannot open '${name}' for writing: ${done.error.message}`);
    }
    return 0;
  },
});

export const fileOperations: readonly Program[] = [chmod, chown, ln, mkdir, mktemp, readlink, realpath, rmdir, touch, truncate];

