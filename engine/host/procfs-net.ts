/** What is in /proc/net: each file's text comes from the layer that knows it. */
import type { Netns } from "../net/netns";

/** Paths below /proc/net in this namespace. */
export function netFiles(ns: Netns): readonly string[] {
  return [...FILES].filter(([, read]) => read(ns) !== undefined).map(([path]) => path);
}

export function netFile(ns: Netns, path: string): string | undefined {
  return FILES.get(path)?.(ns);
}

const FILES: ReadonlyMap<string, (ns: Netns) => string | undefined> = new Map();
