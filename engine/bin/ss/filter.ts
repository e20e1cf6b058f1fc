/**
 * Which sockets: `state established`, `dst 10.244.1.5`, `( dport = :80 or sport = :443 )` (misc/ssfilter.y).
 * Words are parted by blanks alone: `sport=80` is one word, and no condition.
 */
import type { TcpState } from "../../net/tcp-connection";
import { type Cidr, inCidr, type Ip } from "../../wire/ip";
import { HELP } from "./help";
import { hostCondition, type Known } from "./host-condition";

const ALL = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"] as const;

/** ss's own names of TCP's states; UDP uses "established" and "closed". */
export const STATES = {
  established: ["ESTABLISHED"],
  "syn-sent": ["SYN_SENT"],
  "syn-recv": ["SYN_RECV"],
  "syn-rcv": ["SYN_RECV"],
  "fin-wait-1": ["FIN_WAIT1"],
  "fin-wait-2": ["FIN_WAIT2"],
  "time-wait": ["TIME_WAIT"],
  unconnected: ["CLOSED"],
  closed: ["CLOSED"],
  close: ["CLOSED"],
  "close-wait": ["CLOSE_WAIT"],
  "last-ack": ["LAST_ACK"],
  listening: ["LISTEN"],
  closing: ["CLOSING"],
  all: ALL,
  connected: ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE_WAIT", "LAST_ACK", "CLOSING"],
  synchronized: ["ESTABLISHED", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE_WAIT", "LAST_ACK", "CLOSING"],
  bucket: ["SYN_RECV", "TIME_WAIT"],
  big: ["ESTABLISHED", "SYN_SENT", "FIN_WAIT1", "FIN_WAIT2", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"],
} as const satisfies Readonly<Record<string, readonly TcpState[]>>;

export type Socket = { readonly localIp: Ip; readonly localPort: number; readonly peerIp: Ip; readonly peerPort: number; readonly dual: boolean; readonly device: string | undefined; readonly mark: number; readonly autobound: boolean };
export type Test = (socket: Socket) => boolean;
export type Parsed = { readonly states: readonly TcpState[] | undefined; readonly test: Test };
export type Problem = { readonly problem: string; readonly exit: number };

/** Thrown inside, told by parseFilter(). */
class Refusal extends Error {
  constructor(
    message: string,
    readonly exit: number,
  ) {
    super(message);
  }
}

const syntaxError = (): Refusal => new Refusal(`ss: bison bellows (while parsing filter): "syntax error!" Sorry.\n${HELP.trimEnd()}`, 255);

export function parseFilter(words: readonly string[], known: Known): Parsed | Problem {
  try {
    const { states, rest } = statesOf(words);
    const list = rest.flatMap((word) => word.split(/[ \t\n]+/).filter((part) => part !== ""));
    if (list.length === 0) return { states, test: () => true };
    const parser = new Parser(list, known);
    const test = parser.list();
    if (!parser.done) throw syntaxError();
    return { states, test };
  } catch (problem) {
    if (problem instanceof Refusal) return { problem: problem.message, exit: problem.exit };
    throw problem;
  }
}

function statesOf(words: readonly string[]): { readonly states: readonly TcpState[] | undefined; readonly rest: readonly string[] } {
  let states: readonly TcpState[] | undefined;
  let rest = words;
  while (rest[0] === "state" || rest[0] === "exclude" || rest[0] === "excl") {
    const [what, name] = rest;
    if (name === undefined) throw new Refusal('Command line is not complete. Try option "help"', 255);
    const set = STATES[name.toLowerCase() as keyof typeof STATES] as readonly TcpState[] | undefined;
    if (set === undefined) throw new Refusal(`ss: wrong state name: ${name}`, 255);
    if (what === "state") states = [...(states ?? []), ...set];
    else states = (states ?? ALL).filter((state) => !set.includes(state));
    rest = rest.slice(2);
  }
  return { states, rest };
}

const SIGNS: Readonly<Record<string, "=" | "!=" | ">" | "<" | ">=" | "<=">> = {
  "=": "=", "==": "=", eq: "=", "!=": "!=", ne: "!=", neq: "!=", ">": ">", gt: ">", "<": "<", lt: "<", ">=": ">=", ge: ">=", geq: ">=", "<=": "<=", le: "<=", leq: "<=",
};
const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = { "=": (a, b) => a === b, "!=": (a, b) => a !== b, ">": (a, b) => a > b, "<": (a, b) => a < b, ">=": (a, b) => a >= b, "<=": (a, b) => a <= b };
const SIGN_WORDS: Readonly<Record<string, string>> = { not: "!", and: "&", or: "|", "(": "(", ")": ")", "!": "!", "&": "&", "|": "|", "&&": "&", "||": "|", dst: "dst", src: "src", dport: "dport", sport: "sport", autobound: "autobound", dev: "dev", fwmark: "fwmark", cgroup: "cgroup", ...SIGNS };

type Token = { readonly kind: string; readonly word: string };

class Parser {
  #at = 0;
  /** What a word that is none of the signs stands for: the last of src, dst, sport … decides. */
  #subject = "dst";
  #ahead: Token | undefined;

  constructor(
    private readonly words: readonly string[],
    private readonly known: Known,
  ) {}

  get done(): boolean {
    return this.#peek() === undefined;
  }

  /** A condition that no sign separates from the one before is one more to be met. */
  list(): Test {
    let left = this.#and();
    while (this.#peek()?.kind === "|") {
      this.#next();
      const [a, b] = [left, this.#and()];
      left = (socket) => a(socket) || b(socket);
    }
    return left;
  }

  #and(): Test {
    let left = this.#one();
    for (;;) {
      const kind = this.#peek()?.kind;
      if (kind === undefined || kind === ")" || kind === "|") return left;
      if (kind === "&") this.#next();
      const [a, b] = [left, this.#one()];
      left = (socket) => a(socket) && b(socket);
    }
  }

  /** The lexer: a value is read as soon as the parser looks at it, and complains then. */
  #peek(): Token | undefined {
    if (this.#ahead !== undefined) return this.#ahead;
    const word = this.words[this.#at];
    if (word === undefined) return undefined;
    this.#at++;
    const kind = SIGN_WORDS[word] ?? "value";
    if (["dst", "src", "dport", "sport", "dev", "fwmark", "cgroup"].includes(kind)) this.#subject = kind;
    if (kind === "value") this.#check(word);
    this.#ahead = { kind, word };
    return this.#ahead;
  }

  #next(): Token {
    const token = this.#peek();
    if (token === undefined) throw syntaxError();
    this.#ahead = undefined;
    return token;
  }

  #check(word: string): void {
    if (this.#subject === "cgroup") throw new Refusal("ss: not modelled: cgroup", 2);
    if (this.#subject === "dev") {
      if (!this.known.isDevice(word)) throw new Refusal("Cannot parse device.", 1);
    } else if (this.#subject === "fwmark") {
      if (markOf(word) === undefined) throw new Refusal(`Cannot parse mark ${word}.`, 1);
    } else {
      const condition = hostCondition(word, this.#subject.endsWith("port"), this.known);
      if (typeof condition === "string") throw new Refusal(`${condition}\nCannot parse dst/src address.`, 1);
    }
  }

  #one(): Test {
    const { kind } = this.#next();
    switch (kind) {
      case "!": {
        const inner = this.#one();
        return (socket) => !inner(socket);
      }
      case "(": {
        const inner = this.list();
        if (this.#next().kind !== ")") throw syntaxError();
        return inner;
      }
      case "autobound":
        return ({ autobound }) => autobound;
      case "sport":
      case "dport":
        return this.#port(kind);
      case "src":
      case "dst":
        return this.#host(kind);
      case "dev":
        return this.#device();
      case "fwmark":
        return this.#mark();
      default:
        throw syntaxError();
    }
  }

  #sign(): string {
    const kind = this.#peek()?.kind ?? "";
    if (COMPARE[kind] === undefined) return "=";
    return this.#next().kind;
  }

  #word(): string {
    const { kind, word } = this.#next();
    if (kind !== "value") throw syntaxError();
    return word;
  }

  #port(which: "sport" | "dport"): Test {
    const compare = COMPARE[this.#sign()] as (a: number, b: number) => boolean;
    const condition = hostCondition(this.#word(), true, this.known);
    const port = typeof condition === "string" ? -1 : condition.port;
    return (socket) => port < 0 || compare(which === "sport" ? socket.localPort : socket.peerPort, port);
  }

  #equalOrNot(): boolean {
    const sign = this.#sign();
    if (sign !== "=" && sign !== "!=") throw syntaxError();
    return sign === "=";
  }

  #host(which: "src" | "dst"): Test {
    if (this.#sign() !== "=") throw syntaxError();
    const condition = hostCondition(this.#word(), false, this.known);
    if (typeof condition === "string") return () => false;
    return (socket) => {
      const [ip, its] = which === "src" ? [socket.localIp, socket.localPort] : [socket.peerIp, socket.peerPort];
      const right = condition.port < 0 || its === condition.port;
      return right && addressMatches(ip, socket.dual, condition);
    };
  }

  #device(): Test {
    const equal = this.#equalOrNot();
    const name = this.#word();
    return ({ device }) => (device === name) === equal;
  }

  #mark(): Test {
    const equal = this.#equalOrNot();
    const { mark, mask } = markOf(this.#word()) ?? { mark: 0, mask: 0 };
    return (socket) => ((socket.mark & mask) >>> 0 === mark) === equal;
  }
}

function addressMatches(ip: Ip, dual: boolean, { nets, six }: { readonly nets: readonly Cidr[] | undefined; readonly six: boolean }): boolean {
  if (nets === undefined) return !six || dual;
  return nets.some((net) => inCidr(ip, net));
}

function markOf(word: string): { readonly mark: number; readonly mask: number } | undefined {
  const m = /^(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?$/i.exec(word);
  return m === null ? undefined : { mark: Number(m[1]), mask: m[2] === undefined ? 0xffff_ffff : Number(m[2]) };
}
