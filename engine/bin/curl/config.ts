/** What curl was asked to do: the command line after it has been read (struct OperationConfig). */
import { concat as join, text as decode, utf8 as encode } from "../../core/bytes";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { readInput } from "./data";
import { optionOf, type Option } from "./option-table";

export type Config = {
  urls: string[];
  outputs: (string | "remote-name")[];
  remoteNameAll: boolean;
  method: string | undefined;
  headers: string[];
  data: Uint8Array | undefined;
  json: boolean;
  uploadFile: string | undefined;
  /** Options that take nothing, by their long name. */
  flags: Set<string>;
  /** Options that take something, the last one given. */
  values: Map<string, string>;
  resolve: string[];
  connectTo: string[];
  urlQuery: string[];
};

/** What is wrong with the command line, and with which status curl leaves. */
export type UsageProblem = { readonly message: string; readonly hint: boolean; readonly exit: number };

export function emptyConfig(): Config {
  return { urls: [], outputs: [], remoteNameAll: false, method: undefined, headers: [], data: undefined, json: false, uploadFile: undefined, flags: new Set(), values: new Map(), resolve: [], connectTo: [], urlQuery: [] };
}

const usage = (message: string): UsageProblem => ({ message: `curl: ${message}`, hint: true, exit: 2 });

/** parse_args(): letters may stand together, a value may stick to its letter, URLs stand anywhere. */
export function* readArguments(proc: Proc, config: Config): Task<UsageProblem | undefined> {
  const { args } = proc;
  let operandsOnly = false;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (operandsOnly || !word.startsWith("-") || word === "-") {
      config.urls.push(word);
      continue;
    }
    if (word === "--") {
      operandsOnly = true;
      continue;
    }
    const letters = word.startsWith("--") ? [word] : [...word.slice(1)];
    for (let at = 0; at < letters.length; at++) {
      const written = word.startsWith("--") ? word : `-${letters[at]}`;
      const option = optionOf(written);
      if (option === undefined) return usage(`option ${word}: is unknown`);
      if (option === "ambiguous") return usage(`option ${word}: is ambiguous`);
      let value: string | undefined;
      if (option.value) {
        value = word.startsWith("--") || at === letters.length - 1 ? args[++i] : letters.slice(at + 1).join("");
        at = letters.length;
        if (value === undefined) return usage(`option ${word}: requires parameter`);
      }
      if (!option.modelled) return { message: `curl: not modelled: ${written}`, hint: false, exit: 2 };
      const problem = yield* apply(proc, config, option, word, value);
      if (problem) return problem;
    }
  }
  return undefined;
}

const NUMBERS = new Set(["max-time", "connect-timeout", "retry", "retry-delay", "retry-max-time", "max-redirs", "keepalive-time", "max-filesize", "speed-limit", "speed-time"]);

function* apply(proc: Proc, config: Config, option: Option, word: string, value = ""): Task<UsageProblem | undefined> {
  const { name } = option;
  if (NUMBERS.has(name) && !/^-?\d+(\.\d+)?$/.test(value)) return usage(`option ${word}: expected a proper numerical parameter`);
  if (NUMBERS.has(name) && value.startsWith("-") && name !== "max-redirs") return usage(`option ${word}: expected a positive numerical parameter`);
  if (name === "local-port" && !/^\d+(-\d+)?$/.test(value)) return usage(`option ${word}: is badly used here`);
  if (name === "url") config.urls.push(value);
  else if (name === "output") config.outputs.push(value);
  else if (name === "remote-name") config.outputs.push("remote-name");
  else if (name === "remote-name-all") config.remoteNameAll = true;
  else if (name === "request") config.method = value;
  else if (name === "resolve") config.resolve.push(value);
  else if (name === "connect-to") config.connectTo.push(value);
  else if (name === "url-query") config.urlQuery.push(value);
  else if (name === "upload-file") config.uploadFile = value;
  else if (name === "header") yield* addHeader(proc, config, value);
  else if (name.startsWith("data") || name === "json") return yield* addData(proc, config, name, value, word);
  else if (option.value) config.values.set(name, value);
  else {
    config.flags.delete(option.negated ? name : `no-${name}`);
    config.flags.add(option.negated ? `no-${name}` : name);
  }
  return undefined;
}

function* addHeader(proc: Proc, config: Config, value: string): Task {
  if (!value.startsWith("@")) {
    config.headers.push(value);
    return;
  }
  const read = yield* readInput(proc, value.slice(1));
  if (read === undefined) yield* proc.err(`Warning: Failed to open ${value.slice(1)}!\n`);
  else config.headers.push(...decode(read).split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#")));
}

/** Several -d are joined by '&'. */
function* addData(proc: Proc, config: Config, name: string, value: string, word: string): Task<UsageProblem | undefined> {
  let piece: Uint8Array;
  if (name === "data-urlencode") {
    const encoded = yield* urlEncoded(proc, value);
    if (encoded === undefined) return usage(`option ${word}: error encountered when reading a file`);
    piece = encoded;
  } else if (value.startsWith("@") && name !== "data-raw") {
    const read = yield* readInput(proc, value.slice(1));
    if (read === undefined) {
      yield* proc.err(config.flags.has("silent") ? "" : `Warning: Couldn't read data from file "${value.slice(1)}", this makes \nWarning: an empty POST.\n`);
      piece = new Uint8Array(0);
    } else piece = name === "data" || name === "data-ascii" ? read.filter((byte) => byte !== 10 && byte !== 13 && byte !== 0) : read;
  } else piece = encode(value);
  if (name === "json") config.json = true;
  const separator = config.data && name !== "json" ? encode("&") : encode("");
  config.data = config.data === undefined ? piece : join([config.data, separator, piece]);
  return undefined;
}

/** content, =content, name=content, @file, name@file. */
function* urlEncoded(proc: Proc, value: string): Task<Uint8Array | undefined> {
  const [, name = "", sign = "", rest = ""] = /^([^=@]*)([=@])([\s\S]*)$/.exec(value) ?? [];
  if (sign === "") return encode(escape(encode(value)));
  const content = sign === "=" ? encode(rest) : yield* readInput(proc, rest);
  if (content === undefined) return undefined;
  return encode(`${name === "" ? "" : `${name}=`}${escape(content)}`);
}

/** curl_easy_escape(). */
export function escape(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte);
    out += /[A-Za-z0-9._~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
