/**
 * The server's side of SPDY/3.1 (draft-mbelshe-httpbis-spdy-00), as much of it as kubectl and
 * kubelets speak: streams that the client opens, data, half-closing, ping. moby/spdystream, which
 * they use, has no flow control either.
 */
import { HeaderReader, HeaderWriter, type Headers } from "./spdy-headers";

const TYPE = { synStream: 1, synReply: 2, reset: 3, ping: 6, goAway: 7 } as const;
const FIN = 1;
const VERSION = 3;
const FRAME_HEADER_BYTES = 8;
const MOST_DATA_BYTES = 1 << 15;

export class SpdyStream {
  /** Called with what the client sends, and with undefined when it will send no more. */
  onData: (bytes: Buffer | undefined) => void = () => {};
  #ended = false;

  constructor(
    readonly headers: Headers,
    private readonly send: (bytes: Buffer, isLast: boolean) => void,
  ) {}

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#ended; at += MOST_DATA_BYTES) this.send(Buffer.from(bytes.subarray(at, at + MOST_DATA_BYTES)), false);
  }

  end(): void {
    if (!this.#ended) this.send(Buffer.alloc(0), true);
    this.#ended = true;
  }
}

export class SpdyConnection {
  readonly #streams = new Map<number, SpdyStream>();
  readonly #reader = new HeaderReader();
  readonly #writer = new HeaderWriter();
  #rest: Buffer = Buffer.alloc(0);
  /** Headers are inflated aside: what came later waits for what came before. */
  #work: Promise<void> = Promise.resolve();

  constructor(
    private readonly send: (bytes: Buffer) => void,
    private readonly onStream: (stream: SpdyStream) => void,
    private readonly onProblem: () => void,
  ) {}

  receive(bytes: Buffer): void {
    this.#work = this.#work.then(() => this.#take(bytes)).catch(this.onProblem);
  }

  close(): void {
    this.#reader.close();
    for (const stream of this.#streams.values()) stream.onData(undefined);
    this.#streams.clear();
  }

  async #take(bytes: Buffer): Promise<void> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= FRAME_HEADER_BYTES) {
      const length = this.#rest.readUIntBE(5, 3);
      if (this.#rest.length < FRAME_HEADER_BYTES + length) return;
      const frame = this.#rest.subarray(0, FRAME_HEADER_BYTES + length);
      this.#rest = this.#rest.subarray(frame.length);
      await this.#frame(frame);
    }
  }

  async #frame(frame: Buffer): Promise<void> {
    const first = frame.readUInt32BE(0);
    const isLast = ((frame[4] ?? 0) & FIN) !== 0;
    const body = frame.subarray(FRAME_HEADER_BYTES);
    if (first < 0x8000_0000) return this.#data(first, body, isLast);
    const type = first & 0xffff;
    if (type === TYPE.synStream) await this.#open(body.readUInt32BE(0) & 0x7fff_ffff, body.subarray(10), isLast);
    if (type === TYPE.reset) this.#data(body.readUInt32BE(0) & 0x7fff_ffff, Buffer.alloc(0), true);
    if (type === TYPE.ping) this.send(frame);
  }

  #data(id: number, bytes: Buffer, isLast: boolean): void {
    const stream = this.#streams.get(id);
    if (bytes.length > 0) stream?.onData(bytes);
    if (!isLast) return;
    this.#streams.delete(id);
    stream?.onData(undefined);
  }

  async #open(id: number, block: Buffer, isLast: boolean): Promise<void> {
    const headers = await this.#reader.read(block);
    const stream = new SpdyStream(headers, (bytes, last) => {
      const head = Buffer.alloc(FRAME_HEADER_BYTES);
      head.writeUInt32BE(id, 0);
      head.writeUIntBE(bytes.length, 5, 3);
      head[4] = last ? FIN : 0;
      this.send(Buffer.concat([head, bytes]));
    });
    this.#streams.set(id, stream);
    const named = Buffer.alloc(4);
    named.writeUInt32BE(id);
    this.#control(TYPE.synReply, Buffer.concat([named, this.#writer.write({})]));
    this.onStream(stream);
    if (isLast) this.#data(id, Buffer.alloc(0), true);
  }

  #control(type: number, body: Buffer): void {
    const head = Buffer.alloc(FRAME_HEADER_BYTES);
    head.writeUInt16BE(0x8000 | VERSION, 0);
    head.writeUInt16BE(type, 2);
    head.writeUIntBE(body.length, 5, 3);
    this.send(Buffer.concat([head, body]));
  }
}
