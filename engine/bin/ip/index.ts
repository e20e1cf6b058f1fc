/** The program `ip`: runs ip(8) on the namespace of the process, or starts another program in one. */
import { text } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc, Program } from "../../host/proc";
import type { Netns } from "../../net/netns";
import { defineCommand } from "../command";
import { runIp } from "./run";

export const ip: Program = defineCommand({
  name: "ip",
  summary: "show and change devices, addresses, routes, rules, neighbours and namespaces",
  *run(proc: Proc): Task<number> {
    const batch = batchOf(proc.args);
    return yield* batch === undefined ? one(proc, proc.args) : many(proc, batch);
  },
});

function* one(proc: Proc, args: readonly string[]): Task<number> {
  const processes = (): ReadonlyMap<number, Netns> => new Map([...proc.machine.processes].sort(([a], [b]) => a - b).map(([pid, { machine }]) => [pid, machine.netns]));
  const result = runIp(proc.machine.netns, args, undefined, processes);
  if (!("exec" in result)) {
    if (result.stdout !== "") yield* proc.out(result.stdout);
    if (result.stderr !== "") yield* proc.err(result.stderr);
    return result.exit;
  }
  const { ns, argv, all } = result.exec;
  if (all === undefined) return yield* become(proc, ns, argv);
  for (const [name, each] of all) {
    yield* proc.out(`\nnetns: ${name}\n`);
    yield* exec(proc, each, argv);
  }
  return 0;
}

/** do_netns_exec(): the process itself goes on in the namespace, as the other program. */
function* become(proc: Proc, ns: Netns, argv: readonly string[]): Task<number> {
  try {
    return yield* proc.exec(argv, proc.env, proc.machine.view({ netns: ns }));
  } catch (error) {
    return yield* failed(proc, argv, error);
  }
}

function* failed(proc: Proc, argv: readonly string[], error: unknown): Task<number> {
  if (!(error instanceof SysError)) throw error;
  yield* proc.err(`exec of "${argv[0] ?? ""}" failed: ${error.message}\n`);
  return 1;
}

function* exec(proc: Proc, ns: Netns, argv: readonly string[]): Task<number> {
  try {
    const child = proc.spawn(argv, { machine: proc.machine.view({ netns: ns }) });
    return yield* child.wait();
  } catch (error) {
    return yield* failed(proc, argv, error);
  }
}

type Batch = { readonly path: string; readonly options: readonly string[]; readonly force: boolean };

/** `-batch FILE` among the options before the object. */
function batchOf(args: readonly string[]): Batch | undefined {
  const end = args.findIndex((arg) => !arg.startsWith("-"));
  const at = args.findIndex((arg, i) => (end < 0 || i < end) && /^--?b(a(t(c(h)?)?)?)?$/.test(arg));
  const path = args[at + 1];
  if (at < 0 || path === undefined) return undefined;
  const options = [...args.slice(0, at), ...args.slice(at + 2)].filter((arg) => arg.startsWith("-"));
  return { path, options, force: options.some((arg) => /^--?fo(r(c(e)?)?)?$/.test(arg)) };
}

/** A command on each line; "#" begins a comment. */
function* many(proc: Proc, { path, options, force }: Batch): Task<number> {
  let written = "";
  try {
    const file = path === "-" ? proc.stdin : proc.open(proc.resolve(path), "r");
    for (let chunk = yield* file.read(); chunk !== undefined; chunk = yield* file.read()) written += text(chunk);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`Cannot open file "${path}" for reading: ${error.message}\n`);
    return 1;
  }
  let failed = false;
  for (const [i, line] of written.split("\n").entries()) {
    const words = line.replace(/#.*$/, "").split(/\s+/).filter((word) => word !== "");
    if (words.length === 0 || (yield* one(proc, [...options, ...words])) === 0) continue;
    yield* proc.err(`Command failed ${path}:${i + 1}\n`);
    failed = true;
    if (!force) break;
  }
  return failed ? 1 : 0;
}
