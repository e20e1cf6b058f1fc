/** -j CONNMARK: writes the connection's mark, or carries it to the packet and back. libxt_CONNMARK.c, xt_connmark.c. */
import { connectionOf } from "../../connection";
import { defineTarget, hex, integer, markMask, type OptionSpec } from "../extension";
import { fail } from "../problem";

type Options = { mode: "set" | "save" | "restore" | undefined; mark: number; ctMask: number; nfMask: number };
const FULL = 0xffff_ffff;
const SETTERS = ["set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark", "save-mark", "restore-mark"];
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

export const CONNMARK = defineTarget<Options>({
  name: "CONNMARK",
  conntrack: true,
  init: () => ({ mode: undefined, mark: 0, ctMask: FULL, nfMask: FULL }),
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
    maskOption("mask", (o, value) => void (o.ctMask = o.nfMask = value), ["ctmask", "nfmask"]),
  ]),
  check(o) {
    if (!o.mode) fail("CONNMARK target: No operation specified");
  },
  apply(o, { skb, netfilter }) {
    const conn = connectionOf(skb)?.conn;
    if (!conn) return "CONTINUE";
    if (o.mode === "restore") {
      skb.mark = ((skb.mark & ~o.nfMask) ^ (conn.mark & o.ctMask)) >>> 0;
      return "CONTINUE";
    }
    const mark = o.mode === "set" ? (conn.mark & ~o.ctMask) ^ o.mark : (conn.mark & ~o.ctMask) ^ (skb.mark & o.nfMask);
    if (conn.mark !== mark >>> 0) {
      conn.mark = mark >>> 0;
      netfilter.conntrack.events.note(conn);
    }
    return "CONTINUE";
  },
  save({ mode, mark, ctMask, nfMask }) {
    if (mode === "set") return `--set-xmark ${hex(mark)}/${hex(ctMask)}`;
    return `--${mode}-mark --nfmask ${hex(nfMask)} --ctmask ${hex(ctMask)}`;
  },
  list({ mode, mark, ctMask, nfMask }) {
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
  },
});
