/** A DNS message as dig shows it (dig.c printmessage, lib/dns/masterdump.c's columns). */
import { type DnsMessage, printRdata, type Question, type ResourceRecord } from "../../wire/dns";
import { printIp } from "../../wire/ip";
import { hex } from "../../core/sha256";
import { text } from "../../core/bytes";
import type { Answer } from "./dighost";

export type Shown = { cmd: boolean; comments: boolean; question: boolean; answer: boolean; authority: boolean; additional: boolean; stats: boolean; ttlId: boolean; classId: boolean };

const TTL_COLUMN = 24;
const CLASS_COLUMN = 32;
const TYPE_COLUMN = 40;
const DATA_COLUMN = 48;
const TAB = 8;
const COOKIE = 10;

const OPCODES = ["QUERY", "IQUERY", "STATUS", "RESERVED3", "NOTIFY", "UPDATE"];

/** Goes on to a column with tabs, or with one space when it is past. */
function indent(line: string, width: number, to: number): readonly [string, number] {
  if (width >= to) return [`${line} `, width + 1];
  return [line + "\t".repeat(Math.floor(to / TAB) - Math.floor(width / TAB)), to];
}

export function printMessage(message: DnsMessage, shown: Shown, query: DnsMessage): string {
  const lines: string[] = [];
  if (shown.comments) lines.push(...headerLines(message));
  if (message.edns && shown.comments) lines.push(...ednsLines(message, query));
  if (shown.question && message.questions.length > 0) {
    if (shown.comments) lines.push(";; QUESTION SECTION:");
    lines.push(...message.questions.map((question) => `;${printQuestion(question, shown)}`));
    if (shown.comments) lines.push("");
  }
  for (const [title, records, on] of [["ANSWER", message.answers, shown.answer], ["AUTHORITY", message.authorities, shown.authority], ["ADDITIONAL", message.additionals, shown.additional]] as const) {
    if (!on || records.length === 0) continue;
    if (shown.comments) lines.push(`;; ${title} SECTION:`);
    lines.push(...records.map((record) => printRecord(record, shown)));
    if (shown.comments) lines.push("");
  }
  return lines.map((line) => `${line}\n`).join("");
}

function headerLines(m: DnsMessage): string[] {
  const flags = [m.response && "qr", m.authoritative && "aa", m.truncated && "tc", m.recursionDesired && "rd", m.recursionAvailable && "ra", m.authenticData && "ad", m.checkingDisabled && "cd"].filter((flag) => flag !== false);
  const counts = `QUERY: ${m.questions.length}, ANSWER: ${m.answers.length}, AUTHORITY: ${m.authorities.length}, ADDITIONAL: ${m.additionals.length + (m.edns ? 1 : 0)}`;
  const local = m.questions.some(({ name }) => /(^|\.)local\.$/i.test(name));
  return [
    ";; Got answer:",
    ...(local ? [";; WARNING: .local is reserved for Multicast DNS", ";; You are currently testing what happens when an mDNS query is leaked to DNS"] : []),
    ...headerOnly(m, flags, counts),
    ...(m.recursionDesired && !m.recursionAvailable ? [";; WARNING: recursion requested but not available"] : []),
    "",
  ];
}

function headerOnly(m: DnsMessage, flags: readonly string[], counts: string): string[] {
  return [`;; ->>HEADER<<- opcode: ${OPCODES[m.opcode] ?? `RESERVED${m.opcode}`}, status: ${m.rcode}, id: ${m.id}`, `;; flags: ${flags.join(" ")}; ${counts}`];
}

/** As `host -v` prints it: no remarks. */
export function printPlain(m: DnsMessage): string {
  const flags = [m.response && "qr", m.authoritative && "aa", m.truncated && "tc", m.recursionDesired && "rd", m.recursionAvailable && "ra", m.authenticData && "ad", m.checkingDisabled && "cd"].filter((flag) => flag !== false);
  const counts = `QUERY: ${m.questions.length}, ANSWER: ${m.answers.length}, AUTHORITY: ${m.authorities.length}, ADDITIONAL: ${m.additionals.length}`;
  const shown: Shown = { cmd: false, comments: true, question: true, answer: true, authority: true, additional: true, stats: false, ttlId: true, classId: true };
  const body = printMessage(m, shown, m).replace(/^[\s\S]*?;; QUESTION/, ";; QUESTION");
  return `${headerOnly(m, flags, counts).join("\n")}\n\n${body}`;
}

function ednsLines({ edns }: DnsMessage, query: DnsMessage): string[] {
  if (edns === undefined) return [];
  const sent = query.edns?.options?.find(({ code }) => code === COOKIE)?.data;
  const lines = [";; OPT PSEUDOSECTION:", `; EDNS: version: ${edns.version ?? 0}, flags:${edns.dnssecOk ? " do" : ""}; udp: ${edns.udpSize}`];
  for (const { code, data } of edns.options ?? []) {
    if (code === COOKIE) lines.push(`; COOKIE: ${hex(data)}${cookieRemark(data, sent)}`);
    else if (code === 15) lines.push(`; EDE: ${((data[0] ?? 0) << 8) | (data[1] ?? 0)}: (${text(data.subarray(2))})`);
    else lines.push(`; OPT=${code}: ${Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join(" ")} ("${text(data)}")`);
  }
  return lines;
}

function cookieRemark(data: Uint8Array, sent: Uint8Array | undefined): string {
  if (sent === undefined) return "";
  const same = sent.every((byte, i) => data[i] === byte);
  if (!same) return " (bad)";
  return data.length > sent.length ? " (good)" : " (echoed)";
}

function printQuestion({ name, type, class: kind }: Question, shown: Shown): string {
  // Without the TTL's column the others move up by one.
  const shift = shown.ttlId ? 0 : TAB;
  let [line, width] = indent(name, name.length, CLASS_COLUMN - shift);
  [line, width] = indent(line + kind, width + kind.length, TYPE_COLUMN - shift);
  return line + type;
}

export function printRecord(record: ResourceRecord, shown: Pick<Shown, "ttlId" | "classId">): string {
  const kind = record.class ?? "IN";
  let line = record.name;
  let width = record.name.length;
  let shift = 0;
  if (shown.ttlId) {
    [line, width] = indent(line, width, TTL_COLUMN);
    line += record.ttl;
    width += String(record.ttl).length;
  } else shift = TAB;
  if (shown.classId) {
    [line, width] = indent(line, width, CLASS_COLUMN - shift);
    line += kind;
    width += kind.length;
  } else shift += TAB;
  [line, width] = indent(line, width, TYPE_COLUMN - shift);
  line += record.type;
  width += record.type.length;
  [line] = indent(line, width, DATA_COLUMN - shift);
  return line + printRdata(record);
}

export function printShort({ message, server, tookMs }: Answer, identify: boolean): string {
  const tail = identify ? ` from server ${printIp(server.ip)} in ${Math.floor(tookMs)} ms.` : "";
  return message.answers.map((record) => `${printRdata(record)}${tail}\n`).join("");
}
