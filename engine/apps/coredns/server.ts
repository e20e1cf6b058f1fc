/**
 * The CoreDNS process: reads its Corefile, makes a chain of plugins for each server block in the
 * fixed order of plugin.cfg, and answers on UDP and TCP. The API it reads by function call.
 */
import { text } from "../../core/bytes";
import { SysError } from "../../core/errno";
import { Signal, type Task, type Wait, type Wake } from "../../core/task";
import type { Proc, Program } from "../../host/proc";
import type { Store } from "../../kube/store";
import type { UdpSocket } from "../../net/socket";
import { decodeDns, dnsAnswer, type DnsMessage, encodeDns } from "../../wire/dns";
import { ANY, printIp } from "../../wire/ip";
import { Tasks } from "../http-server";
import { CorefileProblem, parseCorefile, type ServerBlock } from "./corefile";
import { type Handler, type Instance, isInZone, type Outcome, type Plugin, type Query, type Setup } from "./plugin";
import { cache } from "./plugins/cache";
import { forward } from "./plugins/forward";
import { kubernetes } from "./plugins/kubernetes";
import { DnsMetrics, health, prometheusPlugin, readyPlugin } from "./plugins/servers";
import { errors, hosts, loadbalance, log, loop, reloadPlugin, rewrite } from "./plugins/small";
import { serveTcp } from "./tcp";

export const COREDNS_VERSION = "1.14.2";

/** Plugins of the real one that are not modelled: said so, where an unknown word is an error. */
const NOT_MODELLED = new Set("root metadata geoip cancel tls timeouts multisocket nsid bufsize bind debug trace pprof dnstap local dns64 acl any chaos tsig header dnssec autopath minimal template transfer route53 azure clouddns k8s_external file auto secondary etcd grpc erratic whoami on sign view import".split(" "));

export function coreDns(store: Store): Program {
  return {
    name: "coredns",
    summary: "DNS server of the cluster",
    *run(proc) {
      const path = proc.args[proc.args.indexOf("-conf") + 1] ?? "Corefile";
      const server = new CoreDns(proc, store, path);
      return yield* server.run();
    },
  };
}

class CoreDns {
  readonly #metrics = new DnsMetrics();
  readonly #lines: string[] = [];
  readonly #woken = new Signal();
  readonly #tasks: Tasks;
  #instances: Instance[] = [];
  #chains: { readonly zones: readonly string[]; readonly handle: Handler }[] = [];
  #fatal: string | undefined;
  #stopAtMs: number | undefined;

  constructor(
    private readonly proc: Proc,
    private readonly store: Store,
    private readonly path: string,
  ) {
    this.#tasks = new Tasks(proc);
  }

  *run(): Task<number> {
    const blocks = this.#load();
    if (typeof blocks === "string") {
      yield* this.proc.err(`${blocks}\n`);
      return 1;
    }
    const ports = [...new Set(blocks.map(({ port }) => port))];
    for (const port of ports) {
      const problem = this.#listen(port);
      if (problem !== undefined) {
        yield* this.proc.err(`Listen: listen udp :${port}: bind: ${problem}\n`);
        return 1;
      }
    }
    yield* this.proc.out(`${blocks.flatMap(({ zones, port }) => zones.map((zone) => `${zone}:${port}`)).join("\n")}\n`);
    for (const { start } of this.#instances) if (start) this.#tasks.start(start());
    this.proc.onSignal("SIGTERM", () => this.#terminate());
    this.proc.onSignal("SIGINT", () => this.#terminate());
    yield {}; // The plugins have their say first.
    this.#say(`CoreDNS-${COREDNS_VERSION}\nlinux/amd64, go1.26.1, 6db4a51`);
    return yield* this.#untilOver();
  }

  #terminate(): void {
    const lameduckMs = Math.max(0, ...this.#instances.map((instance) => instance.lameduckMs ?? 0));
    this.#say(`[INFO] SIGTERM: Shutting down servers then terminating`);
    if (lameduckMs > 0) this.#say(`[INFO] plugin/health: Going into lameduck mode for ${lameduckMs / 1000}s`);
    this.#stopAtMs ??= this.proc.nowMs + lameduckMs;
    this.#woken.notify();
  }

  *#untilOver(): Task<number> {
    for (;;) {
      if (this.#lines.length > 0) yield* this.proc.out(`${this.#lines.splice(0).join("\n")}\n`);
      if (this.#fatal !== undefined) {
        yield* this.proc.err(`[FATAL] ${this.#fatal}\n`);
        return 1;
      }
      if (this.#stopAtMs !== undefined && this.proc.nowMs >= this.#stopAtMs) return 0;
      yield { on: this.#woken, ...(this.#stopAtMs !== undefined && { deadlineMs: this.#stopAtMs }) };
    }
  }

  #say(line: string): void {
    this.#lines.push(line);
    this.#woken.notify();
  }

  /** The server blocks, with chains made; or why not, as CoreDNS says it. */
  #load(): readonly ServerBlock[] | string {
    try {
      const blocks = parseCorefile(text(this.proc.fs.readFile(this.path)));
      const instances: Instance[] = [];
      const chains = blocks.map((block) => ({ zones: block.zones, handle: this.#chain(block, instances) }));
      this.#instances = instances;
      this.#chains = chains;
      return blocks;
    } catch (error) {
      if (error instanceof SysError) return `open ${this.path}: ${error.message.toLowerCase()}`;
      if (error instanceof CorefileProblem) return error.message;
      throw error;
    }
  }

  get #plugins(): readonly Plugin[] {
    const waiting = () => this.#instances.flatMap(({ ready }) => (ready !== undefined && !ready() ? ["kubernetes"] : []));
    return [reloadPlugin(this.path, () => this.#reload()), readyPlugin(waiting), health, prometheusPlugin(this.#metrics), errors, log, loadbalance, cache, rewrite, hosts, kubernetes, loop, forward];
  }

  #chain(block: ServerBlock, instances: Instance[]): Handler {
    const plugins = this.#plugins;
    for (const { name, line } of block.directives) {
      if (plugins.some((plugin) => plugin.name === name)) continue;
      throw new CorefileProblem(NOT_MODELLED.has(name) ? `Corefile:${line} - Error during parsing: not modelled: plugin ${name}` : `Corefile:${line} - Error during parsing: Unknown directive '${name}'`);
    }
    const made = plugins.flatMap((plugin) => block.directives.filter(({ name }) => name === plugin.name).map((directive) => plugin.setUp(this.#setup(directive, block))));
    instances.push(...made);
    return made.reduceRight<Handler>((next, { handle }) => (handle === undefined ? next : (query) => handle(query, next)), refused);
  }

  #setup(directive: Setup["directive"], server: ServerBlock): Setup {
    const fatal = (line: string) => {
      this.#fatal ??= line;
      this.#woken.notify();
    };
    return { proc: this.proc, store: this.store, directive, server, say: (line) => this.#say(line), fatal, lookup: (query, name) => this.#lookUp(query, name) };
  }

  #lookUp(query: Query, name: string): Task<Outcome> {
    const [question] = query.message.questions;
    return this.#handler(name)({ ...query, name, message: { ...query.message, questions: question ? [{ ...question, name }] : [] } });
  }

  /** A new Corefile takes the old one's place, unless it is broken: then all stays as it was. */
  #reload(): void {
    this.#say("[INFO] Reloading");
    const before = { instances: this.#instances, chains: this.#chains };
    const loaded = this.#load();
    if (typeof loaded === "string") {
      this.#instances = before.instances;
      this.#chains = before.chains;
      return this.#say(`[ERROR] Restart failed: ${loaded}`);
    }
    this.#say("[INFO] Reloading complete");
  }

  #listen(port: number): string | undefined {
    const socket = this.proc.udp();
    try {
      socket.bind(ANY, port);
      this.#tasks.start(serveTcp(this.proc, port, (bytes, client) => this.#overTcp(bytes, client)));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return error.message.toLowerCase();
    }
    this.#tasks.start(this.#serveUdp(socket));
    return undefined;
  }

  *#serveUdp(socket: UdpSocket): Task {
    for (;;) {
      const datagram = yield* socket.recvFrom();
      if (datagram === undefined) continue;
      const message = decodeDns(datagram.data);
      if (message === undefined || message.response) continue;
      const task = this.#answer(message, { client: printIp(datagram.ip), clientPort: datagram.port, protocol: "udp", bytes: datagram.data.length });
      const send = (answer: DnsMessage) => reply(socket, answer, datagram, message.edns?.udpSize ?? 512);
      const first = task.next("signalled");
      if (first.done) send(first.value);
      else this.#tasks.start(resumed(task, first.value, send));
    }
  }

  *#overTcp(bytes: Uint8Array, client: { readonly client: string; readonly clientPort: number }): Task<Uint8Array | undefined> {
    const message = decodeDns(bytes);
    if (message === undefined || message.response) return undefined;
    return encodeDns(yield* this.#answer(message, { ...client, protocol: "tcp", bytes: bytes.length }));
  }

  *#answer(message: DnsMessage, from: Pick<Query, "client" | "clientPort" | "protocol" | "bytes">): Task<DnsMessage> {
    const [question] = message.questions;
    if (question === undefined) return dnsAnswer(message, { rcode: "FORMERR" });
    const name = question.name.toLowerCase();
    const outcome = yield* this.#handler(name)({ message, name, type: question.type, ...from });
    const answer = "answer" in outcome ? outcome.answer : dnsAnswer(message, { rcode: outcome.rcode });
    this.#metrics.count(".", from.protocol, question.type, answer.rcode);
    return message.edns ? { ...answer, edns: { udpSize: Math.min(message.edns.udpSize, 4096) } } : answer;
  }

  #handler(name: string): Handler {
    const found = this.#chains.filter(({ zones }) => zones.some((zone) => isInZone(name, zone))).sort((a, b) => longest(b.zones, name) - longest(a.zones, name))[0];
    return found?.handle ?? refused;
  }
}

function longest(zones: readonly string[], name: string): number {
  return Math.max(0, ...zones.filter((zone) => isInZone(name, zone)).map((zone) => zone.length));
}

// Never yields: the end of the chain
function* refused(): Task<Outcome> {
  return { rcode: "REFUSED" };
}

function reply(socket: UdpSocket, answer: DnsMessage, to: { readonly ip: Parameters<UdpSocket["sendTo"]>[1]; readonly port: number; readonly dst: Parameters<UdpSocket["sendTo"]>[1] }, maxBytes: number): void {
  try {
    socket.sendTo(encodeDns(answer, Math.max(512, maxBytes)), to.ip, to.port, { src: to.dst });
  } catch (error) {
    if (!(error instanceof SysError)) throw error; // No way back to the client.
  }
}

/** A Task whose first step was taken here, because most answers are at hand. */
function* resumed<T>(task: Task<T>, first: Wait, done: (result: T) => void): Task {
  let wake: Wake = yield first;
  for (;;) {
    const step = task.next(wake);
    if (step.done) return done(step.value);
    wake = yield step.value;
  }
}
