/**
 * From a path to what stands there: path_resolution(7), link_path_walk() in fs/namei.c. Throws SysError.
 */
import { SysError } from "../core/errno";
import type { Directory, FileContext, Inode } from "./inode";

const MAX_LINKS = 40;
const NAME_MAX = 255;

/** Where a path leads: `inode` is undefined when the last name of it does not exist. */
export type Place = { readonly parent: Directory; readonly name: string; readonly inode: Inode | undefined; readonly path: string };

/** `follow`: a symbolic link at its end, too. */
export function walk(root: Directory, context: FileContext, path: string, follow: boolean): Place {
  const place = straight(root, context, path);
  if (place === "gone") throw new SysError("ENOENT");
  return place === "winding" ? winding(root, context, path, follow) : place;
}

/** A plain path without a link on it, as nearly all are; "gone" when a directory on the way is missing. */
export function straight(root: Directory, context: FileContext, path: string): Place | "gone" | "winding" {
  if (path === "/") return { parent: root, name: "", inode: root, path };
  if (path.endsWith("/") || path.includes("//")) return "winding";
  let parent = root;
  for (let at = 1; ; ) {
    const slash = path.indexOf("/", at);
    const name = slash < 0 ? path.slice(at) : path.slice(at, slash);
    if (name === "." || name === ".." || name.length > NAME_MAX) return "winding";
    const inode = parent.get(name, context);
    if (inode?.kind === "symlink") return "winding";
    if (slash < 0) return { parent, name, inode, path };
    if (inode === undefined) return "gone";
    if (inode.kind !== "directory") return "winding";
    parent = inode;
    at = slash + 1;
  }
}

/** link_path_walk(): follows symbolic links on the way, and the last one if asked. */
function winding(root: Directory, context: FileContext, path: string, follow: boolean): Place {
  const todo = path.split("/").filter((part) => part !== "" && part !== ".").reverse();
  const trail: { name: string; directory: Directory }[] = [{ name: "", directory: root }];
  let links = 0;
  for (;;) {
    const here = trail[trail.length - 1] as { name: string; directory: Directory };
    const name = todo.pop();
    const at = trail.slice(1).map((step) => `/${step.name}`).join("");
    if (name === undefined) {
      const above = trail[trail.length - 2]?.directory ?? here.directory;
      return { parent: above, name: here.name, inode: here.directory, path: at || "/" };
    }
    if (name === "..") {
      if (trail.length > 1) trail.pop();
      continue;
    }
    if (name.length > NAME_MAX) throw new SysError("ENAMETOOLONG");
    const inode = here.directory.get(name, context);
    const last = todo.length === 0;
    if (inode?.kind === "symlink" && (!last || follow || path.endsWith("/"))) {
      if (++links > MAX_LINKS) throw new SysError("ELOOP");
      if (inode.target.startsWith("/")) trail.length = 1;
      todo.push(...inode.target.split("/").filter((part) => part !== "" && part !== ".").reverse());
      continue;
    }
    if (inode?.kind === "directory") {
      trail.push({ name, directory: inode });
      continue;
    }
    if (!last) throw new SysError(inode === undefined ? "ENOENT" : "ENOTDIR");
    if (inode !== undefined && path.endsWith("/")) throw new SysError("ENOTDIR");
    return { parent: here.directory, name, inode, path: `${at}/${name}` };
  }
}
