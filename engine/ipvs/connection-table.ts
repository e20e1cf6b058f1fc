/**
 * The connection table: ip_vs_conn_tab of ip_vs_conn.c. Entries are found by the client's address
 * and port, whichever way the packet goes.
 */
import { jhash2 } from "../netfilter/jhash";
import { type Packet, PROTO } from "../wire/packet";
import type { Ip } from "../wire/ip";
import type { Entry } from "./connection";

/** CONFIG_IP_VS_TAB_BITS=12: what `size=4096` in every listing speaks of. */
export const TABLE_SIZE = 4096;

export type Ports = { readonly sport: number; readonly dport: number };

/** The ports of a packet IPVS can balance; undefined for all others. */
export function portsOf({ payload, offset }: Packet): Ports | undefined {
  return offset === 0 && (payload.kind === "tcp" || payload.kind === "udp") ? payload : undefined;
}

const LETTER: Readonly<Record<number, number>> = { 0: 0, [PROTO.tcp]: 1, [PROTO.udp]: 2 };

/** One number for protocol, client and port: exact up to 2^50. */
const keyOf = (protocol: number, client: Ip, port: number): number => (client * 0x1_0000 + port) * 4 + (LETTER[protocol] ?? 3);

export class ConnectionTable {
  readonly #rows = new Map<number, Entry[]>();
  #order = 0;
  #count = 0;

  constructor(private readonly salt: number) {}

  get count(): number {
    return this.#count;
  }

  insert(entry: Entry): void {
    const key = keyOf(entry.protocol, entry.client, entry.clientPort);
    const row = this.#rows.get(key);
    if (row === undefined) this.#rows.set(key, [entry]);
    else row.unshift(entry);
    entry.hashed = true;
    entry.order = ++this.#order;
    this.#count++;
  }

  remove(entry: Entry): void {
    if (!entry.hashed) return;
    const key = keyOf(entry.protocol, entry.client, entry.clientPort);
    const row = this.#rows.get(key)?.filter((other) => other !== entry) ?? [];
    if (row.length === 0) this.#rows.delete(key);
    else this.#rows.set(key, row);
    entry.hashed = false;
    this.#count--;
  }

  /** A packet from the client: ip_vs_conn_in_get(). */
  fromClient(protocol: number, client: Ip, clientPort: number, virtual: Ip, virtualPort: number): Entry | undefined {
    return this.#find(protocol, client, clientPort, (entry) => !entry.template && entry.virtual === virtual && entry.virtualPort === virtualPort);
  }

  /** A packet from the server: ip_vs_conn_out_get(). With direct routing it already carries the virtual address. */
  fromServer(protocol: number, client: Ip, clientPort: number, server: Ip, serverPort: number): Entry | undefined {
    return this.#find(protocol, client, clientPort, (entry) => {
      if (entry.template) return false;
      return entry.forwarding === "masq" ? entry.target === server && entry.targetPort === serverPort : entry.virtual === server && entry.virtualPort === serverPort;
    });
  }

  /** ip_vs_ct_in_get(). */
  template(protocol: number, network: Ip, virtual: Ip, virtualPort: number): Entry | undefined {
    return this.#find(protocol, network, 0, (entry) => entry.template && entry.virtual === virtual && entry.virtualPort === virtualPort);
  }

  #find(protocol: number, client: Ip, port: number, fits: (entry: Entry) => boolean): Entry | undefined {
    const row = this.#rows.get(keyOf(protocol, client, port));
    if (row === undefined) return undefined;
    for (const entry of row) if (fits(entry)) return entry;
    return undefined;
  }

  entries(): Entry[] {
    return [...this.#rows.values()].flat();
  }

  /** As /proc/net/ip_vs_conn walks the table: row by row of a salted hash, the newest of a row first. */
  listed(): Entry[] {
    const place = ({ protocol, client, clientPort }: Entry): number => jhash2([client, clientPort, protocol], this.salt) % TABLE_SIZE;
    return this.entries()
      .map((entry) => ({ entry, row: place(entry) }))
      .sort((a, b) => a.row - b.row || b.entry.order - a.entry.order)
      .map(({ entry }) => entry);
  }
}
