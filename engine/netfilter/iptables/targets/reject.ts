/**
 * -j REJECT: drops the packet and tells its sender, by an ICMP error or a TCP reset.
 * libipt_REJECT.c, ipt_REJECT.c, nf_reject_ipv4.c.
 */
import { PROTO } from "../../../wire/packet";
import { defineTarget, type RuleContext } from "../extension";
import { fail } from "../problem";
import { sendReset, sendUnreachable } from "../reset";

/** Name, alias, ICMP code of type 3. */
const TYPES = [
  ["icmp-net-unreachable", "net-unreach", 0],
  ["icmp-host-unreachable", "host-unreach", 1],
  ["icmp-proto-unreachable", "proto-unreach", 2],
  ["icmp-port-unreachable", "port-unreach", 3],
  ["icmp-net-prohibited", "net-prohib", 9],
  ["icmp-host-prohibited", "host-prohib", 10],
  ["tcp-reset", "tcp-rst", -1],
  ["icmp-admin-prohibited", "admin-prohib", 13],
] as const;
const RESET = -1;

type Options = { name: string; code: number };

export const REJECT = defineTarget<Options>({
  name: "REJECT",
  tables: ["filter"],
  hooks: ["INPUT", "FORWARD", "OUTPUT"],
  init: () => ({ name: "icmp-port-unreachable", code: 3 }),
  options: {
    "reject-with": {
      set: (o, value, _invert, { warn }) => {
        const lower = value.toLowerCase();
        if (lower === "echo-reply" || lower === "echoreply") warn("--reject-with echo-reply no longer supported\n");
        const found = TYPES.find(([name, alias]) => name.startsWith(lower) || alias.startsWith(lower));
        if (!found) fail(`unknown reject type "${value}"`);
        [o.name, , o.code] = found as (typeof TYPES)[number];
      },
    },
  },
  checkEntry: ({ code }, { proto, notProto }) => code !== RESET || (proto === PROTO.tcp && !notProto),
  apply({ code }, context: RuleContext) {
    if (code === RESET) sendReset(context);
    else sendUnreachable(context.skb, code);
    return "DROP";
  },
  save: ({ name }) => `--reject-with ${name}`,
  list: ({ name }) => `reject-with ${name}`,
});
