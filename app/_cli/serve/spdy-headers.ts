/**
 * SPDY/3.1 header blocks (draft-mbelshe-httpbis-spdy-00, 2.6.10): names and values with their
 * lengths, deflated with a dictionary that both sides know and a state that lasts for the connection.
 */
import { constants, createInflate, type Inflate } from "node:zlib";

export type Headers = Readonly<Record<string, string>>;

const NAMES = [
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding",
  "content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range",
  "if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via",
  "warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin",
]
  .join(" ")
  .split(" ")
  .map((name) => name.replace("_", " "));
const REST =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request" +
  "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 " +
  "Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip," +
  "deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([u32(bytes.length), bytes]);
}

function dictionary(): Buffer {
  return Buffer.concat([...NAMES.map(counted), Buffer.from(REST)]);
}

export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary: dictionary(), flush: constants.Z_SYNC_FLUSH });

  async read(block: Buffer): Promise<Headers> {
    await new Promise<void>((resolve, reject) => this.#inflate.write(block, (problem) => (problem ? reject(problem) : resolve())));
    const plain = (this.#inflate.read() as Buffer | null) ?? Buffer.alloc(0);
    const headers: Record<string, string> = {};
    let at = 4;
    const next = (): string => {
      const length = plain.readUInt32BE(at);
      at += 4 + length;
      return plain.subarray(at - length, at).toString("utf8");
    };
    for (let left = plain.readUInt32BE(0); left > 0; left--) {
      const name = next();
      headers[name.toLowerCase()] = next();
    }
    return headers;
  }

  close(): void {
    this.#inflate.close();
  }
}

/** An empty block: readers hand out what they have when they meet it. */
const FLUSHED = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Writes blocks as deflate's "stored" ones: nothing is gained by squeezing what is nearly empty. */
export class HeaderWriter {
  #begun = false;

  write(headers: Headers): Buffer {
    const pairs = Object.entries(headers);
    const plain = Buffer.concat([u32(pairs.length), ...pairs.flatMap(([name, value]) => [counted(name), counted(value)])]);
    const length = Buffer.alloc(5);
    length.writeUInt16LE(plain.length, 1);
    length.writeUInt16LE(0xffff - plain.length, 3);
    const prologue = this.#begun ? [] : [Buffer.from([0x78, 0x01])];
    this.#begun = true;
    return Buffer.concat([...prologue, length, plain, FLUSHED]);
  }
}
