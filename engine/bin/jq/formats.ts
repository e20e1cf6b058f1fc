/** @text @json @csv @tsv @html @uri @sh @base64 @base64d. */
import { text as decode, utf8 } from "../../core/bytes";
import { decodeBase64, encodeBase64 } from "../coreutils/hashes";
import { JqError, shown } from "./paths";
import { isArray, isObject, type Json, print, printNumber } from "./value";

export function asText(value: Json): string {
  return typeof value === "string" ? value : print(value);
}

export function formatted(name: string, value: Json): string {
  switch (name) {
    case "@text":
      return asText(value);
    case "@json":
      return print(value);
    case "@csv":
      return row(value, "csv", (cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
    case "@tsv":
      return row(value, "tsv", (cell) => cell.replace(/[\\\t\n\r]/g, (char) => ({ "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" })[char] ?? char)).join("\t");
    case "@html":
      return asText(value).replace(/[<>&'"]/g, (char) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&apos;", '"': "&quot;" })[char] ?? char);
    case "@uri":
      return [...utf8(asText(value))].map((byte) => (/[A-Za-z0-9_.~-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)).join("");
    case "@sh":
      return (isArray(value) ? value : [value]).map(shellWord).join(" ");
    case "@base64":
      return encodeBase64(utf8(asText(value)));
    case "@base64d":
      return decode64(value);
  }
  throw new JqError(`${name.slice(1)} is not a valid format`);
}

function decode64(value: Json): string {
  const written = asText(value);
  const { bytes, fine } = decodeBase64(written);
  if (!fine && /[^A-Za-z0-9+/=]/.test(written)) throw new JqError(`${shown(written)} is not valid base64 data`);
  if (bytes.length === 0 && written !== "") throw new JqError(`${shown(written)} trailing base64 byte found`);
  return decode(bytes);
}

function row(value: Json, name: string, quote: (cell: string) => string): readonly string[] {
  if (!isArray(value)) throw new JqError(`${shown(value)} cannot be ${name}-formatted, only array`);
  return value.map((cell) => {
    if (isArray(cell) || isObject(cell)) throw new JqError(`${shown(cell)} is not valid in a csv row`);
    if (typeof cell === "number") return printNumber(cell);
    return cell === null ? "" : typeof cell === "boolean" ? String(cell) : quote(cell);
  });
}

function shellWord(value: Json): string {
  if (isArray(value) || isObject(value)) throw new JqError(`${shown(value)} can not be escaped for shell`);
  return typeof value === "string" ? `'${value.replaceAll("'", "'\\''")}'` : print(value);
}
