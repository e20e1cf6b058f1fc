/** tar -c: walks what is named and writes it, names without their leading slash. */
import { SysError } from "../../core/errno";
import { NO_BYTES } from "../../core/bytes";
import type { Task } from "../../core/task";
import type { OpenFile, Proc } from "../../host/proc";
import { encodeMember, endOfArchive, type Member } from "./format";
import type { TarJob } from "./index";

type Archive = { readonly file: OpenFile; written: number };

export function* create(proc: Proc, job: TarJob): Task<number> {
  const file = job.archive === "-" ? proc.file(1) : proc.open(job.archive, "w");
  const archive: Archive = { file, written: 0 };
  let failed = false;
  let stripped = false;
  for (const { folder, name } of job.names) {
    if (name.startsWith("/") && !stripped) {
      stripped = true;
      yield* proc.err("tar: Removing leading `/' from member names\n");
    }
    const path = name.startsWith("/") ? name : `${folder}/${name}`;
    try {
      yield* add(proc, archive, { path, name: name.replace(/^\/+/, "") || "./" }, job);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* proc.err(`tar: ${name}: Cannot stat: ${error.message}\n`);
      failed = true;
    }
  }
  yield* file.write(endOfArchive(archive.written));
  if (job.archive !== "-") file.release();
  if (!failed) return 0;
  yield* proc.err("tar: Exiting with failure status due to previous errors\n");
  return 2;
}

function* add(proc: Proc, archive: Archive, { path, name }: { readonly path: string; readonly name: string }, job: TarJob): Task {
  const { fs } = proc;
  const stat = fs.lstat(path);
  if (stat.kind === "device") return;
  const kind: Member["kind"] = stat.kind === "directory" ? "directory" : stat.kind === "symlink" ? "symlink" : "file";
  const shown = kind === "directory" ? `${name.replace(/\/$/, "")}/` : name;
  if (job.verbose > 0) yield* (job.archive === "-" ? proc.err(`${shown}\n`) : proc.out(`${shown}\n`));
  const bytes = encodeMember({ name: shown, kind, mode: stat.mode, mtime: Math.floor(stat.mtimeMs / 1000), data: kind === "file" ? fs.readFile(path) : NO_BYTES, target: kind === "symlink" ? fs.readlink(path) : "" });
  archive.written += bytes.length;
  yield* archive.file.write(bytes);
  if (kind === "directory") for (const entry of fs.list(path)) yield* add(proc, archive, { path: `${path}/${entry}`, name: `${shown}${entry}` }, job);
}
