/**
 * Filter expressions (pcap-filter(7)): "tcp and (dst port 80 or host 10.244.1.5)", "tcp[tcpflags] &
 * (tcp-syn|tcp-fin) != 0". Parsed into a test of one frame. A qualifier that is left out is that of the
 * primitive before ("port 80 or 443").
 */
import { parseCidr, parseIp, type Ip } from "../../wire/ip";
import { parseMac } from "../../wire/mac";
import { PROTO } from "../../wire/packet";
import { arithmetic, type Cursor, isArithmeticStart } from "./filter-arithmetic";
import * as tests from "./filter-tests";
import { FilterProblem, type Test } from "./filter-tests";

export type FilterContext = { readonly portOf: (name: string) => number | undefined; readonly addressesOf: (name: string) => readonly Ip[] | undefined; /** A capture on all devices: without Ethernet headers. */ readonly cooked: boolean };

type Direction = "src" | "dst" | "src or dst" | "src and dst";
type Kind = "host" | "net" | "port" | "portrange" | "proto" | "gateway";
type Qualifiers = { protocol: string | undefined; direction: Direction | undefined; kind: Kind | undefined };

const PROTOCOLS = new Set(["ether", "ip", "ip6", "arp", "rarp", "tcp", "udp", "icmp", "sctp", "igmp", "link"]);
const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = { icmp: PROTO.icmp, tcp: PROTO.tcp, udp: PROTO.udp, igmp: 2, sctp: 132, esp: 50, ah: 51, gre: 47 };
const KINDS: ReadonlySet<string> = new Set(["host", "net", "port", "portrange", "proto", "gateway"]);

export function tokenize(expression: string): string[] {
  return expression.match(/[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}|[A-Za-z0-9_.\\-]+(?:\/[0-9.]+)?|&&|\|\||[<>!=]=|<<|>>|[()[\]!&|<>=+*/^:-]/g) ?? [];
}

export function parseFilter(expression: string, context: FilterContext): Test {
  const tokens = tokenize(expression);
  if (tokens.length === 0) return () => true;
  const parser = new Parser(tokens, context);
  const test = parser.or();
  if (!parser.done) throw new FilterProblem("syntax error");
  return test;
}

class Parser implements Cursor {
  #at = 0;
  #last: Qualifiers = { protocol: undefined, direction: undefined, kind: undefined };

  constructor(
    private readonly tokens: readonly string[],
    private readonly context: FilterContext,
  ) {}

  get done(): boolean {
    return this.#at >= this.tokens.length;
  }

  peek(ahead = 0): string | undefined {
    return this.tokens[this.#at + ahead];
  }

  next(): string {
    const token = this.tokens[this.#at++];
    if (token === undefined) throw new FilterProblem("syntax error");
    return token;
  }

  take(...wanted: readonly string[]): boolean {
    if (!wanted.includes(this.peek() ?? "")) return false;
    this.#at++;
    return true;
  }

  mark(): number {
    return this.#at;
  }

  reset(at: number): void {
    this.#at = at;
  }

  or(): Test {
    let left = this.#and();
    while (this.take("or", "||")) {
      const [a, b] = [left, this.#and()];
      left = (frame, about) => a(frame, about) || b(frame, about);
    }
    return left;
  }

  #and(): Test {
    let left = this.#not();
    while (this.take("and", "&&")) {
      const [a, b] = [left, this.#not()];
      left = (frame, about) => a(frame, about) && b(frame, about);
    }
    return left;
  }

  #not(): Test {
    if (this.take("not", "!")) {
      const inner = this.#not();
      return (frame, about) => !inner(frame, about);
    }
    if (this.peek() === "(") {
      const start = this.mark();
      // A parenthesis may also begin arithmetic: "(tcp[12] >> 2) > 5".
      const relation = this.#relation();
      if (relation) return relation;
      this.reset(start + 1);
      const inner = this.or();
      if (!this.take(")")) throw new FilterProblem("syntax error");
      return inner;
    }
    return this.#primitive();
  }

  #relation(): Test | undefined {
    if (!isArithmeticStart(this)) return undefined;
    const start = this.mark();
    try {
      const test = arithmetic(this);
      if (test) return test;
    } catch (problem) {
      if (!(problem instanceof FilterProblem)) throw problem;
    }
    this.reset(start);
    return undefined;
  }

  #primitive(): Test {
    const relation = this.#relation();
    if (relation) return relation;
    const word = this.peek() ?? "";
    if (word === "inbound" || word === "outbound") {
      this.next();
      return (_, about) => about.direction === (word === "inbound" ? "in" : "out");
    }
    if (word === "less" || word === "greater") {
      this.next();
      const bytes = this.#number(this.next());
      return word === "less" ? (_, about) => about.length() <= bytes : (_, about) => about.length() >= bytes;
    }
    if (word === "broadcast" || word === "multicast") {
      this.next();
      if (this.context.cooked && word === "broadcast") throw new FilterProblem("not a broadcast link");
      return word === "broadcast" ? tests.broadcast : tests.multicast;
    }
    if (word === "vlan" || word === "mpls" || word === "pppoed") throw new FilterProblem(`not modelled: ${word}`);
    return this.#qualified();
  }

  #qualified(): Test {
    const q: Qualifiers = { protocol: undefined, direction: undefined, kind: undefined };
    if (PROTOCOLS.has(this.peek() ?? "")) q.protocol = this.next();
    q.direction = this.#direction();
    if (KINDS.has(this.peek() ?? "")) q.kind = this.next() as Kind;
    const bare = q.direction === undefined && q.kind === undefined;
    if (bare && q.protocol !== undefined) {
      if (this.peek() === "broadcast" || this.peek() === "multicast") return this.next() === "broadcast" ? tests.broadcast : tests.multicast;
      this.#last = q;
      return tests.protocol(q.protocol);
    }
    if (q.protocol === undefined && bare) {
      if (this.#last.kind === undefined && this.#last.direction === undefined && this.#isWord()) Object.assign(q, { kind: "host" });
      else Object.assign(q, this.#last);
    }
    this.#last = { ...q };
    return this.#value(q, this.next());
  }

  #isWord(): boolean {
    return /^[A-Za-z0-9]/.test(this.peek() ?? "");
  }

  #direction(): Direction | undefined {
    const first = this.peek();
    if (first !== "src" && first !== "dst") return undefined;
    const second = this.peek(1);
    const third = this.peek(2);
    if ((second === "or" || second === "and") && (third === "src" || third === "dst") && third !== first) {
      this.#at += 3;
      return `src ${second} dst`;
    }
    this.#at++;
    return first;
  }

  #value({ protocol, direction = "src or dst", kind = "host" }: Qualifiers, token: string): Test {
    const both = (make: (side: "src" | "dst") => Test): Test => {
      if (direction === "src" || direction === "dst") return make(direction);
      const [a, b] = [make("src"), make("dst")];
      return direction === "src and dst" ? (f, x) => a(f, x) && b(f, x) : (f, x) => a(f, x) || b(f, x);
    };
    switch (kind) {
      case "port":
      case "portrange": {
        if (protocol !== undefined && !["tcp", "udp", "sctp", "ip", "ip6"].includes(protocol)) throw new FilterProblem(`illegal qualifier of '${kind}'`);
        const [low, high] = this.#ports(token, kind);
        return both((side) => tests.port(side, low, high, protocol));
      }
      case "proto": {
        const number = PROTOCOL_NUMBERS[token.replace("\\", "")] ?? (/^\d+$/.test(token) ? Number(token) : undefined);
        if (number === undefined) throw new FilterProblem(`unknown ip proto '${token}'`);
        return tests.ipProto(number);
      }
      case "net": {
        const cidr = this.#net(token);
        return both((side) => tests.net(side, cidr.address, cidr.bits, protocol));
      }
      case "gateway":
        throw new FilterProblem("not modelled: gateway");
      case "host":
        return this.#host(token, protocol, both);
    }
  }

  #host(token: string, protocol: string | undefined, both: (make: (side: "src" | "dst") => Test) => Test): Test {
    const mac = parseMac(token);
    if ((mac !== undefined || protocol === "ether") && this.context.cooked) throw new FilterProblem("ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel");
    if (mac !== undefined) return both((side) => tests.etherHost(side, mac));
    if (protocol === "ether") throw new FilterProblem(`unknown ether host '${token}'`);
    if (token.includes("/")) {
      const cidr = this.#net(token);
      return both((side) => tests.net(side, cidr.address, cidr.bits, protocol));
    }
    const ip = parseIp(token);
    const addresses = ip === undefined ? this.context.addressesOf(token) : [ip];
    const after = this.peek();
    if (after !== undefined && !/^(and|or|&&|\|\||\))$/.test(after)) throw new FilterProblem("syntax error");
    if (addresses === undefined || addresses.length === 0) throw new FilterProblem(/^[A-Za-z]/.test(token) ? `unknown host '${token}'` : "syntax error");
    return both((side) => {
      const each = addresses.map((address) => tests.net(side, address, 32, protocol));
      return (frame, about) => each.some((test) => test(frame, about));
    });
  }

  #net(token: string): { readonly address: Ip; readonly bits: number } {
    const [left = "", right] = token.split("/");
    const parts = left.split(".");
    const full = [...parts, "0", "0", "0"].slice(0, 4).join(".");
    let bits = right === undefined ? parts.length * 8 : Number(right);
    if (this.take("mask")) {
      const mask = parseIp(this.next()) ?? 0;
      bits = Math.clz32(~mask >>> 0);
    }
    const cidr = parseCidr(`${full}/${bits}`);
    if (cidr === undefined) throw new FilterProblem(`unknown network '${token}'`);
    if (((cidr.address << bits) | 0) !== 0 && bits < 32) throw new FilterProblem(`non-network bits set in "${token}"`);
    return cidr;
  }

  #ports(token: string, kind: Kind): readonly [number, number] {
    const range = /^(\w+)-(\w+)$/.exec(token);
    if (kind === "portrange" && range) return [this.#port(range[1] as string), this.#port(range[2] as string)];
    const port = this.#port(token);
    return [port, port];
  }

  #port(token: string): number {
    const port = /^\d+$/.test(token) ? Number(token) : this.context.portOf(token);
    if (port === undefined) throw new FilterProblem(`unknown port '${token}'`);
    if (port > 65_535) throw new FilterProblem(`illegal port number ${port} > 65535`);
    return port;
  }

  #number(token: string): number {
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(token)) throw new FilterProblem("syntax error");
    return Number(token);
  }
}
