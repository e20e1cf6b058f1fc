/** ipvsadm's command line, read and checked: parse_options() and the first half of process_options(). */
import type { Forwarding, ServerSpec, ServiceSpec, TunnelInfo } from "../../ipvs/service";
import type { Ip } from "../../wire/ip";
import { PROTO } from "../../wire/packet";
import { type Command, COMMANDS, conflict, isCommand, OPTION_NAMES, OPTION_TABLE, type OptionName, OPTIONS, RULES, TUNNEL_OPTIONS, TUNNEL_RULES } from "./options";
import { popt } from "./popt";
import { BadOption, Failure, TRY_HELP } from "./problem";
import { endpoint, fwmark, inetAton, type Resolve, schedulerFlags, SCTP, timeout, toNumber } from "./values";

const MAX = 0x7fff_ffff;

export type Parsed = {
  readonly command: Command;
  /** --start-daemon's and --stop-daemon's. */
  readonly commandValue: string | undefined;
  readonly given: ReadonlySet<OptionName>;
  readonly service: ServiceSpec;
  readonly server: ServerSpec;
  /** --pe's; "" without one. */
  readonly persistenceEngine: string;
  readonly interfaceName: string;
  readonly timeouts: readonly number[];
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Draft {
  readonly given = new Set<OptionName>();
  readonly service: Mutable<ServiceSpec> = { protocol: 0, address: 0 as Ip, port: 0, fwmark: 0, scheduler: "", persistentSeconds: undefined, netmask: 0xffff_ffff, onePacket: false, flags: 0 };
  readonly server: Mutable<ServerSpec> = { address: 0 as Ip, port: 0, weight: 1, forwarding: "droute", upper: 0, lower: 0, tunnel: { type: "ipip", port: 0, flags: "nocsum" } };
  interfaceName = "eth0";
  schedulerFlags: string | undefined;
  server6 = false;
  /** `-f MARK -6`: a service of marked IPv6 packets. */
  mark6 = false;
  persistenceEngine = "";

  give(option: OptionName): void {
    if (this.given.has(option)) throw new Failure(`multiple '${option}' options specified`, 2);
    this.given.add(option);
  }

  tunnel(change: Partial<TunnelInfo>): void {
    this.server.tunnel = { ...this.server.tunnel, ...change };
  }
}

export type Request = Parsed | "help" | "version";

/** `words` is all that stands after `ipvsadm`. Throws Failure. */
export function parse(words: readonly string[], resolve: Resolve): Request {
  const operands: string[] = [];
  const draft = new Draft();
  let command: Command | undefined;
  let commandValue: string | undefined;
  for (const word of popt(words, OPTION_TABLE)) {
    if ("operand" in word) {
      operands.push(word.operand);
      continue;
    }
    if (command === undefined) {
      if ("bad" in word) throw new Failure(TRY_HELP, 255);
      if (word.option === "help" || word.option === "version") return word.option;
      if (!isCommand(word.option)) throw new Failure(TRY_HELP, 255);
      command = word.option;
      commandValue = word.value;
      if (command.endsWith("-daemon")) checkDaemon(command, commandValue);
      continue;
    }
    if ("bad" in word) throw new BadOption(`${word.bad}: ${word.why}`);
    take(draft, word.option, word.value ?? "", word.value === undefined, words, resolve);
  }
  if (command === undefined) throw new Failure(TRY_HELP, 255);
  const timeouts = command === "set" ? threeTimeouts(operands) : [];
  const extra = operands[timeouts.length];
  if (extra !== undefined) throw new Failure(`unexpected argument ${extra}`, 2);
  if (draft.schedulerFlags !== undefined) draft.service.flags = schedulerFlags(draft.schedulerFlags, draft.service.scheduler || "wlc");
  const wrong = conflict(draft.given, RULES[command], OPTION_NAMES, `'${COMMANDS[command]}' command`);
  if (wrong !== undefined) throw new Failure(wrong, 2);
  finish(command, draft);
  return { command, commandValue, given: draft.given, service: draft.service, server: draft.server, interfaceName: draft.interfaceName, persistenceEngine: draft.persistenceEngine, timeouts };
}

function checkDaemon(command: Command, value: string | undefined): void {
  if (value === "master" || value === "backup") return;
  throw new Failure(command === "start-daemon" ? "illegal start-daemon parameter specified" : "illegal start_daemon specified", 2);
}

function threeTimeouts(operands: readonly string[]): number[] {
  if (operands.length < 3) throw new Failure("--set option requires 3 timeout values", 2);
  return operands.slice(0, 3).map((written) => timeout(written, 0));
}

/** What is needed besides what the option says itself. */
function finish(command: Command, draft: Draft): void {
  const { service, server, given } = draft;
  if (command === "add-service" || command === "edit-service") {
    if (service.fwmark === 0 && service.port === 0 && service.persistentSeconds === undefined) throw new Failure("Zero port specified for non-persistent service", 2);
    if (service.onePacket && service.fwmark === 0 && service.protocol !== PROTO.udp) throw new Failure("One-Packet Scheduling is only for UDP virtual services", 2);
    service.scheduler ||= "wlc";
  }
  if (command === "add-server" || command === "edit-server") {
    if (service.fwmark === 0 && server.forwarding !== "masq") server.port = service.port;
    const tunnelled = server.forwarding === "tunnel";
    if (draft.server6 !== (draft.mark6 || service.address6 !== undefined) && !tunnelled) throw new Failure("Different address family is allowed only for tunneling servers", 2);
    if (!tunnelled && [...given].some((option) => option.startsWith("tun-"))) throw new Failure("Tunnel options conflict with forward method", 2);
    const { type } = server.tunnel;
    const wrong = conflict(given, TUNNEL_RULES[type], TUNNEL_OPTIONS, `'${type}' tunnel type`);
    if (wrong !== undefined) throw new Failure(wrong, 2);
    if (draft.server6) throw new Failure("not modelled: IPv6 real servers", 2);
  }
  if (draft.mark6) throw new Failure("not modelled: -6", 2);
  const busy = (options: readonly OptionName[]): boolean => options.some((option) => given.has(option));
  if (command !== "list") return;
  const clash = (busy(["connection", "timeout", "daemon"]) && busy(["stats", "rate", "thresholds"])) || (busy(["timeout", "daemon"]) && busy(["persistent-conn"]));
  if (clash) throw new Failure("options conflicts in the list command", 2);
}

const PROTOCOL_OF: Readonly<Record<string, number>> = { "tcp-service": PROTO.tcp, "udp-service": PROTO.udp, "sctp-service": SCTP };
const FORWARDING_OF: Readonly<Record<string, Forwarding>> = { masquerading: "masq", ipip: "tunnel", gatewaying: "droute" };

function number(written: string, min: number, max: number, complaint: string): number {
  const value = toNumber(written, min, max);
  if (value === -1) throw new Failure(complaint, 2);
  return value;
}

/** One option after the command. */
function take(draft: Draft, option: string, value: string, absent: boolean, words: readonly string[], resolve: Resolve): void {
  const { service, server } = draft;
  const protocol = PROTOCOL_OF[option];
  if (protocol !== undefined) return takeAddress(draft, protocol, value, resolve);
  const forwarding = FORWARDING_OF[option];
  if (forwarding !== undefined) {
    draft.give("forwarding-method");
    server.forwarding = forwarding;
    return;
  }
  if (isCommand(option) || option === "help" || option === "version") throw new Failure(`invalid option \`${badOption(option, words)}'`, 2);
  if (option === "sort") return;
  if (option === "ipv6") {
    if (service.fwmark === 0) throw new Failure("-6 used before -f\n", 2);
    draft.mark6 = true;
    return;
  }
  if (option === "fwmark-service") {
    draft.give("service-address");
    service.protocol = PROTO.tcp;
    service.fwmark = fwmark(value);
    return;
  }
  const name = option as OptionName;
  draft.give(name);
  switch (name) {
    case "scheduler":
      service.scheduler = value.slice(0, 15);
      return;
    case "persistent":
      service.persistentSeconds = timeout(absent ? undefined : value, 1);
      return;
    case "netmask": {
      const six = draft.mark6 || service.address6 !== undefined;
      if (six && !(Number.parseInt(value, 10) >= 1 && Number.parseInt(value, 10) <= 128)) throw new Failure("illegal ipv6 netmask specified", 2);
      const mask = six ? Number.parseInt(value, 10) : (inetAton(value) ?? resolve(value));
      if (mask === undefined) throw new Failure("illegal virtual server persistent mask specified", 2);
      service.netmask = mask;
      return;
    }
    case "real-server":
      return takeServer(draft, value, resolve);
    case "weight":
      server.weight = number(value, 0, MAX, "illegal weight specified");
      return;
    case "u-threshold":
      server.upper = number(value, 0, MAX, "illegal u_threshold specified");
      return;
    case "l-threshold":
      server.lower = number(value, 0, MAX, "illegal l_threshold specified");
      return;
    case "ops":
      service.onePacket = true;
      return;
    case "sched-flags":
      draft.schedulerFlags = value;
      return;
    case "pe":
      draft.persistenceEngine = value;
      return;
    default:
      takeRare(draft, name, value);
  }
}

/** Options of tunnels and of the sync daemon. */
function takeRare(draft: Draft, option: OptionName, value: string): void {
  switch (option) {
    case "mcast-interface":
      draft.interfaceName = value;
      return;
    case "syncid":
      number(value, 0, 255, "illegal syncid specified");
      return;
    case "mcast-port":
      number(value, 1, 65535, "illegal mcast-port specified");
      return;
    case "mcast-ttl":
      number(value, 1, 255, "illegal mcast-ttl specified");
      return;
    case "sync-maxlen":
      number(value, 1, 65507, "illegal sync-maxlen specified");
      return;
    case "mcast-group":
      if (!/^(?:22[4-9]|23\d)\.(?:\d{1,3}\.){2}\d{1,3}$/.test(value)) throw new Failure(`invalid IPv4 mcast-group \`${value}'`, 2);
      return;
    case "tun-type":
      if (value !== "ipip" && value !== "gue" && value !== "gre") throw new Failure("illegal tunnel type specified", 2);
      return draft.tunnel({ type: value });
    case "tun-port":
      return draft.tunnel({ port: number(value, 1, 65535, "illegal tunnel port specified") });
    case "tun-nocsum":
    case "tun-csum":
    case "tun-remcsum":
      return draft.tunnel({ flags: option.slice(4) as TunnelInfo["flags"] });
    default:
  }
}

/** poptBadOption(): the option as it stands on the command line. */
function badOption(option: string, words: readonly string[]): string {
  const short = OPTIONS.find(({ long }) => long === option)?.short;
  return words.find((word) => word === `--${option}`) ?? [...words].reverse().find((word) => /^-[^-]/.test(word) && short !== undefined && word.includes(short)) ?? `-${short}`;
}

function takeAddress(draft: Draft, protocol: number, value: string, resolve: Resolve): void {
  draft.give("service-address");
  const { service } = draft;
  const found = endpoint(value, protocol, resolve);
  if (found === undefined) throw new Failure("illegal virtual server address[:port] specified", 2);
  service.protocol = protocol;
  service.address = found.address;
  if (found.address6 !== undefined) {
    service.address6 = found.address6;
    service.netmask = 128;
  }
  if (found.port !== undefined) service.port = found.port;
}

function takeServer(draft: Draft, value: string, resolve: Resolve): void {
  const { service, server } = draft;
  const found = endpoint(value, service.protocol, resolve);
  if (found === undefined) throw new Failure("illegal real server address[:port] specified", 2);
  server.address = found.address;
  draft.server6 = found.address6 !== undefined;
  server.port = found.port ?? service.port;
}
