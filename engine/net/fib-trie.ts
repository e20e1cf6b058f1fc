/**
 * The LC-trie in which the kernel keeps a routing table (net/ipv4/fib_trie.c), built anew from the routes when
 * somebody reads /proc/net/fib_trie: nodes are doubled while they are full enough and halved while they are empty.
 * Nobody is routed by it here (fib-table.ts).
 */
import type { FibEntry } from "./fib";

export type TrieLeaf = { readonly kind: "leaf"; readonly key: number; readonly aliases: FibEntry[]; parent: Tnode | undefined };
export type TrieNode = TrieLeaf | Tnode;

/** Per cent of the children that a node of twice the size would have. */
const INFLATE = 50;
const INFLATE_ROOT = 30;
const HALVE = 25;
const HALVE_ROOT = 15;
const MAX_WORK = 10;
const KEY_BITS = 32;

/** `pos`: the lowest bit it decides by, `bits`: by how many. */
export class Tnode {
  readonly kind = "tnode";
  readonly key: number;
  readonly children: (TrieNode | undefined)[];
  parent: Tnode | undefined;

  constructor(
    key: number,
    readonly pos: number,
    readonly bits: number,
  ) {
    const shift = pos + bits;
    this.key = shift < KEY_BITS ? ((key >>> shift) << shift) >>> 0 : 0;
    this.children = new Array<TrieNode | undefined>(2 ** bits).fill(undefined);
  }

  indexOf(key: number): number {
    return ((key ^ this.key) >>> 0) >>> this.pos;
  }

  /** A child that decides by the very next bits. */
  isFull(child: TrieNode | undefined): child is Tnode {
    return child?.kind === "tnode" && child.pos + child.bits === this.pos;
  }

  get full(): number {
    return this.children.filter((child) => this.isFull(child)).length;
  }

  get empty(): number {
    return this.children.filter((child) => child === undefined).length;
  }

  put(index: number, child: TrieNode | undefined): void {
    this.children[index] = child;
    if (child) child.parent = this;
  }
}

export class FibTrie {
  root: TrieNode | undefined;

  constructor(entries: Iterable<FibEntry>) {
    for (const entry of entries) this.#insert(entry);
  }

  #insert(entry: FibEntry): void {
    const key = entry.dst >>> 0;
    let parent: Tnode | undefined;
    let node = this.root;
    while (node?.kind === "tnode" && node.indexOf(key) < node.children.length) [parent, node] = [node, node.children[node.indexOf(key)]];
    if (node?.kind === "leaf" && node.key === key) {
      addAlias(node, entry);
      return;
    }
    const leaf: TrieLeaf = { kind: "leaf", key, aliases: [entry], parent: undefined };
    if (node) {
      const between = new Tnode(key, 31 - Math.clz32((key ^ node.key) >>> 0), 1);
      this.#putBelow(parent, between);
      between.put(between.indexOf(key) ^ 1, node);
      parent = between;
    }
    this.#putBelow(parent, leaf);
    while (parent) parent = this.#resize(parent);
  }

  #putBelow(parent: Tnode | undefined, node: TrieNode): void {
    if (parent) parent.put(parent.indexOf(node.key), node);
    else {
      this.root = node;
      node.parent = undefined;
    }
  }

  #resize(node: Tnode): Tnode | undefined {
    let current = node;
    let work = MAX_WORK;
    while (work > 0 && shouldInflate(current)) {
      current = this.#replace(current, inflated(current));
      work--;
    }
    if (work !== MAX_WORK) return current.parent;
    while (work > 0 && shouldHalve(current)) {
      current = this.#replace(current, halved(current));
      work--;
    }
    if (current.children.length - current.empty < 2) {
      const only = current.children.find((child) => child !== undefined);
      const { parent } = current;
      if (only) this.#putBelow(parent, only);
      else parent?.put(parent.indexOf(current.key), undefined);
      return parent;
    }
    return current.parent;
  }

  #replace(old: Tnode, made: Tnode): Tnode {
    this.#putBelow(old.parent, made);
    for (const child of made.children) if (child) child.parent = made;
    for (let i = made.children.length - 1; i >= 0; i--) {
      const child = made.children[i];
      if (made.isFull(child)) this.#resize(child);
    }
    return made;
  }
}

function addAlias(leaf: TrieLeaf, entry: FibEntry): void {
  const at = leaf.aliases.findIndex(({ bits, metric }) => bits < entry.bits || (bits === entry.bits && metric > entry.metric));
  leaf.aliases.splice(at < 0 ? leaf.aliases.length : at, 0, entry);
}

function shouldInflate(node: Tnode): boolean {
  const length = node.children.length;
  const used = length - node.empty + node.full;
  return used > 1 && node.pos > 0 && 50 * used >= length * (node.parent === undefined ? INFLATE_ROOT : INFLATE);
}

function shouldHalve(node: Tnode): boolean {
  const length = node.children.length;
  const used = length - node.empty;
  return used > 1 && node.bits > 1 && 100 * used < length * (node.parent === undefined ? HALVE_ROOT : HALVE);
}

function inflated(old: Tnode): Tnode {
  const made = new Tnode(old.key, old.pos - 1, old.bits + 1);
  old.children.forEach((child, i) => {
    if (child === undefined) return;
    if (!old.isFull(child)) {
      made.put(made.indexOf(child.key), child);
      return;
    }
    if (child.bits === 1) {
      made.put(2 * i, child.children[0]);
      made.put(2 * i + 1, child.children[1]);
      return;
    }
    const half = child.children.length / 2;
    const low = new Tnode(child.key, child.pos, child.bits - 1);
    const high = new Tnode((child.key | (1 << made.pos)) >>> 0, child.pos, child.bits - 1);
    for (let j = 0; j < half; j++) {
      low.put(j, child.children[j]);
      high.put(j, child.children[j + half]);
    }
    made.put(2 * i + 1, high);
    made.put(2 * i, low);
  });
  return made;
}

function halved(old: Tnode): Tnode {
  const made = new Tnode(old.key, old.pos + 1, old.bits - 1);
  for (let i = 0; i < old.children.length; i += 2) {
    const [low, high] = [old.children[i], old.children[i + 1]];
    if (low === undefined || high === undefined) {
      made.put(i / 2, low ?? high);
      continue;
    }
    const both = new Tnode(low.key, old.pos, 1);
    both.put(0, low);
    both.put(1, high);
    made.put(i / 2, both);
  }
  return made;
}
