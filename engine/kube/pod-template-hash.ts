/**
 * The hash in a ReplicaSet's name (controller.ComputeHash): FNV-1a of the template as Go would
 * show it, and of how often that hash has met another's. Exact for Kubernetes 1.36: the
 * Deployment of upstream's documentation becomes nginx-deployment-6c5f67b5f7 here and there.
 */
import { utf8 } from "../core/bytes";
import { safeEncode } from "./names";
import { goDump } from "./schema/go-dump";
import type { PodTemplateSpec } from "./types";

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

export function fnv32a(bytes: Uint8Array, from = OFFSET): number {
  let hash = from;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return hash >>> 0;
}

/** The same of a text in UTF-8. */
function fnv32aOf(text: string): number {
  let hash = OFFSET;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return fnv32a(utf8(text));
    hash = Math.imul(hash ^ code, PRIME);
  }
  return hash >>> 0;
}

export function podTemplateHash(template: PodTemplateSpec, collisionCount?: number): string {
  let hash = fnv32aOf(goDump("PodTemplateSpec", template));
  if (collisionCount !== undefined) hash = fnv32a(littleEndian(collisionCount), hash);
  return safeEncode(String(hash));
}

/** Eight bytes, the number in the first four. */
function littleEndian(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24, 0, 0, 0, 0);
}
