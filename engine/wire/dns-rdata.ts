/**
 * What the records of DNS say, by type (RFC 1035 §3.3, RFC 2782 SRV, RFC 3596 AAAA): how it is
 * written on the wire and in a zone file. A type not listed here is kept as the bytes it came in.
 */
import type { ByteWriter } from "../core/bytes";
import { text, utf8 } from "../core/bytes";
import type { RecordType } from "./dns";
import { type Compression, decodeName, encodeName } from "./dns-name";
import { type Ip, printIp } from "./ip";

export type Rdata =
  | { readonly type: "A"; readonly address: Ip }
  | { readonly type: "AAAA"; readonly address: Uint8Array }
  | { readonly type: "CNAME" | "NS" | "PTR"; readonly target: string }
  | { readonly type: "MX"; readonly preference: number; readonly target: string }
  | { readonly type: "SRV"; readonly priority: number; readonly weight: number; readonly port: number; readonly target: string }
  | { readonly type: "TXT"; readonly strings: readonly string[] }
  | { readonly type: "SOA"; readonly mname: string; readonly rname: string; readonly serial: number; readonly refresh: number; readonly retry: number; readonly expire: number; readonly minimum: number }
  | { readonly type: Exclude<RecordType, "A" | "AAAA" | "CNAME" | "NS" | "PTR" | "MX" | "SRV" | "TXT" | "SOA">; readonly bytes: Uint8Array };

export function encodeRdata(rdata: Rdata, out: ByteWriter, names: Compression): void {
  switch (rdata.type) {
    case "A":
      out.u32(rdata.address);
      return;
    case "AAAA":
      out.bytes(rdata.address);
      return;
    case "CNAME":
    case "NS":
    case "PTR":
      return encodeName(rdata.target, out, names);
    case "MX":
      out.u16(rdata.preference);
      return encodeName(rdata.target, out, names);
    case "SRV":
      out.u16(rdata.priority).u16(rdata.weight).u16(rdata.port);
      return encodeName(rdata.target, out); // RFC 2782: never compressed.
    case "TXT":
      for (const string of rdata.strings) {
        const bytes = utf8(string);
        out.u8(bytes.length).bytes(bytes);
      }
      return;
    case "SOA":
      encodeName(rdata.mname, out, names);
      encodeName(rdata.rname, out, names);
      out.u32(rdata.serial).u32(rdata.refresh).u32(rdata.retry).u32(rdata.expire).u32(rdata.minimum);
      return;
    default:
      out.bytes(rdata.bytes);
  }
}

/** Undefined when the bytes do not make such a record. */
export function decodeRdata(type: RecordType, message: Uint8Array, start: number, length: number): Rdata | undefined {
  const u16 = (at: number): number => ((message[at] as number) << 8) | (message[at + 1] as number);
  const u32 = (at: number): number => u16(at) * 0x1_0000 + u16(at + 2);
  switch (type) {
    case "A":
      return length === 4 ? { type, address: u32(start) as Ip } : undefined;
    case "AAAA":
      return length === 16 ? { type, address: message.slice(start, start + 16) } : undefined;
    case "CNAME":
    case "NS":
    case "PTR": {
      const target = decodeName(message, start);
      return target && { type, target: target.name };
    }
    case "MX": {
      const target = length > 2 ? decodeName(message, start + 2) : undefined;
      return target && { type, preference: u16(start), target: target.name };
    }
    case "SRV": {
      const target = length > 6 ? decodeName(message, start + 6) : undefined;
      return target && { type, priority: u16(start), weight: u16(start + 2), port: u16(start + 4), target: target.name };
    }
    case "TXT":
      return { type, strings: characterStrings(message.subarray(start, start + length)) };
    case "SOA":
      return decodeSoa(message, start, length, u32);
    default:
      return { type, bytes: message.slice(start, start + length) };
  }
}

function decodeSoa(message: Uint8Array, start: number, length: number, u32: (at: number) => number): Rdata | undefined {
  const mname = decodeName(message, start);
  const rname = mname && decodeName(message, mname.next);
  if (!rname || rname.next + 20 > start + length) return undefined;
  const at = rname.next;
  return { type: "SOA", mname: mname.name, rname: rname.name, serial: u32(at), refresh: u32(at + 4), retry: u32(at + 8), expire: u32(at + 12), minimum: u32(at + 16) };
}

function characterStrings(bytes: Uint8Array): string[] {
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] as number;
    strings.push(text(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return strings;
}

/** As a zone file and dig write it. */
export function printRdata(rdata: Rdata): string {
  switch (rdata.type) {
    case "A":
      return printIp(rdata.address);
    case "AAAA":
      return printIp6(rdata.address);
    case "CNAME":
    case "NS":
    case "PTR":
      return rdata.target;
    case "MX":
      return `${rdata.preference} ${rdata.target}`;
    case "SRV":
      return `${rdata.priority} ${rdata.weight} ${rdata.port} ${rdata.target}`;
    case "TXT":
      return rdata.strings.map((string) => `"${string.replace(/["\\]/g, "\\$&")}"`).join(" ");
    case "SOA":
      return `${rdata.mname} ${rdata.rname} ${rdata.serial} ${rdata.refresh} ${rdata.retry} ${rdata.expire} ${rdata.minimum}`;
    default:
      return `\\# ${rdata.bytes.length}${rdata.bytes.length === 0 ? "" : ` ${Array.from(rdata.bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("")}`}`;
  }
}

/** RFC 5952: hexadecimal groups, the longest run of zeros left out. */
export function printIp6(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((address[2 * i] as number) << 8) | (address[2 * i + 1] as number));
  let [best, bestLength] = [-1, 1];
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > bestLength) [best, bestLength] = [i, end - i];
  }
  const print = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return best < 0 ? print(groups) : `${print(groups.slice(0, best))}::${print(groups.slice(best + bestLength))}`;
}

/** Undefined unless it is an IPv6 address (RFC 4291 §2.2; no embedded IPv4). */
export function parseIp6(written: string): Uint8Array | undefined {
  const [left = "", right, more] = written.split("::");
  if (more !== undefined || !/^[0-9a-fA-F:]+$/.test(written)) return undefined;
  const groupsOf = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const head = groupsOf(left);
  const tail = right === undefined ? [] : groupsOf(right);
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return Uint8Array.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]));
}
