/**
 * What lies in an image before anybody has looked: folders, files, links and devices as data.
 *
 * A directory over such a layer (overlayfs' lowerdir) makes an inode only when its name is asked
 * for, because most containers of a cluster are never looked into.
 */
import type { FileContext, Lower } from "./inode";
import type { OpenFile } from "./proc";

export type LayerEntry =
  | { readonly kind: "file"; readonly text: string }
  | { readonly kind: "symlink"; readonly target: string }
  | { readonly kind: "device"; readonly major: number; readonly minor: number; readonly open: (context: FileContext) => OpenFile }
  | { readonly kind: "folder"; readonly mode: number; readonly entries: () => Layer }
  /** A directory that knows its own contents: /proc, the programs of /usr/bin. */
  | { readonly kind: "mounted"; readonly lower: () => Lower };

export type Layer = Readonly<Record<string, LayerEntry>>;

export const EMPTY: LayerEntry = { kind: "folder", mode: 0o755, entries: () => ({}) };

export function folder(entries: () => Layer, mode = 0o755): LayerEntry {
  return { kind: "folder", mode, entries };
}

/** How many names a directory has: its own, "." in itself, and ".." in each that it holds. */
export function linksOf(layer: Layer): number {
  let links = 2;
  for (const name of Object.keys(layer)) if (layer[name]?.kind === "folder" || layer[name]?.kind === "mounted") links++;
  return links;
}
