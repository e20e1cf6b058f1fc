/**
 * One command carried out on a transaction: what both `iptables -A …` and a line of
 * iptables-restore come to. Jumps are resolved here: a name is a chain, a verdict or a target.
 */
import { fail, notModelled } from "./problem";
import { type Invocation, type RuleDraft, rulesOf } from "./invocation";
import { adaptToNft } from "./nft-quirks";
import type { Action, Backend, Rule } from "./ruleset";
import type { PortRange } from "./ports";
import { Refused, type Transaction } from "./transaction";

const VERDICTS = ["ACCEPT", "DROP", "RETURN", "QUEUE"] as const;
type VerdictName = (typeof VERDICTS)[number];

/** What -j NAME means in this table now. */
export function actionOf(draft: RuleDraft, transaction: Transaction, backend: Backend): Action {
  const { jumpTo, goto, target } = draft;
  if (jumpTo === "") return { kind: "none" };
  if (!goto && VERDICTS.includes(jumpTo as VerdictName)) return { kind: "verdict", verdict: jumpTo as VerdictName };
  const chain = transaction.nameOf(jumpTo);
  if (target && chain === undefined) return { kind: "target", target: target.target, options: target.options };
  if (chain === undefined) {
    if (draft.foreignTarget && !goto) notModelled(`-j ${jumpTo}`);
    if (backend === "legacy") fail(goto ? `goto '${jumpTo}' is not a chain` : `Couldn't load target \`${jumpTo}':No such file or directory\n`);
    fail(`Chain '${jumpTo}' does not exist`);
  }
  return { kind: "chain", chain, goto };
}

/** -A, -I, -R, -D, -C. The last answers by throwing when there is no such rule. `made` is told of each rule: by nft, but for -A, only once it has been carried out. */
export function editRules(backend: Backend, transaction: Transaction, invocation: Invocation, made?: (rule: Rule) => void): void {
  const { command, rule: draft, chain = "", ruleNumber } = invocation;
  if (!draft) return;
  if (command === "D" && ruleNumber > 0) return transaction.deleteNumber(chain, ruleNumber);
  demanded(backend, draft);
  const action = actionOf(draft, transaction, backend);
  let rules = rulesOf(draft, action);
  if (backend === "nft") rules = rules.map(adaptToNft);
  const first = backend === "legacy" || command === "A";
  if (first && made) rules.forEach(made);
  apply(transaction, command, chain, ruleNumber, rules);
  if (!first && made) rules.forEach(made);
}

function apply(transaction: Transaction, command: string, chain: string, number: number, rules: readonly Rule[]): void {
  switch (command) {
    case "A":
      for (const rule of rules) transaction.append(chain, rule);
      return;
    case "I":
      // Several addresses: each goes in at the same place, so the last stands first; as the tool does it.
      for (const rule of [...rules].reverse()) transaction.insert(chain, number, rule);
      return;
    case "R":
      for (const rule of rules) transaction.replace(chain, number, rule);
      return;
    case "D":
      for (const rule of rules) if (!transaction.has(chain) || transaction.deleteRule(chain, rule) === "none") throw new Refused(unfound(transaction, rule));
      return;
    case "C":
      for (const rule of rules) if (!transaction.has(chain) || transaction.find(chain, rule) < 0) throw new Refused(unfound(transaction, rule));
  }
}

/** What iptables-nft finds out by itself while it makes a rule's expressions. */
export function demanded(backend: Backend, { matches, header }: RuleDraft): void {
  if (backend === "legacy") return;
  for (const { match, options } of matches) if (match.demandsInNft !== undefined && asks(options) && (!match.protocols?.includes(header.proto) || header.notProto)) fail(match.demandsInNft);
}

/** -m tcp that asks for no port and no flag stays what the extension made it; the kernel refuses that. */
function asks(options: unknown): boolean {
  const { sport, dport, flags } = options as { readonly sport: PortRange; readonly dport: PortRange; readonly flags?: { readonly mask: number } };
  return [sport, dport].some(({ min, max }) => min !== 0 || max !== 65_535) || (flags?.mask ?? 0) !== 0;
}

/** libiptc looks the target up as a chain before it compares, and that is the last thing its error is about. */
function unfound({ table }: Transaction, { action }: Rule): "no such chain" | "no such rule" {
  return table.backend === "legacy" && (action.kind === "chain" || action.kind === "target") ? "no such chain" : "no such rule";
}

/** -F, -Z, -N, -X, -E, -P. */
export function editChains(transaction: Transaction, { command, chain, newName, policy, counters, ruleNumber }: Invocation): void {
  switch (command) {
    case "F":
      return transaction.flush(chain);
    case "Z":
      return transaction.zero(chain, ruleNumber === 0 ? undefined : ruleNumber);
    case "N":
      return transaction.create(chain ?? "");
    case "X":
      return chain === undefined ? transaction.deleteAll() : transaction.delete(chain);
    case "E":
      return transaction.rename(chain ?? "", newName ?? "");
    case "P":
      return transaction.setPolicy(chain ?? "", policy ?? "", transaction.table.backend === "legacy" ? counters : undefined);
  }
}
