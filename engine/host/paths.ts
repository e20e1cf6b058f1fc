/** Paths as one process sees them: its working directory, /proc/self, /dev/fd and /dev/tty. */
import { SysError } from "../core/errno";
import type { OpenMode } from "./fs";
import type { OpenFile } from "./proc";
import type { Process } from "./process";

/** Absolute, without "." and empty parts; ".." is left to the file system only after links could matter. */
export function absolute(path: string, cwd: string, pid: number): string {
  const joined = path.startsWith("/") ? path : `${cwd === "/" ? "" : cwd}/${path}`;
  const self = joined.replace(/^\/+proc\/self(?=\/|$)/, `/proc/${pid}`);
  return self === "" ? "/" : self;
}

/** "/a/./b/../c" → "/a/c", without looking at any file: what `cd` keeps in $PWD. */
export function normalized(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

export function openPath(process: Process, path: string, mode: OpenMode): OpenFile {
  if (path === "") throw new SysError("ENOENT");
  const full = process.resolve(path);
  const descriptor = descriptorOf(full, process.pid);
  if (descriptor !== undefined) {
    const file = process.files.get(descriptor);
    if (file === undefined) throw new SysError("ENOENT");
    return file.retain();
  }
  if (full === "/dev/tty") {
    if (process.tty === undefined) throw new SysError("ENODEV");
    return process.tty.file();
  }
  return process.fs.open(full, mode, 0o666 & ~process.umask);
}

function descriptorOf(path: string, pid: number): number | undefined {
  const named = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].indexOf(path);
  if (named >= 0) return named;
  const m = /^(?:\/dev\/fd|\/proc\/(\d+)\/fd)\/(\d+)$/.exec(path);
  return m && (m[1] === undefined || Number(m[1]) === pid) ? Number(m[2]) : undefined;
}
