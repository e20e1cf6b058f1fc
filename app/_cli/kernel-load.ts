/**
 * The same load as the engine's ServiceLoad on the kernel of this machine: three network
 * namespaces, iptables-legacy and a client that opens connections. For root, on Linux.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { ServiceTexts } from "@/engine";
import { ENDPOINT_NETWORK } from "@/engine";

const CLIENT = "podpath-client";
const ROUTER = "podpath-router";
const SERVER = "podpath-server";

const SET_UP = `
netns add ${CLIENT}
netns add ${ROUTER}
netns add ${SERVER}
link add eth0 netns ${CLIENT} type veth peer name eth0 netns ${ROUTER}
link add eth0 netns ${SERVER} type veth peer name eth1 netns ${ROUTER}
-n ${CLIENT} addr add 10.9.1.2/24 dev eth0
-n ${ROUTER} addr add 10.9.1.1/24 dev eth0
-n ${SERVER} addr add 10.9.3.2/24 dev eth0
-n ${ROUTER} addr add 10.9.3.1/24 dev eth1
-n ${CLIENT} link set eth0 up
-n ${ROUTER} link set eth0 up
-n ${SERVER} link set lo up
-n ${SERVER} link set eth0 up
-n ${ROUTER} link set eth1 up
-n ${CLIENT} route add default via 10.9.1.1
-n ${SERVER} route add default via 10.9.3.1
-n ${ROUTER} route add ${ENDPOINT_NETWORK} via 10.9.3.2
-n ${SERVER} route add local ${ENDPOINT_NETWORK} dev lo`;

/** The two ends on different processors, as the one would otherwise wait for the other. */
const LISTEN = `
import os, socket
os.sched_setaffinity(0, {os.cpu_count() - 1})
s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("0.0.0.0", 8080)); s.listen(1024)
print("listening", flush=True)
while True: s.accept()[0].close()`;

/** Prints the median time of connect(2), in microseconds; the reset that follows is not in it. Argument 3: among how many addresses. */
const CONNECT = `
import os, socket, statistics, struct, sys, time
os.sched_setaffinity(0, {0})
times = []
first, among = struct.unpack("!I", socket.inet_aton(sys.argv[1]))[0], int(sys.argv[3])
targets = [socket.inet_ntoa(struct.pack("!I", first + i * 7919 % among)) for i in range(int(sys.argv[2]))]
for target in targets:
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    began = time.perf_counter(); s.connect((target, 80)); times.append(time.perf_counter() - began); s.close()
print(statistics.median(times) * 1e6)`;

/** Why the kernel cannot be measured here; undefined when it can. */
export function kernelProblem(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "the real kernel is measured for root on Linux only";
  for (const tool of [["ip", "-V"], ["iptables-legacy-restore", "--version"], ["python3", "-V"]] as const) {
    if (spawnSync(tool[0], [tool[1]]).status !== 0) return `the real kernel is not measured: no ${tool[0]}`;
  }
  return undefined;
}

/** The three namespaces, whatever the router's rules are made of. */
export class KernelRouter {
  #listener: ReturnType<typeof spawn> | undefined;

  async start(): Promise<void> {
    this.stop();
    for (const line of SET_UP.trim().split("\n")) run("ip", line.split(" "));
    run("ip", ["netns", "exec", ROUTER, "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
    const listener = spawn("ip", ["netns", "exec", SERVER, "python3", "-c", LISTEN], { stdio: ["ignore", "pipe", "inherit"] });
    this.#listener = listener;
    if (listener.stdout) await once(listener.stdout, "data");
  }

  /** The median of so many connections, in microseconds, to one address or to so many from it on. */
  connection(address: string, count: number, among = 1): number {
    return Number(run("ip", ["netns", "exec", CLIENT, "python3", "-c", CONNECT, address, String(count), String(among)]));
  }

  stop(): void {
    this.#listener?.kill();
    this.#listener = undefined;
    for (const name of [CLIENT, ROUTER, SERVER]) spawnSync("ip", ["netns", "delete", name]);
  }
}

export class KernelLoad extends KernelRouter {
  constructor(private readonly texts: ServiceTexts) {
    super();
  }

  load(): void {
    inRouter(["iptables-legacy-restore"], this.texts.full);
  }

  update(): void {
    inRouter(["iptables-legacy-restore", "--noflush", "--counters"], this.texts.partial);
  }

  save(): void {
    inRouter(["iptables-legacy-save"]);
  }
}

export class NftKernelLoad extends KernelRouter {
  constructor(private readonly text: string) {
    super();
  }

  load(): void {
    inRouter(["nft", "-f", "-"], this.text);
  }

  list(): void {
    inRouter(["nft", "list", "ruleset"]);
  }
}

function inRouter(argv: readonly string[], input?: string): void {
  run("ip", ["netns", "exec", ROUTER, ...argv], input);
}

function run(program: string, args: readonly string[], input = ""): string {
  const done = spawnSync(program, args, { input, encoding: "utf8", maxBuffer: 256 * 2 ** 20 });
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stderr}`);
  return done.stdout;
}
