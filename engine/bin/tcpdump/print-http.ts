/** HTTP as tcpdump sees it: the first line, or with -v all lines of the head (print-http.c, txtproto_print). */
import { text } from "../../core/bytes";

const METHODS = /^(GET|PUT|COPY|HEAD|LOCK|MOVE|POLL|POST|BCOPY|BMOVE|MKCOL|TRACE|LABEL|MERGE|DELETE|SEARCH|UNLOCK|REPORT|UPDATE|NOTIFY|BDELETE|CONNECT|OPTIONS|CHECKIN|PROPFIND|CHECKOUT|CCM_POST|SUBSCRIBE|PROPPATCH|BPROPFIND|BPROPPATCH|UNCHECKOUT|MKACTIVITY|MKWORKSPACE|UNSUBSCRIBE|RPC_CONNECT|VERSION-CONTROL|BASELINE-CONTROL)[ \r\n]/;

/** Begins with ": HTTP". */
export function printHttp(data: Uint8Array, verbose: boolean): string {
  const start = text(data.subarray(0, 4096));
  const known = METHODS.test(start) || /^HTTP\/\d/.test(start) || /^[A-Za-z0-9-]+ \d{3} /.test(start);
  if (!known) return ": HTTP";
  if (!verbose) return `: HTTP: ${line(start.split(/\r?\n/)[0] ?? "")}`;
  const lines: string[] = [];
  for (const part of start.split("\n")) {
    const shown = part.replace(/\r$/, "");
    lines.push(shown);
    if (shown === "") break;
  }
  // The body follows as text while it looks like it.
  const head = start.indexOf("\r\n\r\n");
  const body = head < 0 ? "" : start.slice(head + 4);
  if (body !== "" && /^[\t\n\r\x20-\x7e]*$/.test(body)) lines.push(...body.replace(/\n$/, "").split("\n").map((part) => part.replace(/\r$/, "")));
  while (lines.at(-1) === "" && head < 0) lines.pop();
  return `, length: ${data.length}${lines.map((part) => `\n\t${line(part)}`).join("")}`.replace(/^, length: (\d+)/, ": HTTP, length: $1");
}

function line(written: string): string {
  return written.replace(/[^\t\x20-\x7e]/g, (letter) => `\\0x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
