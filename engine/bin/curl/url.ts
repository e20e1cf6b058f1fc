/**
 * URLs as curl takes them apart (RFC 3986, and what people type): a missing scheme is http, spaces
 * are not allowed, {a,b} and [1-9] stand for several.
 */
import { parseIp } from "../../wire/ip";

export type Url = {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly host: string;
  readonly port: number;
  /** True when it was written. */
  readonly portGiven: boolean;
  /** With the query, without the fragment. */
  readonly path: string;
};

const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** Undefined when it is none: "URL using bad/illegal format or missing URL". */
export function parseUrl(written: string): Url | undefined {
  if (written === "" || /[\x00-\x20\x7f]/.test(written)) return undefined;
  const [, scheme = "http", rest = ""] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/{1,3})?(.*)$/s.exec(written) ?? [];
  const [, authority = "", path = ""] = /^([^/?#]*)(.*)$/s.exec(rest) ?? [];
  const at = authority.lastIndexOf("@");
  const [, host = "", , port] = /^(\[[^\]]*\]|[^:]*)(:(.*))?$/s.exec(authority.slice(at + 1)) ?? [];
  if (host === "" || (port !== undefined && port !== "" && (!/^\d+$/.test(port) || Number(port) > 65_535))) return undefined;
  if (/[\s<>"{}|\\^`]/.test(host)) return undefined;
  const login = at < 0 ? undefined : authority.slice(0, at);
  const [user, ...password] = login?.split(":") ?? [];
  return {
    scheme: scheme.toLowerCase(),
    user: user === undefined ? undefined : unescape(user),
    password: login?.includes(":") ? unescape(password.join(":")) : undefined,
    host: dottedQuad(host),
    port: port ? Number(port) : (PORTS[scheme.toLowerCase()] ?? 0),
    portGiven: port !== undefined && port !== "",
    path: normalise(path.replace(/#.*$/s, "")),
  };
}

function unescape(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** inet_aton's shorter forms: 127.1, 0x7f000001, 017700000001. */
function dottedQuad(host: string): string {
  if (parseIp(host) !== undefined || !/^[0-9a-fxA-FX.]+$/.test(host)) return host;
  const parts = host.split(".");
  if (parts.length > 4 || !parts.every((part) => /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(part))) return host;
  const numbers = parts.map((part) => (/^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  const last = numbers.pop() as number;
  if (numbers.some((n) => n > 255) || last >= 256 ** (4 - numbers.length)) return host;
  const value = numbers.reduce((sum, n, i) => sum + n * 256 ** (3 - i), 0) + last;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

function normalise(path: string): string {
  const [, before = "", query = ""] = /^([^?]*)(.*)$/s.exec(path) ?? [];
  const parts: string[] = [];
  const segments = (before.startsWith("/") ? before : `/${before}`).slice(1).split("/");
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1;
    if (segment === "..") {
      parts.pop();
      if (last) parts.push("");
    } else if (segment === ".") {
      if (last) parts.push("");
    } else parts.push(segment);
  });
  return `/${parts.join("/")}${query}`;
}

export function printUrl(url: Url): string {
  return `${url.scheme}://${url.host}${url.portGiven ? `:${url.port}` : ""}${url.path}`;
}

/** The Location of a redirect, seen from where it was found (RFC 3986 §5.2). */
export function resolveUrl(base: Url, location: string): string {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(location)) return location;
  if (location.startsWith("//")) return `${base.scheme}:${location}`;
  const origin = `${base.scheme}://${base.host}${base.portGiven ? `:${base.port}` : ""}`;
  if (location.startsWith("/")) return origin + location;
  const path = base.path.replace(/\?.*$/s, "");
  if (location.startsWith("?")) return origin + path + location;
  return `${origin}${path.slice(0, path.lastIndexOf("/") + 1)}${location}`;
}

const MAX_GLOB = 10_000;

/** {one,two} and [1-10:2] and [a-z]; undefined when they are not closed or make too many. */
export function globbed(pattern: string): readonly string[] | undefined {
  // An address of IPv6 stands in brackets of its own.
  const literal = /^(?:[a-z]+:\/\/)?(?:[^/@[\]]*@)?\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]/.exec(pattern)?.[0];
  if (literal !== undefined) return globbed(pattern.slice(literal.length))?.map((rest) => literal + rest);
  const m = /\{([^{}]*)\}|\[(?:(\d+)-(\d+)|([a-z])-([a-z])|([A-Z])-([A-Z]))(?::(\d+))?\]/.exec(pattern);
  if (!m) return /[{}[\]]/.test(pattern) ? undefined : [pattern];
  const rests = globbed(pattern.slice(m.index + m[0].length));
  if (rests === undefined) return undefined;
  const all = choices(m).flatMap((choice) => rests.map((rest) => pattern.slice(0, m.index) + choice + rest));
  return all.length > MAX_GLOB ? undefined : all;
}

/** Where a pattern goes wrong, counted from 1, and in which words. */
export function globProblem(pattern: string): { readonly words: string; readonly at: number } {
  const at = pattern.search(/[{[}\]]/);
  if (pattern[at] === "[") return badRange(pattern, at);
  return { words: pattern[at] === "{" ? "unmatched brace" : "unmatched close brace/bracket", at: at + 1 };
}

/** glob_range(): as far as it had read. */
function badRange(pattern: string, at: number): { readonly words: string; readonly at: number } {
  const range = pattern.slice(at + 1);
  if (!/^[a-z0-9]/i.test(range)) return { words: "bad range specification", at: at + 2 };
  const read = /^\d+-\d+\]/.exec(range)?.[0] ?? /^\d+-/.exec(range)?.[0] ?? "";
  return { words: "bad range", at: at + 2 + read.length };
}

function choices(m: RegExpExecArray): readonly string[] {
  const [, list, low, high, a = m[6], z = m[7], , , step = "1"] = m;
  if (list !== undefined) return list.split(",");
  const [from, to] = low !== undefined ? [Number(low), Number(high)] : [a?.charCodeAt(0) ?? 0, z?.charCodeAt(0) ?? 0];
  const count = Math.min(Math.floor((to - from) / (Number(step) || 1)) + 1, MAX_GLOB);
  return Array.from({ length: Math.max(count, 0) }, (_, i) => {
    const n = from + i * (Number(step) || 1);
    return low === undefined ? String.fromCharCode(n) : low.startsWith("0") ? String(n).padStart(low.length, "0") : String(n);
  });
}
