/**
 * DNS messages (RFC 1035; EDNS RFC 6891): questions, answers, and what the header's bits say.
 *
 * Names are complete, with the final dot. An OPT record is not among the additional ones but
 * in `edns`, because that is what it is: more header.
 */
import { ByteWriter } from "../core/bytes";
import { type Compression, decodeName, encodeName } from "./dns-name";
import { decodeRdata, encodeRdata, type Rdata } from "./dns-rdata";

export { absolute, dotsIn, illegality, labelsOf, reverseName, withoutDot } from "./dns-name";
export { parseIp6, printIp6, printRdata, type Rdata } from "./dns-rdata";

export const DNS_PORT = 53;

/** The types with a name here; any other is "TYPE65". */
export const RECORD_TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35, OPT: 41, DS: 43, RRSIG: 46, DNSKEY: 48, SVCB: 64, HTTPS: 65, AXFR: 252, ANY: 255, CAA: 257 } as const;
export type RecordType = keyof typeof RECORD_TYPES | `TYPE${number}`;

/** In the order of their numbers. */
export const RCODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"] as const;
export type Rcode = (typeof RCODES)[number] | `RESERVED${number}`;

export const CLASSES = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;
export type RecordClass = keyof typeof CLASSES | `CLASS${number}`;

export type Question = { readonly name: string; readonly type: RecordType; readonly class: RecordClass };
export type ResourceRecord = { readonly name: string; readonly ttl: number; readonly class?: RecordClass } & Rdata;

export type Edns = {
  /** The largest UDP answer the sender takes. */
  readonly udpSize: number;
  readonly version?: number;
  readonly dnssecOk?: boolean;
  readonly options?: readonly { readonly code: number; readonly data: Uint8Array }[];
};

export type DnsMessage = {
  readonly id: number;
  /** False is a query, true an answer. */
  readonly response: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
  readonly rcode: Rcode;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
  readonly edns?: Edns;
};

/** A query for one name, as a stub resolver asks it. */
export function dnsQuery(id: number, name: string, type: RecordType, edns?: Edns): DnsMessage {
  return {
    id,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: "NOERROR",
    questions: [{ name, type, class: "IN" }],
    answers: [],
    authorities: [],
    additionals: [],
    ...(edns && { edns }),
  };
}

/** An answer to `query`: its id, question and RD; everything else as given. */
export function dnsAnswer(query: DnsMessage, answer: Partial<Omit<DnsMessage, "id" | "questions" | "response">>): DnsMessage {
  return { ...dnsQuery(query.id, ".", "A"), recursionDesired: query.recursionDesired, opcode: query.opcode, ...answer, response: true, questions: query.questions };
}

export function typeNumber(type: RecordType): number {
  return type in RECORD_TYPES ? RECORD_TYPES[type as keyof typeof RECORD_TYPES] : Number(type.slice("TYPE".length));
}

export function typeName(number: number): RecordType {
  for (const name in RECORD_TYPES) if (RECORD_TYPES[name as keyof typeof RECORD_TYPES] === number) return name as RecordType;
  return `TYPE${number}`;
}

function classNumber(name: RecordClass): number {
  return name in CLASSES ? CLASSES[name as keyof typeof CLASSES] : Number(name.slice("CLASS".length));
}

function className(number: number): RecordClass {
  for (const name in CLASSES) if (CLASSES[name as keyof typeof CLASSES] === number) return name as RecordClass;
  return `CLASS${number}`;
}

/**
 * At most `maxBytes`: what does not fit is left out, record by record from the end, and TC is
 * set when an answer or authority had to go. (The OPT record always stays.)
 */
export function encodeDns(message: DnsMessage, maxBytes = 65_535): Uint8Array {
  const whole = write(message);
  if (whole.length <= maxBytes) return whole;
  const cut = { ...message, answers: [...message.answers], authorities: [...message.authorities], additionals: [...message.additionals], truncated: message.truncated };
  for (;;) {
    if (cut.additionals.length > 0) cut.additionals.pop();
    else {
      cut.truncated = true;
      if (cut.authorities.length > 0) cut.authorities.pop();
      else if (cut.answers.length > 0) cut.answers.pop();
      else return write(cut);
    }
    const bytes = write(cut);
    if (bytes.length <= maxBytes) return bytes;
  }
}

function write(message: DnsMessage): Uint8Array {
  const out = new ByteWriter(512);
  const names: Compression = new Map();
  const rcode = rcodeNumber(message.rcode);
  out.u16(message.id).u16(flagBits(message) | (rcode & 15));
  out.u16(message.questions.length).u16(message.answers.length).u16(message.authorities.length);
  out.u16(message.additionals.length + (message.edns ? 1 : 0));
  for (const { name, type, class: kind } of message.questions) {
    encodeName(name, out, names);
    out.u16(typeNumber(type)).u16(classNumber(kind));
  }
  for (const section of [message.answers, message.authorities, message.additionals]) for (const record of section) writeRecord(record, out, names);
  if (message.edns) writeEdns(message.edns, rcode >> 4, out);
  return out.done();
}

function flagBits(m: DnsMessage): number {
  const bit = (set: boolean, at: number): number => (set ? 1 << at : 0);
  return (
    bit(m.response, 15) | ((m.opcode & 15) << 11) | bit(m.authoritative, 10) | bit(m.truncated, 9) | bit(m.recursionDesired, 8) | bit(m.recursionAvailable, 7) | bit(m.authenticData, 5) | bit(m.checkingDisabled, 4)
  );
}

function writeRecord(record: ResourceRecord, out: ByteWriter, names: Compression): void {
  encodeName(record.name, out, names);
  out.u16(typeNumber(record.type)).u16(classNumber(record.class ?? "IN")).u32(record.ttl).u16(0);
  const start = out.length;
  encodeRdata(record, out, names);
  out.patch16(start - 2, out.length - start);
}

function writeEdns(edns: Edns, rcodeHigh: number, out: ByteWriter): void {
  out.u8(0).u16(RECORD_TYPES.OPT).u16(edns.udpSize).u8(rcodeHigh).u8(edns.version ?? 0).u16(edns.dnssecOk === true ? 0x8000 : 0).u16(0);
  const start = out.length;
  for (const { code, data } of edns.options ?? []) out.u16(code).u16(data.length).bytes(data);
  out.patch16(start - 2, out.length - start);
}

function rcodeNumber(rcode: Rcode): number {
  const at = (RCODES as readonly string[]).indexOf(rcode);
  return at >= 0 ? at : Number(rcode.slice("RESERVED".length));
}

class Malformed extends Error {}

/** Undefined when the bytes are not a DNS message. */
export function decodeDns(bytes: Uint8Array): DnsMessage | undefined {
  try {
    return new Reader(bytes).message();
  } catch (problem) {
    if (problem instanceof Malformed) return undefined;
    throw problem;
  }
}

class Reader {
  #at = 0;
  #edns: Edns | undefined;
  #rcodeHigh = 0;

  constructor(private readonly bytes: Uint8Array) {}

  message(): DnsMessage {
    const id = this.#u16();
    const flags = this.#u16();
    const counts = [this.#u16(), this.#u16(), this.#u16(), this.#u16()] as const;
    const questions = Array.from({ length: counts[0] }, () => this.#question());
    const [answers, authorities, additionals] = [this.#records(counts[1]), this.#records(counts[2]), this.#records(counts[3])];
    const rcode = (this.#rcodeHigh << 4) | (flags & 15);
    return {
      id,
      response: (flags & 0x8000) !== 0,
      opcode: (flags >> 11) & 15,
      authoritative: (flags & 0x400) !== 0,
      truncated: (flags & 0x200) !== 0,
      recursionDesired: (flags & 0x100) !== 0,
      recursionAvailable: (flags & 0x80) !== 0,
      authenticData: (flags & 0x20) !== 0,
      checkingDisabled: (flags & 0x10) !== 0,
      rcode: RCODES[rcode] ?? `RESERVED${rcode}`,
      questions,
      answers,
      authorities,
      additionals,
      ...(this.#edns && { edns: this.#edns }),
    };
  }

  #question(): Question {
    return { name: this.#name(), type: typeName(this.#u16()), class: className(this.#u16()) };
  }

  #records(count: number): ResourceRecord[] {
    const records: ResourceRecord[] = [];
    for (let i = 0; i < count; i++) {
      const record = this.#record();
      if (record) records.push(record);
    }
    return records;
  }

  #record(): ResourceRecord | undefined {
    const name = this.#name();
    const type = this.#u16();
    const kind = this.#u16();
    const ttl = this.#u16() * 0x1_0000 + this.#u16();
    const length = this.#u16();
    const start = this.#at;
    if (start + length > this.bytes.length) throw new Malformed();
    this.#at += length;
    if (type === RECORD_TYPES.OPT) {
      this.#readEdns(kind, ttl, start, length);
      return undefined;
    }
    const rdata = decodeRdata(typeName(type), this.bytes, start, length);
    if (rdata === undefined) throw new Malformed();
    return { name, ttl, ...(kind !== CLASSES.IN && { class: className(kind) }), ...rdata };
  }

  #readEdns(udpSize: number, ttl: number, start: number, length: number): void {
    const options: { code: number; data: Uint8Array }[] = [];
    for (let at = start; at + 4 <= start + length; ) {
      const size = this.#peek16(at + 2);
      options.push({ code: this.#peek16(at), data: this.bytes.slice(at + 4, at + 4 + size) });
      at += 4 + size;
    }
    this.#rcodeHigh = ttl >>> 24;
    this.#edns = { udpSize, version: (ttl >>> 16) & 255, dnssecOk: (ttl & 0x8000) !== 0, options };
  }

  #name(): string {
    const read = decodeName(this.bytes, this.#at);
    if (!read) throw new Malformed();
    this.#at = read.next;
    return read.name;
  }

  #u16(): number {
    const value = this.#peek16(this.#at);
    this.#at += 2;
    return value;
  }

  #peek16(at: number): number {
    if (at + 2 > this.bytes.length) throw new Malformed();
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }
}
