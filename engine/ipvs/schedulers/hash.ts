/**
 * dh and sh: a table of 256 places, dealt out to the servers in turn, and looked up by the hash
 * of the destination or the source address (ip_vs_dh.c, ip_vs_sh.c).
 */
import { SCHED_FLAG, type Scheduler, type Server, type Service } from "../service";

const BITS = 8;
const SIZE = 1 << BITS;
const GOLDEN_RATIO_32 = 0x61c88647;

/** hash_32(). */
export const hash32 = (value: number, bits: number): number => Math.imul(value, GOLDEN_RATIO_32) >>> (32 - bits);

/** Each server in turn gets as many places in a row as `shareOf` says, from the head of the list on. */
function deal(servers: readonly Server[], shareOf: (server: Server) => number): readonly Server[] {
  const table: Server[] = [];
  if (servers.length === 0) return table;
  for (let at = 0, given = 0; table.length < SIZE; ) {
    const server = servers[at % servers.length] as Server;
    table.push(server);
    if (++given < shareOf(server)) continue;
    given = 0;
    at++;
  }
  return table;
}

const unavailable = (server: Server): boolean => server.weight <= 0 || server.overloaded;

/** Destination hashing, for transparent caches: with one virtual address, always the same server. */
export function destinationHash(service: Service): Scheduler {
  let table = deal(service.servers, () => 1);
  const again = (): void => {
    table = deal(service.servers, () => 1);
  };
  return {
    name: "dh",
    choose({ dst }) {
      const server = table[hash32(dst, BITS)];
      return server === undefined || unavailable(server) ? undefined : server;
    },
    added: again,
    removed: again,
  };
}

/** Source hashing: a client stays with its server for as long as the list does not change. */
export function sourceHash(service: Service): Scheduler {
  const share = ({ weight }: Server): number => weight;
  let table = deal(service.servers, share);
  const again = (): void => {
    table = deal(service.servers, share);
  };
  const at = (src: number, port: number, offset: number): Server | undefined => table[(offset + hash32((port + src) >>> 0, BITS)) % SIZE];
  return {
    name: "sh",
    choose({ src, sport }) {
      const port = (service.flags & SCHED_FLAG.port) !== 0 ? sport : 0;
      const first = at(src, port, 0);
      if (first === undefined || !unavailable(first)) return first;
      if ((service.flags & SCHED_FLAG.fallback) === 0) return undefined;
      const start = hash32((port + src) >>> 0, BITS);
      for (let offset = 0; offset < SIZE; offset++) {
        const other = at(src, port, (offset + start) % SIZE);
        if (other !== undefined && !unavailable(other)) return other;
      }
      return undefined;
    },
    added: again,
    updated: again,
    removed: again,
  };
}
