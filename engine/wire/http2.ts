/**
 * HTTP/2 (RFC 9113) as far as gRPC needs it: the connection preface and frames of nine bytes and
 * a payload. Flow control windows are never short here, and there are no priorities and no push.
 */
import { concat, NO_BYTES, utf8 } from "../core/bytes";

export const PREFACE = utf8("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const FRAME = { data: 0, headers: 1, resetStream: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;
/** RFC 9113 §7. */
export const HTTP2_ERROR = { none: 0, protocol: 1, compression: 9 } as const;

export type Frame = { readonly type: number; readonly flags: number; readonly stream: number; readonly payload: Uint8Array };

const HEAD = 9;
/** SETTINGS_MAX_FRAME_SIZE, where nobody said otherwise. */
const LONGEST = 16_384;

export function encodeFrame({ type, flags, stream, payload }: Frame): Uint8Array {
  const { length } = payload;
  return concat([Uint8Array.of((length >>> 16) & 255, (length >>> 8) & 255, length & 255, type, flags, (stream >>> 24) & 127, (stream >>> 16) & 255, (stream >>> 8) & 255, stream & 255), payload]);
}

export function settings(flags = 0): Uint8Array {
  return encodeFrame({ type: FRAME.settings, flags, stream: 0, payload: NO_BYTES });
}

/** GOAWAY: the last stream that was looked at, and why no more are. */
export function goAway(lastStream: number, error: number): Uint8Array {
  const payload = Uint8Array.of(...[lastStream, error].flatMap((word) => [(word >>> 24) & 255, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]));
  return encodeFrame({ type: FRAME.goAway, flags: 0, stream: 0, payload });
}

/** Cuts frames out of whatever TCP delivers. */
export class FrameReader {
  #bytes: Uint8Array = NO_BYTES;
  /** The other side does not speak HTTP/2. */
  broken = false;

  push(bytes: Uint8Array): void {
    this.#bytes = concat([this.#bytes, bytes]);
  }

  /** So many bytes that are no frame: the preface. */
  take(count: number): Uint8Array | undefined {
    if (this.#bytes.length < count) return undefined;
    const taken = this.#bytes.slice(0, count);
    this.#bytes = this.#bytes.slice(count);
    return taken;
  }

  next(): Frame | undefined {
    const head = this.#bytes;
    if (this.broken || head.length < HEAD) return undefined;
    const at = (i: number): number => head[i] ?? 0;
    const length = at(0) * 65_536 + at(1) * 256 + at(2);
    if (length > LONGEST) this.broken = true;
    if (this.broken || head.length < HEAD + length) return undefined;
    const stream = (at(5) & 127) * 16_777_216 + at(6) * 65_536 + at(7) * 256 + at(8);
    const payload = head.slice(HEAD, HEAD + length);
    this.#bytes = head.slice(HEAD + length);
    return { type: at(3), flags: at(4), stream, payload };
  }
}
