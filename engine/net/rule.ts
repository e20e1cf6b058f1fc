/**
 * Policy routing: which table to ask for which packet (ip-rule(8), net/core/fib_rules.c). Three
 * rules are there from the start: 0 asks local, 32766 main, 32767 default.
 */
import { ANY, type Cidr, inCidr } from "../wire/ip";
import { TABLE } from "./fib";
import type { Netns } from "./netns";
import type { Route, RouteError, RouteQuery } from "./route";

export type RuleAction = "lookup" | "blackhole" | "unreachable" | "prohibit" | "goto" | "nop";

export type Rule = {
  readonly priority: number;
  readonly action: RuleAction;
  readonly table: number;
  /** Of a goto rule. */
  readonly target?: number;
  readonly not?: boolean;
  readonly from?: Cidr;
  readonly to?: Cidr;
  readonly tos?: number;
  readonly fwmark?: number;
  readonly fwmask?: number;
  readonly iif?: string;
  readonly oif?: string;
  /** Users, first and last. Everybody here is root. */
  readonly uidFrom?: number;
  readonly uidTo?: number;
  /** Who made it: rtm_protocol. */
  readonly protocol: number;
  /** A route to a prefix no longer than this does not count: -1 when not given. */
  readonly suppressPrefixLength?: number;
};

const RTPROT_KERNEL = 2;

export class Rules {
  #rules: readonly Rule[] = [
    { priority: 0, action: "lookup", table: TABLE.local, protocol: RTPROT_KERNEL },
    { priority: 32766, action: "lookup", table: TABLE.main, protocol: RTPROT_KERNEL },
    { priority: 32767, action: "lookup", table: TABLE.default, protocol: RTPROT_KERNEL },
  ];
  /** True until somebody adds or deletes a rule: the common case, which lookups take a short way through. */
  untouched = true;

  constructor(private readonly ns: Netns) {}

  list(): readonly Rule[] {
    return this.#rules;
  }

  /** Behind those of the same priority. */
  add(rule: Rule): void {
    const at = this.#rules.findIndex((other) => other.priority > rule.priority);
    this.#rules = at < 0 ? [...this.#rules, rule] : [...this.#rules.slice(0, at), rule, ...this.#rules.slice(at)];
    this.untouched = false;
  }

  remove(rule: Rule): void {
    this.#rules = this.#rules.filter((other) => other !== rule);
    this.untouched = false;
  }

  /** fib_default_rule_pref(): one before the first that is not rule 0. */
  nextPriority(): number {
    const second = this.#rules[1];
    return second !== undefined && second.priority > 0 ? second.priority - 1 : 0;
  }

  lookup(query: RouteQuery, ask: (table: number) => Route | RouteError | undefined): Route | RouteError {
    for (let i = 0; i < this.#rules.length; i++) {
      const rule = this.#rules[i] as Rule;
      if (this.#matches(rule, query) === (rule.not ?? false)) continue;
      if (rule.action === "blackhole") return "EINVAL";
      if (rule.action === "unreachable") return "ENETUNREACH";
      if (rule.action === "prohibit") return "EACCES";
      if (rule.action === "nop") continue;
      if (rule.action === "goto") {
        const target = this.#rules.findIndex((other) => other.priority === rule.target);
        if (target > i) i = target - 1;
        continue;
      }
      const answer = ask(rule.table);
      if (answer === undefined || this.#suppressed(rule, answer)) continue;
      return answer;
    }
    return "ENETUNREACH";
  }

  #suppressed({ suppressPrefixLength = -1 }: Rule, answer: Route | RouteError): boolean {
    return typeof answer !== "string" && suppressPrefixLength >= 0 && (answer.entry?.bits ?? 33) <= suppressPrefixLength;
  }

  #matches(rule: Rule, { dst, src = ANY, mark = 0, tos = 0, inDev, outDev }: RouteQuery): boolean {
    if (rule.from && !inCidr(src, rule.from)) return false;
    if (rule.to && !inCidr(dst, rule.to)) return false;
    if (rule.uidFrom !== undefined && rule.uidFrom > 0) return false;
    if (rule.tos !== undefined && rule.tos !== 0 && rule.tos !== tos) return false;
    if (rule.fwmark !== undefined && ((mark ^ rule.fwmark) & (rule.fwmask ?? 0xffff_ffff)) !== 0) return false;
    // A packet of this machine's own has come in, as far as rules can say, by lo.
    if (rule.iif !== undefined && rule.iif !== (inDev ?? this.ns.lo).name) return false;
    return rule.oif === undefined || rule.oif === outDev?.name;
  }
}
