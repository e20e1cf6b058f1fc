/** stat, du, df, file: what the file system knows. */
import { civil } from "../../core/date";
import type { Task } from "../../core/task";
import { LIMITS } from "../../core/limits";
import { text } from "../../core/bytes";
import type { Stat } from "../../host/fs";
import type { Proc, Program } from "../../host/proc";
import { strftime } from "../../shell/strftime";
import { defineCommand } from "../command";
import { complain, humanSize, join, modeString, nameOfId, optionsOf, tried, usage } from "./support";

const stat = defineCommand({
  name: "stat",
  summary: "display file or file system status",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "Lft", values: "c", long: { dereference: "L", format: "c", "printf=": "printf", terse: "t", "file-system": "f" } });
    if (typeof options === "number") return options;
    if (options.rest.length === 0) return yield* usage(proc, "missing operand");
    if (options.has("f") || options.has("t")) {
      yield* complain(proc, `not modelled: -${options.has("f") ? "f" : "t"}`);
      return 2;
    }
    let status = 0;
    for (const name of options.rest) {
      const path = proc.resolve(name);
      const looked = tried(() => (options.has("L") ? proc.fs.stat(path) : proc.fs.lstat(path)));
      if ("error" in looked) {
        yield* complain(proc, `cannot statx '${name}': ${looked.error.message}`);
        status = 1;
        continue;
      }
      const format = options.value("c") ?? options.value("printf");
      if (format === undefined) yield* proc.out(whole(proc, name, looked.value));
      else if (options.has("c")) yield* proc.out(`${formatted(proc, format, name, looked.value)}\n`);
      else yield* proc.out(formatted(proc, format.replace(/\\n/g, "\n").replace(/\\t/g, "\t"), name, looked.value));
    }
    return status;
  },
});

function kindOf({ kind, size }: Stat): string {
  return kind === "file" ? (size === 0 ? "regular empty file" : "regular file") : { directory: "directory", symlink: "symbolic link", device: "character special file" }[kind];
}

function stamp(atMs: number): string {
  return `${strftime("%Y-%m-%d %H:%M:%S", civil(atMs), atMs)}.${String(civil(atMs).ms).padStart(3, "0")}000000 +0000`;
}

function whole(proc: Proc, name: string, s: Stat): string {
  const user = (id: number, file: "/etc/passwd" | "/etc/group"): string => `${String(id).padStart(5)}/${nameOfId(proc, file, id).padStart(8)}`;
  const link = s.kind === "symlink" ? `'${name}' -> '${s.target}'` : name;
  const blocks = s.kind === "file" || s.kind === "directory" ? Math.ceil(s.size / 4096) * 8 : 0;
  return `  File: ${s.kind === "symlink" ? link.slice(1, -1).replace("' -> '", " -> ") : name}
  Size: ${String(s.size).padEnd(10)}\tBlocks: ${String(blocks).padEnd(10)} IO Block: 4096   ${kindOf(s)}
Device: 0,42\tInode: ${String(s.ino).padEnd(11)} Links: ${s.nlink}${s.kind === "device" ? `     Device type: ${s.major},${s.minor}` : ""}
Access: (${s.mode.toString(8).padStart(4, "0")}/${modeString(s.kind, s.mode)})  Uid: (${user(s.uid, "/etc/passwd")})   Gid: (${user(s.gid, "/etc/group")})
Access: ${stamp(s.mtimeMs)}
Modify: ${stamp(s.mtimeMs)}
Change: ${stamp(s.mtimeMs)}
 Birth: -
`;
}

function formatted(proc: Proc, format: string, name: string, s: Stat): string {
  const fields: Readonly<Record<string, string>> = {
    a: s.mode.toString(8), A: modeString(s.kind, s.mode), n: name, N: s.kind === "symlink" ? `'${name}' -> '${s.target}'` : `'${name}'`, s: String(s.size), F: kindOf(s), h: String(s.nlink), i: String(s.ino), u: String(s.uid), g: String(s.gid),
    U: nameOfId(proc, "/etc/passwd", s.uid), G: nameOfId(proc, "/etc/group", s.gid), b: String(Math.ceil(s.size / 4096) * 8), B: "512", y: stamp(s.mtimeMs), Y: String(Math.floor(s.mtimeMs / 1000)), x: stamp(s.mtimeMs), X: String(Math.floor(s.mtimeMs / 1000)), z: stamp(s.mtimeMs), Z: String(Math.floor(s.mtimeMs / 1000)), w: "-", W: "0", "%": "%",
  };
  return format.replace(/%(-?\d*)([A-Za-z%])/g, (directive, width: string, letter: string) => {
    const field = Object.hasOwn(fields, letter) ? fields[letter] : undefined;
    if (field === undefined) return directive.replace(/^%/, "?").slice(0, 1);
    return width.startsWith("-") ? field.padEnd(Number(width.slice(1))) : field.padStart(Number(width || 0));
  });
}

const du = defineCommand({
  name: "du",
  summary: "estimate file space usage",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "abchksm", values: "d", long: { all: "a", bytes: "b", total: "c", "human-readable": "h", summarize: "s", "max-depth": "d" } });
    if (typeof options === "number") return options;
    const show = (bytes: number): string => (options.has("h") ? humanSize(bytes) : String(options.has("b") ? bytes : Math.ceil(bytes / (options.has("m") ? 1 << 20 : 1024))));
    const most = options.has("s") ? 0 : Number(options.value("d") ?? Number.POSITIVE_INFINITY);
    let status = 0;
    let total = 0;
    const { has } = options;
    function* measure(name: string, depth: number): Task<number> {
      const path = proc.resolve(name);
      const looked = tried(() => proc.fs.lstat(path));
      if ("error" in looked) {
        yield* complain(proc, `cannot access '${name}': ${looked.error.message}`);
        status = 1;
        return 0;
      }
      const { kind, size } = looked.value;
      let bytes = kind === "symlink" || kind === "device" ? 0 : has("b") ? size : Math.ceil(size / 4096) * 4096;
      if (kind === "directory") for (const each of proc.fs.list(path)) bytes += yield* measure(join(name, each), depth + 1);
      if (depth <= most && (kind === "directory" || has("a") || depth === 0)) yield* proc.out(`${show(bytes)}\t${name}\n`);
      return bytes;
    }
    for (const name of options.rest.length > 0 ? options.rest : ["."]) total += yield* measure(name, 0);
    if (options.has("c")) yield* proc.out(`${show(total)}\ttotal\n`);
    return status;
  },
});

const df = defineCommand({
  name: "df",
  summary: "report file system space usage",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "ahikTPlm", values: "t", long: { all: "a", "human-readable": "h", inodes: "i", "print-type": "T", portability: "P", type: "t" } });
    if (typeof options === "number") return options;
    if (options.has("i")) {
      yield* complain(proc, "not modelled: -i");
      return 2;
    }
    const size = (bytes: number): string => (options.has("h") ? humanSize(bytes) : String(Math.ceil(bytes / 1024)));
    const used = proc.fs.usedBytes;
    const rows = [["overlay", "overlay", LIMITS.machineBytes, used, "/"] as const];
    const head = ["Filesystem", ...(options.has("T") ? ["Type"] : []), options.has("h") ? "Size" : "1K-blocks", "Used", options.has("h") ? "Avail" : "Available", "Use%", "Mounted on"];
    const table = [head, ...rows.map(([device, type, all, taken, on]) => [device, ...(options.has("T") ? [type] : []), size(all), size(taken), size(all - taken), `${Math.ceil((taken / all) * 100)}%`, on])];
    const left = options.has("T") ? 2 : 1;
    const widths = head.map((_, i) => Math.max(i === 0 ? 14 : i >= left && i < left + 3 ? 5 : 0, ...table.map((row) => row[i]?.length ?? 0)));
    yield* proc.out(table.map((row) => `${row.map((cell, i) => (i === row.length - 1 ? cell : i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(" ")}\n`).join(""));
    return 0;
  },
});

const file = defineCommand({
  name: "file",
  summary: "determine file type",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "bL", long: { brief: "b", dereference: "L" } });
    if (typeof options === "number") return options;
    if (options.rest.length === 0) {
      yield* proc.err("Usage: file [-bcCdEhikLlNnprsSvzZ0] [--apple] [--extension] [--mime-encoding]\n            [--mime-type] [-e <testname>] [-F <separator>]  [-f <namefile>]\n            [-m <magicfiles>] [-P <parameter=value>] [--exclude-quiet]\n            <file> ...\n       file -C [-m <magicfiles>]\n       file [--help]\n");
      return 1;
    }
    const width = Math.max(...options.rest.map((name) => name.length));
    for (const name of options.rest) yield* proc.out(`${options.has("b") ? "" : `${name}: ${" ".repeat(width - name.length)}`}${typeOf(proc, proc.resolve(name), name)}\n`);
    return 0;
  },
});

function typeOf(proc: Proc, path: string, name: string): string {
  const looked = tried(() => proc.fs.lstat(path));
  if ("error" in looked) return `cannot open \`${name}' (${looked.error.message})`;
  const { kind, size, target, major, minor } = looked.value;
  if (kind === "directory") return "directory";
  if (kind === "symlink") return `symbolic link to ${target}`;
  if (kind === "device") return `character special (${major}/${minor})`;
  if (size === 0) return "empty";
  if (proc.fs.program(path)) return "ELF 64-bit LSB pie executable, x86-64, version 1 (SYSV), dynamically linked";
  const content = text(proc.fs.readFile(path).subarray(0, 4096));
  if (content.startsWith("#!")) return /sh\b/.test(content.split("\n")[0] ?? "") ? `${content.includes("bash") ? "Bourne-Again" : "POSIX"} shell script, ASCII text executable` : "script, ASCII text executable";
  if (/[\0\ufffd]/.test(content)) return "data";
  return /[\u0080-\uffff]/.test(content) ? "Unicode text, UTF-8 text" : `ASCII text${content.includes("\n") ? "" : ", with no line terminators"}`;
}

export const fileSystem: readonly Program[] = [df, du, file, stat];
