/**
 * application/vnd.kubernetes.protobuf: how recent kubectl sends what it makes itself (create, run,
 * evict). An envelope ("k8s\0", runtime.Unknown) around a message whose fields have numbers.
 *
 * Only reading: answers are JSON, which every client accepts.
 */
import { text } from "../../core/bytes";
import { rfc3339 } from "../../core/date";
import { badRequest } from "../status";
import { base64 } from "./base64";
import { type Field, type Layout, structNames, structOf, type Type } from "./grammar";

const MAGIC = [0x6b, 0x38, 0x73, 0x00];
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

type Message = Record<string, unknown>;
/** One field off the wire: a number, or bytes still to be understood. */
type Wire = { readonly number: number; readonly varint: bigint; readonly bytes: Uint8Array };

/** The object as JSON would have had it; undefined for a kind that is not kept here. */
export function decodeProtobuf(bytes: Uint8Array): unknown {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  let typeMeta: Uint8Array = new Uint8Array(0);
  let raw: Uint8Array = new Uint8Array(0);
  for (const wire of fieldsOf(bytes.subarray(MAGIC.length))) {
    if (wire.number === 1) typeMeta = wire.bytes;
    if (wire.number === 2) raw = wire.bytes;
  }
  const [apiVersion = "", kind = ""] = [1, 2].map((number) => text([...fieldsOf(typeMeta)].find((wire) => wire.number === number)?.bytes ?? new Uint8Array(0)));
  if (!structNames().includes(kind)) return undefined;
  return { kind, apiVersion, ...message(structOf(kind).layout, raw) };
}

function* fieldsOf(bytes: Uint8Array): Generator<Wire> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw badRequest("unexpected EOF");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  };
  const take = (length: number): Uint8Array => {
    if (length < 0 || at + length > bytes.length) throw badRequest("unexpected EOF");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const none = new Uint8Array(0);
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case VARINT:
        yield { number, varint: varint(), bytes: none };
        break;
      case BYTES:
        yield { number, varint: 0n, bytes: take(Number(varint())) };
        break;
      case FIXED64:
        yield { number, varint: 0n, bytes: take(8) };
        break;
      case FIXED32:
        yield { number, varint: 0n, bytes: take(4) };
        break;
      default:
        throw badRequest(`proto: illegal wireType ${tag & 7}`);
    }
  }
}

function message(layout: Layout, bytes: Uint8Array): Message {
  const out: Message = {};
  const parts = new Map(layout.map((part) => [part.number, part]));
  for (const wire of fieldsOf(bytes)) {
    const part = parts.get(wire.number);
    if (part === undefined) continue;
    if ("embedded" in part) Object.assign(out, message(part.layout, wire.bytes));
    else put(out, part, wire);
  }
  return out;
}

function put(out: Message, { name, type }: Field, wire: Wire): void {
  const plain = type.kind === "pointer" ? type.to : type;
  if (plain.kind === "map") {
    const map = (out[name] ?? {}) as Message;
    const [key, value] = entry(plain.of, wire.bytes);
    map[key] = value;
    out[name] = map;
  } else if (plain.kind === "list" && !isBytes(plain)) out[name] = [...((out[name] as readonly unknown[] | undefined) ?? []), value(plain.of, wire)];
  else out[name] = value(plain, wire);
}

function entry(of: Type, bytes: Uint8Array): readonly [string, unknown] {
  let key = "";
  let item: unknown = "";
  for (const wire of fieldsOf(bytes)) {
    if (wire.number === 1) key = text(wire.bytes);
    if (wire.number === 2) item = value(of, wire);
  }
  return [key, item];
}

function isBytes(type: Type): boolean {
  return type.kind === "list" && type.of.kind === "scalar" && type.of.scalar === "byte";
}

function value(type: Type, wire: Wire): unknown {
  switch (type.kind) {
    case "pointer":
      return value(type.to, wire);
    case "struct":
      return message(structOf(type.name).layout, wire.bytes);
    case "list":
      return isBytes(type) ? base64(wire.bytes) : [...fieldsOf(wire.bytes)].filter(({ number }) => number === 1).map((item) => value(type.of, item));
    case "map":
      return {};
    case "scalar":
      return scalar(type.scalar, wire);
  }
}

function scalar(kind: Extract<Type, { kind: "scalar" }>["scalar"], { varint, bytes }: Wire): unknown {
  const inner = (number: number): Wire | undefined => [...fieldsOf(bytes)].find((wire) => wire.number === number);
  switch (kind) {
    case "string":
    case "Duration":
      return text(bytes);
    case "bool":
      return varint !== 0n;
    case "int":
    case "int32":
    case "int64":
    case "byte":
      return Number(varint);
    case "float64":
      return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
    case "Time":
    case "MicroTime":
      // The zero time comes as an empty message.
      return inner(1) === undefined || inner(1)?.varint === 0n ? null : rfc3339(Number(inner(1)?.varint) * 1000);
    case "Quantity":
      return text(inner(1)?.bytes ?? new Uint8Array(0));
    case "IntOrString":
      return inner(1)?.varint === 1n ? text(inner(3)?.bytes ?? new Uint8Array(0)) : Number(inner(2)?.varint ?? 0n);
    case "Raw":
    case "FieldsV1":
      return JSON.parse(text(inner(1)?.bytes ?? bytes)) as unknown;
  }
}
