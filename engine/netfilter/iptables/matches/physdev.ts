/**
 * -m physdev: by which bridge port it came or will go, while br_netfilter shows a bridged packet
 * to iptables. libxt_physdev.c, xt_physdev.c.
 */
import { defineMatch, type OptionSpec } from "../extension";
import { deviceMatches } from "../traverse";
import { interfaceName } from "../interface-name";
import { fail } from "../problem";

type Not<T> = { readonly value: T; readonly not: boolean };
type Options = { in?: Not<string>; out?: Not<string>; isIn?: boolean; isOut?: boolean; isBridged?: boolean };

const flag = (key: "isIn" | "isOut" | "isBridged"): OptionSpec<Options> => ({ flag: true, invert: true, set: (o, _value, invert) => void (o[key] = !invert) });

const port = (key: "in" | "out"): OptionSpec<Options> => ({
  invert: true,
  set: (o, value, not, { warn }) => {
    if (/[/ ]/.test(value)) warn(`Warning: weird character in interface \`${value}' ('/' and ' ' are not allowed by the kernel).\n`);
    o[key] = { value: interfaceName(value), not };
  },
});

function words(o: Options): string {
  const yes = (name: string, value: boolean | undefined): string => (value === undefined ? "" : `${value ? "" : "! "}--physdev-${name}`);
  const parts = [yes("is-in", o.isIn), o.in ? `${o.in.not ? "! " : ""}--physdev-in ${o.in.value}` : "", yes("is-out", o.isOut), o.out ? `${o.out.not ? "! " : ""}--physdev-out ${o.out.value}` : "", yes("is-bridged", o.isBridged)];
  return parts.filter((part) => part !== "").join(" ");
}

export const physdev = defineMatch<Options>({
  name: "physdev",
  init: () => ({}),
  options: { "physdev-in": port("in"), "physdev-out": port("out"), "physdev-is-in": flag("isIn"), "physdev-is-out": flag("isOut"), "physdev-is-bridged": flag("isBridged") },
  check(_o, { seen }) {
    if (seen.size === 0) fail("PHYSDEV: no physdev option specified");
  },
  checkEntry({ out, isOut, isBridged }, _header, _table, hooks) {
    const asks = isOut !== undefined || out !== undefined;
    if (!asks || (isBridged !== undefined && isBridged)) return true;
    return !hooks.has("OUTPUT");
  },
  test(o, { skb }) {
    const { physIn, physOut } = skb;
    if (!physIn && !physOut) {
      // Not bridged at all: only questions answered with "no" can match.
      return o.isIn !== true && o.isOut !== true && o.isBridged !== true && (!o.in || o.in.not) && (!o.out || o.out.not);
    }
    const forwarded = physIn !== undefined && physOut !== undefined;
    if (o.isBridged !== undefined && forwarded !== o.isBridged) return false;
    if (o.isIn !== undefined && (physIn !== undefined) !== o.isIn) return false;
    if (o.isOut !== undefined && (physOut !== undefined) !== o.isOut) return false;
    if (o.in && deviceMatches(o.in.value, physIn?.name ?? "") === o.in.not) return false;
    return !o.out || deviceMatches(o.out.value, physOut?.name ?? "") !== o.out.not;
  },
  save: words,
  list: (o) => `PHYSDEV match ${words(o)}`,
});
