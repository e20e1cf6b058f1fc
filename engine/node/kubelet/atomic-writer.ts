/**
 * How the kubelet puts a ConfigMap into a directory (pkg/volume/util/atomic_writer.go): the files lie
 * in a folder with the time in its name, the link ..data leads there, and what the reader sees are
 * links through ..data. An update makes another folder and turns that one link: all files change at once.
 */
import { civil } from "../../core/date";
import type { Rng } from "../../core/rng";
import type { FileSystem } from "../../host/fs";

export type Payload = ReadonlyMap<string, { readonly data: string; readonly mode: number }>;

const LINK = "..data";

/** Writes what is other than it was; nothing when nothing is. */
export function writeAtomically(tree: FileSystem, root: string, payload: Payload, { nowMs, rng }: { readonly nowMs: number; readonly rng: Rng }): void {
  const before = tree.exists(`${root}/${LINK}`) ? tree.readlink(`${root}/${LINK}`) : undefined;
  if (before !== undefined && isSame(tree, `${root}/${before}`, payload)) return;
  const folder = nameOf(nowMs, rng);
  tree.mkdir(`${root}/${folder}`);
  for (const [path, { data, mode }] of payload) {
    tree.mkdir(`${root}/${folder}/${path}`.replace(/\/[^/]*$/, ""), { parents: true });
    tree.writeFile(`${root}/${folder}/${path}`, data, { mode });
  }
  tree.symlink(folder, `${root}/${LINK}_tmp`);
  tree.rename(`${root}/${LINK}_tmp`, `${root}/${LINK}`);
  const names = new Set([...payload.keys()].map((path) => path.split("/")[0] ?? ""));
  for (const name of names) if (!exists(tree, root, name)) tree.symlink(`${LINK}/${name}`, `${root}/${name}`);
  for (const name of tree.list(root)) if (!name.startsWith("..") && !names.has(name)) tree.unlink(`${root}/${name}`);
  if (before !== undefined) removeAll(tree, `${root}/${before}`);
}

function exists(tree: FileSystem, root: string, name: string): boolean {
  return tree.list(root).includes(name);
}

function filesIn(tree: FileSystem, folder: string, prefix = ""): string[] {
  return tree.list(folder).flatMap((name) => (tree.isDirectory(`${folder}/${name}`) ? filesIn(tree, `${folder}/${name}`, `${prefix}${name}/`) : [`${prefix}${name}`]));
}

function isSame(tree: FileSystem, folder: string, payload: Payload): boolean {
  const there = filesIn(tree, folder);
  return there.length === payload.size && there.every((path) => payload.get(path)?.data === tree.readText(`${folder}/${path}`));
}

function removeAll(tree: FileSystem, folder: string): void {
  for (const name of tree.list(folder)) {
    if (tree.isDirectory(`${folder}/${name}`)) removeAll(tree, `${folder}/${name}`);
    else tree.unlink(`${folder}/${name}`);
  }
  tree.rmdir(folder);
}

/** "..2026_11_21_09_00_05.1234567890": the time, and a number that chance chose. */
function nameOf(nowMs: number, rng: Rng): string {
  const { year, month, day, hour, minute, second } = civil(nowMs);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `..${year}_${two(month)}_${two(day)}_${two(hour)}_${two(minute)}_${two(second)}.${rng.u32()}`;
}
