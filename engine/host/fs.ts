/**
 * A file system tree in memory: path_resolution(7), open(2), stat(2) and their kin.
 *
 * Paths given to it are absolute (Proc.resolve makes them so). Every method throws SysError.
 * Several views may share one tree: a view differs in who reads, which matters to /proc alone.
 * Differs: permissions are shown and kept, but everybody here is root.
 */
import { text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import { type World, wallMs } from "../core/world";
import { type Layer, type LayerEntry, linksOf } from "./layer";
import { Device, Directory, Dynamic, type FileContext, type Inode, type Lower, type Metadata, Regular, Symlink } from "./inode";
import type { Machine } from "./machine";
import { DynamicFile, RegularFile } from "./open-file";
import type { OpenFile, Program } from "./proc";
import { type Place, straight, walk } from "./walk";

export type FileKind = "file" | "directory" | "symlink" | "device";
export type Stat = {
  readonly kind: FileKind;
  /** Permission bits, without the file type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly ino: number;
  readonly nlink: number;
  readonly target?: string;
  readonly major?: number;
  readonly minor?: number;
};

/** "r" reads, "w" truncates or creates, "a" appends or creates, "r+" reads and writes ("w+", "a+" too). */
export type OpenMode = "r" | "w" | "a" | "r+" | "w+" | "a+";

/** `sinceMs`: how old what comes with the image is, and all else while the tree is still put together. */
type Shared = { readonly root: Directory; ino: number; usedBytes: number; readonly sinceMs: number; assembled: boolean; sealed: readonly string[] };

export class FileSystem {
  readonly #shared: Shared;
  /** Who reads. */
  readonly context: FileContext;

  constructor(
    readonly world: World,
    from?: { readonly fs: FileSystem; readonly machine: Machine | undefined },
    /** What is there from the beginning, how many bytes its files have, and since when: a tree may be made long after, when somebody first looks. */
    { layer = {}, bytes = 0, sinceMs }: { readonly layer?: Layer; readonly bytes?: number; readonly sinceMs?: number } = {},
  ) {
    this.#shared = from ? from.fs.#shared : this.#begin(layer, bytes, sinceMs);
    this.context = { machine: from?.machine };
  }

  #begin(layer: Layer, usedBytes: number, givenMs: number | undefined): Shared {
    const sinceMs = givenMs ?? wallMs(this.world);
    const meta = { mode: 0o755, uid: 0, gid: 0, mtimeMs: sinceMs, ino: 2, nlink: linksOf(layer) };
    return { root: new Directory(meta, this.#over(layer)), ino: 2, usedBytes, sinceMs, assembled: givenMs === undefined, sealed: [] };
  }

  /** From here on what changes is dated by the clock. */
  assembled(): this {
    this.#shared.assembled = true;
    return this;
  }

  get #nowMs(): number {
    return this.#shared.assembled ? wallMs(this.world) : this.#shared.sinceMs;
  }

  /** The same tree, read by another machine's processes. */
  seenBy(machine: Machine): FileSystem {
    return new FileSystem(this.world, { fs: this, machine });
  }

  /** Bytes in all regular files: what `df` counts. */
  get usedBytes(): number {
    return this.#shared.usedBytes;
  }

  // Looking

  exists(path: string): boolean {
    return this.#peek(path) !== undefined;
  }

  isDirectory(path: string): boolean {
    return this.#peek(path)?.kind === "directory";
  }

  stat(path: string): Stat {
    return this.#stat(this.#find(path, true));
  }

  lstat(path: string): Stat {
    return this.#stat(this.#find(path, false));
  }

  /** Names in a directory, sorted by code unit, without . and .. */
  list(path: string): string[] {
    return this.#directory(path).names(this.context);
  }

  readlink(path: string): string {
    const inode = this.#find(path, false);
    if (inode.kind !== "symlink") throw new SysError("EINVAL");
    return inode.target;
  }

  /** The path without symbolic links; the last part need not exist. */
  realpath(path: string): string {
    const place = this.#walk(path, true);
    return place.path;
  }

  readFile(path: string): Uint8Array {
    const inode = this.#find(path, true);
    switch (inode.kind) {
      case "file":
        return inode.bytes.slice();
      case "dynamic":
        return utf8(inode.read(this.context));
      case "directory":
        throw new SysError("EISDIR");
      case "device":
      case "symlink":
        throw new SysError("EINVAL");
    }
  }

  readText(path: string): string {
    return text(this.readFile(path));
  }

  /** The program of an executable file; undefined when the file holds none (a script, a text). */
  program(path: string): Program | undefined {
    const inode = this.#find(path, true);
    return inode.kind === "file" ? inode.program : undefined;
  }

  /** The inode itself, for sharing (volumes) and for waiting until a file changes. */
  inode(path: string): Inode {
    return this.#find(path, true);
  }

  // Changing

  writeFile(path: string, data: string | Uint8Array, options: { readonly append?: boolean; readonly mode?: number } = {}): void {
    const bytes = typeof data === "string" ? utf8(data) : data;
    const inode = this.#create(path, options.mode ?? 0o644);
    if (inode.kind === "dynamic") {
      if (inode.write === undefined) throw new SysError("EACCES");
      return inode.write(text(bytes), this.context);
    }
    if (inode.kind === "device") return;
    if (inode.kind !== "file") throw new SysError("EISDIR");
    if (!options.append) inode.truncate();
    inode.write(inode.size, bytes);
    this.#touch(inode);
  }

  open(path: string, mode: OpenMode = "r", permissions = 0o644): OpenFile {
    const inode = mode.startsWith("r") ? this.#find(path, true) : this.#create(path, permissions);
    if (inode.kind === "directory") {
      if (mode !== "r") throw new SysError("EISDIR");
      throw new SysError("EISDIR");
    }
    if (inode.kind === "device") return inode.open(this.context);
    if (mode === "r+") this.#unsealed(this.#walk(path, true).path);
    if (inode.kind === "symlink") throw new SysError("ELOOP");
    if (inode.kind === "dynamic") {
      if (mode !== "r" && inode.write === undefined) throw new SysError("EACCES");
      return new DynamicFile(path, inode, this.context);
    }
    if (mode.startsWith("w")) inode.truncate();
    const access = { read: mode.startsWith("r") || mode.endsWith("+"), write: mode !== "r", append: mode.startsWith("a") };
    return new RegularFile(path, inode, access, () => this.#touch(inode));
  }

  mkdir(path: string, options: { readonly parents?: boolean; readonly mode?: number } = {}): void {
    if (options.parents) {
      const above = path.replace(/\/+[^/]*\/*$/, "") || "/";
      if (above !== path && !this.exists(above)) this.mkdir(above, { parents: true });
      if (this.isDirectory(path)) return;
    }
    const place = this.#walk(path, true);
    if (place.inode !== undefined) throw new SysError("EEXIST");
    this.#add(place, new Directory(this.#metadata(options.mode ?? 0o755, 2)));
    place.parent.meta.nlink++;
  }

  symlink(target: string, path: string): void {
    const place = this.#walk(path, false);
    if (place.inode !== undefined) throw new SysError("EEXIST");
    this.#add(place, new Symlink(this.#metadata(0o777), target));
  }

  link(from: string, path: string): void {
    const inode = this.#find(from, false);
    if (inode.kind === "directory") throw new SysError("EPERM");
    const place = this.#walk(path, false);
    if (place.inode !== undefined) throw new SysError("EEXIST");
    this.#add(place, inode);
    inode.meta.nlink++;
  }

  unlink(path: string): void {
    const place = this.#existing(path);
    if (place.inode.kind === "directory") throw new SysError("EISDIR");
    this.#remove(place);
    if (--place.inode.meta.nlink === 0 && place.inode.kind === "file") place.inode.forget();
  }

  rmdir(path: string): void {
    const place = this.#existing(path);
    if (place.inode.kind !== "directory") throw new SysError("ENOTDIR");
    if (place.inode.names(this.context).length > 0) throw new SysError("ENOTEMPTY");
    if (place.inode === this.#shared.root) throw new SysError("EBUSY");
    this.#remove(place);
    place.parent.meta.nlink--;
  }

  rename(from: string, to: string): void {
    const source = this.#existing(from);
    const target = this.#walk(to, false);
    if (target.inode === source.inode) return;
    if (target.path.startsWith(`${source.path}/`)) throw new SysError("EINVAL");
    if (target.inode?.kind === "directory") {
      if (source.inode.kind !== "directory") throw new SysError("EISDIR");
      if (target.inode.names(this.context).length > 0) throw new SysError("ENOTEMPTY");
    } else if (target.inode !== undefined && source.inode.kind === "directory") throw new SysError("ENOTDIR");
    this.#add(target, source.inode);
    this.#remove(source);
  }

  chmod(path: string, mode: number): void {
    const place = this.#walk(path, true);
    if (place.inode === undefined) throw new SysError("ENOENT");
    this.#unsealed(place.path);
    place.inode.meta.mode = mode & 0o7777;
  }

  chown(path: string, uid: number | undefined, gid: number | undefined): void {
    const { meta } = this.#find(path, true);
    if (uid !== undefined) meta.uid = uid;
    if (gid !== undefined) meta.gid = gid;
  }

  setModified(path: string, mtimeMs: number): void {
    this.#find(path, true).meta.mtimeMs = mtimeMs;
  }

  // Assembling: what boot and container runtimes use

  /** Puts an inode (a shared volume, a bind mount) at a path; what was there is covered. */
  mount(path: string, inode: Inode): void {
    this.mkdir(parentOf(path), { parents: true });
    this.#add(this.#walk(path, false), inode);
  }

  /** What is mounted there is read-only from here on, for whoever comes to it by this path. */
  seal(path: string): void {
    this.#shared.sealed = [...this.#shared.sealed, path];
  }

  #unsealed(path: string): void {
    const { sealed } = this.#shared;
    if (sealed.length > 0 && sealed.some((root) => path === root || path.startsWith(`${root}/`))) throw new SysError("EROFS");
  }

  addProgram(path: string, program: Program): void {
    this.mount(path, this.#programFile(program));
  }

  /** A file made up when it is read; for a Lower's `get`. */
  dynamic(read: (context: FileContext) => string, write?: (text: string, context: FileContext) => void): Dynamic {
    return new Dynamic(this.#metadata(write ? 0o644 : 0o444), read, write);
  }

  /** A directory made up when it is read. */
  virtual(lower: Lower): Directory {
    return new Directory(this.#metadata(0o555, 2), lower);
  }

  virtualLink(target: string): Symlink {
    return new Symlink(this.#metadata(0o777), target);
  }

  /** Makes of a layer what is asked for. */
  #over(layer: Layer): Lower {
    return {
      names: () => Object.keys(layer),
      get: (name) => (Object.hasOwn(layer, name) ? this.#made(layer[name] as LayerEntry) : undefined),
    };
  }

  #made(entry: LayerEntry): Inode {
    switch (entry.kind) {
      case "file":
        return new Regular(this.#imageMetadata(0o644), this.#shared, utf8(entry.text));
      case "symlink":
        return new Symlink(this.#imageMetadata(0o777), entry.target);
      case "device":
        return new Device(this.#imageMetadata(0o666), entry.major, entry.minor, entry.open);
      case "folder": {
        const layer = entry.entries();
        return new Directory(this.#imageMetadata(entry.mode, linksOf(layer)), this.#over(layer));
      }
      case "mounted": {
        const lower = entry.lower();
        return new Directory(this.#imageMetadata(lower.volatile ? 0o555 : 0o755, 2), lower);
      }
    }
  }

  /** The programs of a machine as files: the directory costs nothing until it is looked into. */
  programs(programs: readonly Program[]): Lower {
    return {
      names: () => programs.map(({ name }) => name),
      get: (name) => {
        const program = programs.findLast((each) => each.name === name);
        return program && this.#programFile(program);
      },
    };
  }

  #programFile(program: Program): Regular {
    const file = new Regular(this.#imageMetadata(0o755), { usedBytes: 0 });
    file.write(0, utf8(`\x7fELF\u0002\u0001\u0001 ${program.name}\n`));
    file.program = program;
    return file;
  }

  // Inside

  #metadata(mode: number, nlink = 1): Metadata {
    return { mode, uid: 0, gid: 0, mtimeMs: this.#nowMs, ino: ++this.#shared.ino, nlink };
  }

  #imageMetadata(mode: number, nlink = 1): Metadata {
    return { ...this.#metadata(mode, nlink), mtimeMs: this.#shared.sinceMs };
  }

  #stat(inode: Inode): Stat {
    const { mode, uid, gid, mtimeMs, ino, nlink } = inode.meta;
    const common = { mode, uid, gid, mtimeMs, ino, nlink };
    switch (inode.kind) {
      case "file":
        return { ...common, kind: "file", size: inode.size };
      case "dynamic":
        return { ...common, kind: "file", size: 0 };
      case "directory":
        return { ...common, kind: "directory", size: 4096 };
      case "symlink":
        return { ...common, kind: "symlink", size: inode.target.length, target: inode.target };
      case "device":
        return { ...common, kind: "device", size: 0, major: inode.major, minor: inode.minor };
    }
  }

  #find(path: string, follow: boolean): Inode {
    const { inode } = this.#walk(path, follow);
    if (inode === undefined) throw new SysError("ENOENT");
    return inode;
  }

  #existing(path: string): Place & { readonly inode: Inode } {
    const place = this.#walk(path, false);
    if (place.inode === undefined) throw new SysError("ENOENT");
    return place as Place & { readonly inode: Inode };
  }

  #directory(path: string): Directory {
    const inode = this.#find(path, true);
    if (inode.kind !== "directory") throw new SysError("ENOTDIR");
    return inode;
  }

  #create(path: string, mode: number): Inode {
    const place = this.#walk(path, true);
    if (place.inode !== undefined && place.inode.kind !== "directory") this.#unsealed(place.path);
    if (place.inode !== undefined) return place.inode;
    if (path.endsWith("/")) throw new SysError("EISDIR");
    const file = new Regular(this.#metadata(mode), this.#shared);
    this.#add(place, file);
    return file;
  }

  #add(place: Place, inode: Inode): void {
    if (place.name === "") throw new SysError("EBUSY");
    this.#unsealed(place.path);
    if (place.parent.readOnly && place.inode === undefined) throw new SysError(place.parent.refusal);
    place.parent.set(place.name, inode);
    place.parent.meta.mtimeMs = this.#nowMs;
  }

  #remove(place: Place): void {
    this.#unsealed(place.path);
    if (place.parent.readOnly) throw new SysError("EPERM");
    place.parent.delete(place.name);
    place.parent.meta.mtimeMs = this.#nowMs;
  }

  #touch(inode: Inode): void {
    inode.meta.mtimeMs = this.#nowMs;
  }

  /** #find without an exception for what is merely not there; links and odd paths go the long way. */
  #peek(path: string): Inode | undefined {
    const place = straight(this.#shared.root, this.context, path);
    if (place === "gone") return undefined;
    return place === "winding" ? this.#try(() => this.#find(path, true)) : place.inode;
  }

  #try<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (error instanceof SysError) return undefined;
      throw error;
    }
  }

  #walk(path: string, follow: boolean): Place {
    return walk(this.#shared.root, this.context, path, follow);
  }
}

export function parentOf(path: string): string {
  return path.replace(/\/+[^/]*\/*$/, "") || "/";
}
