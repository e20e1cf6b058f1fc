/**
 * Load for the benchmark: so many Services of five endpoints each, in the words of kube-proxy, on
 * a router between a client and a server that answers for all endpoints. The same texts and
 * addresses can be given to a real kernel. Whoever measures brings the clock.
 */
import type { Task } from "../core/task";
import { TcpSocket } from "../net/socket";
import { restore } from "../netfilter/iptables/restore";
import { save } from "../netfilter/iptables/save";
import { jumpLines } from "../node/proxy/jumps";
import { assemble, syncText } from "../node/proxy/iptables";
import { proxyState } from "../node/proxy/kube-proxy-text";
import { ANY, type Ip, parseIp, printIp } from "../wire/ip";
import { setUp } from "./scenario-setup";
import { asScenario } from "./scenario-spec";
import { ScenarioWorld } from "./scenario-world";

export type Which = "first" | "middle" | "last" | "scattered";

const ENDPOINTS = 5;
const FIRST_SERVICE = 0x0a60_000a;
const FIRST_ENDPOINT = 0x0a80_0001;
/** Where endpoints live: the server has all of it. */
export const ENDPOINT_NETWORK = "10.128.0.0/10";
const NODE = "node-1";

const scenario = () => ({
  hosts: {
    client: { routes: ["default via 10.9.1.1"] },
    router: { sysctls: { "net.ipv4.ip_forward": 1 }, routes: [`${ENDPOINT_NETWORK} via 10.9.3.2`] },
    server: { routes: ["default via 10.9.3.1"], ip: [`route add local ${ENDPOINT_NETWORK} dev lo`] },
  },
  links: [
    { a: "client:eth0", b: "router:eth0", addrs_a: ["10.9.1.2/24"], addrs_b: ["10.9.1.1/24"] },
    { a: "server:eth0", b: "router:eth1", addrs_a: ["10.9.3.2/24"], addrs_b: ["10.9.3.1/24"] },
  ],
});

/** What iptables-restore is fed: everything, and what a partial sync writes when the middle Service has lost an endpoint. */
export type ServiceTexts = { readonly full: string; readonly partial: string; readonly rules: number };

export function serviceTexts(count: number): ServiceTexts {
  const middle = count >> 1;
  const [before, after] = [stateOf(count), stateOf(count, middle)];
  const full = withJumps(syncText(before, {}, assemble(before)).text);
  const partial = syncText(after, { changed: new Set([`ns-${middle % 50}/svc-${middle}`]) }, assemble(after)).text;
  return { full, partial, rules: full.split("\n").filter((line) => line.startsWith("-A")).length };
}

export function serviceAddress(count: number, which: Which): string {
  const at = which === "first" ? 0 : which === "middle" ? count >> 1 : count - 1;
  return printIp((FIRST_SERVICE + at) as Ip);
}

/** What kube-proxy would know of so many Services. */
export function stateOf(count: number, smaller?: number): ReturnType<typeof proxyState> {
  const every = Array.from({ length: count }, (_, i) => i);
  const meta = (i: number) => ({ namespace: `ns-${i % 50}`, name: `svc-${i}`, labels: { "kubernetes.io/service-name": `svc-${i}` } });
  const services = every.map((i) => ({ metadata: meta(i), spec: { clusterIP: printIp((FIRST_SERVICE + i) as Ip), ports: [{ name: "http", port: 80, protocol: "TCP" }] } }));
  const slices = every.map((i) => ({
    metadata: meta(i),
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: Array.from({ length: i === smaller ? ENDPOINTS - 1 : ENDPOINTS }, (_, k) => ({ addresses: [printIp((FIRST_ENDPOINT + i * ENDPOINTS + k) as Ip)], nodeName: k % 2 ? NODE : "node-2" })),
  }));
  return proxyState({ nodeName: NODE, services, slices, nodes: [], options: { clusterCIDR: ENDPOINT_NETWORK } });
}

/** The built-in chains' jumps, where ensureJumps() would have put them. */
function withJumps(text: string): string {
  return text.replace("COMMIT", () => [...jumpLines("filter"), "COMMIT"].join("\n")).replace(/COMMIT\n$/, () => [...jumpLines("nat"), "COMMIT", ""].join("\n"));
}

/** The router, whatever its rules are made of; and connections through it. */
export class LoadedRouter {
  readonly #world = new ScenarioWorld(asScenario(scenario()), 1);

  constructor(private readonly count: number) {
    setUp(this.#world, []);
    const { ns } = this.#world.host("server");
    const listener = new TcpSocket(ns);
    listener.bind(ANY, 8080);
    listener.listen(1024);
    this.#world.world.scheduler.spawn(acceptAll(listener));
  }

  protected get router(): ReturnType<ScenarioWorld["host"]> {
    return this.#world.host("router");
  }

  /** Opens and resets so many connections through one of the Services, one after the other. */
  connections(which: Which, count: number): void {
    const { ns } = this.#world.host("client");
    const { scheduler } = this.#world.world;
    const handle = scheduler.spawn(connectAll(() => new TcpSocket(ns), this.#addresses(which), count));
    while (!handle.done) if (!scheduler.run(100, 1_000_000)) throw new Error("the load never ends");
  }

  /** One Service after the other, by a stride that meets them all in no order. */
  #addresses(which: Which): (i: number) => Ip {
    if (which === "scattered") return (i) => (FIRST_SERVICE + ((i * 7919) % this.count)) as Ip;
    const address = parseIp(serviceAddress(this.count, which)) as Ip;
    return () => address;
  }
}

export class ServiceLoad extends LoadedRouter {
  constructor(
    count: number,
    private readonly texts: ServiceTexts,
  ) {
    super(count);
  }

  /** iptables-restore of everything. */
  load(): void {
    this.#restore(this.texts.full, false);
  }

  /** iptables-restore --noflush --counters of what a partial sync writes. */
  update(): void {
    this.#restore(this.texts.partial, true);
  }

  #restore(text: string, noflush: boolean): void {
    const done = restore(this.router.netfilter, text, { backend: "legacy", noflush, counters: noflush });
    if (!done.ok) throw new Error(done.message);
  }

  /** iptables-save. */
  save(): string {
    return save(this.router.netfilter, { backend: "legacy", wallMs: 0 });
  }
}

function* acceptAll(listener: TcpSocket): Task {
  for (;;) (yield* listener.accept())?.close();
}

function* connectAll(open: () => TcpSocket, address: (i: number) => Ip, count: number): Task {
  for (let i = 0; i < count; i++) {
    const socket = open();
    yield* socket.connect(address(i), 80);
    socket.abort();
  }
}
