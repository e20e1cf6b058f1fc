/** A DNS message in tcpdump's shorthand: "4242+ A? web. (21)", "4242* 1/0/0 A 10.96.0.1 (37)" (print-domain.c). */
import { hex } from "../../core/sha256";
import { printIp } from "../../wire/ip";
import { decodeDns, type DnsMessage, type Edns, printIp6, type Question, type ResourceRecord } from "../../wire/dns";

const RCODES: Readonly<Record<string, string>> = { NOERROR: "", FORMERR: " FormErr", SERVFAIL: " ServFail", NXDOMAIN: " NXDomain", NOTIMP: " NotImp", REFUSED: " Refused", YXDOMAIN: " YXDomain", YXRRSET: " YXRRSet", NXRRSET: " NXRRSet", NOTAUTH: " NotAuth", NOTZONE: " NotZone" };
const OPCODES = ["", " inv_q", " stat", " op3", " notify", " update", " op6", " op7", " op8", " updateA", " updateD", " updateDA", " updateM", " updateMA", " zoneInit", " zoneRef"];
const CLASSES: Readonly<Record<string, string>> = { IN: "", CH: " CHAOS", HS: " HS", ANY: " ANY", NONE: " (Class 254)" };

const HEADER_BYTES = 12;

/** Undefined when it is no DNS message. */
export function printDns(bytes: Uint8Array, verbose: number): string | undefined {
  if (bytes.length < HEADER_BYTES) return `domain [length ${bytes.length} < ${HEADER_BYTES}] (invalid)`;
  const message = decodeDns(bytes);
  if (message === undefined) return noQuery(bytes);
  return message.response ? response(message, bytes.length, verbose) : query(message, bytes.length, verbose);
}

/** Behind the two bytes that say how long it is: " 4242+ A? web. (21)". */
export function printDnsOverTcp(data: Uint8Array, verbose: number): string {
  const length = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
  const message = data.length < 2 ? undefined : printDns(data.subarray(2, 2 + length), verbose);
  return message === undefined ? "" : ` ${message}`;
}

/** Bytes that are no message read as the header of a query, which is cut off behind it. Undefined for what would be an answer. */
function noQuery(bytes: Uint8Array): string | undefined {
  const [id = 0, flags = 0, questions = 0, answers = 0, authorities = 0, additionals = 0] = [0, 2, 4, 6, 8, 10].map((at) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  if (flags & 0x8000) return undefined;
  let out = `${id}${OPCODES[(flags >> 11) & 15] ?? ""}${flags & 0x100 ? "+" : ""}${flags & 0x10 ? "%" : ""}`;
  if (flags & 0x6cf) out += ` [b2&3=0x${flags.toString(16)}]`;
  if (answers > 0) out += ` [${answers}a]`;
  if (questions !== 1) out += ` [${questions}q]`;
  if (authorities > 0) out += ` [${authorities}n]`;
  if (additionals > 0) out += ` [${additionals}au]`;
  return `${out} [|domain]`;
}

function query(m: DnsMessage, length: number, verbose: number): string {
  const additional = m.additionals.length + (m.edns ? 1 : 0);
  let out = `${m.id}${OPCODES[m.opcode] ?? ""}${m.recursionDesired ? "+" : ""}${m.checkingDisabled ? "%" : ""}`;
  const weird = (m.authoritative ? 0x400 : 0) | (m.truncated ? 0x200 : 0) | (m.recursionAvailable ? 0x80 : 0) | (m.authenticData ? 0x20 : 0);
  if (weird & 0x6cf) out += ` [b2&3=0x${(weird | (m.recursionDesired ? 0x100 : 0) | (m.checkingDisabled ? 0x10 : 0)).toString(16)}]`;
  if (m.answers.length > 0) out += ` [${m.answers.length}a]`;
  if (m.questions.length !== 1) out += ` [${m.questions.length}q]`;
  if (m.authorities.length > 0) out += ` [${m.authorities.length}n]`;
  if (additional > 0) out += ` [${additional}au]`;
  out += m.questions.map(asked).join("");
  if (verbose > 1 && m.edns) out += ` ar:${opt(m.edns)}`;
  return `${out} (${length})`;
}

const COOKIE = 10;

function opt({ udpSize, dnssecOk, options = [] }: Edns): string {
  const list = options.map(({ code, data }) => ` [${code === COOKIE ? `COOKIE ${hex(data)}` : `Opt${code} ${hex(data)}`}]`).join(",");
  return ` . OPT UDPsize=${udpSize}${dnssecOk ? " DO" : ""}${list}`;
}

function asked({ name, type, class: kind }: Question): string {
  return ` ${typeName(type)}${CLASSES[kind] ?? ` (Class ${kind.replace("CLASS", "")})`}? ${name}`;
}

/** Types that the messages here have no name for, and those that tcpdump has none for. */
const OTHER_TYPES: Readonly<Record<string, string>> = {
  TYPE3: "MD", TYPE4: "MF", TYPE7: "MB", TYPE8: "MG", TYPE9: "MR", TYPE10: "NULL", TYPE11: "WKS", TYPE13: "HINFO", TYPE14: "MINFO", TYPE17: "RP", TYPE18: "AFSDB", TYPE19: "X25", TYPE20: "ISDN", TYPE21: "RT",
  TYPE24: "SIG", TYPE25: "KEY", TYPE26: "PX", TYPE27: "GPOS", TYPE29: "LOC", TYPE30: "NXT", TYPE36: "KX", TYPE37: "CERT", TYPE38: "A6", TYPE39: "DNAME", TYPE40: "SINK", TYPE42: "APL", TYPE44: "SSHFP",
  TYPE45: "IPSECKEY", TYPE47: "NSEC", TYPE99: "SPF", TYPE249: "TKEY", TYPE250: "TSIG", TYPE251: "IXFR", TYPE253: "MAILB", TYPE254: "MAILA", TYPE256: "URI", SVCB: "Type64", HTTPS: "Type65", CAA: "Type257",
};

function typeName(type: string): string {
  return OTHER_TYPES[type] ?? type.replace(/^TYPE/, "Type");
}

function response(m: DnsMessage, length: number, verbose: number): string {
  const additional = m.additionals.length + (m.edns ? 1 : 0);
  const flags = `${m.authoritative ? "*" : ""}${m.recursionAvailable ? "" : "-"}${m.truncated ? "|" : ""}${m.authenticData ? "$" : ""}`;
  let out = `${m.id}${OPCODES[m.opcode] ?? ""}${RCODES[m.rcode] ?? ` Resp${m.rcode}`}${flags}`;
  if (m.questions.length !== 1) out += ` [${m.questions.length}q]`;
  if (verbose > 1) out += m.questions.map((question) => ` q:${asked(question)}`).join(",");
  out += ` ${m.answers.length}/${m.authorities.length}/${additional}`;
  out += m.answers.map((record) => printRecord(record, verbose)).join(",");
  if (verbose > 1) {
    if (m.authorities.length > 0) out += ` ns:${m.authorities.map((record) => printRecord(record, verbose)).join(",")}`;
    if (additional > 0) out += ` ar:${[...m.additionals.map((record) => printRecord(record, verbose)), ...(m.edns ? [opt(m.edns)] : [])].join(",")}`;
  }
  return `${out} (${length})`;
}

function printRecord(record: ResourceRecord, verbose: number): string {
  const name = verbose > 0 ? ` ${record.name}${verbose > 2 ? ` [${duration(record.ttl)}]` : ""}` : "";
  return `${name} ${typeName(record.type)}${data(record, verbose)}`;
}

function data(record: ResourceRecord, verbose: number): string {
  switch (record.type) {
    case "A":
      return ` ${printIp(record.address)}`;
    case "AAAA":
      return ` ${printIp6(record.address)}`;
    case "CNAME":
    case "NS":
    case "PTR":
      return ` ${record.target}`;
    case "MX":
      return ` ${record.target} ${record.preference}`;
    case "SRV":
      return ` ${record.target}:${record.port} ${record.priority} ${record.weight}`;
    case "TXT":
      return record.strings.map((string) => ` "${string}"`).join("");
    case "SOA":
      return verbose === 0 ? "" : ` ${record.mname} ${record.rname} ${record.serial} ${record.refresh} ${record.retry} ${record.expire} ${record.minimum}`;
    default:
      return "";
  }
}

/** unsigned_relts_print(): 1w2d3h4m5s. */
function duration(seconds: number): string {
  if (seconds === 0) return "0s";
  let rest = seconds;
  let out = "";
  for (const [letter, size] of [["w", 604_800], ["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) out += `${count}${letter}`;
    rest -= count * size;
  }
  return out;
}
