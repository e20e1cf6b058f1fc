/**
 * -m tcp, loaded by itself when -p tcp is followed by one of its options: ports and flags.
 * libxt_tcp.c and net/netfilter/xt_tcpudp.c.
 */
import { PROTO, TCP } from "../../../wire/packet";
import { type OptionSpec, defineMatch, parseNumber, type RuleContext } from "../extension";
import { type PortRange, joined, listPorts, parsePortRange, savePorts } from "../ports";
import { fail } from "../problem";

const FULL: PortRange = { min: 0, max: 65_535 };
type Flags = { readonly mask: number; readonly set: number };
type Options = { sport: PortRange; notSport: boolean; dport: PortRange; notDport: boolean; flags: Flags; notFlags: boolean; option: number; notOption: boolean; also?: readonly Options[] };

const FLAG_NAMES = [
  ["FIN", TCP.fin],
  ["SYN", TCP.syn],
  ["RST", TCP.rst],
  ["PSH", TCP.psh],
  ["ACK", TCP.ack],
  ["URG", TCP.urg],
] as const;
const SYN_ONLY: Flags = { mask: TCP.fin | TCP.syn | TCP.rst | TCP.ack, set: TCP.syn };

function parseFlags(text: string): number {
  let flags = 0;
  for (const word of text.split(/[ ,]+/).filter((part) => part !== "")) {
    const name = word.toUpperCase();
    if (name === "ALL") flags |= 0x3f;
    else if (name !== "NONE") flags |= FLAG_NAMES.find(([known]) => known === name)?.[1] ?? fail(`Unknown TCP flag \`${word}'`);
  }
  return flags;
}

const flagText = (flags: number): string => (flags === 0 ? "NONE" : FLAG_NAMES.filter(([, bit]) => flags & bit).map(([name]) => name).join(","));
const hex2 = (n: number): string => `0x${n.toString(16).toUpperCase().padStart(2, "0")}`;

/** Old-style options: given twice they say so in words of their own. */
const once = (seen: boolean, text: string): void => {
  if (seen) fail(text);
};

const source: OptionSpec<Options> = {
  as: "source-port",
  invert: true,
  multi: true,
  set: (o, value, invert, { seen }) => {
    once(seen.has("source-port"), "Only one `--source-port' allowed");
    o.sport = parsePortRange(value, "tcp");
    o.notSport = invert;
  },
};
const destination: OptionSpec<Options> = {
  as: "destination-port",
  invert: true,
  multi: true,
  set: (o, value, invert, { seen }) => {
    once(seen.has("destination-port"), "Only one `--destination-port' allowed");
    o.dport = parsePortRange(value, "tcp");
    o.notDport = invert;
  },
};

export const tcp = defineMatch<Options>({
  name: "tcp",
  demandsInNft: "TCP match requires '-p tcp'",
  protocols: [PROTO.tcp],
  init: () => ({ sport: FULL, notSport: false, dport: FULL, notDport: false, flags: { mask: 0, set: 0 }, notFlags: false, option: 0, notOption: false }),
  options: {
    "source-port": source,
    sport: source,
    "destination-port": destination,
    dport: destination,
    syn: {
      flag: true,
      as: "tcp-flags",
      invert: true,
      multi: true,
      set: (o, _value, invert, { seen }) => {
        once(seen.has("tcp-flags"), "Only one of `--syn' or `--tcp-flags'  allowed");
        o.flags = SYN_ONLY;
        o.notFlags = invert;
      },
    },
    "tcp-flags": {
      invert: true,
      multi: true,
      set: (o, value, invert, { seen, next }) => {
        once(seen.has("tcp-flags"), "Only one of `--syn' or `--tcp-flags'  allowed");
        const set = next() ?? fail("--tcp-flags requires two args.");
        o.flags = { mask: parseFlags(value), set: parseFlags(set) };
        o.notFlags = invert;
      },
    },
    "tcp-option": {
      invert: true,
      multi: true,
      set: (o, value, invert, { seen }) => {
        once(seen.has("tcp-option"), "Only one `--tcp-option' allowed");
        o.option = parseNumber(value, 1, 255) ?? fail(`Bad TCP option "${value}"`);
        o.notOption = invert;
      },
    },
  },

  test: testTcp,

  destinationPort: ({ dport, notDport, also }) => (also === undefined && dport.min === dport.max && !notDport ? dport.min : undefined),

  save: (o) =>
    joined(
      savePorts("sport", o.sport, o.notSport),
      savePorts("dport", o.dport, o.notDport),
      o.option !== 0 || o.notOption ? `${o.notOption ? "! " : ""}--tcp-option ${o.option}` : "",
      o.flags.mask !== 0 || o.notFlags ? `${o.notFlags ? "! " : ""}--tcp-flags ${flagText(o.flags.mask)} ${flagText(o.flags.set)}` : "",
    ),

  list: (o, { numeric }) =>
    joined(
      "tcp",
      listPorts("spt", o.sport, o.notSport, numeric, "tcp"),
      listPorts("dpt", o.dport, o.notDport, numeric, "tcp"),
      o.option !== 0 || o.notOption ? `option=${o.notOption ? "!" : ""}${o.option}` : "",
      o.flags.mask !== 0 || o.notFlags ? `flags:${o.notFlags ? "!" : ""}${numeric ? `${hex2(o.flags.mask)}/${hex2(o.flags.set)}` : `${flagText(o.flags.mask)}/${flagText(o.flags.set)}`}` : "",
    ),
});

/** tcp_mt. */
function testTcp(o: Options, context: RuleContext): boolean {
  if (o.also !== undefined) return o.also.every((each) => testTcp(each, context));
  const { packet } = context;
  const { payload } = packet;
  if (packet.offset !== 0) {
    // A fragment that would overwrite the header is somebody's trick.
    if (packet.offset === 8) context.hotdrop = true;
    return false;
  }
  if (payload.kind !== "tcp") return false;
  if ((payload.sport >= o.sport.min && payload.sport <= o.sport.max) === o.notSport) return false;
  if ((payload.dport >= o.dport.min && payload.dport <= o.dport.max) === o.notDport) return false;
  if (((payload.flags & o.flags.mask) === o.flags.set) === o.notFlags) return false;
  if (o.option === 0) return true;
  const { mss, windowScale, sackPermitted, timestamp, sack } = payload.options;
  const has = { 2: mss !== undefined, 3: windowScale !== undefined, 4: sackPermitted === true, 5: sack !== undefined, 8: timestamp !== undefined }[o.option] ?? false;
  return has !== o.notOption;
}
