/**
 * wget 1.21.3: fetches URLs into files or to standard output, and tells how it went. Differs: http
 * only, one URL after the other, nothing recursive; what is missing is refused by name.
 */
import { utf8 } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { civil } from "../../core/date";
import { wallMs } from "../../core/world";
import type { OpenFile, Proc } from "../../host/proc";
import { GAI_MESSAGES, lookup } from "../../host/resolver";
import type { TcpSocket } from "../../net/socket";
import { headerOf, type HttpHead, HttpParser } from "../../wire/http";
import { type Ip, parseIp, printIp } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import { parseUrl, printUrl, resolveUrl, type Url } from "../curl/url";
import type { Options } from "../options";
import { printRate, printSize } from "./numbers";
import { NOT_MODELLED, wgetOptions } from "./options";
import { Bar, Dots, type Progress } from "./progress";

const USAGE = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n";
const DEFAULT_TRIES = 20;
const READ_TIMEOUT_MS = 900_000;
const MAX_RETRY_WAIT_S = 10;
/** What wget itself spends on a file. */
const WORK_MS = 0.1;

export const wget = defineCommand({
  name: "wget",
  summary: "The non-interactive network downloader.",

  *run(proc) {
    const options = wgetOptions(proc.args);
    if ("error" in options) {
      yield* proc.err(`wget: ${options.error}\n${USAGE}`);
      return 2;
    }
    if (options.has("V")) {
      yield* proc.out("GNU Wget 1.21.3 built on linux-gnu.\n");
      return 0;
    }
    for (const key of NOT_MODELLED) if (options.has(key)) return yield* notModelled(proc, key.length === 1 ? `-${key}` : `--${key}`);
    if (options.has("h")) return yield* notModelled(proc, "--help");
    if (options.rest.length === 0) {
      yield* proc.err(`wget: missing URL\n${USAGE}`);
      return 1;
    }
    const period = options.value("T");
    if (period !== undefined && !/^\d+(\.\d*)?[smhdw]?$/.test(period)) {
      yield* proc.err(`wget: --timeout: Invalid time period ‘${period}’\n`);
      return 2;
    }
    const job = new Job(proc, options);
    const refused = job.openDocument();
    if (refused !== undefined) {
      yield* proc.err(`${options.value("O")}: ${refused}\n`);
      return 1;
    }
    let exit = 0;
    for (const written of options.rest) {
      const status = yield* job.fetch(written);
      if (status !== 0 && (exit === 0 || status < exit)) exit = status;
    }
    yield* job.close();
    return exit;
  },
});

type Ending = "done" | "missing" | "fatal" | "again" | { readonly location: string };

class Job {
  readonly #quiet: boolean;
  readonly #brief: boolean;
  readonly #spider: boolean;
  readonly #document: string | undefined;
  #documentFile: OpenFile | undefined;
  #kept: { readonly socket: TcpSocket; readonly key: string; readonly label: string } | undefined;
  #exit = 0;
  #firstMs = 0;

  constructor(
    private readonly proc: Proc,
    private readonly options: Options,
  ) {
    this.#quiet = options.has("q");
    this.#brief = options.has("nv");
    this.#spider = options.has("spider");
    this.#document = options.value("O");
  }

  #seconds(key: string, otherwise: number): number {
    const value = this.options.value(key) ?? this.options.value("T");
    return value === undefined ? otherwise : Number(value) === 0 ? Number.POSITIVE_INFINITY : Number(value) * 1000;
  }

  *#log(words: string, important = false): Task {
    if (!this.#quiet && (!this.#brief || important)) yield* this.proc.err(words);
  }

  /** With -O the file is made before anything is fetched; why it cannot be. */
  openDocument(): string | undefined {
    if (this.#document === undefined || this.#document === "-") return undefined;
    try {
      this.#open(this.#document);
      return undefined;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return error.message;
    }
  }

  *close(): Task {
    this.#kept?.socket.close();
    this.#documentFile?.release();
    this.#documentFile = undefined;
  }

  *fetch(written: string): Task<number> {
    let url = parseUrl(written);
    if (url === undefined) {
      yield* this.#log(`${written}: Invalid host name.\n`, true);
      return 1;
    }
    if (url.scheme !== "http") {
      yield* this.proc.err(url.scheme === "https" ? "wget: not modelled: https\n" : `${written}: Unsupported scheme ‘${url.scheme}’.\n`);
      return url.scheme === "https" ? 2 : 1;
    }
    const tries = Number(this.options.value("t") ?? DEFAULT_TRIES) || Number.POSITIVE_INFINITY;
    const most = Number(this.options.value("max-redirect") ?? 20);
    if (this.#spider) yield* this.#log("Spider mode enabled. Check if remote file exists.\n");
    let redirects = 0;
    let method = this.#spider ? "HEAD" : this.#method();
    for (let attempt = 1; ; attempt++) {
      this.#exit = 4;
      const again = attempt > 1 && redirects === 0 ? `  (try:${String(attempt).padStart(2)})` : "";
      yield* this.#log(`--${this.#now()}--${again}  ${printUrl(url)}\n`);
      const ending = yield* this.#once(url, method);
      if (typeof ending === "object") {
        if (redirects++ >= most) {
          yield* this.#log(`${most} redirections exceeded.\n`, true);
          return 8;
        }
        const next: Url | undefined = parseUrl(resolveUrl(url, ending.location));
        if (next === undefined) return 1;
        url = next;
        if (method === "POST") method = "GET";
        attempt--;
        continue;
      }
      if (ending === "done" || ending === "missing" || ending === "fatal") return this.#exit;
      if (attempt >= tries) {
        yield* this.#log("Giving up.\n\n");
        return this.#exit;
      }
      yield* this.#log("Retrying.\n\n");
      yield* this.proc.sleep(Math.min(attempt, Number(this.options.value("waitretry") ?? MAX_RETRY_WAIT_S)) * 1000);
    }
  }

  #method(): string {
    return this.options.value("method")?.toUpperCase() ?? (this.options.has("post-data") ? "POST" : "GET");
  }

  #now(): string {
    const d = civil(wallMs(this.proc.world));
    const two = (n: number): string => String(n).padStart(2, "0");
    return `${d.year}-${two(d.month)}-${two(d.day)} ${two(d.hour)}:${two(d.minute)}:${two(d.second)}`;
  }

  *#once(url: Url, method: string): Task<Ending> {
    const socket = yield* this.#connect(url);
    if (typeof socket === "string") return socket;
    try {
      yield* socket.send(this.#request(url, method));
      yield* this.#log("HTTP request sent, awaiting response... ");
      return yield* this.#answer(socket, url, method);
    } catch (error) {
      socket.close();
      if (!(error instanceof SysError)) throw error;
      yield* this.#log(`Read error (${error.code === "EAGAIN" ? "Connection timed out" : error.message}) in headers.\n`);
      return "again";
    }
  }

  /** An open connection is used again; else the name is resolved and each address tried. */
  *#connect(url: Url): Task<TcpSocket | "fatal" | "again"> {
    const { proc } = this;
    const key = `${url.host}:${url.port}`;
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept && kept.key === key && !kept.socket.hasInput) {
      yield* this.#log(`Reusing existing connection to ${key}.\n`);
      return kept.socket;
    }
    kept?.socket.close();
    const number = parseIp(url.host);
    let addresses: readonly Ip[] = number === undefined ? [] : [number];
    if (number === undefined) {
      yield* this.#log(`Resolving ${url.host} (${url.host})... `);
      const found = yield* lookup(proc, url.host, { deadlineMs: proc.nowMs + this.#seconds("dns-timeout", Number.POSITIVE_INFINITY) });
      if ("error" in found || found.addresses.length === 0) {
        yield* this.#log(`failed: ${"error" in found ? (found.error === "TIMEOUT" ? "Connection timed out" : GAI_MESSAGES[found.error]) : GAI_MESSAGES.NODATA}.\n`);
        yield* this.#log(`wget: unable to resolve host address ‘${url.host}’\n`, true);
        return "fatal";
      }
      addresses = found.addresses;
      yield* this.#log(`${addresses.slice(0, 3).map(printIp).join(", ")}${addresses.length > 3 ? ", ..." : ""}\n`);
    }
    let ending: "fatal" | "again" = "fatal";
    for (const ip of addresses) {
      const label = number === undefined ? `${url.host} (${url.host})|${printIp(ip)}|:${url.port}` : `${printIp(ip)}:${url.port}`;
      yield* this.#log(`Connecting to ${label}... `);
      const socket = proc.tcp();
      try {
        yield* socket.connect(ip, url.port, proc.nowMs + this.#seconds("connect-timeout", Number.POSITIVE_INFINITY), true);
        yield* this.#log("connected.\n");
        return socket;
      } catch (error) {
        socket.close();
        if (!(error instanceof SysError)) throw error;
        const late = error.code === "EAGAIN" || error.code === "ETIMEDOUT";
        yield* this.#log(`failed: ${late ? "Connection timed out" : error.message}.\n`);
        ending = late || (error.code === "ECONNREFUSED" && this.options.has("retry-connrefused")) ? "again" : "fatal";
      }
    }
    return ending;
  }

  #request(url: Url, method: string): Uint8Array {
    const { options } = this;
    const body = options.value("post-data") ?? options.value("body-data");
    const own = options.values("header");
    const given = new Set(own.map((line) => line.split(":")[0]?.trim().toLowerCase()));
    const lines: string[] = [];
    const add = (name: string, value: string | undefined): void => {
      if (value !== undefined && value !== "" && !given.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
    };
    add("Referer", options.value("referer"));
    add("Host", url.port === 80 ? url.host : `${url.host}:${url.port}`);
    add("User-Agent", options.value("U") ?? "Wget/1.21.3");
    add("Accept", "*/*");
    add("Accept-Encoding", "identity");
    add("Connection", options.has("no-http-keep-alive") ? "Close" : "Keep-Alive");
    if (body !== undefined && method !== "GET" && method !== "HEAD") {
      add("Content-Type", "application/x-www-form-urlencoded");
      add("Content-Length", String(utf8(body).length));
    }
    const payload = body !== undefined && method !== "GET" && method !== "HEAD" ? body : "";
    return utf8(`${method} ${url.path} HTTP/1.1\r\n${[...lines, ...own].map((line) => `${line}\r\n`).join("")}\r\n${payload}`);
  }

  *#answer(socket: TcpSocket, url: Url, method: string): Task<Ending> {
    const parser = new HttpParser("response");
    parser.bodyless = method === "HEAD";
    const head = yield* this.#head(socket, parser);
    if (head === undefined) {
      socket.close();
      yield* this.#log("No data received.\n");
      return "again";
    }
    yield* this.#showHead(head);
    const keeps = head.body !== "close" && !/close/i.test(headerOf(head.headers, "connection") ?? "") && head.version !== "HTTP/1.0";
    const location = headerOf(head.headers, "location");
    if (head.status >= 300 && head.status < 400 && location !== undefined) {
      yield* this.#log(`Location: ${location} [following]\n`);
      yield* this.#drain(socket, parser);
      this.#release(socket, url, keeps);
      return { location };
    }
    if (head.status >= 400 || head.status < 200) {
      this.#exit = 8;
      yield* this.#drain(socket, parser);
      this.#release(socket, url, keeps);
      if (this.#spider) yield* this.#log("Remote file does not exist -- broken link!!!\n\n", true);
      else yield* this.#log(`${this.#brief ? `${printUrl(url)}:\n` : ""}${this.#now()} ERROR ${head.status}: ${head.reason || "(no description)"}.\n${this.#brief ? "" : "\n"}`, true);
      return "missing";
    }
    yield* this.#length(head, method);
    if (this.#spider) {
      this.#release(socket, url, keeps);
      this.#exit = 0;
      yield* this.#log("Remote file exists.\n\n");
      return "done";
    }
    return yield* this.#save(socket, parser, url, head, keeps);
  }

  *#head(socket: TcpSocket, parser: HttpParser): Task<HttpHead | undefined> {
    const timeout = this.#seconds("read-timeout", READ_TIMEOUT_MS);
    for (;;) {
      const event = parser.next();
      if (event?.kind === "head") {
        if (event.status >= 200) return event;
        continue;
      }
      if (event?.kind === "end") continue;
      if (event?.kind === "error") return undefined;
      const bytes = yield* socket.recv(undefined, this.proc.nowMs + timeout);
      if (bytes === undefined) return undefined;
      parser.push(bytes);
    }
  }

  *#showHead(head: HttpHead): Task {
    if (!this.options.has("S")) {
      yield* this.#log(`${head.status} ${head.reason}\n`);
      return;
    }
    const lines = head.lines.filter((line) => line !== "").map((line) => `  ${line}\n`).join("");
    if (this.#quiet) yield* this.proc.err(lines);
    else yield* this.#log(`\n${lines}`);
  }

  *#length(head: HttpHead, method: string): Task {
    const declared = method === "HEAD" ? headerOf(head.headers, "content-length") : typeof head.body === "number" ? String(head.body) : undefined;
    const type = headerOf(head.headers, "content-type")?.split(";")[0]?.trim();
    const size = declared === undefined ? "unspecified" : `${declared}${Number(declared) >= 1024 ? ` (${printSize(Number(declared))})` : ""}`;
    yield* this.#log(`Length: ${size}${type === undefined ? "" : ` [${type}]`}\n`);
  }

  *#drain(socket: TcpSocket, parser: HttpParser): Task {
    for (;;) {
      const event = parser.next();
      if (event?.kind === "end" || event?.kind === "error") return;
      if (event !== undefined) continue;
      const bytes = yield* socket.recv(undefined, this.proc.nowMs + this.#seconds("read-timeout", READ_TIMEOUT_MS));
      if (bytes === undefined) parser.end();
      else parser.push(bytes);
    }
  }

  #release(socket: TcpSocket, url: Url, keeps: boolean): void {
    if (keeps) this.#kept = { socket, key: `${url.host}:${url.port}`, label: url.host };
    else socket.close();
  }

  *#save(socket: TcpSocket, parser: HttpParser, url: Url, head: HttpHead, keeps: boolean): Task<Ending> {
    const { proc } = this;
    const name = this.#fileName(url);
    const toStdout = this.#document === "-";
    let file: OpenFile;
    try {
      file = this.#open(name);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* this.#log(`${name}: ${error.message}\n`, true);
      socket.close();
      this.#exit = 3;
      return "fatal";
    }
    yield* this.#log(`Saving to: ‘${toStdout ? "STDOUT" : name}’\n`);
    const expected = typeof head.body === "number" ? head.body : undefined;
    const columns = proc.file(2).tty?.columns;
    const progress: Progress = columns === undefined ? new Dots(expected) : new Bar(toStdout ? "-" : (name.split("/").at(-1) ?? name), expected, columns);
    const shows = !this.#quiet && !this.#brief;
    if (shows && columns !== undefined) yield* proc.err(`\n${progress.begin()}`);
    this.#firstMs = proc.nowMs;
    const got = yield* this.#copy(socket, parser, file, shows ? progress : undefined);
    yield* proc.sleep(WORK_MS);
    const elapsedMs = proc.nowMs - this.#firstMs;
    if (shows) yield* proc.err(progress.end(elapsedMs));
    if (this.#document === undefined) file.release();
    const seconds = Math.max(elapsedMs / 1000, 1e-6);
    const speed = printRate(got.bytes, seconds);
    if (got.problem !== undefined) {
      socket.close();
      yield* this.#log(`\n${this.#now()} (${speed}) - ${got.problem} `);
      return "again";
    }
    this.#release(socket, url, keeps);
    this.#exit = 0;
    const sizes = expected === undefined ? `[${got.bytes}]` : `[${got.bytes}/${expected}]`;
    if (this.#brief) yield* this.#log(`${this.#now()} URL:${printUrl(url)} ${sizes} -> "${toStdout ? "-" : name}" [1]\n`, true);
    else yield* this.#log(`\n${this.#now()} (${speed}) - ${toStdout ? "written to stdout" : `‘${name}’ saved`} ${sizes}\n\n`);
    return "done";
  }

  *#copy(socket: TcpSocket, parser: HttpParser, file: OpenFile, progress: Progress | undefined): Task<{ readonly bytes: number; readonly problem: string | undefined }> {
    const { proc } = this;
    let bytes = 0;
    for (;;) {
      const event = parser.next();
      if (event?.kind === "data") {
        bytes += event.data.length;
        yield* file.write(event.data);
        const words = progress?.more(event.data.length, proc.nowMs - this.#firstMs) ?? "";
        if (words !== "") yield* proc.err(words);
      } else if (event?.kind === "end") return { bytes, problem: undefined };
      else if (event?.kind === "error") return { bytes, problem: `Connection closed at byte ${bytes}.` };
      else {
        try {
          const more = yield* socket.recv(undefined, proc.nowMs + this.#seconds("read-timeout", READ_TIMEOUT_MS));
          if (more === undefined) parser.end();
          else parser.push(more);
        } catch (error) {
          if (!(error instanceof SysError)) throw error;
          return { bytes, problem: `Read error at byte ${bytes} (${error.code === "EAGAIN" ? "Connection timed out" : error.message}).` };
        }
      }
    }
  }

  #fileName(url: Url): string {
    if (this.#document !== undefined) return this.#document;
    const folder = this.options.value("P");
    const last = url.path.replace(/\?.*$/s, "").split("/").at(-1) ?? "";
    const query = /\?.*$/s.exec(url.path)?.[0] ?? "";
    const base = `${folder === undefined || folder === "." ? "" : `${folder}/`}${last === "" ? "index.html" : last}${query}`;
    let name = base;
    for (let n = 1; this.proc.fs.exists(this.proc.resolve(name)); n++) name = `${base}.${n}`;
    return name;
  }

  #open(name: string): OpenFile {
    const { proc } = this;
    if (name === "-") return proc.file(1);
    if (this.#document !== undefined) {
      this.#documentFile ??= proc.open(proc.resolve(name), "w");
      return this.#documentFile;
    }
    const folder = name.split("/").slice(0, -1).join("/");
    if (folder !== "" && !proc.fs.exists(proc.resolve(folder))) proc.fs.mkdir(proc.resolve(folder), { parents: true });
    return proc.open(proc.resolve(name), "w");
  }
}
