/**
 * Two fields that lie side by side in a header are asked for as one (payload_do_merge() of
 * src/rule.c): what a packet meets is the same, but a listing tells them in the order of the header.
 */
import type { Expr, Statement } from "./model";

type Place = readonly [base: string, offset: number, bits: number];

const PLACES: Readonly<Record<string, Place>> = {
  "ip length": ["nh", 16, 16],
  "ip id": ["nh", 32, 16],
  "ip frag-off": ["nh", 48, 16],
  "ip ttl": ["nh", 64, 8],
  "ip protocol": ["nh", 72, 8],
  "ip checksum": ["nh", 80, 16],
  "tcp sport": ["th", 0, 16],
  "tcp dport": ["th", 16, 16],
  "tcp flags": ["th", 104, 8],
  "tcp window": ["th", 112, 16],
  "tcp checksum": ["th", 128, 16],
  "tcp urgptr": ["th", 144, 16],
  "udp sport": ["th", 0, 16],
  "udp dport": ["th", 16, 16],
  "udp length": ["th", 32, 16],
  "udp checksum": ["th", 48, 16],
  "icmp type": ["th", 0, 8],
  "icmp code": ["th", 8, 8],
  "icmp checksum": ["th", 16, 16],
  "icmp id": ["th", 32, 16],
  "icmp sequence": ["th", 48, 16],
  "ether daddr": ["ll", 0, 48],
  "ether saddr": ["ll", 48, 48],
};

const REGISTER_BITS = 32;

function placeOf(statement: Statement): Place | undefined {
  if (statement.kind !== "match" || statement.op !== "==" || statement.hidden === true) return undefined;
  return statement.right.kind === "value" && statement.left.kind === "payload" ? PLACES[nameOf(statement.left)] : undefined;
}

const nameOf = (expr: Expr & { readonly kind: "payload" }): string => `${expr.protocol} ${expr.field}`;

type Part = { readonly statement: Statement; readonly at: number; readonly place: Place };

/** The same statements; those that merge stand together, where the first of them in the header stood. */
export function mergePayloads(statements: Statement[]): Statement[] {
  if (!mayMerge(statements)) return statements;
  const parts: Part[] = statements.flatMap((statement, at) => {
    const place = placeOf(statement);
    return place ? [{ statement, at, place }] : [];
  });
  const groups = groupsOf(parts.sort((a, b) => (a.place[0] === b.place[0] ? a.place[1] - b.place[1] : a.place[0] < b.place[0] ? -1 : 1)));
  if (groups.length === 0) return statements;
  const led = new Map(groups.map((group) => [leaderOf(group).at, group]));
  const moved = new Set(groups.flat().map(({ at }) => at));
  return statements.flatMap((statement, at) => led.get(at)?.map((part) => part.statement) ?? (moved.has(at) ? [] : [statement]));
}

/** Most rules ask for one field at most, and are let go at once. */
function mayMerge(statements: readonly Statement[]): boolean {
  let asked = 0;
  for (const statement of statements) if (statement.kind === "match" && statement.left.kind === "payload" && statement.hidden !== true) asked++;
  return asked > 1;
}

function groupsOf(sorted: readonly Part[]): Part[][] {
  const groups: Part[][] = [];
  for (const part of sorted) {
    const group = groups.at(-1);
    if (group && joins(group, part)) group.push(part);
    else groups.push([part]);
  }
  return groups.filter(({ length }) => length > 1);
}

/** Side by side, and no wider together than one register; what is wider already may grow. */
function joins(group: readonly Part[], { place: [base, offset, bits] }: Part): boolean {
  const last = group.at(-1) as Part;
  if (last.place[0] !== base || last.place[1] + last.place[2] !== offset) return false;
  const width = group.reduce((sum, part) => sum + part.place[2], 0);
  return base === "ll" ? width > REGISTER_BITS && bits > REGISTER_BITS : width + bits <= REGISTER_BITS;
}

/** The match that names a protocol keeps its place. */
function leaderOf(group: readonly Part[]): Part {
  return group.find(({ statement }) => statement.kind === "match" && statement.left.kind === "payload" && nameOf(statement.left) === "ip protocol") ?? (group[0] as Part);
}
