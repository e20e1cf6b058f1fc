/**
 * -m ipvs: what IPVS has done with a packet on its way to a real server. libxt_ipvs.c, xt_ipvs.c.
 * kube-proxy keeps a node away from load balancers with it. IPVS sits above this layer and answers
 * through a slot (VirtualLookup of attach.ts).
 */
import { connectionOf } from "../../connection";
import { cidrText, parseHostMask } from "../address";
import { defineMatch, type OptionSpec, parseNumber, type RuleContext } from "../extension";
import { protocolNumber, servicePort } from "../names";
import { fail } from "../problem";

type Not<T> = { readonly value: T; readonly not: boolean };
type Options = {
  ipvs?: Not<true>;
  vproto?: Not<number>;
  vaddr?: Not<{ readonly address: number; readonly mask: number }>;
  vport?: Not<number>;
  vdir?: Not<"ORIGINAL" | "REPLY">;
  vmethod?: Not<"GATE" | "IPIP" | "MASQ">;
  vportctl?: Not<number>;
};

const METHODS = { GATE: "droute", IPIP: "tunnel", MASQ: "masq" } as const;

const port = (key: "vport" | "vportctl"): OptionSpec<Options> => ({ invert: true, set: (o, value, not) => void (o[key] = { value: namedPort(value), not }) });

/** getaddrinfo(3) keeps sixteen bits of a number. */
function namedPort(text: string): number {
  if (/^\s*\+?\d*$/.test(text)) return Number(text) & 0xffff;
  return servicePort(text, undefined) ?? fail(`Port "${text}" does not resolve to anything.\n`);
}

/** In the order of their bits; --ipvs is told only when it is all there is. */
function words(o: Options, dashes: string): string {
  const one = <T>(name: string, given: Not<T> | undefined, text: (value: T) => string): string => (given === undefined ? "" : `${given.not ? "! " : ""}${dashes}${name} ${text(given.value)}`);
  const parts = [
    one("vproto", o.vproto, String),
    one("vaddr", o.vaddr, ({ address, mask }) => cidrText(address, mask)),
    one("vport", o.vport, String),
    one("vdir", o.vdir, String),
    one("vmethod", o.vmethod, String),
    one("vportctl", o.vportctl, String),
  ].filter((part) => part !== "");
  return parts.length > 0 ? parts.join(" ") : `${o.ipvs?.not ? "! " : ""}${dashes}ipvs`;
}

/** Beyond --ipvs, everything implies it, even negated. */
function test({ ipvs, vproto, vaddr, vport, vdir, vmethod, vportctl }: Options, { skb, packet, netfilter }: RuleContext): boolean {
  if (ipvs !== undefined && !vproto && !vaddr && !vport && !vdir && !vmethod && !vportctl) return skb.ipvs !== ipvs.not;
  if (!skb.ipvs || (vproto && (packet.proto === vproto.value) === vproto.not)) return false;
  const found = netfilter.virtual?.connectionOf(skb);
  if (found === undefined) return false;
  if (vport && (found.port === vport.value) === vport.not) return false;
  if (vportctl && (found.controlPort === vportctl.value) === vportctl.not) return false;
  if (vdir && connectionOf(skb)?.direction !== vdir.value.toLowerCase()) return false;
  if (vmethod && (found.forwarding === METHODS[vmethod.value]) === vmethod.not) return false;
  return !vaddr || (((found.address ^ vaddr.value.address) & vaddr.value.mask) === 0) !== vaddr.not;
}

export const ipvs = defineMatch<Options>({
  name: "ipvs",
  init: () => ({}),
  options: {
    ipvs: { flag: true, invert: true, set: (o, _value, not) => void (o.ipvs = { value: true, not }) },
    vproto: { invert: true, set: (o, value, not) => void (o.vproto = { value: parseNumber(value, 0, 255) ?? protocolNumber(value.toLowerCase()) ?? fail(`unknown protocol "${value}" specified`), not }) },
    vaddr: { invert: true, set: (o, value, not, { netfilter }) => void (o.vaddr = { value: parseHostMask("ipvs", "vaddr", value, netfilter), not }) },
    vport: port("vport"),
    vdir: { set: (o, value) => void (o.vdir = { value: oneOf("vdir", value, ["ORIGINAL", "REPLY"]), not: false }) },
    vmethod: { invert: true, set: (o, value, not) => void (o.vmethod = { value: oneOf("vmethod", value, ["GATE", "IPIP", "MASQ"]), not }) },
    vportctl: port("vportctl"),
  },
  check(_o, { seen }) {
    if (seen.size === 0) fail("IPVS: At least one option is required");
  },
  test,
  save: (o) => words(o, "--"),
  list: (o) => words(o, ""),
});

function oneOf<T extends string>(option: string, value: string, names: readonly T[]): T {
  return names.find((name) => name === value.toUpperCase()) ?? fail(`ipvs: Bad value for "--${option}" option: "${value}"`);
}
