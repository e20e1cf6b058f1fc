/**
 * mh: Maglev hashing (Eisenbud et al., NSDI 2016; ip_vs_mh.c). Every server has its own order of
 * preference over a table of 4093 places, and they take turns choosing; a server that comes or
 * goes moves few clients of the others.
 */
import { SCHED_FLAG, type Scheduler, type Server, type Service } from "../service";
import { commonWeight } from "./round-robin";

/** The prime that CONFIG_IP_VS_MH_TAB_INDEX=12 stands for. */
const SIZE = 4093;
const WEIGHT_BITS = 6;
const KEY_OFFSET = 2654435761n;
const KEY_SKIP = 2654446892n;

const MASK = 0xffff_ffff_ffff_ffffn;
const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & MASK;

/** hsiphash() of one 32-bit word: SipHash-1-3, as 64-bit kernels have it, folded to 32 bits. */
export function hsiphash(word: number, key: bigint): number {
  let v0 = 0x736f6d6570736575n ^ key;
  let v1 = 0x646f72616e646f6dn ^ key;
  let v2 = 0x6c7967656e657261n ^ key;
  let v3 = 0x7465646279746573n ^ key;
  const round = (): void => {
    v0 = (v0 + v1) & MASK;
    v1 = rotate(v1, 13n) ^ v0;
    v0 = rotate(v0, 32n);
    v2 = (v2 + v3) & MASK;
    v3 = rotate(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = rotate(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = rotate(v1, 17n) ^ v2;
    v2 = rotate(v2, 32n);
  };
  const b = (4n << 56n) | BigInt(word >>> 0);
  v3 ^= b;
  round();
  v0 ^= b;
  v2 ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return Number((v0 ^ v1 ^ v2 ^ v3) & 0xffff_ffffn);
}

type Turn = { readonly server: Server; readonly skip: number; at: number; readonly turns: number };

/** ip_vs_mh_permutate(). */
function turnsOf(servers: readonly Server[]): Turn[] {
  const divisor = commonWeight(servers.map(({ lastWeight }) => lastWeight));
  if (divisor < 1) return [];
  const greatest = Math.floor(Math.max(...servers.map(({ lastWeight }) => lastWeight)) / divisor);
  const shift = Math.max(0, 32 - Math.clz32(greatest) - WEIGHT_BITS);
  return servers.map((server) => {
    const word = server.address + server.port;
    const turns = (Math.floor(server.lastWeight / divisor) >> shift) || (server.lastWeight !== 0 ? 1 : 0);
    return { server, at: hsiphash(word, KEY_OFFSET) % SIZE, skip: (hsiphash(word, KEY_SKIP) % (SIZE - 1)) + 1, turns };
  });
}

/** ip_vs_mh_populate(): in turn, each takes the first free place it likes, as often as its weight allows. */
function populate(servers: readonly Server[]): readonly (Server | undefined)[] {
  const table = new Array<Server | undefined>(SIZE).fill(undefined);
  const turns = turnsOf(servers).filter((turn) => turn.turns > 0);
  for (let taken = 0; turns.length > 0 && taken < SIZE; ) {
    for (const turn of turns) {
      for (let i = 0; i < turn.turns && taken < SIZE; i++, taken++) {
        while (table[turn.at] !== undefined) turn.at = (turn.at + turn.skip) % SIZE;
        table[turn.at] = turn.server;
      }
    }
  }
  return table;
}

const unavailable = (server: Server): boolean => server.weight <= 0 || server.overloaded;

export function maglev(service: Service): Scheduler {
  let table = populate(service.servers);
  const again = (): void => {
    table = populate(service.servers);
  };
  return {
    name: "mh",
    choose({ src, sport }) {
      const word = src + ((service.flags & SCHED_FLAG.port) !== 0 ? sport : 0);
      const start = hsiphash(word, KEY_OFFSET) % SIZE;
      const first = table[start];
      if (first === undefined || !unavailable(first)) return first;
      if ((service.flags & SCHED_FLAG.fallback) === 0) return undefined;
      for (let offset = 0; offset < SIZE; offset++) {
        const other = table[hsiphash(word + ((offset + start) % SIZE), KEY_OFFSET) % SIZE];
        if (other === undefined) return undefined;
        if (!unavailable(other)) return other;
      }
      return undefined;
    },
    added: again,
    updated: again,
    removed: again,
  };
}
