/** cp, mv, rm. */
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc, Program } from "../../host/proc";
import { defineCommand } from "../command";
import type { Options } from "../options";
import { basename, complain, join, optionsOf, tried, usage } from "./support";

/** Where each source goes: into a directory under its own name, or to the one name given. */
function* pairs(proc: Proc, options: Options): Task<readonly (readonly [string, string])[] | number> {
  const into = options.value("t");
  const names = [...options.rest];
  if (names.length === 0) return yield* usage(proc, "missing file operand");
  if (into === undefined && names.length === 1) return yield* usage(proc, `missing destination file operand after '${names[0]}'`);
  const target = into ?? (names.pop() as string);
  const folder = proc.fs.isDirectory(proc.resolve(target)) && !options.has("T");
  if (!folder && (names.length > 1 || into !== undefined)) {
    yield* complain(proc, `target '${target}'${proc.fs.exists(proc.resolve(target)) ? ": Not a directory" : into === undefined ? ": No such file or directory" : ": No such file or directory"}`);
    return 1;
  }
  return names.map((name) => [name, folder ? join(target, basename(name)) : target] as const);
}

export const cp = defineCommand({
  name: "cp",
  summary: "copy files and directories",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "aRrfnpvdTLPiul", values: "t", long: { archive: "a", recursive: "r", force: "f", "no-clobber": "n", verbose: "v", "no-target-directory": "T", "target-directory": "t", "preserve=?": "p", dereference: "L", "no-dereference": "P" } });
    if (typeof options === "number") return options;
    const all = yield* pairs(proc, options);
    if (typeof all === "number") return all;
    let status = 0;
    for (const [from, to] of all) if (!(yield* copy(proc, options, from, to))) status = 1;
    return status;
  },
});

function* copy(proc: Proc, options: Options, from: string, to: string): Task<boolean> {
  const recursive = options.has("r") || options.has("R") || options.has("a");
  const keepLinks = options.has("a") || options.has("d") || options.has("P") || (recursive && !options.has("L"));
  const [source, target] = [proc.resolve(from), proc.resolve(to)];
  const looked = tried(() => (keepLinks ? proc.fs.lstat(source) : proc.fs.stat(source)));
  if ("error" in looked) return yield* no(proc, `cannot stat '${from}': ${looked.error.message}`);
  const { kind, mode, mtimeMs, uid, gid } = looked.value;
  if (kind === "directory" && !recursive) return yield* no(proc, `-r not specified; omitting directory '${from}'`);
  if (options.has("n") && proc.fs.exists(target)) return true;
  if (kind !== "directory" && proc.fs.isDirectory(target)) return yield* no(proc, `cannot overwrite directory '${to}' with non-directory '${from}'`);
  if (kind === "file" && proc.fs.exists(target) && proc.fs.stat(target).ino === looked.value.ino) return yield* no(proc, `'${from}' and '${to}' are the same file`);
  if (kind === "directory" && `${target}/`.startsWith(`${source}/`)) return yield* no(proc, `cannot copy a directory, '${from}', into itself, '${to}'`);
  const done = tried(() => place(proc, kind, source, target, mode));
  if ("error" in done) return yield* no(proc, kind === "directory" ? `cannot create directory '${to}': ${done.error.message}` : `cannot create regular file '${to}': ${done.error.message}`);
  if (options.has("v")) yield* proc.out(`'${from}' -> '${to}'\n`);
  let fine = true;
  if (kind === "directory") for (const name of proc.fs.list(source)) fine = (yield* copy(proc, options, join(from, name), join(to, name))) && fine;
  if ((options.has("p") || options.has("a")) && kind !== "symlink") {
    proc.fs.setModified(target, mtimeMs);
    proc.fs.chown(target, uid, gid);
    proc.fs.chmod(target, mode);
  }
  return fine;
}

function place(proc: Proc, kind: string, source: string, target: string, mode: number): void {
  const { fs } = proc;
  if (kind === "directory") {
    if (!fs.isDirectory(target)) fs.mkdir(target, { mode: mode & ~proc.umask });
    return;
  }
  if (kind === "symlink") {
    if ("value" in tried(() => fs.lstat(target))) fs.unlink(target);
    return fs.symlink(fs.readlink(source), target);
  }
  if (kind === "device") throw new SysError("EINVAL");
  const program = fs.program(source);
  const fresh = !fs.exists(target);
  if (program) return fs.addProgram(target, program);
  fs.writeFile(target, fs.readFile(source));
  if (fresh) fs.chmod(target, mode & ~proc.umask);
}

function* no(proc: Proc, message: string): Task<boolean> {
  yield* complain(proc, message);
  return false;
}

export const mv = defineCommand({
  name: "mv",
  summary: "move (rename) files",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "fnvTiu", values: "t", long: { force: "f", "no-clobber": "n", verbose: "v", "target-directory": "t", "no-target-directory": "T" } });
    if (typeof options === "number") return options;
    const all = yield* pairs(proc, options);
    if (typeof all === "number") return all;
    let status = 0;
    for (const [from, to] of all) {
      const [source, target] = [proc.resolve(from), proc.resolve(to)];
      if (options.has("n") && proc.fs.exists(target)) continue;
      const looked = tried(() => proc.fs.lstat(source));
      if ("error" in looked) {
        yield* complain(proc, `cannot stat '${from}': ${looked.error.message}`);
        status = 1;
        continue;
      }
      if (source === target) {
        yield* complain(proc, `'${from}' and '${to}' are the same file`);
        status = 1;
        continue;
      }
      const done = tried(() => proc.fs.rename(source, target));
      if ("error" in done) {
        const into = done.error.code === "EINVAL";
        yield* complain(proc, into ? `cannot move '${from}' to a subdirectory of itself, '${to}'` : `cannot move '${from}' to '${to}': ${done.error.message}`);
        status = 1;
      } else if (options.has("v")) yield* proc.out(`renamed '${from}' -> '${to}'\n`);
    }
    return status;
  },
});

export const rm = defineCommand({
  name: "rm",
  summary: "remove files or directories",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "rRfvdiI", long: { recursive: "r", force: "f", verbose: "v", dir: "d", "preserve-root": "preserve", "no-preserve-root": "no-preserve" } });
    if (typeof options === "number") return options;
    if (options.rest.length === 0) return options.has("f") ? 0 : yield* usage(proc, "missing operand");
    let status = 0;
    for (const name of options.rest) if (!(yield* remove(proc, options, name))) status = 1;
    return status;
  },
});

function* remove(proc: Proc, options: Options, name: string): Task<boolean> {
  const path = proc.resolve(name);
  const recursive = options.has("r") || options.has("R");
  if (/(^|\/)\.\.?\/*$/.test(name)) return yield* no(proc, `refusing to remove '.' or '..' directory: skipping '${name}'`);
  if (recursive && /^\/+$/.test(path)) {
    yield* complain(proc, "it is dangerous to operate recursively on '/'");
    return yield* no(proc, "use --no-preserve-root to override this failsafe");
  }
  const looked = tried(() => proc.fs.lstat(path));
  if ("error" in looked) {
    if (options.has("f") && (looked.error.code === "ENOENT" || looked.error.code === "ENOTDIR")) return true;
    return yield* no(proc, `cannot remove '${name}': ${looked.error.message}`);
  }
  const folder = looked.value.kind === "directory";
  if (folder && !recursive && !options.has("d")) return yield* no(proc, `cannot remove '${name}': Is a directory`);
  if (options.has("i") && !(yield* agreed(proc, name, folder, looked.value.size))) return true;
  let fine = true;
  if (folder && recursive) for (const each of proc.fs.list(path)) fine = (yield* remove(proc, options, join(name, each))) && fine;
  const done = tried(() => (folder ? proc.fs.rmdir(path) : proc.fs.unlink(path)));
  if ("error" in done) return yield* no(proc, `cannot remove '${name}': ${done.error.message}`);
  if (options.has("v")) yield* proc.out(`removed ${folder ? "directory " : ""}'${name}'\n`);
  return fine;
}

function* agreed(proc: Proc, name: string, folder: boolean, size: number): Task<boolean> {
  yield* proc.err(`rm: remove ${folder ? "directory" : size === 0 ? "regular empty file" : "regular file"} '${name}'? `);
  const answer = yield* proc.readLine();
  return /^[yY]/.test(answer ?? "");
}

export const copyMoveRemove: readonly Program[] = [cp, mv, rm];
