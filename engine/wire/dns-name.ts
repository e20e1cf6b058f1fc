/**
 * Domain names (RFC 1035 §3.1, §4.1.4): labels with their lengths, and pointers back to where
 * the rest of a name has been written before. In text they are always complete: "web.example.org.",
 * and "." is the root. Bytes a name may not show are \DDD, as in a zone file.
 */
import type { ByteWriter } from "../core/bytes";

const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;

/** Where each ending of a name was written, so that it is written once: the key is in lower case. */
export type Compression = Map<string, number>;

/** The labels of a name as text, escapes kept; undefined if a label or the whole is too long or empty. */
export function labelsOf(name: string): readonly string[] | undefined {
  if (name === ".") return [];
  const labels = splitLabels(name.endsWith(".") ? name.slice(0, -1) : name);
  let total = 1;
  for (const label of labels) {
    const length = label.includes("\\") ? labelBytes(label).length : label.length;
    if (length === 0 || length > MAX_LABEL_BYTES) return undefined;
    total += length + 1;
  }
  return total > MAX_NAME_BYTES ? undefined : labels;
}

/** What is wrong with a name, in the words of BIND's dns_name_fromtext(); undefined when nothing is. */
export function illegality(name: string): "empty label" | "label too long" | "ran out of space" | undefined {
  if (labelsOf(name) !== undefined) return undefined;
  const lengths = splitLabels(name.endsWith(".") ? name.slice(0, -1) : name).map((label) => labelBytes(label).length);
  const first = lengths.find((length) => length === 0 || length > MAX_LABEL_BYTES);
  if (first === undefined) return "ran out of space";
  return first === 0 ? "empty label" : "label too long";
}

/** With the final dot. */
export function absolute(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

/** Without the final dot, as most tools show a name; the root stays ".". */
export function withoutDot(name: string): string {
  return name.length > 1 && name.endsWith(".") ? name.slice(0, -1) : name;
}

/** How many dots: what `ndots` counts. */
export function dotsIn(name: string): number {
  let dots = 0;
  for (const letter of name) if (letter === ".") dots++;
  return dots;
}

/** "4.3.2.1.in-addr.arpa." for 1.2.3.4. */
export function reverseName(address: number): string {
  return `${address & 255}.${(address >>> 8) & 255}.${(address >>> 16) & 255}.${address >>> 24}.in-addr.arpa.`;
}

function splitLabels(name: string): string[] {
  if (!name.includes("\\")) return name.split(".");
  const labels: string[] = [""];
  for (let i = 0; i < name.length; i++) {
    const letter = name[i] as string;
    if (letter === ".") labels.push("");
    else if (letter === "\\") {
      const escape = /^\d{3}/.test(name.slice(i + 1)) ? name.slice(i, i + 4) : name.slice(i, i + 2);
      labels[labels.length - 1] += escape;
      i += escape.length - 1;
    } else labels[labels.length - 1] += letter;
  }
  return labels;
}

function labelBytes(label: string): readonly number[] {
  const bytes: number[] = [];
  for (let i = 0; i < label.length; i++) {
    const code = label.charCodeAt(i);
    if (code !== 0x5c) {
      bytes.push(code & 0xff);
      continue;
    }
    const digits = /^\d{3}/.exec(label.slice(i + 1))?.[0];
    bytes.push(digits === undefined ? label.charCodeAt(i + 1) & 0xff : Number(digits) & 0xff);
    i += digits === undefined ? 1 : 3;
  }
  return bytes;
}

/** Writes a name; with `compression`, a pointer as soon as its ending has been written before. */
export function encodeName(name: string, out: ByteWriter, compression?: Compression): void {
  const labels = labelsOf(absolute(name));
  if (labels === undefined) throw new Error(`not a domain name: ${name}`);
  const whole = withoutDot(name).toLowerCase();
  let behind = 0;
  for (const label of labels) {
    if (compression !== undefined) {
      const ending = whole.slice(behind);
      const at = compression.get(ending);
      if (at !== undefined) {
        out.u16(0xc000 | at);
        return;
      }
      if (out.length < 0x4000) compression.set(ending, out.length);
    }
    behind += label.length + 1;
    if (label.includes("\\")) writeLabel(labelBytes(label), out);
    else {
      out.u8(label.length);
      for (let i = 0; i < label.length; i++) out.u8(label.charCodeAt(i));
    }
  }
  out.u8(0);
}

function writeLabel(bytes: readonly number[], out: ByteWriter): void {
  out.u8(bytes.length);
  for (const byte of bytes) out.u8(byte);
}

/** Reads a name at `at`; also where what follows begins. Undefined when it is not one. */
export function decodeName(bytes: Uint8Array, at: number): { readonly name: string; readonly next: number } | undefined {
  let text = "";
  let next = -1;
  let here = at;
  // Each pointer must lead backwards, so this ends.
  let before = at;
  for (;;) {
    const length = bytes[here];
    if (length === undefined) return undefined;
    if (length >= 0xc0) {
      const low = bytes[here + 1];
      if (low === undefined) return undefined;
      if (next < 0) next = here + 2;
      const to = ((length & 0x3f) << 8) | low;
      if (to >= before) return undefined;
      before = to;
      here = to;
      continue;
    }
    if (length > MAX_LABEL_BYTES || here + 1 + length > bytes.length) return undefined;
    here++;
    if (length === 0) return text.length > MAX_NAME_BYTES * 4 ? undefined : { name: text === "" ? "." : text, next: next < 0 ? here : next };
    for (let i = 0; i < length; i++) text += printByte(bytes[here + i] as number);
    text += ".";
    if (text.length > MAX_NAME_BYTES * 4) return undefined;
    here += length;
  }
}

function printByte(byte: number): string {
  const letter = String.fromCharCode(byte);
  if (byte >= 0x61 && byte <= 0x7a) return letter;
  if (byte <= 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, "0")}`;
  return '."();@$\\'.includes(letter) ? `\\${letter}` : letter;
}
