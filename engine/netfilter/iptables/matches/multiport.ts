/** -m multiport: up to fifteen ports; a range counts as two. libxt_multiport.c, xt_multiport.c. */
import { PROTO } from "../../../wire/packet";
import { defineMatch, type OptionSpec, type ParseContext } from "../extension";
import { parsePort, portText, protocolOf, type PortRange } from "../ports";
import { protocolName } from "../names";
import { fail } from "../problem";

type Kind = "sports" | "dports" | "ports";
type Options = { kind: Kind | undefined; ranges: PortRange[]; not: boolean };
const MOST = 15;
const PROTOCOLS: readonly number[] = [PROTO.tcp, PROTO.udp, 132, 33, 136];

function parseList(text: string, context: ParseContext): PortRange[] {
  const { header } = context;
  if (header.notProto) fail("multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP");
  if (header.proto === 0) fail("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
  if (!PROTOCOLS.includes(header.proto)) fail("multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP");
  const proto = protocolOf(context);
  let used = 0;
  const ranges: PortRange[] = [];
  for (const word of text.split(",")) {
    const [left = "", right] = word.split(":");
    used += right === undefined ? 1 : 2;
    const min = parsePort(left, proto);
    const max = right === undefined ? min : parsePort(right, proto);
    if (used > MOST) fail("too many ports specified");
    if (right !== undefined && min >= max) fail("invalid portrange specified");
    ranges.push({ min, max });
  }
  return ranges;
}

const option = (kind: Kind, as: string, others: readonly string[]): OptionSpec<Options> => ({
  as,
  invert: true,
  excl: others,
  set: (o, value, invert, context) => {
    o.kind = kind;
    o.ranges = parseList(value, context);
    o.not = invert;
  },
});
const sports = option("sports", "source-ports", ["destination-ports", "ports"]);
const dports = option("dports", "destination-ports", ["source-ports", "ports"]);

export const multiport = defineMatch<Options>({
  name: "multiport",
  init: () => ({ kind: undefined, ranges: [], not: false }),
  options: { "source-ports": sports, sports, "destination-ports": dports, dports, ports: option("ports", "ports", ["source-ports", "destination-ports"]) },
  check(_o, { seen }) {
    if (seen.size === 0) fail("multiport expection an option");
  },
  checkEntry: (_o, { proto, notProto }) => PROTOCOLS.includes(proto) && !notProto,

  test({ kind, ranges, not }, { packet: { payload, offset } }) {
    if (offset !== 0 || (payload.kind !== "tcp" && payload.kind !== "udp")) return false;
    const { sport, dport } = payload;
    const within = (port: number): boolean => ranges.some(({ min, max }) => port >= min && port <= max);
    const hit = (kind !== "dports" && within(sport)) || (kind !== "sports" && within(dport));
    return hit !== not;
  },

  save: ({ kind, ranges, not }) => `${not ? "! " : ""}--${kind} ${ranges.map(({ min, max }) => (min === max ? min : `${min}:${max}`)).join(",")}`,
  list({ kind, ranges, not }, { numeric, header }) {
    const proto = protocolName(header.proto) ?? "tcp";
    const text = ranges.map(({ min, max }) => (min === max ? portText(min, numeric, proto) : `${portText(min, numeric, proto)}:${portText(max, numeric, proto)}`));
    return `multiport ${kind} ${not ? " !" : ""}${text.join(",")}`;
  },
});
