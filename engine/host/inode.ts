/**
 * What a file system is made of: inode(7). Regular files grow in memory, directories may lie over
 * a lower layer (as overlayfs does for container images), and the files of /proc and /sys are
 * written at the moment somebody reads them.
 */
import { NO_BYTES } from "../core/bytes";
import { SysError } from "../core/errno";
import { LIMITS } from "../core/limits";
import { Signal } from "../core/task";
import type { OpenFile, Program } from "./proc";
import type { Machine } from "./machine";

/** On whose behalf a path is looked up: /proc/net shows the reader's own namespace. */
export type FileContext = { readonly machine: Machine | undefined };

export type Metadata = { mode: number; uid: number; gid: number; mtimeMs: number; readonly ino: number; nlink: number };

export type Inode = Regular | Directory | Symlink | Device | Dynamic;

/** A regular file. A program's file carries the program itself. */
export class Regular {
  readonly kind = "file";
  readonly changed = new Signal();
  program: Program | undefined;
  #data: Uint8Array;
  #size: number;

  constructor(
    readonly meta: Metadata,
    /** What all files of the tree may take together. */
    private readonly budget: { usedBytes: number },
    /** What it holds from the beginning, and what has been counted already. */
    data: Uint8Array = NO_BYTES,
  ) {
    this.#data = data;
    this.#size = data.length;
  }

  get size(): number {
    return this.#size;
  }

  /** Its last name is gone: what it holds no longer counts. */
  forget(): void {
    this.budget.usedBytes -= this.#size;
  }

  /** The contents, as a view: valid until the next write. */
  get bytes(): Uint8Array {
    return this.#data.subarray(0, this.#size);
  }

  truncate(size = 0): void {
    if (size > this.#size) this.write(this.#size, new Uint8Array(size - this.#size));
    this.budget.usedBytes += size - this.#size;
    this.#size = size;
    this.program = undefined;
    this.changed.notify();
  }

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    const more = Math.max(0, end - this.#size);
    if (end > LIMITS.fileBytes || this.budget.usedBytes + more > LIMITS.machineBytes) throw new SysError("ENOSPC");
    this.budget.usedBytes += more;
    if (end > this.#data.length) {
      const grown = new Uint8Array(Math.max(end, Math.min(this.#data.length * 2, LIMITS.fileBytes)));
      grown.set(this.bytes);
      this.#data = grown;
    }
    this.#data.set(bytes, at);
    this.#size = Math.max(this.#size, end);
    this.program = undefined;
    this.changed.notify();
  }
}

/** What lies under a directory: an image's layer, or a list that is made up when it is read. */
export type Lower = {
  readonly names: (context: FileContext) => readonly string[];
  readonly get: (name: string, context: FileContext) => Inode | undefined;
  /** True when names come and go by themselves (/proc), so that nothing may be remembered. */
  readonly volatile?: boolean;
  /** What creating a file in a volatile one comes to: ENOENT in /proc (proc_create is not for programs), EACCES in /sys. */
  readonly refusal?: "ENOENT" | "EACCES";
};

export class Directory {
  readonly kind = "directory";
  readonly #own = new Map<string, Inode>();
  /** What is gone of the layer below. */
  #hidden: Set<string> | undefined;

  constructor(
    readonly meta: Metadata,
    private readonly lower?: Lower,
  ) {}

  get refusal(): "ENOENT" | "EACCES" {
    return this.lower?.refusal ?? "ENOENT";
  }

  get readOnly(): boolean {
    return this.lower?.volatile === true;
  }

  get(name: string, context: FileContext): Inode | undefined {
    const own = this.#own.get(name);
    if (own !== undefined || this.lower === undefined || this.#hidden?.has(name)) return own;
    const below = this.lower.get(name, context);
    if (below !== undefined && !this.lower.volatile) this.#own.set(name, below);
    return below;
  }

  names(context: FileContext): string[] {
    const names = new Set(this.#own.keys());
    for (const name of this.lower?.names(context) ?? []) if (!this.#hidden?.has(name)) names.add(name);
    return [...names].sort();
  }

  set(name: string, inode: Inode): void {
    this.#own.set(name, inode);
    this.#hidden?.delete(name);
  }

  delete(name: string): void {
    this.#own.delete(name);
    if (this.lower !== undefined) (this.#hidden ??= new Set()).add(name);
  }
}

export class Symlink {
  readonly kind = "symlink";
  constructor(
    readonly meta: Metadata,
    readonly target: string,
  ) {}
}

/** A character device: opening it gives whatever stands behind. */
export class Device {
  readonly kind = "device";
  constructor(
    readonly meta: Metadata,
    readonly major: number,
    readonly minor: number,
    readonly open: (context: FileContext) => OpenFile,
  ) {}
}

/** A file whose text is made when it is read, and which may understand what is written to it. */
export class Dynamic {
  readonly kind = "dynamic";
  constructor(
    readonly meta: Metadata,
    readonly read: (context: FileContext) => string,
    readonly write: ((text: string, context: FileContext) => void) | undefined,
  ) {}
}
