/** Which sockets: `state established`, `dst 10.244.1.5`, `( dport = :80 or sport = :443 )` (misc/ssfilter.y). */
import type { TcpState } from "../../net/tcp-connection";
import { inCidr, type Ip, parseCidr } from "../../wire/ip";
import { HELP } from "./help";

/** ss's own names of TCP's states; UDP uses "established" and "closed". */
export const STATES = {
  established: ["ESTABLISHED"],
  "syn-sent": ["SYN_SENT"],
  "syn-recv": ["SYN_RECV"],
  "fin-wait-1": ["FIN_WAIT1"],
  "fin-wait-2": ["FIN_WAIT2"],
  "time-wait": ["TIME_WAIT"],
  closed: ["CLOSED"],
  "close-wait": ["CLOSE_WAIT"],
  "last-ack": ["LAST_ACK"],
  listening: ["LISTEN"],
  listen: ["LISTEN"],
  closing: ["CLOSING"],
  all: ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"],
  connected: ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE_WAIT", "LAST_ACK", "CLOSING"],
  synchronized: ["ESTABLISHED", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE_WAIT", "LAST_ACK", "CLOSING"],
  bucket: ["SYN_RECV", "TIME_WAIT"],
  big: ["ESTABLISHED", "SYN_SENT", "FIN_WAIT1", "FIN_WAIT2", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"],
} as const satisfies Readonly<Record<string, readonly TcpState[]>>;

export type Socket = { readonly localIp: Ip; readonly localPort: number; readonly peerIp: Ip; readonly peerPort: number };
export type Test = (socket: Socket) => boolean;
export type Parsed = { readonly states: readonly TcpState[] | undefined; readonly test: Test };
export type Problem = { readonly problem: string; readonly exit: number };

const SYNTAX = 'ss: bison bellows (while parsing filter): "syntax error!" Sorry.';

export function parseFilter(words: readonly string[], portOf: (name: string) => number | undefined): Parsed | Problem {
  let states: TcpState[] | undefined;
  let rest = words;
  while (rest[0] === "state" || rest[0] === "exclude") {
    const [what, name = ""] = rest;
    const set = STATES[name as keyof typeof STATES] as readonly TcpState[] | undefined;
    if (set === undefined) return { problem: `ss: wrong state name: ${name}`, exit: 255 };
    if (what === "state") states = [...(states ?? []), ...set];
    else states = (states ?? STATES.all).filter((state) => !set.includes(state));
    rest = rest.slice(2);
  }
  if (rest.length === 0) return { states, test: () => true };
  const parser = new Parser(tokens(rest), portOf);
  const test = parser.expression();
  const problem = parser.problem ?? (parser.done ? undefined : SYNTAX);
  if (problem === SYNTAX) return { problem: `${SYNTAX}\n${HELP.trimEnd()}`, exit: 255 };
  return problem === undefined ? { states, test } : { problem, exit: 1 };
}

/** Signs stand for themselves even without spaces around them. */
function tokens(words: readonly string[]): string[] {
  return words.flatMap((word) => word.match(/[()]|[<>!=]=?|&&?|\|\|?|[^()<>!=&|\s]+/g) ?? []);
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b, "==": (a, b) => a === b, eq: (a, b) => a === b, "!=": (a, b) => a !== b, ne: (a, b) => a !== b, neq: (a, b) => a !== b,
  ">": (a, b) => a > b, gt: (a, b) => a > b, "<": (a, b) => a < b, lt: (a, b) => a < b, ">=": (a, b) => a >= b, ge: (a, b) => a >= b, geq: (a, b) => a >= b, "<=": (a, b) => a <= b, le: (a, b) => a <= b, leq: (a, b) => a <= b,
};

class Parser {
  #at = 0;
  problem: string | undefined;

  constructor(
    private readonly words: readonly string[],
    private readonly portOf: (name: string) => number | undefined,
  ) {}

  get done(): boolean {
    return this.#at >= this.words.length;
  }

  expression(): Test {
    let left = this.#and();
    while (/^(or|\|\|?)$/.test(this.words[this.#at] ?? "")) {
      this.#at++;
      const [a, b] = [left, this.#and()];
      left = (socket) => a(socket) || b(socket);
    }
    return left;
  }

  #and(): Test {
    let left = this.#one();
    for (;;) {
      const word = this.words[this.#at];
      if (word === undefined || word === ")" || /^(or|\|\|?)$/.test(word) || this.problem !== undefined) return left;
      if (/^(and|&&?)$/.test(word)) this.#at++;
      const [a, b] = [left, this.#one()];
      left = (socket) => a(socket) && b(socket);
    }
  }

  #one(): Test {
    const word = this.words[this.#at++] ?? "";
    if (word === "not" || word === "!") {
      const inner = this.#one();
      return (socket) => !inner(socket);
    }
    if (word === "(") {
      const inner = this.expression();
      if (this.words[this.#at++] !== ")") this.problem ??= SYNTAX;
      return inner;
    }
    if (word === "sport" || word === "dport") return this.#port(word);
    if (word === "src" || word === "dst") return this.#host(word);
    this.problem ??= `Error: an inet prefix is expected rather than "${word}".\nCannot parse dst/src address.`;
    return () => true;
  }

  #port(which: "sport" | "dport"): Test {
    const sign = this.words[this.#at] ?? "";
    const compare = COMPARE[sign];
    if (compare) this.#at++;
    const word = this.words[this.#at++];
    if (word === undefined || word === ")") this.problem ??= SYNTAX;
    const written = (word ?? "").replace(/^.*:/, "");
    const port = /^\d+$/.test(written) ? Number(written) : this.portOf(written);
    if (port === undefined) this.problem ??= `Error: "${written}" does not look like a port.\nCannot parse dst/src address.`;
    const against = compare ?? COMPARE["="];
    return (socket) => against?.(which === "sport" ? socket.localPort : socket.peerPort, port ?? 0) ?? false;
  }

  #host(which: "src" | "dst"): Test {
    const sign = this.words[this.#at];
    const negated = sign === "!=" || sign === "ne" || sign === "neq";
    if (sign === "=" || sign === "==" || sign === "eq" || negated) this.#at++;
    const written = this.words[this.#at++] ?? "";
    const [address = "", port] = written.split(":", 2);
    const cidr = address === "" || address === "*" ? undefined : parseCidr(address);
    if (address !== "" && address !== "*" && cidr === undefined) this.problem ??= `Error: an inet prefix is expected rather than "${address}".\nCannot parse dst/src address.`;
    const wantedPort = port === undefined || port === "" || port === "*" ? undefined : /^\d+$/.test(port) ? Number(port) : this.portOf(port);
    return (socket) => {
      const [ip, its] = which === "src" ? [socket.localIp, socket.localPort] : [socket.peerIp, socket.peerPort];
      const matches = (cidr === undefined || inCidr(ip, cidr)) && (wantedPort === undefined || its === wantedPort);
      return matches !== negated;
    };
  }
}
