/**
 * HPACK (RFC 7541), the part that needs no memory: every header field is a literal with its own
 * name, neither indexed nor Huffman-coded, which every decoder must accept.
 *
 * Differs: this decoder accepts nothing else; who compresses more is told COMPRESSION_ERROR.
 */
import { concat, text, utf8 } from "../core/bytes";
import type { Header } from "./http";

/** RFC 7541 §6.2.2: literal header field without indexing, new name. */
const LITERAL = 0x00;
const HUFFMAN = 0x80;

export function encodeHeaders(headers: readonly Header[]): Uint8Array {
  return concat(headers.flatMap(([name, value]) => [Uint8Array.of(LITERAL), encodeString(name.toLowerCase()), encodeString(value)]));
}

function encodeString(written: string): Uint8Array {
  const bytes = utf8(written);
  return concat([encodeLength(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits (§5.1). */
function encodeLength(length: number): Uint8Array {
  if (length < 127) return Uint8Array.of(length);
  const out = [127];
  let rest = length - 127;
  for (; rest >= 128; rest >>>= 7) out.push((rest & 127) | 128);
  return Uint8Array.of(...out, rest);
}

/** Undefined for a block that this decoder does not know. */
export function decodeHeaders(block: Uint8Array): readonly Header[] | undefined {
  const headers: Header[] = [];
  for (let at = 0; at < block.length; ) {
    if (block[at] !== LITERAL) return undefined;
    const name = decodeString(block, at + 1);
    const value = name && decodeString(block, name.end);
    if (name === undefined || value === undefined) return undefined;
    headers.push([name.text, value.text]);
    at = value.end;
  }
  return headers;
}

function decodeString(block: Uint8Array, start: number): { readonly text: string; readonly end: number } | undefined {
  const first = block[start];
  if (first === undefined || (first & HUFFMAN) !== 0) return undefined;
  let length = first;
  let at = start + 1;
  if (first === 127) {
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = block[at++];
      if (byte === undefined) return undefined;
      length += (byte & 127) << shift;
      if (byte < 128) break;
    }
  }
  const end = at + length;
  return end > block.length ? undefined : { text: text(block.subarray(at, end)), end };
}
