/** Pathname expansion: which files a pattern names, sorted (glob(7)). */
import { compare } from "../core/order";
import type { Proc } from "../host/proc";
import { compilePattern, hasWildcard, matches, unescapePattern } from "./pattern";

export type GlobOptions = { readonly dotglob: boolean; readonly ignoreCase: boolean; readonly globstar: boolean };

export function glob(proc: Proc, pattern: string, options: GlobOptions): string[] {
  const absolute = pattern.startsWith("/");
  const parts = pattern.split(/\/+/).filter((part) => part !== "");
  const onlyDirectories = pattern.endsWith("/");
  let found = [absolute ? "/" : ""];
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1;
    found = found.flatMap((base) => step(proc, base, part, last && !onlyDirectories, options));
  }
  return found.map((path) => (onlyDirectories ? `${path}/` : path)).sort(compare);
}

function step(proc: Proc, base: string, part: string, last: boolean, options: GlobOptions): string[] {
  const { fs } = proc;
  const join = (name: string): string => (base === "" || base.endsWith("/") ? `${base}${name}` : `${base}/${name}`);
  const folder = proc.resolve(base === "" ? "." : base);
  const fits = (name: string): boolean => last || fs.isDirectory(proc.resolve(join(name)));
  if (part === "**" && options.globstar) return deep(proc, base, last, options);
  if (!hasWildcard(part)) {
    const name = unescapePattern(part);
    return fs.exists(proc.resolve(join(name))) && fits(name) ? [join(name)] : [];
  }
  if (!fs.isDirectory(folder)) return [];
  const compiled = compilePattern(part, options.ignoreCase);
  const dots = options.dotglob || part.startsWith(".") || part.startsWith("\\.");
  return fs.list(folder).filter((name) => (dots || !name.startsWith(".")) && matches(compiled, name, options.ignoreCase) && fits(name)).map(join);
}

function deep(proc: Proc, base: string, last: boolean, options: GlobOptions): string[] {
  const folder = proc.resolve(base === "" ? "." : base);
  if (!proc.fs.isDirectory(folder)) return [];
  const found = last ? [] : [base];
  for (const name of proc.fs.list(folder)) {
    if (name.startsWith(".") && !options.dotglob) continue;
    const path = base === "" || base.endsWith("/") ? `${base}${name}` : `${base}/${name}`;
    const directory = proc.fs.lstat(proc.resolve(path)).kind === "directory";
    if (last) found.push(path);
    if (directory) found.push(...deep(proc, path, last, options));
  }
  return found;
}
