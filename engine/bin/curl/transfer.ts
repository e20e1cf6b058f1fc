/** One URL, redirects included: from the first word of -v to the last byte of the body. */
import { SysError } from "../../core/errno";
import { utf8, text, concat } from "../../core/bytes";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { headerOf, type HttpHead, HttpParser } from "../../wire/http";
import type { Ip } from "../../wire/ip";
import type { Config } from "./config";
import { type Connection, type Connections, CurlFailed, type Deadlines, type Times } from "./connect";
import type { Meter } from "./meter";
import { type BodyOutput, type Verbose, warning } from "./output";
import { bodyOf, buildRequest, defaultMethod, type Request, userOf } from "./request";
import { parseUrl, resolveUrl, type Url } from "./url";

const BUFFER_BYTES = 102_400;
const DEFAULT_MAX_REDIRECTS = 50;
const EXPECT_WAIT_MS = 1000;
/** What curl itself takes before it asks for a name, and after the last byte. */
const SETUP_MS = 0.12;
const FINISH_MS = 0.08;

/** What happened, for -w and for the exit status. */
export type Outcome = {
  exit: number;
  message: string;
  url: string;
  method: string;
  head: HttpHead | undefined;
  status: number;
  down: number;
  up: number;
  headerBytes: number;
  requestBytes: number;
  connects: number;
  redirects: number;
  redirectUrl: string;
  redirectMs: number;
  local: { ip: Ip; port: number } | undefined;
  remote: { ip: Ip; port: number } | undefined;
  times: Times;
  endMs: number;
};

export type Session = { readonly proc: Proc; readonly config: Config; readonly verbose: Verbose; readonly connections: Connections };

export class Transfer {
  readonly #proc: Proc;
  readonly #config: Config;
  readonly #verbose: Verbose;
  readonly outcome: Outcome;
  #gotAnything = false;
  #expected: number | undefined;

  constructor(
    private readonly session: Session,
    private readonly written: string,
    private readonly output: BodyOutput,
    readonly meter: Meter,
    /** -D: where headers go beside. */
    private readonly dump: BodyOutput | undefined,
  ) {
    const { proc, config, verbose } = session;
    this.#proc = proc;
    this.#config = config;
    this.#verbose = verbose;
    const now = proc.nowMs;
    const times = { startMs: now, lookupMs: 0, connectMs: 0, pretransferMs: 0, startTransferMs: 0 };
    this.outcome = { exit: 0, message: "", url: written, method: "GET", head: undefined, status: 0, down: 0, up: 0, headerBytes: 0, requestBytes: 0, connects: 0, redirects: 0, redirectUrl: "", redirectMs: 0, local: undefined, remote: undefined, times, endMs: now };
  }

  *run(): Task<Outcome> {
    const { outcome } = this;
    try {
      yield* this.#follow();
    } catch (error) {
      if (!(error instanceof CurlFailed)) throw error;
      outcome.exit = error.exit;
      outcome.message = error.message;
    }
    outcome.endMs = this.#proc.nowMs;
    return outcome;
  }

  *#follow(): Task {
    const { outcome } = this;
    yield* this.#proc.sleep(SETUP_MS);
    const body = bodyOf(this.#proc, this.#config);
    if (body === "unreadable") yield* this.#proc.err(`curl: Can't open '${this.#config.uploadFile}'!\ncurl: try 'curl --help' or 'curl --manual' for more information\n`);
    if (body === "unreadable") throw new CurlFailed(26, "Failed to open/read local data from file/application");
    const most = Number(this.#config.values.get("max-redirs") ?? DEFAULT_MAX_REDIRECTS);
    let url = this.#parse(this.written);
    const first = url;
    let method = this.#config.method ?? defaultMethod(this.#config);
    let sending = body;
    const deadlines = this.session.connections.deadlines(outcome.times.startMs);
    for (;;) {
      outcome.url = this.written.includes("://") || outcome.redirects > 0 ? outcome.url : `${url.scheme}://${this.written}`;
      if (outcome.redirects === 0 && url.path === "/" && /^[^/]*:\/\/[^/?#]*$/.test(outcome.url)) outcome.url += "/";
      outcome.method = method;
      const request = buildRequest(this.#config, url, method, sending, undefined, url.host === first.host);
      const location = yield* this.#once(url, request, deadlines, url.host === first.host);
      if (location === undefined) return;
      const next = resolveUrl(url, location);
      if (most >= 0 && outcome.redirects >= most) {
        yield* this.#verbose.info(`Maximum (${most}) redirects followed`);
        throw new CurlFailed(47, `Maximum (${most}) redirects followed`);
      }
      outcome.redirects++;
      outcome.redirectMs = this.#proc.nowMs - outcome.times.startMs;
      const before = url;
      url = this.#parse(next);
      if (before.port !== url.port && before.host === url.host) yield* this.#verbose.info(`Clear auth, redirects to port from ${before.port} to ${url.port}`);
      yield* this.#verbose.info(`Issue another request to this URL: '${next}'`);
      outcome.url = next;
      if (this.#becomesGet(outcome.status, method)) {
        if (method !== "GET" && method !== "HEAD") yield* this.#verbose.info("Switch from POST to GET");
        method = method === "HEAD" ? "HEAD" : "GET";
        sending = undefined;
      }
    }
  }

  #parse(written: string): Url {
    const url = parseUrl(written);
    if (url === undefined) throw new CurlFailed(3, "URL using bad/illegal format or missing URL");
    if (url.scheme === "https" || OTHER_SCHEMES.has(url.scheme)) throw new CurlFailed(-2, `not modelled: ${url.scheme}`);
    if (url.scheme !== "http") throw new CurlFailed(1, `Protocol "${url.scheme}" not supported or disabled in libcurl`);
    return url;
  }

  #becomesGet(status: number, method: string): boolean {
    if (this.#config.method !== undefined) return false;
    const { flags } = this.#config;
    if (status === 303) return method !== "HEAD" && !flags.has("post303");
    return method === "POST" && ((status === 301 && !flags.has("post301")) || (status === 302 && !flags.has("post302")));
  }

  /** One request and its answer; the place to go next, if that is to be followed. */
  *#once(url: Url, request: Request, deadlines: Deadlines, sameHost: boolean): Task<string | undefined> {
    const { outcome } = this;
    const { connections } = this.session;
    for (let attempt = 0; ; attempt++) {
      const connection = yield* connections.get(url, outcome.times, deadlines);
      if (connection.fresh) outcome.connects++;
      outcome.local = connection.socket.local;
      outcome.remote = { ip: connection.ip, port: connection.port };
      this.#gotAnything = false;
      try {
        return yield* this.#exchange(connection, url, request, deadlines, sameHost);
      } catch (error) {
        if (error instanceof Retry && attempt < 5) {
          yield* this.#verbose.info(`Connection died, retrying a fresh connect (retry count: ${attempt + 1})`);
          yield* connections.close(connection);
          yield* this.#verbose.info(`Issue another request to this URL: '${outcome.url}'`);
          continue;
        }
        yield* connections.close(connection);
        throw error;
      }
    }
  }

  *#exchange(connection: Connection, url: Url, request: Request, deadlines: Deadlines, sameHost: boolean): Task<string | undefined> {
    const login = userOf(this.#config, url, sameHost);
    if (login !== undefined) yield* this.#verbose.info(`Server auth using Basic with user '${login.split(":")[0]}'`);
    const parser = new HttpParser("response");
    parser.bodyless = request.method === "HEAD";
    yield* this.#sendHead(connection, request, deadlines);
    if (request.body !== undefined && request.expects) {
      const answered = yield* this.#awaitContinue(connection, parser);
      if (!answered) yield* this.#sendBody(connection, request.body, deadlines, true);
    }
    return yield* this.#receive(connection, parser, request, deadlines);
  }

  *#sendHead(connection: Connection, request: Request, deadlines: Deadlines): Task {
    const { body } = request;
    const together = body !== undefined && !request.expects;
    this.outcome.requestBytes += request.head.length + (together ? body.length : 0);
    const bytes = utf8(request.head);
    yield* this.#send(connection, together ? concat([bytes, body]) : bytes, deadlines);
    yield* this.#verbose.sent(request.head);
    if (!together) return;
    this.outcome.up += body.length;
    this.meter.up += body.length;
    this.meter.expectedUp = body.length;
    if (body.length > 0) yield* this.#verbose.data("}", body.length);
  }

  *#sendBody(connection: Connection, body: Uint8Array, deadlines: Deadlines, told: boolean): Task {
    this.meter.expectedUp = body.length;
    yield* this.#send(connection, body, deadlines);
    this.outcome.up += body.length;
    this.meter.up += body.length;
    if (body.length > 0) yield* this.#verbose.data("}", body.length);
    if (told) yield* this.#verbose.info("We are completely uploaded and fine");
  }

  *#send(connection: Connection, bytes: Uint8Array, deadlines: Deadlines): Task {
    try {
      yield* connection.socket.send(bytes, deadlines.totalMs);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code === "EAGAIN") throw yield* this.#late();
      if (!connection.fresh) throw new Retry();
      yield* this.#fail(55, `Send failure: ${error.message}`);
    }
  }

  /** True when the server answered with something final instead of 100. */
  *#awaitContinue(connection: Connection, parser: HttpParser): Task<boolean> {
    const until = this.#proc.nowMs + EXPECT_WAIT_MS;
    for (;;) {
      try {
        const bytes = yield* connection.socket.recv(BUFFER_BYTES, until);
        if (bytes === undefined) {
          parser.end();
          return true;
        }
        parser.push(bytes);
        const start = text(bytes.subarray(0, 12));
        if (!/^HTTP\/1\.[01] 100/.test(start)) return true;
        const head = parser.next();
        parser.next();
        if (head?.kind === "head") yield* this.#showHead(head, false);
        return false;
      } catch (error) {
        if (!(error instanceof SysError) || error.code !== "EAGAIN") throw error;
        yield* this.#verbose.info("Done waiting for 100-continue");
        return false;
      }
    }
  }

  *#receive(connection: Connection, parser: HttpParser, request: Request, deadlines: Deadlines): Task<string | undefined> {
    let head: HttpHead | undefined;
    let ignoring = false;
    for (;;) {
      const event = parser.next();
      if (event === undefined) {
        const bytes = yield* this.#read(connection, deadlines);
        if (bytes === undefined) {
          if (!this.#gotAnything) yield* this.#empty(connection);
          parser.end();
        } else {
          if (!this.#gotAnything) this.outcome.times.startTransferMs = this.#proc.nowMs;
          this.#gotAnything = true;
          parser.push(bytes);
          if (head !== undefined) yield* this.#verbose.data("{", bytes.length);
        }
        continue;
      }
      switch (event.kind) {
        case "head":
          if (event.status < 200 && event.status !== 101) {
            yield* this.#showHead(event, false);
            parser.next();
            continue;
          }
          head = event;
          ignoring = yield* this.#gotHead(event, request, parser, connection);
          break;
        case "data":
          yield* this.#gotData(event.data, ignoring);
          break;
        case "end":
          return yield* this.#complete(connection, head as HttpHead);
        case "error":
          yield* this.#broken(event, head);
      }
    }
  }

  *#read(connection: Connection, deadlines: Deadlines): Task<Uint8Array | undefined> {
    try {
      return yield* connection.socket.recv(BUFFER_BYTES, deadlines.totalMs);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code === "EAGAIN") throw yield* this.#late();
      if (!connection.fresh && !this.#gotAnything) throw new Retry();
      return yield* this.#fail(56, `Recv failure: ${error.message}`);
    }
  }

  *#late(): Task<CurlFailed> {
    const { down, times } = this.outcome;
    const out = this.#expected === undefined ? "" : ` out of ${this.#expected}`;
    const message = `Operation timed out after ${Math.floor(this.#proc.nowMs - times.startMs)} milliseconds with ${down}${out} bytes received`;
    yield* this.#verbose.info(message);
    return new CurlFailed(28, message);
  }

  *#fail(exit: number, message: string): Task<never> {
    yield* this.#verbose.info(message);
    throw new CurlFailed(exit, message);
  }

  *#empty(connection: Connection): Task<never> {
    if (!connection.fresh) throw new Retry();
    return yield* this.#fail(52, "Empty reply from server");
  }

  /** True when the body is of no interest: a redirect will be followed. */
  *#gotHead(head: HttpHead, request: Request, parser: HttpParser, connection: Connection): Task<boolean> {
    const { outcome, meter } = this;
    outcome.head = head;
    outcome.status = head.status;
    this.#expected = typeof head.body === "number" ? head.body : undefined;
    if (request.method === "HEAD") this.#expected = undefined;
    meter.expectedDown = this.#expected;
    meter.down = 0;
    if (request.body !== undefined && !request.expects && request.body.length > EXPECTED_NOTE_BYTES) yield* this.#verbose.info("We are completely uploaded and fine");
    if (head.version === "HTTP/1.0" && !/keep-alive/i.test(headerOf(head.headers, "connection") ?? "")) yield* this.#verbose.info("HTTP 1.0, assume close after body");
    yield* this.#showHead(head, true);
    const failing = head.status >= 400 && this.#config.flags.has("fail");
    if (failing) yield* this.#fail(22, `The requested URL returned error: ${head.status}`);
    const follows = this.#locationOf(head) !== undefined && this.#config.flags.has("location");
    if (follows && head.body !== 0 && head.body !== "none") yield* this.#verbose.info("Ignoring the response-body");
    if (parser.rest.length > 0 && head.body !== 0 && head.body !== "none") yield* this.#verbose.data("{", parser.rest.length);
    if (connection.fresh && !follows && !this.output.toStdout) yield* this.#created();
    return follows;
  }

  *#created(): Task {
    if (!(yield* this.output.create())) throw new CurlFailed(23, "Failure writing output to destination");
  }

  *#showHead(head: HttpHead, final: boolean): Task {
    this.outcome.headerBytes += head.bytes;
    const lines = head.lines.filter((line) => line !== "");
    for (const line of lines) {
      yield* this.#verbose.received(line);
    }
    if (final && head.body === "close" && head.version !== "HTTP/1.0" && !/close/i.test(headerOf(head.headers, "connection") ?? "")) yield* this.#verbose.info("no chunk, no close, no size. Assume close to signal end");
    if (head.status !== 100) yield* this.#verbose.received("");
    const bytes = utf8([...lines, "", ""].join("\r\n"));
    if (this.#config.flags.has("include") || this.#config.flags.has("head")) yield* this.#out(bytes);
    if (this.dump) yield* this.dump.write(bytes);
  }

  *#gotData(data: Uint8Array, ignoring: boolean): Task {
    if (ignoring) return;
    this.outcome.down += data.length;
    this.meter.down += data.length;
    yield* this.#out(data);
  }

  *#out(bytes: Uint8Array): Task {
    const written = yield* this.output.write(bytes);
    if (written === true) return;
    if (written === "binary") yield* this.#proc.err(warning('Binary output can mess up your terminal. Use "--output -" to tell curl to output it to your terminal anyway, or consider "--output <FILE>" to save to a file.'));
    yield* this.#fail(23, "Failure writing output to destination");
  }

  *#broken(event: { readonly why: string; readonly missing: number }, head: HttpHead | undefined): Task {
    if (head === undefined && event.why === "malformed") return yield* this.#fail(1, "Received HTTP/0.9 when not allowed");
    if (head === undefined) return yield* this.#fail(event.why === "too large" ? 100 : 52, event.why === "too large" ? "Too large response headers" : "Empty reply from server");
    if (event.why === "chunk") return yield* this.#fail(56, "Illegal or missing hexadecimal sequence in chunked-encoding");
    if (event.missing > 0) return yield* this.#fail(18, `transfer closed with ${event.missing} bytes remaining to read`);
    yield* this.#fail(18, "transfer closed with outstanding read data remaining");
  }

  *#complete(connection: Connection, head: HttpHead): Task<string | undefined> {
    const { connections } = this.session;
    yield* this.#proc.sleep(FINISH_MS);
    const option = headerOf(head.headers, "connection") ?? "";
    const keeps = head.body !== "close" && !/close/i.test(option) && (head.version !== "HTTP/1.0" || /keep-alive/i.test(option));
    if (keeps) yield* this.#verbose.info(`Connection #${connection.number} to host ${connection.host} left intact`);
    else yield* connections.close(connection);
    const location = this.#locationOf(head);
    const url = parseUrl(this.outcome.url);
    this.outcome.redirectUrl = location !== undefined && url ? resolveUrl(url, location) : "";
    if (location === undefined || !this.#config.flags.has("location")) return undefined;
    this.outcome.redirectUrl = "";
    return location;
  }

  #locationOf(head: HttpHead): string | undefined {
    const location = headerOf(head.headers, "location");
    return head.status >= 300 && head.status < 400 && location !== undefined && location !== "" ? location : undefined;
  }
}

/** Bodies longer than one write are remarked upon when they have gone. */
const EXPECTED_NOTE_BYTES = 65_536;
const OTHER_SCHEMES: ReadonlySet<string> = new Set(["dict", "file", "ftp", "ftps", "gopher", "gophers", "imap", "imaps", "ldap", "ldaps", "mqtt", "pop3", "pop3s", "rtmp", "rtsp", "scp", "sftp", "smb", "smbs", "smtp", "smtps", "telnet", "tftp"]);

/** A connection that was kept turned out to be dead: a new one may do. */
class Retry extends Error {}
