/** wget's options: those it has here, and those that are refused by name. */
import { type Options, parseOptions } from "../options";

const LONG = {
  quiet: "q", "no-verbose": "nv", verbose: "v", "output-document=": "O", "server-response": "S", "spider": "spider", "tries=": "t", "timeout=": "T", "dns-timeout=": "dns-timeout", "connect-timeout=": "connect-timeout", "read-timeout=": "read-timeout", "wait=": "w", "waitretry=": "waitretry",
  "retry-connrefused": "retry-connrefused", "post-data=": "post-data", "post-file=": "post-file", "method=": "method", "body-data=": "body-data", "header=": "header", "user-agent=": "U", "max-redirect=": "max-redirect", "directory-prefix=": "P", "inet4-only": "4", "no-check-certificate": "no-check-certificate", "no-proxy": "no-proxy",
  "no-cache": "no-cache", "no-dns-cache": "no-dns-cache", "content-on-error": "content-on-error", "no-hsts": "no-hsts", "user=": "user", "password=": "password", "http-user=": "http-user", "http-password=": "http-password", "referer=": "referer", "bind-address=": "bind-address", "no-clobber": "nc", "show-progress": "show-progress", "no-http-keep-alive": "no-http-keep-alive", help: "h", version: "V", "progress=": "progress",
  "background": "b", "execute=": "e", "output-file=": "o", "append-output=": "a", debug: "d", "input-file=": "i", "force-html": "F", "base=": "B", "continue": "c", "timestamping": "N", "no-directories": "nd", "recursive": "r", "level=": "l", "mirror": "m", "page-requisites": "p", "limit-rate=": "limit-rate", "quota=": "Q", "random-wait": "random-wait", "cut-dirs=": "cut-dirs", "save-headers": "save-headers", "load-cookies=": "load-cookies", "save-cookies=": "save-cookies", "body-file=": "body-file", "inet6-only": "6", "accept=": "A", "reject=": "R", "no-parent": "np", "convert-links": "k", "span-hosts": "H", "compression=": "compression", "content-disposition": "content-disposition", "ca-certificate=": "ca-certificate", "certificate=": "certificate", "private-key=": "private-key", "secure-protocol=": "secure-protocol",
} as const;

/** Two letters after one dash. */
const DOUBLE: Readonly<Record<string, string>> = { "-nv": "--no-verbose", "-nc": "--no-clobber", "-nd": "--no-directories", "-np": "--no-parent", "-nH": "-H" };

export const NOT_MODELLED = ["b", "e", "o", "a", "d", "i", "F", "B", "c", "N", "r", "l", "m", "p", "limit-rate", "Q", "random-wait", "cut-dirs", "save-headers", "load-cookies", "save-cookies", "body-file", "6", "A", "R", "k", "H", "compression", "content-disposition", "ca-certificate", "certificate", "private-key", "secure-protocol", "post-file", "bind-address", "user", "password", "http-user", "http-password", "nc", "nd", "np", "content-on-error", "progress", "show-progress", "w", "x", "E", "K", "D", "L", "I", "X"];

export function wgetOptions(args: readonly string[]): Options | { readonly error: string } {
  return parseOptions(args.map((arg) => DOUBLE[arg] ?? arg), { flags: "VhbdqvFcNSrpkmHLExK46", values: "eoaiBtOTwQPlARDIXU", long: LONG });
}
