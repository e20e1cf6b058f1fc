/**
 * What a command line of iptables asks for, once it has been read: the command, and the rule as
 * written, before anybody has looked at which chains there are.
 */
import type { Network } from "./address";
import type { AnyTarget } from "./extension";
import { fail, Problem } from "./problem";
import { type Action, type Backend, type Header, type MatchUse, Rule, type TableName } from "./ruleset";

export const LONGEST_CHAIN = 28;

export type Command = "A" | "D" | "C" | "I" | "R" | "L" | "S" | "F" | "Z" | "N" | "X" | "E" | "P";

export type Invocation = {
  readonly table: TableName;
  readonly tableGiven: boolean;
  readonly command: Command | "help" | "version";
  /** -L -Z and the like: zero afterwards. */
  readonly zero: boolean;
  readonly chain: string | undefined;
  readonly newName: string | undefined;
  readonly policy: string | undefined;
  /** -c, for a policy. */
  readonly counters: { readonly packets: number; readonly bytes: number } | undefined;
  readonly ruleNumber: number;
  readonly rule: RuleDraft | undefined;
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
  readonly verbose: number;
  /** What was said on standard error while reading. */
  readonly warnings: string;
};

/** A rule as written: several sources or destinations stand for several rules. */
export type RuleDraft = {
  readonly sources: readonly Network[];
  readonly destinations: readonly Network[];
  readonly header: Header;
  /** No address, no interface, no "!": nothing but perhaps a protocol. */
  readonly asksOnlyProtocol: boolean;
  readonly matches: readonly MatchUse[];
  /** "" without -j and -g. */
  readonly jumpTo: string;
  readonly goto: boolean;
  readonly target: { readonly target: AnyTarget; readonly options: unknown } | undefined;
  packets: number;
  bytes: number;
  /** The target's own not-modelled refusal, raised unless a chain of that name exists. */
  readonly foreignTarget: boolean;
};

/** The rules a draft stands for: every source with every destination. */
export function rulesOf(draft: RuleDraft, action: Action): Rule[] {
  const { sources, destinations } = draft;
  const [source, destination] = [sources[0], destinations[0]];
  if (sources.length === 1 && destinations.length === 1 && source && destination) return [ruleOf(draft, action, source, destination)];
  return sources.flatMap((one) => destinations.map((other) => ruleOf(draft, action, one, other)));
}

function ruleOf(draft: RuleDraft, action: Action, source: Network, destination: Network): Rule {
  const rule = new Rule(headerOf(draft, source, destination), draft.matches, action);
  rule.packets = draft.packets;
  rule.bytes = draft.bytes;
  return rule;
}

const ANYTHING: Header = { src: 0, srcMask: 0, notSrc: false, dst: 0, dstMask: 0, notDst: false, proto: 0, notProto: false, fragment: 0, inDev: "", notIn: false, outDev: "", notOut: false };
/** Those that ask for no more than a protocol: most rules share them. */
const OF_PROTOCOL: readonly Header[] = Array.from({ length: 256 }, (_, proto) => ({ ...ANYTHING, proto }));

function headerOf({ header: h, asksOnlyProtocol }: RuleDraft, source: Network, destination: Network): Header {
  const plain = asksOnlyProtocol ? OF_PROTOCOL[h.proto] : undefined;
  if (plain) return plain;
  const header = {
    src: source.address,
    srcMask: source.mask,
    notSrc: h.notSrc,
    dst: destination.address,
    dstMask: destination.mask,
    notDst: h.notDst,
    proto: h.proto,
    notProto: h.notProto,
    fragment: h.fragment,
    inDev: h.inDev,
    notIn: h.notIn,
    outDev: h.outDev,
    notOut: h.notOut,
  };
  return h.anyIn === undefined && h.anyOut === undefined ? header : { ...h, ...header };
}

export function checkSeconds(text: string): void {
  if (!/^\d+$/.test(text)) fail("wait seconds not numeric");
}

/** sscanf(3) with %llu: as many digits as there are; "-1" is the greatest number there is. */
export function scanned(text: string): number | undefined {
  const m = /^\s*([+-]?)(\d+)/.exec(text);
  if (!m) return undefined;
  return m[1] === "-" && Number(m[2]) !== 0 ? 2 ** 64 - Number(m[2]) : Number(m[2]);
}

export const isVerdict = (name: string): boolean => name === "ACCEPT" || name === "DROP" || name === "RETURN" || name === "QUEUE";

export function ruleNumber(text: string): number {
  const m = /^[1-9]\d{0,9}$/.exec(text);
  return m ? Number(text) : fail(`Invalid rule number \`${text}'`);
}

/** parse_target. */
export function checkTargetName(name: string): string {
  if (name.length < 1) fail("Invalid target name (too short)");
  if (name.length > LONGEST_CHAIN) fail(`Invalid target name \`${name}' (${LONGEST_CHAIN} chars max)`);
  if (/\s/.test(name)) fail(`Invalid target name \`${name}'`);
  return name;
}

export function unknownTable(name: string, backend: Backend): Problem {
  return backend === "legacy"
    ? new Problem(`can't initialize iptables table \`${name}': Table does not exist (do you need to insmod?)`, "version")
    : new Problem(`table '${name}' does not exist`, "version");
}
