/** -w: what happened, in the caller's own words (tool_writeout.c). */
import { headerOf } from "../../wire/http";
import { printIp } from "../../wire/ip";
import type { Outcome } from "./transfer";
import { parseUrl } from "./url";

const seconds = (ms: number): string => (Math.max(0, ms) / 1000).toFixed(6);

type Variable = (o: Outcome, context: { readonly urlNumber: number; readonly file: string }) => string;

const VARIABLES: Readonly<Record<string, Variable>> = {
  content_type: (o) => (o.head && headerOf(o.head.headers, "content-type")) ?? "",
  errormsg: (o) => o.message,
  exitcode: (o) => String(o.exit),
  filename_effective: (_, { file }) => file,
  http_code: (o) => String(o.status).padStart(3, "0"),
  http_connect: () => "000",
  http_version: (o) => o.head?.version.slice("HTTP/".length) ?? "0",
  local_ip: (o) => (o.local ? printIp(o.local.ip) : ""),
  local_port: (o) => String(o.local?.port ?? 0),
  method: (o) => o.method,
  num_connects: (o) => String(o.connects),
  num_headers: (o) => String(o.head?.headers.length ?? 0),
  num_redirects: (o) => String(o.redirects),
  onerror: () => "",
  proxy_ssl_verify_result: () => "0",
  redirect_url: (o) => o.redirectUrl,
  referer: () => "",
  remote_ip: (o) => (o.remote ? printIp(o.remote.ip) : ""),
  remote_port: (o) => String(o.remote?.port ?? 0),
  response_code: (o) => String(o.status).padStart(3, "0"),
  scheme: (o) => (parseUrl(o.url)?.scheme ?? "").toUpperCase(),
  size_download: (o) => String(o.down),
  size_header: (o) => String(o.headerBytes),
  size_request: (o) => String(o.requestBytes),
  size_upload: (o) => String(o.up),
  speed_download: (o) => String(speed(o, o.down)),
  speed_upload: (o) => String(speed(o, o.up)),
  ssl_verify_result: () => "0",
  time_appconnect: () => seconds(0),
  time_connect: (o) => since(o, o.times.connectMs),
  time_namelookup: (o) => since(o, o.times.lookupMs),
  time_pretransfer: (o) => since(o, o.times.pretransferMs),
  time_redirect: (o) => seconds(o.redirectMs),
  time_starttransfer: (o) => since(o, o.times.startTransferMs),
  time_total: (o) => seconds(o.endMs - o.times.startMs),
  url: (o) => o.url,
  url_effective: (o) => o.url,
  urlnum: (_, { urlNumber }) => String(urlNumber),
};

function since({ times }: Outcome, atMs: number): string {
  return seconds(atMs === 0 ? 0 : atMs - times.startMs);
}

function speed({ times, endMs }: Outcome, bytes: number): number {
  return Math.floor((bytes * 1000) / Math.max(endMs - times.startMs, 0.001));
}

const JSON_NUMBERS = /^(exitcode|http_c.*|response_code|local_port|remote_port|num_.*|size_.*|speed_.*|time_.*|.*verify_result|urlnum)$/;

function json(outcome: Outcome, context: { readonly urlNumber: number; readonly file: string }): string {
  const extra: Record<string, string> = { certs: '""', ftp_entry_path: "null", num_certs: "0", curl_version: '"libcurl/7.88.1"' };
  const names = [...Object.keys(VARIABLES).filter((name) => name !== "onerror"), "certs", "ftp_entry_path", "num_certs"].sort();
  const cells = [...names, "curl_version"].map((name) => {
    const value = extra[name] ?? (VARIABLES[name] as Variable)(outcome, context);
    if (extra[name] !== undefined) return `"${name}":${value}`;
    if (JSON_NUMBERS.test(name)) return `"${name}":${name.startsWith("time_") ? value : Number(value)}`;
    return `"${name}":${value === "" && /^(errormsg|redirect_url|referer|filename_effective)$/.test(name) ? "null" : JSON.stringify(value)}`;
  });
  return `{${cells.join(",")}}`;
}

function headerJson({ head }: Outcome): string {
  const grouped = new Map<string, string[]>();
  for (const [name, value] of head?.headers ?? []) grouped.set(name.toLowerCase(), [...(grouped.get(name.toLowerCase()) ?? []), value]);
  return `{${[...grouped].map(([name, values]) => `${JSON.stringify(name)}:[${values.map((value) => JSON.stringify(value)).join(",")}]`).join(",\n")}\n}`;
}

/** Pieces for standard output and standard error: %{stderr} and %{stdout} switch. */
export function writeOut(format: string, outcome: Outcome, context: { readonly urlNumber: number; readonly file: string }): readonly (readonly ["out" | "err", string])[] {
  const pieces: ["out" | "err", string][] = [["out", ""]];
  const add = (text: string): void => {
    (pieces.at(-1) as ["out" | "err", string])[1] += text;
  };
  for (const [token] of format.matchAll(/%%|%\{[^}]*\}|%header\{[^}]*\}|\\[\s\S]|[^%\\]+|[%\\]/g)) {
    if (token === "%%") add("%");
    else if (token === "%{stderr}" || token === "%{stdout}") pieces.push([token === "%{stderr}" ? "err" : "out", ""]);
    else if (token === "%{onerror}") {
      if (outcome.exit === 0) break;
    } else if (token === "%{json}") add(json(outcome, context));
    else if (token === "%{header_json}") add(headerJson(outcome));
    else if (token.startsWith("%header{")) add((outcome.head && headerOf(outcome.head.headers, token.slice(8, -1))) ?? "");
    else if (token.startsWith("%{")) {
      const variable = VARIABLES[token.slice(2, -1)];
      if (variable) add(variable(outcome, context));
      else pieces.push(["err", `curl: unknown --write-out variable: '${token.slice(2, -1)}'\n`], ["out", ""]);
    } else if (token.startsWith("\\") && token.length === 2) add({ "\\n": "\n", "\\t": "\t", "\\r": "\r" }[token] ?? token);
    else add(token);
  }
  return pieces;
}
