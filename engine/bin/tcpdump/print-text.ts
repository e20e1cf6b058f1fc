/**
 * Protocols of lines of text, as tcpdump shows them: HTTP, SMTP, FTP, RTSP. The first line, or with -v all
 * of them as long as they are text (txtproto_print).
 */
type Protocol = {
  readonly name: string;
  readonly ports: readonly number[];
  /** What a request begins with; undefined: every line is one. */
  readonly methods?: ReadonlySet<string>;
};

const HTTP_METHODS = new Set(
  "GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE LABEL MERGE DELETE SEARCH UNLOCK REPORT UPDATE NOTIFY BDELETE CONNECT OPTIONS CHECKIN PROPFIND CHECKOUT CCM_POST SUBSCRIBE PROPPATCH BPROPFIND BPROPPATCH UNCHECKOUT MKACTIVITY MKWORKSPACE UNSUBSCRIBE RPC_CONNECT VERSION-CONTROL BASELINE-CONTROL".split(" "),
);
const RTSP_METHODS = new Set("OPTIONS DESCRIBE ANNOUNCE SETUP PLAY PAUSE TEARDOWN GET_PARAMETER SET_PARAMETER REDIRECT RECORD".split(" "));

const PROTOCOLS: readonly Protocol[] = [
  { name: "FTP", ports: [21] },
  { name: "HTTP", ports: [80, 8080, 3128], methods: HTTP_METHODS },
  { name: "RTSP", ports: [554, 8554], methods: RTSP_METHODS },
  { name: "SMTP", ports: [25, 587] },
];

const HTTP_PROXY = 3128;

/** Begins with ": HTTP"; empty when the ports are those of no such protocol. */
export function printText(data: Uint8Array, sport: number, dport: number, verbose: boolean): string {
  const protocol = PROTOCOLS.find(({ ports }) => ports.includes(sport) || ports.includes(dport));
  if (protocol === undefined || (protocol.name === "HTTP" && [sport, dport].includes(HTTP_PROXY) && ![sport, dport].some((port) => port === 80 || port === 8080))) return "";
  const { name, methods } = protocol;
  if (methods !== undefined && !isRequestOrResponse(data, methods)) return `: ${name}`;
  if (!verbose) return `: ${name}${line(data, 0, ": ", name).text}`;
  let out = `: ${name}, length: ${data.length}`;
  for (let at = 0; at < data.length; ) {
    const { text, next } = line(data, at, "\n\t", name);
    out += text;
    if (next === 0) break;
    at = next;
  }
  return out;
}

function isRequestOrResponse(data: Uint8Array, methods: ReadonlySet<string>): boolean {
  const first = token(data, 0);
  if (first === undefined) return false;
  if (methods.has(first.text.toUpperCase())) return true;
  return /^\d{3}$/.test(token(data, first.next)?.text ?? "");
}

const MAX_TOKEN = 128;
const isBlank = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

/** Up to the next blank, and where the word behind begins. */
function token(data: Uint8Array, start: number): { readonly text: string; readonly next: number } | undefined {
  let at = start;
  let text = "";
  for (; at < data.length; at++) {
    const byte = data[at] as number;
    if (isBlank(byte)) break;
    if (byte <= 32 || byte >= 127 || text.length >= MAX_TOKEN) return undefined;
    text += String.fromCharCode(byte);
  }
  if (text === "") return undefined;
  while (at < data.length && (data[at] === 32 || data[at] === 9)) at++;
  return { text, next: at };
}

/** One line and where the next begins; 0 when there is none, or what follows is no text. */
function line(data: Uint8Array, start: number, prefix: string, protocol: string): { readonly text: string; readonly next: number } {
  let text = "";
  for (let at = start; at < data.length; at++) {
    const byte = data[at] as number;
    if (byte === 10) return { text: prefix + text, next: at + 1 };
    if (byte === 13) return data[at + 1] === 10 ? { text: prefix + text, next: at + 2 } : { text: "", next: 0 };
    if ((byte < 32 || byte > 126) && byte !== 9) return { text: "", next: 0 };
    text += String.fromCharCode(byte);
  }
  return { text: `${prefix}${text} [|${protocol.toLowerCase()}]`, next: 0 };
}
