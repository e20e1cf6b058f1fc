/** tar -x and -t: reads an archive member by member, makes files of them or lists them. */
import { civil } from "../../core/date";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { ArchiveReader, type Member } from "./format";
import type { TarJob } from "./index";

export function* extract(proc: Proc, job: TarJob): Task<number> {
  return yield* each(proc, job, function* made(member): Task<boolean> {
    const name = member.name.replace(/^\/+/, "");
    if (job.verbose > 0) yield* proc.out(`${member.name}\n`);
    try {
      put(proc, `${job.folder}/${name}`, member);
      return true;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* proc.err(`tar: ${name}: Cannot open: ${error.message}\n`);
      return false;
    }
  });
}

function put({ fs }: Proc, path: string, { kind, mode, data, target }: Member): void {
  const clean = path.replace(/\/+$/, "");
  if (kind === "directory") {
    if (!fs.isDirectory(clean)) fs.mkdir(clean, { parents: true, mode });
    return;
  }
  const above = clean.slice(0, clean.lastIndexOf("/"));
  if (above !== "" && !fs.exists(above)) fs.mkdir(above, { parents: true });
  if (kind === "file") {
    fs.writeFile(clean, data, { mode });
    return;
  }
  if (fs.exists(clean)) fs.unlink(clean);
  fs.symlink(target, clean);
}

export function* list(proc: Proc, job: TarJob): Task<number> {
  return yield* each(proc, job, function* shown(member): Task<boolean> {
    yield* proc.out(`${job.verbose === 0 ? member.name : describe(member)}\n`);
    return true;
  });
}

/** -rw-r--r-- root/root         5 2026-11-21 05:50 notes */
function describe({ name, kind, mode, mtime, data, target }: Member): string {
  const letters = [..."rwxrwxrwx"].map((letter, i) => ((mode >> (8 - i)) & 1 ? letter : "-")).join("");
  const at = civil(mtime * 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const type = kind === "directory" ? "d" : kind === "symlink" ? "l" : "-";
  const time = `${at.year}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}`;
  return `${type}${letters} root/root ${String(data.length).padStart(9)} ${time} ${name}${kind === "symlink" ? ` -> ${target}` : ""}`;
}

function* each(proc: Proc, { archive, names }: TarJob, what: (member: Member) => Task<boolean>): Task<number> {
  const file = archive === "-" ? proc.file(0) : proc.open(archive, "r");
  const reader = new ArchiveReader();
  const wanted = names.map(({ name }) => ({ name: name.replace(/\/+$/, ""), seen: false }));
  let ok = true;
  for (;;) {
    const member = reader.next();
    if (member === undefined) {
      const bytes = reader.broken ? undefined : yield* file.read();
      if (bytes === undefined) break;
      if (!reader.ended) reader.push(bytes);
      continue;
    }
    const chosen = wanted.filter(({ name }) => member.name === name || member.name.startsWith(`${name}/`));
    for (const one of chosen) one.seen = true;
    if (wanted.length === 0 || chosen.length > 0) ok = (yield* what(member)) && ok;
  }
  if (archive !== "-") file.release();
  if (reader.broken) yield* proc.err("tar: This does not look like a tar archive\n");
  for (const { name, seen } of wanted) if (!seen) yield* proc.err(`tar: ${name}: Not found in archive\n`);
  if (ok && !reader.broken && wanted.every(({ seen }) => seen)) return 0;
  yield* proc.err("tar: Exiting with failure status due to previous errors\n");
  return 2;
}
