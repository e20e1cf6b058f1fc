/** Statements and expressions of JSON in the words of nft's language: json_parse_stmt() and json_parse_expr() of src/parser_json.c. */
import { NftError, notModelled } from "./source";

export type Json = null | boolean | number | string | readonly Json[] | Record_;
export type Record_ = { readonly [name: string]: Json | undefined };

export const isRecord = (value: Json | undefined): value is Record_ => typeof value === "object" && value !== null && !Array.isArray(value);

/** A name, an address, a number: quoted where the scanner would stumble. */
export function wordText(value: Json): string {
  if (typeof value === "boolean") return value ? "exists" : "missing";
  if (typeof value !== "string") return String(value);
  return /^[\w./:@-]+\*?$/.test(value) || value === "*" ? value : `"${value}"`;
}

/** One, several or none. */
export const many = (value: Json | undefined): readonly Json[] => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]);

const OPERATORS = ["&", "|", "^", "<<", ">>"];
const VERDICTS = ["accept", "drop", "continue", "return", "jump", "goto"];

export function expressionText(value: Json): string {
  if (Array.isArray(value)) return pairOrList(value);
  if (!isRecord(value)) return wordText(value as Json);
  const [kind = "", inner] = Object.entries(value)[0] ?? [];
  if (VERDICTS.includes(kind)) return verdictText(kind, inner);
  if (OPERATORS.includes(kind)) return (inner as readonly Json[]).map(operandText).join(` ${kind} `);
  const fields = isRecord(inner) ? inner : {};
  switch (kind) {
    case "payload":
      return fields.base === undefined ? `${String(fields.protocol)} ${String(fields.field)}` : `@${String(fields.base)},${String(fields.offset)},${String(fields.len)}`;
    case "tcp option":
      return `tcp option ${String(fields.name)}${fields.field === undefined ? "" : ` ${String(fields.field)}`}`;
    case "rt":
      return `rt ${fields.family === undefined ? "" : `${String(fields.family)} `}${String(fields.key)}`;
    case "|":
      return (inner as readonly Json[]).map(expressionText).join(" | ");
    case "meta":
      return `meta ${String(fields.key)}`;
    case "ct":
      return `ct ${fields.dir === undefined ? "" : `${String(fields.dir)} `}${String(fields.key)}`;
    case "fib":
      return `fib ${many(fields.flags).map(String).join(" . ")} ${String(fields.result)}`;
    case "numgen":
      return `numgen ${String(fields.mode)} mod ${String(fields.mod)}${offset(fields)}`;
    case "jhash":
      return `jhash ${expressionText(fields.expr ?? null)} mod ${String(fields.mod)}${fields.seed === undefined ? "" : ` seed ${String(fields.seed)}`}${offset(fields)}`;
    case "symhash":
      return `symhash mod ${String(fields.mod)}${offset(fields)}`;
    case "prefix":
      return `${expressionText(fields.addr ?? null)}/${String(fields.len)}`;
    case "range":
      return (inner as readonly Json[]).map(expressionText).join("-");
    case "concat":
      return (inner as readonly Json[]).map(expressionText).join(" . ");
    case "set":
      return `{ ${many(inner).map(expressionText).join(", ")} }`;
    case "map":
      return `${expressionText(fields.key ?? null)} map ${expressionText(fields.data ?? null)}`;
    case "elem":
      return elementText(fields);
    default:
      throw new NftError(`Unknown expression type '${kind}'.`, undefined);
  }
}

const offset = ({ offset: by }: Record_): string => (by === undefined || by === 0 ? "" : ` offset ${String(by)}`);

/** `[key, value]` in a map; elsewhere flags in a row. */
function pairOrList(value: readonly Json[]): string {
  const [first, second] = value;
  const pair = value.length === 2 && (isRecord(second) || isRecord(first) || typeof second !== typeof first || typeof second === "number" || /[.\d]/.test(String(second)));
  return pair ? `${expressionText(first ?? null)} : ${expressionText(second ?? null)}` : value.map(expressionText).join(",");
}

function operandText(value: Json): string {
  const text = Array.isArray(value) ? value.map(expressionText).join(" | ") : expressionText(value);
  return Array.isArray(value) && value.length > 1 ? `(${text})` : text;
}

function verdictText(kind: string, inner: Json | undefined): string {
  return kind === "jump" || kind === "goto" ? `${kind} ${isRecord(inner) ? String(inner.target) : ""}` : kind;
}

function elementText({ val, timeout, expires, comment, counter, limit, ...rest }: Record_): string {
  const parts = [expressionText(val ?? null)];
  if (counter !== undefined) parts.push(statementText({ counter }));
  if (rest["ct count"] !== undefined) parts.push(statementText({ "ct count": rest["ct count"] }));
  if (limit !== undefined) parts.push(statementText({ limit }));
  if (timeout !== undefined) parts.push(`timeout ${String(timeout)}s`);
  if (expires !== undefined) parts.push(`expires ${String(expires)}s`);
  if (comment !== undefined) parts.push(`comment "${String(comment)}"`);
  return parts.join(" ");
}

export function statementText(value: Json): string {
  const [kind = "", inner] = isRecord(value) ? (Object.entries(value)[0] ?? []) : [];
  const fields = isRecord(inner) ? inner : {};
  if (VERDICTS.includes(kind)) return verdictText(kind, inner);
  switch (kind) {
    case "match":
      return matchText(fields);
    case "counter":
      return typeof inner === "string" ? `counter name "${inner}"` : fields.map !== undefined ? `counter name ${expressionText(inner ?? null)}` : fields.packets === undefined ? "counter" : `counter packets ${String(fields.packets)} bytes ${String(fields.bytes)}`;
    case "limit":
      return limitText(inner);
    case "log":
      return logText(fields);
    case "reject":
      return inner === null || inner === undefined ? "reject" : fields.type === "tcp reset" ? "reject with tcp reset" : `reject with ${String(fields.type)} ${fields.expr === undefined ? "" : wordText(fields.expr)}`;
    case "dnat":
    case "snat":
    case "masquerade":
    case "redirect":
      return natText(kind, fields);
    case "mangle":
      return `${expressionText(fields.key ?? null)} set ${expressionText(fields.value ?? null)}`;
    case "vmap":
      return `${expressionText(fields.key ?? null)} vmap ${expressionText(fields.data ?? null)}`;
    case "notrack":
      return "notrack";
    case "set":
      return `${String(fields.op)} ${String(fields.set)} { ${[expressionText(fields.elem ?? null), ...many(fields.stmt).map(statementText)].join(" ")} }`;
    case "quota":
      if (typeof inner === "string") return `quota name "${inner}"`;
      if (fields.map !== undefined) return `quota name ${expressionText(inner ?? null)}`;
      return `quota ${fields.inv === true ? "over " : ""}${String(fields.val)} ${String(fields.val_unit ?? "bytes")}${fields.used === undefined ? "" : ` used ${String(fields.used)} ${String(fields.used_unit ?? "bytes")}`}`;
    case "ct count":
      return `ct count ${fields.inv === true ? "over " : ""}${String(fields.val)}`;
    case "meter":
      return `meter ${String(fields.name)}${fields.size === undefined ? "" : ` size ${String(fields.size)}`} { ${expressionText(fields.key ?? null)} ${statementText(fields.stmt ?? null)} }`;
    case "queue":
    case "fwd":
    case "dup":
    case "tproxy":
    case "synproxy":
    case "ct helper":
    case "ct timeout":
    case "flow":
    case "xt":
      return notModelled(kind);
    default:
      throw new NftError(`Unknown statement object '${kind}'.`, undefined);
  }
}

function matchText({ op, left, right }: Record_): string {
  const value = right ?? null;
  const text = Array.isArray(value) ? value.map(expressionText).join(op === "==" || op === "!=" ? " | " : ",") : expressionText(value);
  return `${expressionText(left ?? null)} ${op === "in" ? "" : `${String(op ?? "==")} `}${text}`;
}

function limitText(inner: Json | undefined): string {
  if (typeof inner === "string") return `limit name "${inner}"`;
  if (isRecord(inner) && inner.map !== undefined) return `limit name ${expressionText(inner)}`;
  const { rate, per = "second", burst, inv, rate_unit: unit, burst_unit: burstUnit } = isRecord(inner) ? inner : {};
  const bytes = unit !== undefined && unit !== "packets";
  return `limit rate ${inv === true ? "over " : ""}${String(rate)}${bytes ? ` ${String(unit)}` : ""}/${String(per)}${burst === undefined || burst === 0 ? "" : ` burst ${String(burst)} ${bytes ? String(burstUnit ?? "bytes") : "packets"}`}`;
}

function logText({ prefix, group, snaplen, level, flags, "queue-threshold": threshold }: Record_): string {
  const parts = ["log"];
  if (prefix !== undefined) parts.push(`prefix "${String(prefix)}"`);
  if (group !== undefined) parts.push(`group ${String(group)}`);
  if (snaplen !== undefined) parts.push(`snaplen ${String(snaplen)}`);
  if (threshold !== undefined) parts.push(`queue-threshold ${String(threshold)}`);
  if (level !== undefined) parts.push(`level ${String(level)}`);
  for (const flag of many(flags)) parts.push(`flags ${String(flag)}`);
  return parts.join(" ");
}

function natText(kind: string, { family, addr, port, flags }: Record_): string {
  const to = addr === undefined && port === undefined ? "" : `${family === undefined ? "" : ` ${String(family)}`} to ${addr === undefined ? "" : expressionText(addr)}${port === undefined ? "" : `:${expressionText(port)}`}`;
  const extra = many(flags).map(String).join(",");
  return `${kind}${to}${extra === "" ? "" : ` ${extra}`}`;
}
