/**
 * `kubectl cp`: tar in the container on one side, an archive read or written here on the other.
 * kubectl/pkg/cmd/cp/cp.go.
 */
import { concat, NO_BYTES, text } from "../../../core/bytes";
import { SysError } from "../../../core/errno";
import type { Task } from "../../../core/task";
import type { Proc } from "../../../host/proc";
import type { Pod } from "../../../kube/types";
import { resourcePath } from "../client";
import type { Command, Context } from "../command";
import { Failure, NotModelled } from "../errors";
import { chooseContainer, containerNames } from "../pods";
import { endOf, sessionOf } from "../remote";
import { ArchiveReader, encodeMember, endOfArchive, type Member } from "../../tar/format";

export const cp: Command = {
  name: "cp",
  summary: "Copy files and directories to and from containers",
  usage: "cp <file-spec-src> <file-spec-dest> [options]",
  flags: [
    { name: "container", short: "c", kind: "string", usage: "Container name." },
    { name: "no-preserve", kind: "bool", usage: "The copied file/directory's ownership and permissions will not be preserved in the container" },
    { name: "retries", kind: "int", usage: "Set number of retries to complete a copy operation from a container.", refused: true },
  ],
  run,
};

type Spec = { readonly namespace: string; readonly pod: string; readonly file: string };

function* run(context: Context): Task<number> {
  const [from, to, ...more] = context.args;
  if (from === undefined || to === undefined || more.length > 0) throw new Failure("source and destination are required");
  const [source, target] = [specOf(from), specOf(to)];
  if (source.pod !== "" && target.pod !== "") throw new Failure("one of src or dest must be a local file specification");
  if (source.file === "" || target.file === "") throw new Failure("filepath can not be empty");
  if (source.pod !== "") yield* fromPod(context, source, target.file);
  else if (target.pod !== "") yield* toPod(context, source.file, target);
  else throw new Failure("one of src or dest must be a remote file specification");
  return 0;
}

/** "pod:path", "namespace/pod:path", or a path of this machine. */
function specOf(written: string): Spec {
  const colon = written.indexOf(":");
  const wrong = new Failure("filespec must match the canonical format: [[namespace/]pod:]file/path");
  if (colon === 0) throw wrong;
  if (colon < 0) return { namespace: "", pod: "", file: written };
  const names = written.slice(0, colon).split("/");
  if (names.length > 2) throw wrong;
  return { namespace: names.length === 2 ? (names[0] ?? "") : "", pod: names.at(-1) ?? "", file: written.slice(colon + 1) };
}

type Ran = { readonly stdout: Uint8Array; readonly stderr: string; readonly finish: () => void };

/** Runs a command in the container, given `input`; `finish` throws how it ended if that was not well. */
function* inContainer(context: Context, { namespace, pod: name }: Spec, command: readonly string[], input: Uint8Array | undefined): Task<Ran & { readonly said: string }> {
  const { flags, runtime } = context;
  const pod = (yield* context.client.get(resourcePath(yield* context.discovery.resource("pods"), namespace || context.namespace, name))) as Pod;
  if (runtime === undefined) throw new NotModelled("exec");
  const { phase } = pod.status;
  if (phase === "Succeeded" || phase === "Failed") throw new Failure(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const container = yield* chooseContainer(context, pod, flags.string("container"), true);
  const several = [...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...(pod.spec.ephemeralContainers ?? [])].length > 1;
  const isDefault = flags.string("container") === "" && pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"] === undefined;
  const said = several && isDefault ? `Defaulted container ${JSON.stringify(container)} out of: ${containerNames(pod)}\n` : "";
  const session = sessionOf(runtime.exec(pod.metadata.namespace ?? "", name, { container, command, stdin: input !== undefined, stdout: true, stderr: true, tty: false }));
  context.proc.onExit(() => session.close());
  if (input !== undefined) session.stdin.write(input);
  session.stdin.end();
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for (;;) {
    const [out, err] = [session.stdout.read(), session.stderr.read()];
    if (out !== undefined) chunks.stdout.push(out);
    if (err !== undefined) chunks.stderr.push(err);
    if (out !== undefined || err !== undefined) continue;
    if (session.status !== undefined) break;
    yield { on: [session.stdout.readable, session.stderr.readable, session.finished] };
  }
  const all = (parts: readonly Uint8Array[]): Uint8Array => (parts.length === 0 ? NO_BYTES : concat(parts));
  return { stdout: all(chunks.stdout), stderr: text(all(chunks.stderr)), said, finish: () => void endOf(session.status) };
}

function* fromPod(context: Context, source: Spec, destination: string): Task {
  const { proc } = context;
  const ran = yield* inContainer(context, source, ["tar", "cf", "-", source.file], undefined);
  yield* proc.out(ran.said + ran.stderr); // The real one hands standard output to both.
  const reader = new ArchiveReader();
  reader.push(ran.stdout);
  const prefix = clean(source.file).replace(/^\/+/, "");
  let warned = false;
  for (let member = reader.next(); member !== undefined; member = reader.next()) {
    if (!member.name.startsWith(prefix)) throw new Failure("tar contents corrupted");
    const path = clean(`${destination}/${member.name.slice(prefix.length)}`);
    if (member.kind === "symlink") {
      const hint = warned ? "" : ` (consider using "kubectl exec -n ${JSON.stringify(source.namespace)} ${JSON.stringify(source.pod)} -- tar cf - ${JSON.stringify(source.file)} | tar xf -")`;
      warned = true;
      yield* proc.err(`warning: skipping symlink: ${JSON.stringify(path)} -> ${JSON.stringify(member.target)}${hint}\n`);
    } else write(proc, path, member);
  }
  ran.finish();
}

function write(proc: Proc, path: string, { kind, mode, data }: Member): void {
  const { fs } = proc;
  const full = proc.resolve(path);
  const above = full.slice(0, full.lastIndexOf("/"));
  try {
    if (kind === "directory") {
      if (!fs.isDirectory(full)) fs.mkdir(full, { parents: true });
      return;
    }
    if (above !== "" && !fs.exists(above)) fs.mkdir(above, { parents: true });
    fs.writeFile(full, data, { mode });
  } catch (error) {
    if (error instanceof SysError) throw new Failure(`open ${path}: ${error.message.toLowerCase()}`);
    throw error;
  }
}

function* toPod(context: Context, source: string, target: Spec): Task {
  const { proc, flags } = context;
  const full = proc.resolve(source);
  if (!proc.fs.exists(full)) throw new Failure(`${source} doesn't exist in local filesystem`);
  const isFolder = yield* inContainer(context, target, ["test", "-d", clean(target.file)], undefined);
  yield* proc.err(isFolder.said);
  const inside = ended(isFolder) ? clean(`${target.file}/${base(clean(source))}`) : clean(target.file);
  const parts: Uint8Array[] = [];
  pack(proc, full, base(inside), parts);
  const members = parts.length === 0 ? NO_BYTES : concat(parts);
  const folder = inside.includes("/") ? inside.slice(0, inside.lastIndexOf("/")) || "/" : ".";
  const untar = flags.bool("no-preserve") ? ["tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-"] : ["tar", "-xmf", "-"];
  const ran = yield* inContainer(context, target, [...untar, "-C", folder], concat([members, endOfArchive(members.length)]));
  yield* proc.out(text(ran.stdout));
  yield* proc.err(ran.stderr);
  ran.finish();
}

function ended({ finish }: Ran): boolean {
  try {
    finish();
    return true;
  } catch {
    return false;
  }
}

function pack(proc: Proc, root: string, as: string, parts: Uint8Array[]): void {
  const { fs } = proc;
  const { kind, mode, mtimeMs } = fs.lstat(root);
  if (kind === "device") return;
  const mtime = Math.floor(mtimeMs / 1000);
  const data = kind === "file" ? fs.readFile(root) : NO_BYTES;
  const below = kind === "directory" ? fs.list(root) : [];
  // A folder with something in it is made by what is in it.
  if (kind !== "directory" || below.length === 0) parts.push(encodeMember({ name: as, kind, mode, mtime, data, target: kind === "symlink" ? fs.readlink(root) : "" }));
  for (const name of below) pack(proc, `${root}/${name}`, `${as}/${name}`, parts);
}

/** path.Clean: no empty parts, no dots. */
function clean(path: string): string {
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && out.length > 0 && out.at(-1) !== "..") out.pop();
    else if (part !== ".." || !path.startsWith("/")) out.push(part);
  }
  return `${path.startsWith("/") ? "/" : ""}${out.join("/")}` || ".";
}

function base(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
