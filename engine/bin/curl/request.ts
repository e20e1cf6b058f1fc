/** The request curl sends: which headers, in which order, and with which body (Curl_http). */
import { utf8 } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Proc } from "../../host/proc";
import type { Config } from "./config";
import { escape } from "./config";
import type { Url } from "./url";

export const VERSION = "7.88.1";
/** A POST larger than this asks first whether it is welcome. */
const EXPECT_ABOVE_BYTES = 1024 * 1024;

export type Request = { readonly method: string; readonly head: string; readonly body: Uint8Array | undefined; readonly expects: boolean };

export function bodyOf(proc: Proc, config: Config): Uint8Array | undefined | "unreadable" {
  if (config.uploadFile !== undefined) {
    try {
      return proc.fs.readFile(proc.resolve(config.uploadFile));
    } catch (error) {
      if (error instanceof SysError) return "unreadable";
      throw error;
    }
  }
  return config.flags.has("get") ? undefined : config.data;
}

/** The method nobody asked for by name. */
export function defaultMethod(config: Config): string {
  if (config.flags.has("head")) return "HEAD";
  if (config.uploadFile !== undefined) return "PUT";
  return config.data !== undefined && !config.flags.has("get") ? "POST" : "GET";
}

export function buildRequest(config: Config, url: Url, method: string, body: Uint8Array | undefined, referer: string | undefined, sameHost: boolean): Request {
  const own = config.headers.map(splitHeader);
  const names = new Set(own.map(({ name }) => name.toLowerCase()));
  const lines: string[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && !names.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  };
  const login = loginOf(config, url, sameHost);
  const host = own.find(({ name }) => name.toLowerCase() === "host");
  if (host === undefined) lines.push(`Host: ${hostHeader(url)}`);
  else if (host.line !== undefined && sameHost) lines.push(host.line);
  add("Authorization", login);
  add("Range", config.values.has("range") ? `bytes=${config.values.get("range")}` : undefined);
  const agent = config.values.get("user-agent") ?? `curl/${VERSION}`;
  add("User-Agent", agent === "" ? undefined : agent);
  add("Accept", config.json ? undefined : "*/*");
  add("Referer", referer ?? config.values.get("referer"));
  add("Accept-Encoding", config.flags.has("compressed") ? "deflate, gzip, br, zstd" : undefined);
  add("Cookie", config.values.get("cookie"));
  for (const { line, name } of own) if (line !== undefined && name.toLowerCase() !== "host" && (sameHost || !/^(authorization|cookie)$/i.test(name))) lines.push(line);
  if (config.json) {
    add("Content-Type", "application/json");
    add("Accept", "application/json");
  }
  const expects = body !== undefined && !names.has("expect") && (config.uploadFile !== undefined || body.length > EXPECT_ABOVE_BYTES) && version(config) !== "HTTP/1.0";
  if (body !== undefined) {
    add("Content-Length", String(body.length));
    if (config.uploadFile === undefined && !config.json) add("Content-Type", "application/x-www-form-urlencoded");
    if (expects) add("Expect", "100-continue");
  }
  const target = config.values.get("request-target") ?? url.path;
  return { method, head: `${method} ${target} ${version(config)}\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`, body, expects };
}

function version(config: Config): string {
  return config.flags.has("http1.0") ? "HTTP/1.0" : "HTTP/1.1";
}

function hostHeader({ scheme, host, port }: Url): string {
  return port === (scheme === "https" ? 443 : 80) ? host : `${host}:${port}`;
}

/** "Name: value" is sent, "Name:" takes curl's own away, "Name;" sends it empty. */
function splitHeader(written: string): { readonly name: string; readonly line: string | undefined } {
  const m = /^([^:;]*)([:;])(.*)$/s.exec(written);
  if (!m) return { name: written, line: undefined };
  const [, name = "", sign, value = ""] = m;
  if (sign === ";") return { name, line: value.trim() === "" ? `${name}:` : undefined };
  return { name, line: value.trim() === "" ? undefined : written };
}

function loginOf(config: Config, url: Url, sameHost: boolean): string | undefined {
  const bearer = config.values.get("oauth2-bearer");
  if (bearer !== undefined && sameHost) return `Bearer ${bearer}`;
  const user = userOf(config, url, sameHost);
  return user === undefined ? undefined : `Basic ${base64(utf8(user))}`;
}

/** "user:password", from the URL or from -u. */
export function userOf(config: Config, url: Url, sameHost: boolean): string | undefined {
  if (url.user !== undefined) return `${url.user}:${url.password ?? ""}`;
  const given = sameHost || config.flags.has("location-trusted") ? config.values.get("user") : undefined;
  return given === undefined || given.includes(":") ? given : `${given}:`;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out += LETTERS[bits >> 18];
    out += LETTERS[(bits >> 12) & 63];
    out += b === undefined ? "=" : LETTERS[(bits >> 6) & 63];
    out += c === undefined ? "=" : LETTERS[bits & 63];
  }
  return out;
}

/** -G and --url-query put data behind the question mark. */
export function withQuery(config: Config, written: string, data: string | undefined): string {
  const parts = [...(config.flags.has("get") && data !== undefined ? [data] : []), ...config.urlQuery.map(queryPart)];
  if (parts.length === 0) return written;
  const [before = "", fragment] = written.split("#", 2);
  const joined = `${before}${before.includes("?") ? "&" : "?"}${parts.join("&")}`;
  return fragment === undefined ? joined : `${joined}#${fragment}`;
}

function queryPart(written: string): string {
  if (written.startsWith("+")) return written.slice(1);
  const at = written.indexOf("=");
  return at < 0 ? escape(utf8(written)) : `${at === 0 ? "" : written.slice(0, at + 1)}${escape(utf8(written.slice(at + 1)))}`;
}
