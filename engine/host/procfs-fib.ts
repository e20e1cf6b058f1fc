/**
 * /proc/net/fib_trie and fib_triestat: the routing tables as the trie in which the kernel keeps them
 * (fib_trie_seq_show, fib_triestat_seq_show). Until somebody adds a rule, `local` and `main` share one.
 */
import { FibTrie, type TrieNode } from "../net/fib-trie";
import type { FibEntry } from "../net/fib";
import type { Netns } from "../net/netns";
import { printIp, type Ip } from "../wire/ip";

const [MAIN, LOCAL] = [254, 255];
const SCOPES: Readonly<Record<number, string>> = { 0: "universe", 200: "site", 253: "link", 254: "host", 255: "nowhere" };

/** Each table's name and trie, in the order of the kernel's hash: by number. */
function tries(ns: Netns): readonly (readonly [title: string, trie: FibTrie])[] {
  const entriesOf = (id: number): readonly FibEntry[] => ns.fib.existing(id)?.byLength() ?? [];
  const shared = ns.rules.untouched ? new FibTrie([...entriesOf(LOCAL), ...entriesOf(MAIN)]) : undefined;
  const tables = ns.fib.tables().map(({ id }) => id).sort((a, b) => a - b);
  return tables.flatMap((id) => {
    const trie = shared !== undefined && (id === MAIN || id === LOCAL) ? shared : new FibTrie(entriesOf(id));
    return trie.root === undefined ? [] : [[id === LOCAL ? "Local" : id === MAIN ? "Main" : `Id ${id}`, trie] as const];
  });
}

export function fibTrie(ns: Netns): string {
  return tries(ns).map(([title, { root }]) => `${title}:\n${root ? printNode(root, 0) : ""}`).join("");
}

/** `depth`: how many nodes are above. */
function printNode(node: TrieNode, depth: number): string {
  const indent = "   ".repeat(depth);
  if (node.kind === "tnode") {
    const head = `${indent}  +-- ${printIp(node.key as Ip)}/${32 - node.pos - node.bits} ${node.bits} ${node.full} ${node.empty}\n`;
    return head + node.children.map((child) => (child ? printNode(child, depth + 1) : "")).join("");
  }
  const lines = node.aliases.map(({ bits, scope, type, tos }) => `${indent}     /${bits} ${SCOPES[scope] ?? `scope=${scope}`} ${type.toUpperCase()}${tos === 0 ? "" : ` tos=${tos}`}\n`);
  return `${indent}  |-- ${printIp(node.key as Ip)}\n${lines.join("")}`;
}

type Stats = { leaves: number; prefixes: number; tnodes: number; depths: number; deepest: number; empty: number; readonly sizes: number[] };

const [LEAF_BYTES, TNODE_BYTES, ALIAS_BYTES, POINTER_BYTES] = [48, 40, 56, 8];

export function fibTrieStat(ns: Netns): string {
  const head = `Basic info: size of leaf: ${LEAF_BYTES} bytes, size of tnode: ${TNODE_BYTES} bytes.\n`;
  return head + tries(ns).map(([title, { root }]) => `${title}:\n${root ? printStats(measure(root, 0, { leaves: 0, prefixes: 0, tnodes: 0, depths: 0, deepest: 0, empty: 0, sizes: [] })) : ""}`).join("");
}

function measure(node: TrieNode, depth: number, stats: Stats): Stats {
  if (node.kind === "leaf") {
    stats.leaves++;
    stats.prefixes += node.aliases.length;
    stats.depths += depth;
    stats.deepest = Math.max(stats.deepest, depth);
    return stats;
  }
  stats.tnodes++;
  stats.sizes[node.bits] = (stats.sizes[node.bits] ?? 0) + 1;
  stats.empty += node.empty;
  for (const child of node.children) if (child) measure(child, depth + 1, stats);
  return stats;
}

function printStats({ leaves, prefixes, tnodes, depths, deepest, empty, sizes }: Stats): string {
  const used = [...sizes.entries()].filter(([, count]) => count > 0);
  const pointers = used.reduce((sum, [bits, count]) => sum + count * 2 ** bits, 0);
  const average = leaves === 0 ? 0 : Math.floor((depths * 100) / leaves);
  const bytes = LEAF_BYTES * leaves + ALIAS_BYTES * prefixes + TNODE_BYTES * tnodes + POINTER_BYTES * pointers;
  return [
    `\tAver depth:     ${Math.floor(average / 100)}.${String(average % 100).padStart(2, "0")}\n\tMax depth:      ${deepest}\n\tLeaves:         ${leaves}\n\tPrefixes:       ${prefixes}\n\tInternal nodes: ${tnodes}\n\t`,
    used.map(([bits, count]) => `  ${bits}: ${count}`).join(""),
    `\n\tPointers: ${pointers}\nNull ptrs: ${empty}\nTotal size: ${Math.floor((bytes + 1023) / 1024)}  kB\n`,
  ].join("");
}
