/**
 * Filter expressions (pcap-filter(7)): "tcp and (dst port 80 or host 10.244.1.5)", "tcp[tcpflags] &
 * (tcp-syn|tcp-fin) != 0". Parsed into a test of one frame. "and" and "or" bind alike, from the left;
 * a value that stands alone behind them has the qualifiers of the primitive before ("port 80 or 443").
 */
import type { Ip } from "../../wire/ip";
import { arithmetic, type Cursor, isArithmeticStart } from "./filter-arithmetic";
import type { Link } from "./filter-fields";
import * as gen from "./filter-gen";
import { type Token, tokenize } from "./filter-lex";
import { and, asTest, FilterProblem, type Node, not, or, possible, type Test } from "./filter-node";
import { addressOf, netOf, withMask } from "./filter-values";

export type FilterContext = {
  readonly portOf: (name: string, protocol: "tcp" | "udp") => number | undefined;
  readonly protocolOf: (name: string) => number | undefined;
  readonly addressesOf: (name: string) => readonly Ip[] | undefined;
  /** A capture on all devices: without Ethernet headers. */
  readonly cooked: boolean;
  /** From a file: nothing is known of direction and device but what a cooked header says. */
  readonly saved: boolean;
  /** Of the device's address; 0 when there is none. */
  readonly netmask: number;
  /** Without -O: whoever asks for what cannot be is told. */
  readonly optimize: boolean;
};

type Kind = "host" | "net" | "port" | "portrange" | "proto" | "protochain" | "gateway" | "default";
type Qualifiers = { readonly protocol: string | undefined; readonly direction: gen.Direction | undefined; readonly kind: Kind };
/** `q` undefined: nothing that a bare value could take over. */
type Block = { readonly node: Node; readonly q: Qualifiers | undefined };

const PROTOCOLS = new Set("ether ip ip6 arp rarp sctp tcp udp icmp icmp6 igmp igrp pim vrrp carp ah esp atalk aarp decnet lat sca moprc mopdl iso stp ipx netbeui".split(" "));
const KINDS: ReadonlySet<string> = new Set(["host", "net", "port", "portrange", "proto", "protochain", "gateway"]);

export function parseFilter(expression: string, context: FilterContext): Test {
  const tokens = tokenize(expression);
  if (tokens.length === 0) return () => true;
  const parser = new Parser(tokens, context);
  const { node } = parser.expression();
  if (!parser.done) throw new FilterProblem("syntax error");
  if (context.optimize && !possible(node)) throw new FilterProblem("expression rejects all packets");
  return asTest(node);
}

class Parser implements Cursor {
  #at = 0;
  #shift = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly context: FilterContext,
  ) {}

  get link(): Link {
    return { cooked: this.context.cooked, shift: this.#shift };
  }

  get done(): boolean {
    return this.#at >= this.tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.#at + ahead];
  }

  next(): Token {
    const token = this.tokens[this.#at++];
    if (token === undefined) throw new FilterProblem("syntax error");
    return token;
  }

  take(...wanted: readonly string[]): boolean {
    const token = this.peek();
    if (token?.kind !== "word" || !wanted.includes(token.text)) return false;
    this.#at++;
    return true;
  }

  guard(layer: string): Node | undefined {
    return gen.guardOf(this.link, layer);
  }

  expression(): Block {
    let left = this.#term();
    for (;;) {
      const both = this.take("and");
      if (!both && !this.take("or")) return left;
      const right = this.#isValue() ? this.#value(left.q) : this.#term();
      left = { node: both ? and(left.node, right.node) : or(left.node, right.node), q: right.q };
    }
  }

  /** A value alone, with nothing in front; a number only if no arithmetic begins with it. */
  #isValue(ahead = 0): boolean {
    const token = this.peek(ahead);
    if (token === undefined) return false;
    if (token.kind === "word") return (token.text === "not" || token.text === "(") && this.#isValue(ahead + 1);
    if (token.kind !== "number") return true;
    return !/^([-+*/%&|^<>=]|<<|>>|<=|>=|!=)$/.test(this.peek(ahead + 1)?.text ?? "");
  }

  #term(): Block {
    if (this.take("not")) {
      const { node, q } = this.#term();
      return { node: not(node), q };
    }
    const relation = this.#relation();
    if (relation) return { node: relation, q: undefined };
    if (this.take("(")) {
      const { node } = this.expression();
      if (!this.take(")")) throw new FilterProblem("syntax error");
      // What stands behind a parenthesis takes nothing over from within.
      return { node, q: undefined };
    }
    return this.#primitive();
  }

  /** A parenthesis may also begin arithmetic: "(tcp[12] >> 2) > 5". */
  #relation(): Node | undefined {
    if (!isArithmeticStart(this)) return undefined;
    const start = this.#at;
    const parenthesis = this.peek()?.text === "(";
    try {
      const node = arithmetic(this);
      if (node) return node;
    } catch (problem) {
      if (!(problem instanceof FilterProblem) || (problem.message !== "syntax error" && !parenthesis)) throw problem;
      if (problem.message !== "syntax error") throw problem;
    }
    this.#at = start;
    return undefined;
  }

  #primitive(): Block {
    const token = this.peek();
    if (token?.kind !== "word") throw new FilterProblem("syntax error");
    const other = this.#other(token.text);
    if (other) return { node: other, q: undefined };
    const protocol = PROTOCOLS.has(token.text) ? this.next().text : undefined;
    if (this.take("broadcast")) return { node: gen.broadcast(this.link, protocol, this.context.netmask), q: undefined };
    if (this.take("multicast")) return { node: gen.multicast(this.link, protocol), q: undefined };
    const direction = this.#direction();
    const kind = this.#kind(direction !== undefined);
    if (direction === undefined && kind === undefined) {
      if (protocol === undefined) throw new FilterProblem("syntax error");
      return { node: gen.abbreviation(this.link, protocol), q: undefined };
    }
    return this.#value({ protocol, direction, kind: kind ?? "default" });
  }

  #kind(directed: boolean): Kind | undefined {
    const token = this.peek();
    if (token?.kind !== "word" || !KINDS.has(token.text)) return undefined;
    if (directed && (token.text === "proto" || token.text === "protochain" || token.text === "gateway")) throw new FilterProblem("syntax error");
    return this.next().text as Kind;
  }

  #number(): number {
    const token = this.next();
    if (token.kind !== "number") throw new FilterProblem("syntax error");
    return token.value;
  }

  /** Primitives that take no qualifiers. */
  #other(word: string): Node | undefined {
    const { cooked, saved } = this.context;
    switch (word) {
      case "less":
      case "greater": {
        this.next();
        const bytes = this.#number();
        return { kind: "test", test: ({ about }) => (word === "less" ? about.length() <= bytes : about.length() >= bytes) };
      }
      case "inbound":
      case "outbound":
        this.next();
        if (saved && !cooked) throw new FilterProblem("inbound/outbound not supported on Ethernet when reading savefiles");
        return { kind: "test", test: ({ about }) => about.direction === (word === "inbound" ? "in" : "out") };
      case "ifindex": {
        this.next();
        const index = this.#number();
        if (saved && !cooked) throw new FilterProblem("ifindex not supported on Ethernet when reading savefiles");
        return { kind: "is", key: "ifindex", value: index, read: ({ about }) => about.device };
      }
      case "vlan":
      case "mpls":
      case "pppoed":
      case "pppoes":
      case "geneve":
        return this.#encapsulation(this.next().text);
      case "on":
      case "ifname":
        throw new FilterProblem("ifname supported only on PF linktype");
      case "type":
      case "subtype":
        throw new FilterProblem("802.11 link-layer types supported only on 802.11");
      case "dir":
      case "direction":
        throw new FilterProblem("frame direction supported only with 802.11 headers");
      case "byte":
        throw new FilterProblem("not modelled: byte");
      default:
        return undefined;
    }
  }

  /** No frame here has such a tag; what is asked behind it is looked for further on in the frame. */
  #encapsulation(word: string): Node {
    const { cooked } = this.context;
    if (cooked && word === "vlan") throw new FilterProblem("no VLAN support for Linux cooked v2");
    if (cooked && word === "mpls") throw new FilterProblem("no MPLS support for Linux cooked v2");
    if (word !== "pppoed" && this.peek()?.kind === "number" && this.#isValue()) this.next();
    const tag = gen.tagged(this.link, word);
    if (word !== "pppoed") this.#shift += 4;
    return tag;
  }

  #direction(): gen.Direction | undefined {
    const [first, second, third] = [this.peek()?.text, this.peek(1)?.text, this.peek(2)?.text];
    if (this.peek()?.kind !== "word" || (first !== "src" && first !== "dst")) return undefined;
    if ((second === "or" || second === "and") && (third === "src" || third === "dst") && third !== first) {
      this.#at += 3;
      return `src ${second} dst`;
    }
    this.#at++;
    return first;
  }

  /** A value, a negated one, or several in parentheses: "port (80 or 443)". */
  #value(q: Qualifiers | undefined): Block {
    if (this.take("not")) return { node: not(this.#value(q).node), q };
    if (this.take("(")) {
      let { node } = this.#value(q);
      while (!this.take(")")) {
        const both = this.take("and");
        if (!both && !this.take("or")) throw new FilterProblem("syntax error");
        const right = this.#value(q).node;
        node = both ? and(node, right) : or(node, right);
      }
      return { node, q };
    }
    const token = this.next();
    if (token.kind === "word") throw new FilterProblem("syntax error");
    if (q === undefined) throw new FilterProblem("syntax error in filter expression");
    return { node: this.#primitiveOf(q, token), q };
  }

  #primitiveOf(q: Qualifiers, token: Token): Node {
    switch (token.kind) {
      case "mac":
        if (q.protocol !== "ether" || (q.kind !== "host" && q.kind !== "default")) throw new FilterProblem("ethernet address used in non-ether expression");
        return gen.etherHost(this.link, q.direction ?? "src or dst", token.text);
      case "ip6":
        if (this.take("/")) this.#number();
        return gen.host6(this.link, q.protocol, token.text, q.kind === "net" ? "net" : "host");
      case "number":
      case "address":
        return this.#numbered(q, token);
      default:
        return this.#named(q, token.text);
    }
  }

  #numbered(q: Qualifiers, token: Token): Node {
    const { link } = this;
    const direction = q.direction ?? "src or dst";
    const dotted = token.kind === "address" || this.peek()?.text === "/" || this.peek()?.text === "mask";
    const masked = dotted ? this.#masked(token.text) : undefined;
    if (masked) {
      if (q.kind !== "net") throw new FilterProblem("Mask syntax for networks only");
      return gen.host(link, q.protocol, direction, masked.address, masked.mask, "net");
    }
    const plain = token.kind === "number" ? { address: token.value, bits: 32 } : addressOf(token.text);
    switch (q.kind) {
      case "default":
      case "host":
        if (q.protocol === "ether") throw new FilterProblem("illegal link layer address");
        return gen.host(link, q.protocol, direction, ...withMask(plain.address, plain.bits), "host");
      case "net":
        return gen.host(link, q.protocol, direction, ...netOf(plain.address), "net");
      case "port":
      case "portrange":
        return this.#ports(q, plain.address, plain.address);
      case "gateway":
        throw new FilterProblem("'gateway' requires a name");
      case "proto":
      case "protochain":
        return gen.protocol(link, q.protocol, plain.address);
    }
  }

  /** 10.0.0.0/8, 10.0.0.0 mask 255.0.0.0. */
  #masked(text: string): { readonly address: number; readonly mask: number } | undefined {
    const { address, bits } = addressOf(text);
    const [value, own] = withMask(address, bits);
    if (this.take("/")) {
      const length = this.#number();
      if (length > 32) throw new FilterProblem("mask length must be <= 32");
      const mask = length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0;
      if (((value & ~mask) >>> 0) !== 0) throw new FilterProblem(`non-network bits set in "${text}/${length}"`);
      return { address: value, mask };
    }
    if (!this.take("mask")) return undefined;
    const token = this.next();
    if (token.kind !== "address" && token.kind !== "number") throw new FilterProblem("syntax error");
    const of = addressOf(token.text);
    const mask = (withMask(of.address, of.bits)[0] & own) >>> 0;
    if (((value & ~mask) >>> 0) !== 0) throw new FilterProblem(`non-network bits set in "${text} mask ${token.text}"`);
    return { address: value, mask };
  }

  #ports({ protocol, direction = "src or dst", kind }: Qualifiers, low: number, high: number, only?: string): Node {
    if (protocol !== undefined && !["tcp", "udp", "sctp"].includes(protocol)) throw new FilterProblem(`illegal qualifier of '${kind}'`);
    for (const each of [low, high]) if (each > 65_535) throw new FilterProblem(`illegal port number ${each} > 65535`);
    return gen.ports(this.link, protocol ?? only, direction, Math.min(low, high), Math.max(low, high));
  }

  #named(q: Qualifiers, name: string): Node {
    const { link, context } = this;
    const direction = q.direction ?? "src or dst";
    switch (q.kind) {
      case "default":
      case "host": {
        if (q.protocol === "ether") throw new FilterProblem(context.cooked ? "only ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel supports link-level host name" : `unknown ether host '${name}'`);
        const [first, ...more] = (context.addressesOf(name) ?? []).map((address) => gen.host(link, q.protocol, direction, address, 0xffff_ffff, "host"));
        if (first === undefined) throw new FilterProblem(`unknown host '${name}'`);
        return or(first, ...more);
      }
      case "net":
        if (name === "loopback") return gen.host(link, q.protocol, direction, 0x7f00_0000, 0xff00_0000, "net");
        throw new FilterProblem(`unknown network '${name}'`);
      case "port":
        return this.#portNamed(q, name);
      case "portrange":
        return this.#rangeNamed(q, name);
      // Without headers between IP's and the transport's the chain is one link long.
      case "proto":
      case "protochain":
        return gen.protocol(link, q.protocol, this.#protocolNamed(q.protocol, name));
      case "gateway":
        throw new FilterProblem("'gateway' not supported in this configuration");
    }
  }

  #protocolNamed(qualifier: string | undefined, name: string): number {
    const found = qualifier === "ether" ? gen.etherTypeNamed(name) : this.context.protocolOf(name);
    if (found === undefined) throw new FilterProblem(qualifier === "ether" ? `unknown ether proto '${name}'` : `unknown ${qualifier ?? "ip"} proto '${name}'`);
    return found;
  }

  /** The port, and the one protocol that has it, when only one has. */
  #service(name: string): { readonly port: number; readonly only: "tcp" | "udp" | undefined } | undefined {
    const [tcp, udp] = [this.context.portOf(name, "tcp"), this.context.portOf(name, "udp")];
    const port = tcp ?? udp;
    if (port === undefined) return undefined;
    return { port, only: tcp !== undefined && udp === tcp ? undefined : tcp !== undefined ? "tcp" : "udp" };
  }

  #portNamed(q: Qualifiers, name: string): Node {
    if (q.protocol !== undefined && !["tcp", "udp", "sctp"].includes(q.protocol)) throw new FilterProblem("illegal qualifier of 'port'");
    const service = this.#service(name);
    if (service === undefined) throw new FilterProblem(`unknown port '${name}'`);
    if (service.only !== undefined && q.protocol !== undefined && q.protocol !== service.only) throw new FilterProblem(`port '${name}' is ${service.only}`);
    return this.#ports(q, service.port, service.port, service.only);
  }

  #rangeNamed(q: Qualifiers, name: string): Node {
    const ends = /^(.+?)-(.+)$/.exec(name)?.slice(1) ?? [name, name];
    const [low, high] = ends.map((end) => (/^\d+$/.test(end) ? { port: Number(end), only: undefined } : this.#service(end)));
    if (low === undefined || high === undefined) throw new FilterProblem(`unknown port in range '${name}'`);
    return this.#ports(q, low.port, high.port, low.only === high.only ? low.only : undefined);
  }
}
