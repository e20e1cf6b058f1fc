/** What a rule needs of the kernel: connection tracking (nf_ct_netns_get), and hooks it may stand at. */
import type { HookName } from "../../net/hook";
import type { Base, Expr, Statement } from "./model";
import type { NftSet } from "./nft-set";

export function needsConntrack(statements: readonly Statement[]): boolean {
  return statements.some((statement) => {
    if (statement.kind === "nat" || statement.kind === "ct count") return true;
    return expressionsOf(statement).some(asksConntrack);
  });
}

function expressionsOf(statement: Statement): Expr[] {
  switch (statement.kind) {
    case "match":
      return [statement.left, statement.right];
    case "flags":
    case "masked":
    case "lookup":
      return [statement.left];
    case "vmap":
    case "dynset":
    case "object map":
      return [statement.key];
    case "set":
      return [statement.target, statement.value];
    default:
      return [];
  }
}

function asksConntrack(expr: Expr): boolean {
  switch (expr.kind) {
    case "ct":
      return true;
    case "bitwise":
    case "shift":
      return asksConntrack(expr.of);
    case "concat":
      return expr.parts.some(asksConntrack);
    case "map":
      return asksConntrack(expr.key);
    default:
      return false;
  }
}

const NAT_AT: Readonly<Record<string, readonly HookName[]>> = { dnat: ["PREROUTING", "OUTPUT"], redirect: ["PREROUTING", "OUTPUT"], snat: ["POSTROUTING", "INPUT"], masquerade: ["POSTROUTING"] };

/** The expressions' own validate(): may this statement run in such a base chain? */
export function allowedIn(statement: Statement, { type, at }: Base): boolean {
  if (statement.kind === "nat") return type === "nat" && (NAT_AT[statement.type] ?? []).includes(at);
  if (statement.kind === "reject") return at !== "POSTROUTING";
  if (statement.kind === "set" && statement.target.kind === "meta" && statement.target.key === "pkttype") return at === "PREROUTING";

  return expressionsOf(statement).every((expr) => fibAllowed(expr, at) && (expr.kind !== "rt" || expr.key !== "mtu" || at === "FORWARD" || at === "OUTPUT" || at === "POSTROUTING"));
}

function fibAllowed(expr: Expr, at: HookName): boolean {
  if (expr.kind !== "fib") return true;
  const early = at === "PREROUTING" || at === "INPUT" || at === "FORWARD";
  if (expr.result !== "type") return early;
  if (expr.flags.includes("iif")) return early;
  return !expr.flags.includes("oif") || at === "FORWARD" || at === "OUTPUT" || at === "POSTROUTING";
}

/** Sets a statement looks something up in. */
export function setsOf(statement: Statement): NftSet[] {
  switch (statement.kind) {
    case "lookup":
    case "vmap":
    case "dynset":
    case "object map":
      return [statement.set];
    case "nat":
      return [statement.address, statement.port].flatMap((expr) => (expr?.kind === "map" ? [expr.set] : []));
    case "set":
      return statement.value.kind === "map" ? [statement.value.set] : [];
    default:
      return [];
  }
}
