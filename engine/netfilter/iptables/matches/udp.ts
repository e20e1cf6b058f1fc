/** -m udp: ports. libxt_udp.c and net/netfilter/xt_tcpudp.c. */
import { PROTO } from "../../../wire/packet";
import { type OptionSpec, defineMatch, type RuleContext } from "../extension";
import { type PortRange, joined, listPorts, namedPortRange, savePorts } from "../ports";

const FULL: PortRange = { min: 0, max: 65_535 };
type Options = { sport: PortRange; notSport: boolean; dport: PortRange; notDport: boolean; also?: readonly Options[] };

const source: OptionSpec<Options> = {
  as: "source-port",
  invert: true,
  set: (o, value, invert) => {
    o.sport = namedPortRange("udp", "source-port", value);
    o.notSport = invert;
  },
};
const destination: OptionSpec<Options> = {
  as: "destination-port",
  invert: true,
  set: (o, value, invert) => {
    o.dport = namedPortRange("udp", "destination-port", value);
    o.notDport = invert;
  },
};

export const udp = defineMatch<Options>({
  name: "udp",
  demandsInNft: "UDP match requires '-p udp'",
  protocols: [PROTO.udp],
  init: () => ({ sport: FULL, notSport: false, dport: FULL, notDport: false }),
  options: { "source-port": source, sport: source, "destination-port": destination, dport: destination },

  test: testUdp,

  destinationPort: ({ dport, notDport, also }) => (also === undefined && dport.min === dport.max && !notDport ? dport.min : undefined),
  save: (o) => joined(savePorts("sport", o.sport, o.notSport), savePorts("dport", o.dport, o.notDport)),
  list: (o, { numeric }) => joined("udp", listPorts("spt", o.sport, o.notSport, numeric, "udp"), listPorts("dpt", o.dport, o.notDport, numeric, "udp")),
});

/** udp_mt. */
function testUdp(o: Options, context: RuleContext): boolean {
  if (o.also !== undefined) return o.also.every((each) => testUdp(each, context));
  const { payload } = context.packet;
  if (payload.kind !== "udp") return false;
  if ((payload.sport >= o.sport.min && payload.sport <= o.sport.max) === o.notSport) return false;
  return (payload.dport >= o.dport.min && payload.dport <= o.dport.max) !== o.notDport;
}
