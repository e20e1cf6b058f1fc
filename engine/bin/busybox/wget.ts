/**
 * wget of BusyBox: one connection a URL, HTTP/1.1 with "Connection: close", an error status is an error and nothing of its body is shown.
 * Differs: http only; resuming (-c), the log file (-o) and proxies (-Y) are refused by name. In BusyBox: networking/wget.c.
 */
import { utf8 } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import type { OpenFile, Proc } from "../../host/proc";
import type { TcpSocket } from "../../net/socket";
import { headerOf, type HttpHead, HttpParser } from "../../wire/http";
import { printIp } from "../../wire/ip";
import { defineCommand, notModelled } from "../command";
import { parseUrl, resolveUrl, type Url } from "../curl/url";
import type { Options, OptionSpec } from "../options";
import { addressOf, optionsOf, showUsage, wholeNumber } from "./applet";
import { progressLine } from "./progress";

const USAGE = `Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
	[--post-data STR | --post-file FILE] [-Y on/off]
	[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...

Retrieve files via HTTP or FTP

	--spider	Only check URL existence: $? is 0 if exists
	--header STR	Add STR (of form 'header: value') to headers
	--post-data STR	Send STR using POST method
	--post-file FILE	Send FILE using POST method
	--no-check-certificate	Don't validate the server's certificate
	-c		Continue retrieval of aborted transfer
	-q		Quiet
	-P DIR		Save to DIR (default .)
	-S    		Show server response
	-T SEC		Network read timeout is SEC seconds
	-O FILE		Save to FILE ('-' for stdout)
	-o LOGFILE	Log messages to FILE
	-U STR		Use STR for User-Agent header
	-Y on/off	Use proxy
`;
const OPTIONS: OptionSpec = {
  flags: "cqS",
  values: "OoPUTtYn",
  long: {
    "continue": "c", "quiet": "q", "server-response": "S", "output-document": "O", "output-file": "o", "directory-prefix": "P", "user-agent": "U", "timeout": "T", "tries": "t", "proxy": "Y",
    "spider": "", "header=": "", "post-data=": "", "post-file=": "", "no-check-certificate": "", "no-verbose": "", "passive-ftp": "", "no-clobber": "", "no-host-directories": "", "no-parent": "",
  },
};
const MOST_REDIRECTS = 5;
const DEFAULT_TIMEOUT_S = 900;
const LONGEST_TIMEOUT_S = 2_147_483;

/** Ends the program, with the message that has been said. */
class Fatal extends Error {}

export const wget = defineCommand({
  name: "wget",
  summary: "retrieve files via HTTP (BusyBox)",

  *run(proc) {
    const options = yield* optionsOf(proc, "wget", OPTIONS, USAGE);
    if (options === undefined) return 1;
    if (options.rest.length === 0) return yield* showUsage(proc, USAGE);
    for (const key of ["c", "o", "Y"]) if (options.has(key)) return yield* notModelled(proc, `-${key}`);
    const seconds = yield* wholeNumber(proc, "wget", options.value("T") ?? String(DEFAULT_TIMEOUT_S), 0, LONGEST_TIMEOUT_S);
    if (seconds === undefined) return 1;
    try {
      const job = new Job(proc, options, seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000);
      for (const url of options.rest) yield* job.fetch(url);
      return 0;
    } catch (error) {
      if (!(error instanceof Fatal)) throw error;
      yield* proc.err(`wget: ${error.message}\n`);
      return 1;
    }
  },
});

class Job {
  readonly #quiet: boolean;

  constructor(
    private readonly proc: Proc,
    private readonly options: Options,
    private readonly timeoutMs: number,
  ) {
    this.#quiet = options.has("q");
  }

  *#log(words: string): Task {
    if (!this.#quiet) yield* this.proc.err(words);
  }

  *fetch(written: string): Task {
    let url = urlOf(written);
    for (let redirects = 0; ; redirects++) {
      if (redirects > MOST_REDIRECTS) throw new Fatal("too many redirections");
      const socket = yield* this.#connect(url, redirects > 0);
      try {
        const next = yield* this.#exchange(socket, url);
        if (next === undefined) return;
        url = next;
      } finally {
        socket.close();
      }
    }
  }

  *#connect({ host, port }: Url, redirected: boolean): Task<TcpSocket> {
    const { proc } = this;
    const ip = yield* addressOf(proc, "wget", host);
    if (ip === undefined) return yield* proc.exit(1);
    if (!redirected) yield* this.#log(`Connecting to ${host} (${printIp(ip)}:${port})\n`);
    const socket = proc.tcp();
    try {
      yield* socket.connect(ip, port, proc.nowMs + this.timeoutMs, true);
      return socket;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new Fatal(error.code === "EAGAIN" ? "download timed out" : `can't connect to remote host (${printIp(ip)}): ${error.message}`);
    }
  }

  #request({ host, port, portGiven, path }: Url): Uint8Array {
    const { options, proc } = this;
    const own = options.values("header");
    const given = (name: string): boolean => own.some((line) => line.toLowerCase().startsWith(`${name}:`));
    const file = options.value("post-file");
    const body = file === undefined ? options.value("post-data") : proc.fs.readText(proc.resolve(file));
    const lines = [
      `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1`,
      ...(given("host") ? [] : [`Host: ${portGiven && port !== 80 ? `${host}:${port}` : host}`]),
      ...(given("user-agent") ? [] : [`User-Agent: ${options.value("U") ?? "Wget"}`]),
      "Connection: close",
      ...own,
      ...(body === undefined ? [] : [...(given("content-type") ? [] : ["Content-Type: application/x-www-form-urlencoded"]), `Content-Length: ${utf8(body).length}`]),
    ];
    return utf8(`${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
  }

  /** Returns where it is to be found instead, if it has moved. */
  *#exchange(socket: TcpSocket, url: Url): Task<Url | undefined> {
    const parser = new HttpParser("response");
    yield* this.#guarded(socket.send(this.#request(url)));
    const head = yield* this.#head(socket, parser);
    const lines = head.lines.filter((line) => line !== "");
    if (this.options.has("S")) yield* this.proc.err(lines.map((line) => `  ${line}\n`).join(""));
    const location = headerOf(head.headers, "location");
    if (head.status >= 300 && head.status < 400 && location !== undefined) return urlOf(resolveUrl(url, location));
    if (head.status < 200 || head.status >= 300) throw new Fatal(`server returned error: ${lines[0]}`);
    if (this.options.has("S")) yield* this.proc.err("  \n");
    if (this.options.has("spider")) yield* this.#log("remote file exists\n");
    else yield* this.#save(socket, parser, head, url);
    return undefined;
  }

  *#guarded<T>(task: Task<T>): Task<T> {
    try {
      return yield* task;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new Fatal(error.code === "EAGAIN" ? "download timed out" : `error getting response: ${error.message}`);
    }
  }

  *#receive(socket: TcpSocket): Task<Uint8Array | undefined> {
    return yield* this.#guarded(socket.recv(undefined, this.proc.nowMs + this.timeoutMs));
  }

  *#head(socket: TcpSocket, parser: HttpParser): Task<HttpHead> {
    for (;;) {
      const event = parser.next();
      if (event?.kind === "head" && event.status >= 200) return event;
      if (event?.kind === "error") throw new Fatal("error getting response");
      if (event !== undefined) continue;
      const bytes = yield* this.#receive(socket);
      if (bytes === undefined) throw new Fatal("error getting response");
      parser.push(bytes);
    }
  }

  *#save(socket: TcpSocket, parser: HttpParser, head: HttpHead, url: Url): Task {
    const { proc } = this;
    const name = this.#fileName(url);
    const toStdout = name === "-";
    const file = toStdout ? proc.file(1) : this.#create(name);
    yield* this.#log(toStdout ? "writing to stdout\n" : `saving to '${name}'\n`);
    const expected = typeof head.body === "number" ? head.body : undefined;
    const got = yield* this.#copy(socket, parser, file);
    const { tty } = proc.file(2);
    yield* this.#log(progressLine(name.split("/").at(-1) ?? name, got, expected, tty?.columns));
    if (!toStdout) file.release();
    yield* this.#log(toStdout ? "written to stdout\n" : `'${name}' saved\n`);
  }

  *#copy(socket: TcpSocket, parser: HttpParser, file: OpenFile): Task<number> {
    let bytes = 0;
    for (;;) {
      const event = parser.next();
      if (event?.kind === "data") {
        bytes += event.data.length;
        yield* file.write(event.data);
      } else if (event?.kind === "end") return bytes;
      else if (event?.kind === "error") throw new Fatal("connection closed prematurely");
      else if (event === undefined) {
        const more = yield* this.#receive(socket);
        if (more === undefined) parser.end();
        else parser.push(more);
      }
    }
  }

  #fileName(url: Url): string {
    const document = this.options.value("O");
    if (document !== undefined) return document;
    const last = url.path.split("?")[0]?.split("/").at(-1) ?? "";
    const folder = this.options.value("P");
    return `${folder === undefined ? "" : `${folder}/`}${last === "" ? "index.html" : last}`;
  }

  /** Without -O nothing is written over. */
  #create(name: string): OpenFile {
    const { proc } = this;
    const path = proc.resolve(name);
    try {
      if (!this.options.has("O") && proc.fs.exists(path)) throw new SysError("EEXIST");
      return proc.open(path, "w");
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new Fatal(`can't open '${name}': ${error.message}`);
    }
  }
}

function urlOf(written: string): Url {
  const url = parseUrl(written);
  if (url?.scheme === "https") throw new Fatal("not modelled: https");
  if (url === undefined || url.scheme !== "http") throw new Fatal(`not an http or ftp url: ${written}`);
  return url;
}
