/** curl's connections: names resolved, addresses tried one after the other, open ones used again. */
import { type Code, MESSAGES, SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { lookup } from "../../host/resolver";
import type { TcpSocket } from "../../net/socket";
import { type Ip, parseIp, printIp } from "../../wire/ip";
import type { Config } from "./config";
import type { Verbose } from "./output";
import type { Url } from "./url";

export type Failure = { readonly exit: number; readonly message: string };

export class CurlFailed extends Error {
  constructor(
    readonly exit: number,
    message: string,
  ) {
    super(message);
  }
}

export type Connection = { readonly number: number; readonly socket: TcpSocket; readonly key: string; readonly host: string; readonly ip: Ip; readonly port: number; fresh: boolean };

export type Times = { startMs: number; lookupMs: number; connectMs: number; pretransferMs: number; startTransferMs: number };

/** When it must be over, and which clock said so. */
export type Deadlines = { readonly totalMs: number; readonly connectMs: number };

const DEFAULT_CONNECT_MS = 300_000;

export class Connections {
  /** Why the local end could not be bound, as the last attempt said. */
  bindProblem = "";
  readonly #open: Connection[] = [];
  readonly #names = new Map<string, readonly Ip[]>();
  #next = 0;
  #bundle: string | undefined;

  constructor(
    private readonly proc: Proc,
    private readonly config: Config,
    private readonly verbose: Verbose,
  ) {}

  /** --resolve host:port:address[,address]; false at what cannot be understood. */
  *addResolve(entry: string): Task<boolean> {
    const [, host = "", port = "", list = ""] = /^\+?([^:]+):(\d+):(.+)$/.exec(entry) ?? [];
    const addresses = list.split(",").map((address) => parseIp(address));
    if (host === "" || addresses.includes(undefined)) return false;
    this.#names.set(`${host.toLowerCase()}:${port}`, addresses as Ip[]);
    yield* this.verbose.info(`Added ${host}:${port}:${list} to DNS cache`);
    return true;
  }

  *get(url: Url, times: Times, deadlines: Deadlines): Task<Connection> {
    const { verbose, proc } = this;
    const key = `${url.host.toLowerCase()}:${url.port}`;
    const reused = yield* this.#reuse(key);
    if (reused) {
      times.lookupMs = times.connectMs = times.pretransferMs = proc.nowMs;
      return reused;
    }
    const target = yield* this.#connectTo(url);
    const addresses = yield* this.#resolve(target.host, target.port, deadlines);
    times.lookupMs = proc.nowMs;
    const number = this.#next++;
    try {
      const { socket, ip } = yield* this.#tryEach(url, target, addresses, times, deadlines);
      times.connectMs = times.pretransferMs = proc.nowMs;
      yield* verbose.info(`Connected to ${target.host} (${printIp(ip)}) port ${target.port} (#${number})`);
      const connection = { number, socket, key, host: url.host, ip, port: target.port, fresh: true };
      this.#open.push(connection);
      return connection;
    } catch (error) {
      yield* verbose.info(`Closing connection ${number}`);
      throw error;
    }
  }

  *#reuse(key: string): Task<Connection | undefined> {
    const found = this.#open.find((connection) => connection.key === key);
    if (found === undefined) return undefined;
    const { verbose } = this;
    this.#bundle ??= `0x55${this.proc.rng.u32().toString(16).padStart(8, "0")}cb0`;
    yield* verbose.info(`Found bundle for host: ${this.#bundle} [serially]`);
    yield* verbose.info("Can not multiplex, even if we wanted to");
    if (found.socket.hasInput) {
      yield* verbose.info(`Connection ${found.number} seems to be dead`);
      yield* this.close(found);
      return undefined;
    }
    yield* verbose.info(`Re-using existing connection #${found.number} with host ${found.host}`);
    found.fresh = false;
    return found;
  }

  *#connectTo(url: Url): Task<{ readonly host: string; readonly port: number }> {
    for (const entry of this.config.connectTo) {
      const [fromHost = "", fromPort = "", toHost = "", toPort = ""] = entry.split(":");
      if ((fromHost !== "" && fromHost.toLowerCase() !== url.host.toLowerCase()) || (fromPort !== "" && Number(fromPort) !== url.port)) continue;
      if (toHost !== "") yield* this.verbose.info(`Connecting to hostname: ${toHost}`);
      if (toPort !== "") yield* this.verbose.info(`Connecting to port: ${toPort}`);
      return { host: toHost || url.host, port: toPort === "" ? url.port : Number(toPort) };
    }
    return url;
  }

  *#resolve(host: string, port: number, deadlines: Deadlines): Task<readonly Ip[]> {
    const { proc, verbose, config } = this;
    const key = `${host.toLowerCase()}:${port}`;
    const known = this.#names.get(key) ?? this.#names.get(`*:${port}`);
    if (known) {
      yield* verbose.info(`Hostname ${host} was found in DNS cache`);
      return known;
    }
    const startMs = proc.nowMs;
    const deadlineMs = Math.min(deadlines.totalMs, deadlines.connectMs);
    const found = yield* lookup(proc, host, { family: config.flags.has("ipv4") ? "inet" : "any", deadlineMs });
    const failure = new CurlFailed(6, `Could not resolve host: ${host}`);
    if ("error" in found) {
      const late = found.error === "TIMEOUT" ? new CurlFailed(28, `Resolving timed out after ${Math.floor(Math.round((proc.nowMs - startMs) * 1000) / 1000)} milliseconds`) : failure;
      yield* verbose.info(late.message);
      yield* verbose.info(`Closing connection ${this.#next++}`);
      throw late;
    }
    if (found.addresses.length === 0 || config.flags.has("ipv6")) throw config.flags.has("ipv6") ? new CurlFailed(7, "Couldn't connect to server") : failure;
    this.#names.set(key, found.addresses);
    return found.addresses;
  }

  *#tryEach(url: Url, target: { readonly host: string; readonly port: number }, addresses: readonly Ip[], times: Times, deadlines: Deadlines): Task<{ readonly socket: TcpSocket; readonly ip: Ip }> {
    const { proc, verbose } = this;
    let last: Code | "bind" | "late" = "ECONNREFUSED";
    for (let i = 0; i < addresses.length; i++) {
      const ip = addresses[i] as Ip;
      yield* verbose.info(`  Trying ${printIp(ip)}:${target.port}...`);
      const left = deadlines.connectMs - proc.nowMs;
      // The others must have a chance too: each may take half of what is left.
      const patienceMs = i < addresses.length - 1 ? left / 2 : left;
      const tried = yield* this.#tryOne(ip, target.port, proc.nowMs + patienceMs, deadlines);
      if (!("failed" in tried)) return { socket: tried, ip };
      const { failed: outcome, atOnce } = tried;
      last = outcome;
      if (outcome === "late") yield* verbose.info(`ipv4 connect timeout after ${Math.round(patienceMs)}ms, move on!`);
      else if (outcome === "bind") break;
      else if (outcome === "EAGAIN") throw yield* this.#told(28, `Connection timed out after ${Math.floor(proc.nowMs - times.startMs)} milliseconds`);
      else if (atOnce) yield* verbose.info(`Immediate connect fail for ${printIp(ip)}: ${MESSAGES[outcome]}`);
      else yield* verbose.info(`connect to ${printIp(ip)} port ${target.port} failed: ${MESSAGES[outcome]}`);
    }
    if (last === "bind" && this.bindProblem !== "") throw yield* this.#told(45, this.bindProblem);
    const why = last === "bind" ? "Failed binding local connection end" : last === "late" ? "Timeout was reached" : "Couldn't connect to server";
    const exit = last === "bind" ? 45 : last === "late" || last === "ETIMEDOUT" ? 28 : 7;
    throw yield* this.#told(exit, `Failed to connect to ${target.host || url.host} port ${target.port} after ${Math.floor(proc.nowMs - times.startMs)} ms: ${why}`);
  }

  *#told(exit: number, message: string): Task<CurlFailed> {
    yield* this.verbose.info(message);
    return new CurlFailed(exit, message);
  }

  /** "late": --connect-timeout has passed; EAGAIN: --max-time has. */
  *#tryOne(ip: Ip, port: number, untilMs: number, deadlines: Deadlines): Task<TcpSocket | { readonly failed: Code | "bind" | "late"; readonly atOnce: boolean }> {
    const { proc } = this;
    const socket = proc.tcp();
    socket.setOptions({ noDelay: true, keepAlive: !this.config.flags.has("no-keepalive"), keepIdleMs: 60_000, keepIntervalMs: 60_000 });
    let atOnce = true;
    try {
      if (!(yield* this.#bindLocal(socket))) {
        socket.close();
        return { failed: "bind", atOnce };
      }
      socket.startConnect(ip, port);
      atOnce = false;
      yield* socket.connect(ip, port, Math.min(untilMs, deadlines.totalMs));
      return socket;
    } catch (error) {
      socket.close();
      if (!(error instanceof SysError)) throw error;
      const late = error.code === "EAGAIN" && proc.nowMs < deadlines.totalMs;
      return { failed: late ? "late" : error.code, atOnce };
    }
  }

  *#bindLocal(socket: TcpSocket): Task<boolean> {
    const wanted = this.config.values.get("interface");
    const port = Number(this.config.values.get("local-port")?.split("-")[0] ?? 0);
    const address = wanted === undefined ? undefined : parseIp(wanted);
    if (wanted !== undefined && address === undefined) {
      if (this.proc.machine.netns.devices.byName(wanted) === undefined) {
        yield* this.verbose.info(`Could not resolve host: ${wanted}`);
        yield* this.verbose.info(`Couldn't bind to '${wanted}'`);
        return false;
      }
      socket.setOptions({ device: wanted });
    }
    if (address === undefined && port === 0) return true;
    if (wanted !== undefined && address !== undefined) yield* this.verbose.info(`Name '${wanted}' family 2 resolved to '${wanted}' family 2`);
    try {
      socket.bind(address ?? (0 as Ip), port);
      yield* this.verbose.info(`Local port: ${port}`);
      return true;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.bindProblem = `bind failed with errno ${error.code === "EADDRINUSE" ? 98 : 99}: ${error.message}`;
      yield* this.verbose.info(this.bindProblem);
      return false;
    }
  }

  *close(connection: Connection): Task {
    const at = this.#open.indexOf(connection);
    if (at >= 0) this.#open.splice(at, 1);
    connection.socket.close();
    yield* this.verbose.info(`Closing connection ${connection.number}`);
  }

  deadlines(startMs: number): Deadlines {
    const seconds = (name: string): number => Number(this.config.values.get(name) ?? 0) * 1000;
    const [total, connect] = [seconds("max-time"), seconds("connect-timeout")];
    return { totalMs: total > 0 ? startMs + total : Number.POSITIVE_INFINITY, connectMs: startMs + (connect > 0 ? connect : DEFAULT_CONNECT_MS) };
  }
}
