/**
 * Elements as they are written and printed: `1.1.1.0/24,tcp:80-90,2.2.2.2`. ipset_parse_elem(),
 * ipset_parse_ip() and ipset_print_*() of libipset.
 */
import { type Ip, parseIp, printIp } from "../../wire/ip";
import { Failure, readNumber, syntax } from "./problem";
import { type PortSpan, printProtoPort, readProtoPort, readTcpUdpPorts, splitAt } from "./ports";
import type { Key, SetType } from "./types";

/** An address, a network, or a range, as it was written. */
export type AddressSpan = { readonly ip: Ip; readonly bits?: number; readonly to?: Ip | undefined };

/** Where in a list of sets: before or after another. */
export type NamedBeside = { readonly where: "before" | "after"; readonly name: string };

/** What an element asks for, before the kernel makes single elements of it. */
export type Request = { readonly first?: AddressSpan; readonly ports?: PortSpan; readonly second?: AddressSpan; readonly set?: string; readonly beside?: NamedBeside };

export type Resolve = (name: string) => readonly Ip[];

/** inet_aton(): fewer parts, and octal ones, are allowed; hexadecimal ones are not by ipset. */
function aton(word: string): Ip | undefined {
  const plain = /(^|\.)0\d/.test(word) ? undefined : parseIp(word);
  if (plain !== undefined) return plain;
  const parts = word.split(".");
  if (parts.length > 4 || !parts.every((part) => /^(0[0-7]*|[1-9]\d*)$/.test(part))) return undefined;
  const numbers = parts.map((part) => Number.parseInt(part, part.startsWith("0") ? 8 : 10));
  const last = numbers.pop() ?? 0;
  if (numbers.some((n) => n > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  return numbers.reduce((sum, n, i) => sum + n * 256 ** (3 - i), last) as Ip;
}

const LOCALHOST = 0x7f00_0001 as Ip;

function readAddress(word: string, resolve: Resolve): Ip {
  const address = aton(word) ?? (word === "localhost" ? LOCALHOST : resolve(word)[0]);
  if (address === undefined) throw syntax(`cannot parse ${word}: resolving to IPv4 address failed`);
  return address;
}

export function readSpan(text: string, resolve: Resolve): AddressSpan {
  const [left, length] = splitAt(text, "/");
  const bits = length === undefined ? undefined : readNumber(length, 0, 32);
  const [from, to] = bits === undefined ? splitAt(left, "-") : [left, undefined];
  const ip = readAddress(from, resolve);
  if (bits !== undefined) return { ip, bits };
  return to === undefined ? { ip } : { ip, to: readAddress(to, resolve) };
}

const COUNTS = ["none", "one", "two"];
const WORDS = ["Elem separator", "Two elem separators", "Three elem separators"];
const ORDINALS = ["First", "Second", "Third"];

function divide({ name, parts }: SetType, text: string): string[] {
  const words: string[] = [];
  let rest = text;
  for (let i = 1; i < parts.length; i++) {
    const [word, more] = splitAt(rest, ",");
    if (more === undefined || rest.endsWith(",")) throw syntax(`${ORDINALS[i]} element is missing from ${text}.`);
    words.push(word);
    rest = more;
  }
  if (rest.indexOf(",") > 0) throw syntax(`${WORDS[parts.length - 1]} in ${text}, but settype ${name} supports ${COUNTS[parts.length - 1]}.`);
  return [...words, rest];
}

/** `set`, or in one word `set,before,other`. */
function readName(text: string): Request {
  const [set, rest] = splitAt(text, ",");
  if (rest === undefined) return { set };
  const [where, name] = splitAt(rest, ",");
  if (name === undefined || (where !== "before" && where !== "after")) throw new Failure("you must specify elements as setname,[before|after],setname");
  return { set, beside: { where, name } };
}

/** A network of one address is noticed late by libipset, and surprises it. */
function notPlain(word: string): Failure {
  if (word.endsWith("/32")) return new Failure("There are not allowed options (28) but can't resolve them. It's a bug, please report the problem.");
  return syntax(`plain IP address must be supplied: ${word}`);
}

export function readElement(type: SetType, text: string, resolve: Resolve): Request {
  if (type.kind === "list") return readName(text);
  const request: { -readonly [K in keyof Request]: Request[K] } = {};
  divide(type, text).forEach((word, index) => {
    const part = type.parts[index];
    if (part === "number") request.ports = { proto: 0, ...readTcpUdpPorts(word) };
    else if (part === "port") request.ports = readProtoPort(word);
    else if (index === 0) request.first = readSpan(word, resolve);
    else if (part === "ip" && /[/-]/.test(word) && aton(word) === undefined) throw notPlain(word);
    else request.second = readSpan(word, resolve);
  });
  return request;
}

const printSpan = ({ ip, bits, to }: AddressSpan): string => `${printIp(ip)}${bits === undefined || bits === 32 ? "" : `/${bits}`}${to === undefined ? "" : `-${printIp(to)}`}`;

/** What `test` says it looked for. */
export function printRequest({ parts }: SetType, { first, ports, second, set }: Request): string {
  if (set !== undefined) return set;
  if (parts[0] === "number") return `${ports?.port}${ports?.portTo === undefined ? "" : `-${ports.portTo}`}`;
  return [first && printSpan(first), ports && printProtoPort(ports), second && printSpan({ ...second, to: undefined })].filter((word) => word !== undefined).join(",");
}

export function printKey(type: SetType, { ip, bits, proto, port, ip2, bits2 }: Key): string {
  if (type.parts[0] === "number") return String(port);
  const words = [printSpan({ ip, bits })];
  if (type.parts[1] === "port") words.push(printProtoPort({ proto, port }));
  if (type.parts.length > 2) words.push(printSpan({ ip: ip2, bits: bits2 }));
  return words.join(",");
}

/** -s: numbers by value, names by length and then by letter; of networks that begin alike the smaller first. */
export function compareKeys(a: Key, b: Key): number {
  return a.ip - b.ip || b.bits - a.bits || compareText(printProtoPort(a), printProtoPort(b)) || a.ip2 - b.ip2 || b.bits2 - a.bits2;
}

function compareText(a: string, b: string): number {
  const [x, y] = [a.split(":"), b.split(":")];
  for (let i = 0; i < 2; i++) {
    const [left = "", right = ""] = [x[i], y[i]];
    // What begins like a hexadecimal number is taken for one: it might be of an IPv6 address.
    const numbers = Number.parseInt(left, 16) - Number.parseInt(right, 16);
    if (numbers !== 0 && !Number.isNaN(numbers)) return numbers;
    if (left.length !== right.length) return left.length - right.length;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
