/** Bytes: a writer for what goes on the wire, the Internet checksum, and text as UTF-8. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(sizeHint = 128) {
    this.#bytes = new Uint8Array(sizeHint);
  }

  get length(): number {
    return this.#length;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  u8(value: number): this {
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  u24(value: number): this {
    return this.u8(value >>> 16).u16(value);
  }

  u32(value: number): this {
    return this.u16(value >>> 16).u16(value);
  }

  /** Little-endian, as pcap files are written. */
  u16le(value: number): this {
    return this.u8(value).u8(value >>> 8);
  }

  u32le(value: number): this {
    return this.u16le(value).u16le(value >>> 16);
  }

  u48(value: number): this {
    return this.u16(Math.floor(value / 0x1_0000_0000)).u32(value % 0x1_0000_0000);
  }

  bytes(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** Puts a 16-bit value where a place was left for it: a checksum, a length. */
  patch16(at: number, value: number): this {
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  /** The bytes from `start` on, as a view: valid until the next write. */
  view(start = 0): Uint8Array {
    return this.#bytes.subarray(start, this.#length);
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** RFC 1071: the ones' complement of the ones' complement sum, starting from `sum`. */
export function internetChecksum(bytes: Uint8Array, sum = 0): number {
  let total = sum;
  for (let i = 0; i + 1 < bytes.length; i += 2) total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  if (bytes.length % 2 === 1) total += (bytes[bytes.length - 1] as number) << 8;
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x1_0000);
  return ~total & 0xffff;
}

export function utf8(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return utf8Beyond(text);
    out[i] = code;
  }
  return out;
}

/** Of what is not plain ASCII. */
function utf8Beyond(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3);
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code >= 0xd800 && code < 0xdc00 && i + 1 < text.length) {
      const low = text.charCodeAt(i + 1);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
      }
    }
    if (code < 0x80) out[n++] = code;
    else if (code < 0x800) {
      out[n++] = 0xc0 | (code >> 6);
      out[n++] = 0x80 | (code & 63);
    } else if (code < 0x10000) {
      out[n++] = 0xe0 | (code >> 12);
      out[n++] = 0x80 | ((code >> 6) & 63);
      out[n++] = 0x80 | (code & 63);
    } else {
      if (n + 4 > out.length) break; // Cannot happen: a pair of units has room for six bytes.
      out[n++] = 0xf0 | (code >> 18);
      out[n++] = 0x80 | ((code >> 12) & 63);
      out[n++] = 0x80 | ((code >> 6) & 63);
      out[n++] = 0x80 | (code & 63);
    }
  }
  return out.slice(0, n);
}

/** Text from UTF-8; what is not UTF-8 becomes U+FFFD, as every terminal does. */
export function text(bytes: Uint8Array): string {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return textBeyond(bytes);
  if (bytes.length <= MOST_ARGUMENTS) return ascii(bytes);
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += MOST_ARGUMENTS) parts.push(ascii(bytes.subarray(i, i + MOST_ARGUMENTS)));
  return parts.join("");
}

const MOST_ARGUMENTS = 8192;

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
}

/** Of what is not plain ASCII. */
function textBeyond(bytes: Uint8Array): string {
  const parts: string[] = [];
  let units: number[] = [];
  for (let i = 0; i < bytes.length; ) {
    const [code, length] = codePoint(bytes, i);
    i += length;
    if (code >= 0x10000) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    else units.push(code);
    if (units.length > 8000) {
      parts.push(String.fromCharCode(...units));
      units = [];
    }
  }
  parts.push(String.fromCharCode(...units));
  return parts.join("");
}

function codePoint(bytes: Uint8Array, at: number): readonly [number, number] {
  const first = bytes[at] as number;
  if (first < 0x80) return [first, 1];
  const length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return [0xfffd, 1];
  let code = first & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i] as number;
    if ((next & 0xc0) !== 0x80) return [0xfffd, i];
    code = (code << 6) | (next & 63);
  }
  const overlong = (length === 3 && code < 0x800) || (length === 4 && code < 0x10000) || (code >= 0xd800 && code < 0xe000);
  return overlong || code > 0x10ffff ? [0xfffd, length] : [code, length];
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
