/**
 * `nft -j -f`: commands as JSON (libnftables-json(5), src/parser_json.c), put into the words of the
 * language and read from there, so that both ways in end in the same evaluation.
 */
import { expressionText, isRecord, many, type Json, type Record_, statementText, wordText } from "./json-words";
import { DATATYPES } from "./datatypes";
import { NftError, notModelled } from "./source";

/** Undefined: it is no JSON, and nft reads it as its own language. */
export function commandsOfJson(text: string): string | undefined {
  let root: Json;
  try {
    root = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isRecord(root)) throw refused(`Expected object, got ${Array.isArray(root) ? "array" : typeof root}`);
  const list = root.nftables;
  if (list === undefined) throw refused("Object item not found: nftables");
  if (!Array.isArray(list)) throw refused('Value of property "nftables" must be an array.');
  return list.map((command, at) => within(at, "command", () => commandText(command))).join("");
}

const refused = (message: string): NftError => new NftError(message, undefined);

/** What is wrong inside is reported first, then where it was. */
function within<T>(at: number, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NftError)) throw error;
    throw refused(`${error.message}\n\ninternal:0:0-0: Error: Parsing ${what} array at index ${at} failed.`);
  }
}

const VERBS = ["add", "create", "insert", "replace", "delete", "list", "reset", "flush", "rename"];

function commandText(command: Json): string {
  const [verb = "", body] = isRecord(command) ? (Object.entries(command)[0] ?? []) : [];
  if (verb === "metainfo") return metainfo(body);
  // A listing has no verbs; each of its objects is to be added.
  const listed = !VERBS.includes(verb);
  const inner = listed ? command : body;
  const [object = "", fields] = isRecord(inner) ? (Object.entries(inner)[0] ?? []) : [];
  return `${objectCommand(listed ? "add" : verb, object, isRecord(fields) ? fields : {}, listed)}\n`;
}

function metainfo(body: Json | undefined): string {
  const version = isRecord(body) ? body.json_schema_version : undefined;
  if (typeof version === "number" && version > 1) throw refused(`Schema version ${version} not supported, maximum supported version is 1\n\n\ninternal:0:0-0: Error: Metainfo verification failed.`);
  return "";
}

const OBJECTS: ReadonlySet<string> = new Set(["table", "chain", "rule", "set", "map", "element", "flowtable", "counter", "quota", "ct helper", "ct timeout", "ct expectation", "limit", "secmark", "synproxy"]);

function objectCommand(verb: string, object: string, fields: Record_, listed: boolean): string {
  const family = fields.family === undefined ? "" : ` ${need(fields, "family")}`;
  if ((verb === "list" && object.endsWith("s")) || object === "ruleset") return `${verb} ${object}${family}`;
  if (!OBJECTS.has(object)) throw refused(`Unknown object passed to ${verb} command.`);
  if (object === "table") return `${verb} table${family} ${need(fields, "name")}`;
  const table = `${family} ${need(fields, "table")}`;
  switch (object) {
    case "rule":
      return ruleCommand(verb, fields, `${table} ${need(fields, "chain")}`, listed);
    case "chain":
      return chainCommand(verb, fields, `${table} ${need(fields, "name")}`);
    case "element":
      return `${verb} element${table} ${need(fields, "name")} { ${list(fields.elem).map(expressionText).join(", ")} }`;
    case "set":
    case "map":
      return `${verb} ${object}${table} ${need(fields, "name")}${verb === "add" || verb === "create" ? setBlock(fields, object === "map") : ""}`;
    case "counter":
      return `${verb} counter${table} ${need(fields, "name")}${fields.packets === undefined ? "" : ` { packets ${wordText(fields.packets)} bytes ${wordText(fields.bytes ?? 0)}\n}`}`;
    case "quota":
      return `${verb} quota${table} ${need(fields, "name")}${fields.bytes === undefined ? "" : ` { ${fields.inv === true ? "over " : ""}${String(fields.bytes)} bytes${fields.used === undefined || fields.used === 0 ? "" : ` used ${String(fields.used)} bytes`}\n}`}`;
    case "limit":
      return `${verb} limit${table} ${need(fields, "name")}${fields.rate === undefined ? "" : ` { ${statementText({ limit: fields }).slice("limit ".length)}\n}`}`;
    default:
      return notModelled(object);
  }
}

function need(fields: Record_, name: string): string {
  const value = fields[name];
  if (value === undefined) throw refused(`Object item not found: ${name}`);
  return String(value);
}

/** Elements may stand in a set of their own. */
const list = (value: Json | undefined): readonly Json[] => many(isRecord(value) && Array.isArray(value.set) ? value.set : value);

function ruleCommand(verb: string, fields: Record_, place: string, listed: boolean): string {
  const at = fields.index !== undefined ? ` index ${wordText(fields.index)}` : fields.handle !== undefined && !listed ? ` handle ${wordText(fields.handle)}` : "";
  if (verb === "delete") return `delete rule${place}${at}`;
  const statements = list(fields.expr).map((statement, i) => within(i, "expr", () => statementText(statement)));
  return `${verb} rule${place}${at} ${statements.join(" ")}${fields.comment === undefined ? "" : ` comment "${String(fields.comment)}"`}`;
}

function chainCommand(verb: string, fields: Record_, place: string): string {
  if (verb === "rename") return `rename chain${place} ${need(fields, "newname")}`;
  if (verb !== "add" && verb !== "create") return `${verb} chain${place}`;
  const comment = fields.comment === undefined ? "" : `comment "${String(fields.comment)}"; `;
  const base = fields.hook === undefined ? "" : `type ${need(fields, "type")} hook ${need(fields, "hook")} priority ${wordText(fields.prio ?? 0)}; ${fields.policy === undefined ? "" : `policy ${String(fields.policy)}; `}`;
  return `${verb} chain${place}${base + comment === "" ? "" : ` { ${base}${comment}}`}`;
}

function setBlock(fields: Record_, map: boolean): string {
  // Its own listing of a concatenation as one word is not understood by the real one either.
  if (map && typeof fields.map === "string" && !["verdict", "counter", "quota", "limit"].includes(fields.map) && !DATATYPES.has(fields.map)) throw refused(`Invalid map type '${fields.map}'.`);
  const types = (value: Json | undefined): string => list(value).map(String).join(" . ");
  const lines = [`type ${types(fields.type)}${map ? ` : ${types(fields.map)}` : ""}`];
  if (fields.policy !== undefined) lines.push(`policy ${String(fields.policy)}`);
  if (fields.flags !== undefined) lines.push(`flags ${list(fields.flags).map(String).join(",")}`);
  if (fields.timeout !== undefined) lines.push(`timeout ${String(fields.timeout)}s`);
  if (fields["gc-interval"] !== undefined) lines.push(`gc-interval ${String(fields["gc-interval"])}s`);
  if (fields.size !== undefined) lines.push(`size ${String(fields.size)}`);
  if (fields["auto-merge"] === true) lines.push("auto-merge");
  for (const statement of list(fields.stmt)) lines.push(statementText(statement));
  if (fields.comment !== undefined) lines.push(`comment "${String(fields.comment)}"`);
  if (fields.elem !== undefined) lines.push(`elements = { ${list(fields.elem).map(expressionText).join(", ")} }`);
  return ` { ${lines.join("; ")}; }`;
}
