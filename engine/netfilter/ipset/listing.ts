/** What `ipset list` and `ipset save` print: plain text, restorable text, or XML. */
import { compareKeys, printKey } from "./element";
import type { IpSet } from "./ip-set";
import { ListBody, type Member } from "./list";
import type { Slot } from "./types";

export type OutputMode = "plain" | "save" | "xml";

export type ListingStyle = { readonly mode: OutputMode; readonly sorted: boolean; readonly headersOnly: boolean };

/** The member's name and its extensions, as [tag, text] pairs. */
function fieldsOf(set: IpSet, slot: Slot): [string, string][] {
  const { options, type } = set;
  const fields: [string, string][] = [["elem", "set" in slot ? (slot as Member).set.name : printKey(type, slot.key)]];
  if (options.timeout !== undefined) fields.push(["timeout", String(set.remaining(slot))]);
  if (slot.nomatch) fields.push(["nomatch", ""]);
  if (options.counters) fields.push(["packets", String(slot.packets)], ["bytes", String(slot.bytes)]);
  if (slot.comment !== "") fields.push(["comment", `"${slot.comment}"`]);
  return fields;
}

function members(set: IpSet, sorted: boolean): [string, string][][] {
  const slots = [...set.living()];
  if (sorted && !(set.body instanceof ListBody)) slots.sort((a, b) => compareKeys(a.key, b.key));
  return slots.map((slot) => fieldsOf(set, slot));
}

const inWords = (fields: readonly [string, string][]): string => fields.map(([tag, text], i) => (i === 0 ? text : text === "" ? tag : `${tag} ${text}`)).join(" ");

function plain(set: IpSet, { sorted, headersOnly }: ListingStyle): string {
  const lines = [`Name: ${set.name}`, `Type: ${set.type.name}`, `Revision: ${set.type.revision}`, `Header: ${set.header()}`, `Size in memory: ${set.memory}`, `References: ${set.references}`, `Number of entries: ${set.size}`];
  if (!headersOnly) lines.push("Members:", ...members(set, sorted).map(inWords));
  return `${lines.join("\n")}\n`;
}

function saved(set: IpSet, sorted: boolean): string {
  const lines = [`create ${set.name} ${set.type.name} ${set.header()}`, ...members(set, sorted).map((fields) => `add ${set.name} ${inWords(fields)}`)];
  return lines.map((line) => `${line}\n`).join("");
}

/** Options without a value are empty elements. */
function headerXml(set: IpSet): string {
  const flags = ["counters", "comment"];
  const words = set.header().split(" ");
  let xml = "";
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    xml += flags.includes(word) ? `<${word}/>` : `<${word}>${words[++i]}</${word}>`;
  }
  return xml;
}

function xml(set: IpSet, { sorted, headersOnly }: ListingStyle): string {
  const head = `<ipset name="${set.name}">\n<type>${set.type.name}</type>\n<revision>${set.type.revision}</revision>\n<header>${headerXml(set)}\n`;
  const counts = `<memsize>${set.memory}</memsize>\n<references>${set.references}</references>\n<numentries>${set.size}</numentries>\n</header>\n`;
  const body = members(set, sorted).map((fields) => `<member>${fields.map(([tag, text]) => (text === "" ? `<${tag}/>` : `<${tag}>${text}</${tag}>`)).join("")}</member>\n`);
  return `${head}${counts}${headersOnly ? "" : `<members>\n${body.join("")}</members>\n`}</ipset>\n`;
}

export function printSets(sets: readonly IpSet[], style: ListingStyle): string {
  if (style.mode === "save") return sets.map((set) => saved(set, style.sorted)).join("");
  if (style.mode === "xml") return `<ipsets>\n${sets.map((set) => xml(set, style)).join("")}</ipsets>\n`;
  return sets.map((set) => plain(set, style)).join("\n");
}
