/** -j CONNMARK: writes the connection's mark, or carries it to the packet and back. libxt_CONNMARK.c, xt_connmark.c. */
import { connectionOf } from "../../connection";
import { defineTarget, hex, integer, markMask, type OptionSpec } from "../extension";
import { fail } from "../problem";

type Shift = { readonly to: "left" | "right"; readonly bits: number };
type Options = { mode: "set" | "save" | "restore" | undefined; mark: number; ctMask: number; nfMask: number; shift: Shift };
const FULL = 0xffff_ffff;
/** As the options are numbered, which is how they are named when two do not go together. */
const SETTERS = ["set-mark", "save-mark", "restore-mark", "and-mark", "or-mark", "xor-mark", "set-xmark"];
const others = (name: string): string[] => SETTERS.filter((other) => other !== name);

const setter = (name: string, parse: (value: string) => { readonly mark: number; readonly mask: number }): [string, OptionSpec<Options>] => [
  name,
  {
    excl: others(name),
    set: (o, value) => {
      const { mark, mask } = parse(value);
      o.mode = "set";
      o.mark = mark;
      o.ctMask = mask;
    },
  },
];

const carry = (mode: "save" | "restore"): OptionSpec<Options> => ({ flag: true, excl: others(`${mode}-mark`), set: (o) => void (o.mode = mode) });
const maskOption = (name: string, set: (o: Options, value: number) => void, excl: readonly string[]): [string, OptionSpec<Options>] => [name, { excl, set: (o, value) => set(o, integer("CONNMARK", name, value)) }];

/** Revision 2 of xt_connmark: the mark is moved on its way from one to the other. */
const shiftOption = (to: "left" | "right"): [string, OptionSpec<Options>] => [`${to}-shift-mark`, { set: (o, value) => void (o.shift = { to, bits: integer("CONNMARK", `${to}-shift-mark`, value, 0, 32) }) }];

export const CONNMARK = defineTarget<Options>({
  name: "CONNMARK",
  conntrack: true,
  init: () => ({ mode: undefined, mark: 0, ctMask: FULL, nfMask: FULL, shift: { to: "left", bits: 0 } }),
  options: Object.fromEntries<OptionSpec<Options>>([
    setter("set-xmark", (value) => markMask("CONNMARK", "set-xmark", value)),
    setter("set-mark", (value) => {
      const { mark, mask } = markMask("CONNMARK", "set-mark", value);
      return { mark, mask: (mark | mask) >>> 0 };
    }),
    setter("and-mark", (value) => ({ mark: 0, mask: ~integer("CONNMARK", "and-mark", value) >>> 0 })),
    setter("or-mark", (value) => {
      const mark = integer("CONNMARK", "or-mark", value);
      return { mark, mask: mark };
    }),
    setter("xor-mark", (value) => ({ mark: integer("CONNMARK", "xor-mark", value), mask: 0 })),
    ["save-mark", carry("save")],
    ["restore-mark", carry("restore")],
    maskOption("ctmask", (o, value) => void (o.ctMask = value), ["mask"]),
    maskOption("nfmask", (o, value) => void (o.nfMask = value), ["mask"]),
    shiftOption("left"),
    shiftOption("right"),
    maskOption("mask", (o, value) => void (o.ctMask = o.nfMask = value), ["ctmask", "nfmask"]),
  ]),
  check(o) {
    if (!o.mode) fail("CONNMARK target: No operation specified");
  },
  apply(o, { skb, netfilter }) {
    const conn = connectionOf(skb)?.conn;
    if (!conn) return "CONTINUE";
    if (o.mode === "restore") {
      skb.mark = ((skb.mark & ~o.nfMask) ^ shifted(conn.mark & o.ctMask, o.shift)) >>> 0;
      return "CONTINUE";
    }
    const mark = o.mode === "set" ? shifted((conn.mark & ~o.ctMask) ^ o.mark, o.shift) : (conn.mark & ~o.ctMask) ^ shifted(skb.mark & o.nfMask, o.shift);
    if (conn.mark !== mark >>> 0) {
      conn.mark = mark >>> 0;
      netfilter.conntrack.events.note(conn);
    }
    return "CONTINUE";
  },
  checkEntry: ({ shift }) => shift.bits < 32,
  save({ mode, mark, ctMask, nfMask, shift }) {
    if (mode === "set") return `--set-xmark ${hex(mark)}/${hex(ctMask)}${shiftText(shift, " --")}`;
    return `--${mode}-mark --nfmask ${hex(nfMask)} --ctmask ${hex(ctMask)}${shiftText(shift, " --")}`;
  },
  list: (o) => listed(o) + shiftText(o.shift, " "),
});

const shifted = (mark: number, { to, bits }: Shift): number => (to === "left" ? mark << bits : mark >>> bits);
const shiftText = ({ to, bits }: Shift, before: string): string => (bits === 0 ? "" : `${before}${to}-shift-mark ${bits}`);

function listed({ mode, mark, ctMask, nfMask }: Options): string {
  if (mode === "set") {
    if (mark === 0) return `CONNMARK and ${hex(~ctMask)}`;
    if (mark === ctMask) return `CONNMARK or ${hex(mark)}`;
    if (ctMask === 0) return `CONNMARK xor ${hex(mark)}`;
    return ctMask === FULL ? `CONNMARK set ${hex(mark)}` : `CONNMARK xset ${hex(mark)}/${hex(ctMask)}`;
  }
  const head = `CONNMARK ${mode}`;
  if (nfMask === FULL && ctMask === FULL) return head;
  if (nfMask === ctMask) return `${head} mask ${hex(nfMask)}`;
  return mode === "save" ? `${head} nfmask ${hex(nfMask)} ctmask ~${hex(ctMask)}` : `${head} ctmask ${hex(ctMask)} nfmask ~${hex(nfMask)}`;
}
