/**
 * The probes of a scenario: one connection, datagram, echo or hand-made segment, and what became
 * of it as the sender and the server saw it.
 */
import { NO_BYTES, concat, text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import { IcmpSocket, TcpSocket, UdpSocket } from "../net/socket";
import { sendRaw } from "../net/raw-output";
import { type Ip, parseIp, printIp } from "../wire/ip";
import { type Icmp, type Packet, PROTO, type Tcp } from "../wire/packet";
import { type Listeners, type ServerEvent, parseHostIp } from "./scenario-listeners";
import { type ProbeSpec, ScenarioProblem } from "./scenario-spec";
import type { HeardIcmp, Host, ScenarioWorld } from "./scenario-world";

export type Outcome = Record<string, unknown>;
/** One repetition of a probe: which one of `count`. */
export type Probe = ProbeSpec & { readonly repetition: number };

/** A connection that a step has left open. */
export type OpenConnection = { readonly socket: TcpSocket; readonly sport: number; readonly heard: () => Outcome };

export class Probes {
  constructor(
    private readonly world: ScenarioWorld,
    private readonly listeners: Listeners,
  ) {}

  run(probe: Probe): Outcome {
    switch (probe.proto ?? "tcp") {
      case "tcp":
        return this.#tcp(probe);
      case "udp":
        return this.#udp(probe);
      case "icmp":
        return this.#icmp(probe);
      case "rawtcp":
        return this.#raw(probe);
    }
  }

  #timeoutOf({ timeout_ms }: ProbeSpec): number {
    return timeout_ms ?? this.world.timeoutMs;
  }

  #sport(probe: Probe): number {
    const { world } = this;
    const sport = probe.sport === undefined ? world.nextSport++ : probe.count === undefined ? probe.sport : probe.sport + probe.repetition * (probe.sport_step ?? 1);
    world.knownPorts.add(sport);
    if (probe.port) world.knownPorts.add(probe.port);
    return sport;
  }

  /** What the server says of a call: who it was, and whether NAT has changed its port. */
  view(event: ServerEvent, sport: number): Outcome {
    const view: Outcome = { by: event.listener, seen_src: printIp(event.peer.ip), seen_sport: event.peer.port === sport ? "same" : "changed" };
    if (event.local) view.dst = `${printIp(event.local.ip)}:${event.local.port}`;
    return view;
  }

  /** Starts a connection and waits until it stands, fails, or the time is up. */
  connect(probe: Probe, timeoutMs: number): { readonly open: OpenConnection; readonly outcome: Outcome } {
    const host = this.world.host(probe.from);
    if (probe.transparent || probe.freebind) throw new ScenarioProblem("not modelled: freebind");
    const socket = new TcpSocket(host.ns);
    socket.setOptions({ reuseAddress: true, ...(probe.mark ? { mark: probe.mark } : {}) });
    socket.connection.receiveErrors = true;
    const sport = this.#sport(probe);
    socket.bind(parseHostIp(probe.src ?? "0.0.0.0"), sport);
    this.listeners.drain();
    const heard = errorQueue(host, PROTO.tcp, sport);
    const open: OpenConnection = { socket, sport, heard };
    try {
      socket.startConnect(parseHostIp(probe.to), probe.port ?? 0);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return { open, outcome: refusedAtOnce(error, heard()) };
    }
    const { connection } = socket;
    const settled = this.world.until(timeoutMs, () => (connection.state !== "SYN_SENT" || connection.error !== undefined || connection.softError !== undefined ? true : undefined));
    if (settled === undefined) return { open, outcome: { outcome: "timeout", ...heard() } };
    const error = socket.takeError();
    if (error === undefined) return { open, outcome: { outcome: "connected" } };
    // Of a connection that stood already the error queue tells nothing.
    const queued = connection.state === "ESTABLISHED" ? {} : heard();
    const cause = Object.keys(queued).length > 0 ? queued : error === "ECONNREFUSED" ? { by_packet: "RST" } : {};
    return { open, outcome: { outcome: "refused", errno: error, ...cause } };
  }

  #tcp(probe: Probe): Outcome {
    const timeoutMs = this.#timeoutOf(probe);
    const mode = probe.mode ?? this.world.scenario.tcp_mode ?? "handshake";
    const { open, outcome } = this.connect(probe, timeoutMs);
    const { socket, sport } = open;
    if (outcome.outcome === "connected") {
      const event = this.listeners.wait(({ proto }) => proto === "tcp", timeoutMs);
      outcome.outcome = event === undefined ? "connected-not-accepted" : "answered";
      if (event !== undefined) Object.assign(outcome, this.view(event, sport), mode === "exchange" ? this.#exchange(socket, timeoutMs) : {});
    }
    if (mode !== "exchange" || outcome.outcome !== "answered") socket.setOptions({ lingerZero: true });
    socket.close();
    // The close reaches the listener before anybody counts packets.
    if (outcome.outcome === "answered" && mode !== "exchange") this.listeners.wait(({ closed }) => closed !== undefined, 20);
    else if (outcome.outcome === "answered") this.world.sleep(2);
    return outcome;
  }

  #exchange(socket: TcpSocket, timeoutMs: number): Outcome {
    const parts: Uint8Array[] = [];
    const outcome = (exchange: string): Outcome => ({ data: text(concat([NO_BYTES, ...parts])), exchange });
    try {
      socket.trySend(utf8("ID\n"));
      for (;;) {
        const got = this.world.until(timeoutMs, () => (socket.hasInput ? { data: socket.tryRecv(4096) } : undefined));
        if (got === undefined || got.data === "later") return outcome("timeout");
        if (got.data === undefined) return outcome("ok");
        parts.push(got.data);
      }
    } catch (error) {
      if (error instanceof SysError) return outcome(error.code);
      throw error;
    }
  }

  #udp(probe: Probe): Outcome {
    const host = this.world.host(probe.from);
    const socket = new UdpSocket(host.ns);
    socket.setOptions({ reuseAddress: true, receiveErrors: true });
    const sport = this.#sport(probe);
    socket.bind(parseHostIp(probe.src ?? "0.0.0.0"), sport);
    this.listeners.drain();
    const [to, port] = [parseHostIp(probe.to), probe.port ?? 0];
    try {
      if (probe.connected ?? true) {
        socket.connect(to, port);
        socket.send(utf8(probe.data ?? "ID\n"));
      } else socket.sendTo(utf8(probe.data ?? "ID\n"), to, port);
    } catch (error) {
      // What its own machine answers is there before send() returns.
      this.world.sleep(0);
      socket.close();
      if (error instanceof SysError) return { outcome: "error", errno: error.code };
      throw error;
    }
    const outcome = this.#udpOutcome(socket, sport, this.#timeoutOf(probe));
    socket.close();
    return outcome;
  }

  #udpOutcome(socket: UdpSocket, sport: number, timeoutMs: number): Outcome {
    const came = this.world.until(timeoutMs, () => (socket.hasInput ? true : undefined));
    const lastSeen = (): ServerEvent | undefined => this.listeners.drain().findLast(({ proto }) => proto === "udp");
    if (came === undefined) {
      const seen = lastSeen();
      return seen === undefined ? { outcome: "timeout" } : { outcome: "delivered-no-reply", ...this.view(seen, sport) };
    }
    let outcome: Outcome;
    let seen: ServerEvent | undefined;
    try {
      const datagram = socket.tryRecvFrom();
      if (datagram === undefined) return { outcome: "timeout" };
      outcome = { outcome: "answered", data: text(datagram.data), reply_from: `${printIp(datagram.ip)}:${datagram.port}` };
      seen = this.listeners.wait(({ proto }) => proto === "udp", 20);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      outcome = { outcome: error.code === "ECONNREFUSED" ? "refused" : "error", errno: error.code };
      seen = lastSeen();
    }
    for (let queued = socket.recvError(); queued !== undefined; queued = socket.recvError()) Object.assign(outcome, { icmp: `${queued.type}/${queued.code}`, from: printIp(queued.from) });
    return seen === undefined ? outcome : { ...outcome, ...this.view(seen, sport) };
  }

  #echoes(): Map<string, number> {
    return new Map([...this.world.hosts].map(([name, { ns }]) => [name, ns.snmp.icmp.InEchos]));
  }

  #icmp(probe: Probe): Outcome {
    const host = this.world.host(probe.from);
    const before = this.#echoes();
    const socket = new IcmpSocket(host.ns);
    if (probe.src) socket.bind(parseHostIp(probe.src));
    const id = probe.icmp_id ?? this.world.nextIcmpId++;
    const seq = probe.repetition + 1;
    let outcome: Outcome = { outcome: "timeout" };
    const heard: Icmp[] = [];
    const toSockets = host.ns.protocols.get(PROTO.icmp);
    const answers: Outcome[] = [];
    host.ns.protocols.set(PROTO.icmp, (skb) => {
      if (skb.packet.payload.kind === "icmp") {
        heard.push(skb.packet.payload);
        const answer = echoOutcome(skb.packet, skb.packet.payload, id, seq);
        if (answer !== undefined) answers.push(answer);
      }
      return toSockets?.(skb) ?? true;
    });
    try {
      socket.sendEcho(parseHostIp(probe.to), { id, seq, data: utf8("oracle..") });
      outcome = this.world.until(this.#timeoutOf(probe), () => answers[0]) ?? outcome;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return { outcome: "error", errno: error.code };
    } finally {
      socket.close();
      if (toSockets) host.ns.protocols.set(PROTO.icmp, toSockets);
    }
    const by = [...this.#echoes()].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name);
    return by.length > 0 ? { ...outcome, by: by.sort().join(",") } : outcome;
  }

  /** One hand-made segment, and what every watched host received of TCP. */
  #raw(probe: Probe): Outcome {
    const seen: Outcome[] = [];
    if (probe.bad_csum) throw new ScenarioProblem("not modelled: bad_csum");
    const sport = this.#sport(probe);
    const leave: (() => void)[] = [];
    const seenBy = new Map<string, Outcome[]>();
    for (const name of [...(probe.watch ?? []), probe.from]) {
      if (seenBy.has(name)) continue;
      const host = this.world.host(name);
      const list: Outcome[] = [];
      seenBy.set(name, list);
      const see = ({ src, dst, payload }: Packet & { payload: Tcp }): void => {
        list.push({ at: name, src: printIp(src), sport: payload.sport, dst: printIp(dst), dport: payload.dport, flags: flagLetters(payload.flags) });
      };
      host.rawTcp.add(see);
      leave.push(() => host.rawTcp.delete(see));
    }
    const outcome: Outcome = {};
    const failed = sendSegment(this.world.host(probe.from), { src: probe.src ?? "0.0.0.0", dst: probe.to, sport, dport: probe.port ?? 0, flags: probe.flags ?? "", seq: probe.seq ?? 1000, ack: probe.ack ?? 0, window: probe.win ?? 64240, payload: probe.payload ?? "" });
    if (failed !== undefined) outcome.send_errno = failed;
    this.world.sleep(Math.min(this.#timeoutOf(probe), 30));
    for (const list of seenBy.values()) seen.push(...list);
    for (const stop of leave) stop();
    outcome.seen = seen;
    outcome.outcome = seen.some(({ at }) => at !== probe.from) ? "delivered" : "not-delivered";
    const back = seen.find(({ at }) => at === probe.from);
    if (back) outcome.came_back = back.flags;
    return outcome;
  }
}

/** The ICMP errors that this host hears from now on about its socket's port; the last one counts. */
function errorQueue(host: Host, proto: number, sport: number): () => Outcome {
  let from = host.heard.length;
  return () => {
    const mine = host.heard.slice(from).filter((heard) => isAbout(heard, proto, sport));
    from = host.heard.length;
    const last = mine.at(-1);
    return last === undefined ? {} : { icmp: last.icmp, from: printIp(last.from) };
  };
}

function isAbout({ quoted }: HeardIcmp, proto: number, sport: number): boolean {
  const { payload } = quoted;
  return quoted.proto === proto && (payload.kind === "tcp" || payload.kind === "udp") && payload.sport === sport;
}

function refusedAtOnce(error: SysError, queued: Outcome): Outcome {
  if (error.code !== "ECONNREFUSED") return { outcome: "error", errno: error.code, ...queued };
  return { outcome: "refused", errno: error.code, ...(Object.keys(queued).length > 0 ? queued : { by_packet: "RST" }) };
}

/** An answer to our echo, or an error about it. */
function echoOutcome({ src }: Packet, icmp: Icmp, id: number, seq: number): Outcome | undefined {
  if (icmp.type === 0 && icmp.id === id && icmp.seq === seq) return { outcome: "answered", reply_from: printIp(src) };
  const inner = icmp.quoted?.payload;
  if (inner?.kind !== "icmp" || inner.id !== id || inner.seq !== seq) return undefined;
  return { outcome: "refused", icmp: `${icmp.type}/${icmp.code}`, from: printIp(src) };
}

const FLAG_BITS: readonly (readonly [string, number])[] = [["F", 1], ["S", 2], ["R", 4], ["P", 8], ["A", 16], ["U", 32], ["E", 64], ["C", 128]];

function flagLetters(flags: number): string {
  return FLAG_BITS.filter(([, bit]) => (flags & bit) !== 0).map(([letter]) => letter).join("") || "none";
}

export type SegmentSpec = { readonly src: string; readonly dst: string; readonly sport: number; readonly dport: number; readonly flags: string; readonly seq: number; readonly ack: number; readonly window: number; readonly payload: string };

/** A segment as a raw socket sends it (IP_HDRINCL): the error's name if the kernel would not take it. */
export function sendSegment({ ns }: Host, segment: SegmentSpec): string | undefined {
  const flags = FLAG_BITS.reduce((sum, [letter, bit]) => (segment.flags.includes(letter) ? sum | bit : sum), 0);
  const payload: Tcp = { kind: "tcp", sport: segment.sport, dport: segment.dport, seq: segment.seq >>> 0, ack: segment.ack >>> 0, flags, window: segment.window, options: {}, data: utf8(segment.payload) };
  const src = parseIp(segment.src) ?? (0 as Ip);
  return sendRaw(ns, { kind: "ipv4", src, dst: parseHostIp(segment.dst), ttl: 64, tos: 0, id: 1, df: true, mf: false, offset: 0, proto: PROTO.tcp, payload });
}
