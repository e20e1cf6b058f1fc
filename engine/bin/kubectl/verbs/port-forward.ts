/** `kubectl port-forward`: local sockets whose bytes go to a Pod's port. kubectl/pkg/cmd/portforward. */
import { SysError } from "../../../core/errno";
import { Signal, type Task } from "../../../core/task";
import type { Pod, Service } from "../../../kube/types";
import type { TcpSocket } from "../../../net/socket";
import { klogLine } from "../../../node/klog";
import { parseIp } from "../../../wire/ip";
import { findOne, objectOf } from "../builder";
import { type Command, type Context, usageError } from "../command";
import { Failure, NotModelled } from "../errors";
import { POD_RUNNING_TIMEOUT } from "../flag-sets";
import type { Obj } from "../json";
import { attachablePods, runningTimeout } from "../pods";

export const portForward: Command = {
  name: "port-forward",
  summary: "Forward one or more local ports to a pod",
  usage: "port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N] [options]",
  flags: [POD_RUNNING_TIMEOUT, { name: "address", kind: "list", default: "localhost", usage: "Addresses to listen on (comma separated)." }],
  run,
};

type Forward = { readonly local: number; readonly remote: number };

function* run(context: Context): Task<number> {
  const { args, flags, proc, runtime } = context;
  if (args.length < 2) throw usageError(context, "TYPE/NAME and list of ports are required for port-forward");
  const timeout = runningTimeout(context);
  const info = yield* findOne(context, [args[0] ?? ""], "pods");
  const [pod] = yield* attachablePods(context, objectOf(info), timeout);
  if (pod === undefined) throw new Failure("timed out waiting for the condition");
  const forwards = args.slice(1).map((written) => parseForward(written, objectOf(info), pod));
  if (pod.status.phase !== "Running") throw new Failure(`unable to forward port because pod is not running. Current status=${pod.status.phase}`);
  if (runtime === undefined) throw new NotModelled("port-forward");
  const addresses = flags.list("address").map((name) => (name === "localhost" ? "127.0.0.1" : name));
  if (addresses.length === 0) throw new Failure("you must specify at least 1 address");
  for (const address of addresses) if (parseIp(address) === undefined) throw new Failure(`${address} is not a valid IP`);
  const listening: TcpSocket[] = [];
  const lost: Lost = { is: false, told: new Signal() };
  for (const { local, remote } of forwards) {
    for (const address of addresses) {
      const socket = yield* listen(context, address, local);
      listening.push(socket);
      const port = socket.local?.port ?? local;
      yield* proc.out(`Forwarding from ${address}:${port} -> ${remote}\n`);
      const handle = proc.world.scheduler.spawn(acceptAll(context, socket, { pod, port, remote, lost }));
      proc.onExit(() => {
        handle.kill();
        socket.close();
      });
    }
  }
  while (!lost.is) yield { on: lost.told };
  throw new Failure("lost connection to pod");
}

function* listen(context: Context, address: string, port: number): Task<TcpSocket> {
  const ip = parseIp(address);
  if (ip === undefined) throw new Failure(`${address} is not a valid IP`);
  const socket = context.proc.tcp();
  socket.setOptions({ reuseAddress: true });
  try {
    socket.bind(ip, port);
    socket.listen();
    return socket;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* context.proc.err(`Unable to listen on port ${port}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 ${address}:${port}: bind: ${error.message.toLowerCase()}]\n`);
    throw new Failure(`unable to listen on any of the requested ports: [{${port} ${port}}]`);
  }
}

/** The first connection that fails ends all of them. */
type Lost = { is: boolean; readonly told: Signal };
type Target = { readonly pod: Pod; readonly port: number; readonly remote: number; readonly lost: Lost };

function* acceptAll(context: Context, socket: TcpSocket, target: Target): Task {
  for (;;) {
    const accepted = yield* socket.accept();
    if (accepted === undefined) return;
    yield* context.proc.out(`Handling connection for ${target.port}\n`);
    const handle = context.proc.world.scheduler.spawn(carry(context, accepted, target));
    context.proc.onExit(() => handle.kill());
  }
}

/** One connection's bytes, both ways, until either side has had enough. */
function* carry(context: Context, socket: TcpSocket, { pod, port, remote, lost }: Target): Task {
  const { proc } = context;
  const connection = context.runtime?.portForward(pod.metadata.namespace ?? "", pod.metadata.name, remote);
  if (connection === undefined || !("toPod" in connection)) {
    yield* proc.err(`error creating forwarding stream for port ${port} -> ${remote}: ${connection?.message ?? ""}\n`);
    socket.abort();
    return;
  }
  const upward = proc.world.scheduler.spawn(
    (function* up(): Task {
      try {
        for (let bytes = yield* socket.recv(); bytes !== undefined; bytes = yield* socket.recv()) connection.toPod.write(bytes);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
      }
      connection.toPod.end();
    })(),
  );
  try {
    for (;;) {
      const bytes = connection.fromPod.read();
      if (bytes !== undefined) yield* socket.send(bytes);
      else if (connection.fromPod.ended) break;
      else yield { on: connection.fromPod.readable };
    }
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  upward.kill();
  connection.close();
  socket.close();
  if (connection.error !== undefined) {
    const why = `an error occurred forwarding ${port} -> ${remote}: ${connection.error}`;
    yield* proc.err(klogLine(proc.world, "E", "portforward.go:522", `"Unhandled Error" err=${JSON.stringify(why)}`, proc.pid));
    lost.is = true;
    lost.told.notify();
  }
}

/** "8080:80", "80", ":80", "8080:http"; a Service's port is turned into its Pod's. With more than one colon only the first part counts. */
function parseForward(written: string, object: Obj, pod: Pod): Forward {
  const parts = written.split(":");
  const first = parts[0] ?? "";
  const second = parts.length === 2 ? parts[1] : undefined;
  const remoteText = second ?? first;
  const remote = object.kind === "Service" ? throughService(object as unknown as Service, pod, remoteText) : portIn(pod, remoteText);
  const named = second === undefined && object.kind !== "Service" && !/^[+-]?\d+$/.test(first);
  const local = port("local", named ? String(remote) : first === "" && second !== undefined ? "0" : first);
  if (port("remote", String(remote)) === 0) throw new Failure("remote port must be > 0");
  return { local, remote };
}

/** strconv.ParseUint of 16 bits. */
function port(end: "local" | "remote", written: string): number {
  const fail = (why: string): Failure => new Failure(`error parsing ${end} port '${written}': strconv.ParseUint: parsing ${JSON.stringify(written)}: ${why}`);
  if (!/^\d+$/.test(written)) throw fail("invalid syntax");
  if (Number(written) > 65_535) throw fail("value out of range");
  return Number(written);
}

function portIn(pod: Pod, written: string): number {
  if (/^[+-]?\d+$/.test(written)) return Number(written);
  const found = pod.spec.containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === written);
  if (found === undefined) throw new Failure(`Pod '${pod.metadata.name}' does not have a named port '${written}'`);
  return found.containerPort;
}

function throughService({ metadata, spec }: Service, pod: Pod, written: string): number {
  const found = spec.ports?.find(({ name, port }) => (/^\d+$/.test(written) ? port === Number(written) : name === written));
  if (found === undefined) throw new Failure(/^\d+$/.test(written) ? `Service ${metadata.name} does not have a service port ${written}` : `Service '${metadata.name}' does not have a named port '${written}'`);
  if (spec.clusterIP === "None") return found.port;
  return portIn(pod, String(found.targetPort ?? found.port));
}
