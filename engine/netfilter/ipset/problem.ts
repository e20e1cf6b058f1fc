/** How ipset(8) gives up: what it says, and whether it was a matter of words (exit status 2) or of fact (1). */
import type { Refusal } from "./types";

export class Failure extends Error {
  constructor(
    message: string,
    readonly kind: "usage" | "fact" | "bare" | "not modelled" = "fact",
  ) {
    super(message);
  }
}

export const syntax = (message: string): Failure => new Failure(`Syntax error: ${message}`);
export const usage = (message: string): Failure => new Failure(message, "usage");
export const notModelled = (what: string): Failure => new Failure(what, "not modelled");

const REFUSALS: Readonly<Record<Exclude<Refusal, "EXIST">, string>> = {
  FULL: "Hash is full, cannot add more elements",
  BITMAP_RANGE: "Element is out of the range of the set",
  BITMAP_RANGE_SIZE: "The range you specified exceeds the size limit of the set type",
  NULL_ELEMENT: "Null-valued element, cannot be stored in a hash type of set",
  INVALID_CIDR: "The value of the CIDR parameter of the IP address is invalid",
  HASH_RANGE: "Invalid range, covers the whole address space",
  INVALID_PROTO: "Invalid protocol specified",
  EINVAL: "Kernel error received: Invalid argument",
  ENOMEM: "Kernel error received: Cannot allocate memory",
  TIMEOUT: "Timeout cannot be used: set was created without timeout support",
  COUNTER: "Packet/byte counters cannot be used: set was created without counter support",
  COMMENT: "Comment cannot be used: set was created without comment support",
  NAME: "Set to be added/deleted/tested as element does not exist.",
  LOOP: "Sets with list:set type cannot be added to the set.",
  NAMEREF: "The set to which you referred with 'before' or 'after' does not exist.",
  REF_EXIST: "The set to which you referred with 'before' or 'after' is not added to the set.",
};

export function refused(refusal: Refusal, command: "add" | "del"): Failure {
  if (refusal !== "EXIST") return new Failure(REFUSALS[refusal]);
  return new Failure(command === "add" ? "Element cannot be added to the set: it's already added" : "Element cannot be deleted from the set: it's not added");
}

/** strtoull with base 0, and the two ways it can go wrong. */
export function readNumber(text: string, min: number, max: number, printedMax: number | string = max): number {
  const m = /^\s*([+-]?)(?:0x([0-9a-f]+)|(0[0-7]*)|([1-9]\d*))$/i.exec(text);
  if (!m) throw syntax(`'${text}' is invalid as number`);
  const value = m[2] !== undefined ? Number.parseInt(m[2], 16) : m[3] !== undefined ? Number.parseInt(m[3], 8) : Number(m[4]);
  if ((m[1] === "-" && value !== 0) || value < min || value > max) throw syntax(`'${text}' is out of range ${min}-${printedMax}`);
  return value;
}
