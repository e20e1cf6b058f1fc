/**
 * How entries come and go: ip_vs_conn_new, ip_vs_bind_dest, ip_vs_conn_put, ip_vs_conn_expire.
 * Every packet winds the clock of its entry up again; an entry that controls others outlives them.
 */
import { PROTO } from "../wire/packet";
import { Entry, type EntrySpec } from "./connection";
import type { Ipvs } from "./ipvs";
import type { Server } from "./service";

/** What a template is granted while connections made after it still live. */
const LATER_MS = 60_000;

export class Lifetimes {
  constructor(private readonly ipvs: Ipvs) {}

  /** ip_vs_conn_new(). */
  create(spec: EntrySpec, server: Server | undefined, options: { readonly template?: boolean; readonly onePacket?: boolean } = {}): Entry {
    const { ipvs } = this;
    const onePacket = options.onePacket === true && spec.protocol === PROTO.udp;
    const entry = new Entry(spec, options.template === true, onePacket, ipvs.ns.world.scheduler, (expired) => this.#due(expired));
    if (server !== undefined) this.#bind(entry, server);
    entry.nfct = ipvs.settings.conntrack !== 0;
    if (!onePacket) ipvs.table.insert(entry);
    return entry;
  }

  #bind(entry: Entry, server: Server): void {
    server.references++;
    entry.server = server;
    entry.forwarding = server.forwarding;
    entry.noOutput = server.forwarding !== "masq";
    if (entry.template) server.persistent++;
    else server.inactive++;
    if (server.upper !== 0 && server.connections >= server.upper) server.overloaded = true;
  }

  /** ip_vs_unbind_dest(): and the server may be offered work again. */
  #unbind(entry: Entry): void {
    const { server } = entry;
    if (server === undefined) return;
    if (entry.template) server.persistent--;
    else if (entry.inactive) server.inactive--;
    else server.active--;
    const { connections, lower, upper } = server;
    if (lower !== 0 ? connections < lower : upper === 0 || connections * 4 < upper * 3) server.overloaded = false;
    entry.server = undefined;
    server.references--;
  }

  /** ip_vs_control_add(). */
  control(entry: Entry, template: Entry): void {
    if (entry.control !== undefined) this.#release(entry);
    entry.control = template;
    template.controlled++;
  }

  #release(entry: Entry): void {
    if (entry.control !== undefined) entry.control.controlled--;
    entry.control = undefined;
  }

  /** ip_vs_conn_put(): its packet is dealt with; the clock starts again. */
  put(entry: Entry): void {
    if (entry.onePacket) return this.#expire(entry);
    entry.wind(entry.timeoutMs);
  }

  /** ip_vs_conn_expire_now(): at once, but not before what is being done is done. */
  expireNow(entry: Entry): void {
    if (entry.timer.pending) entry.wind(0);
  }

  /** ip_vs_conn_del(). */
  delete(entry: Entry): void {
    if (!entry.timer.pending) return;
    entry.timer.clear();
    if (entry.control !== undefined) entry.timeoutMs = 0;
    this.#expire(entry);
  }

  /** Of timers that are due together the kernel fires the one set last first: those it controls go before a template. */
  #due(entry: Entry): void {
    entry.stoodBack = entry.controlled > 0 && !entry.stoodBack;
    if (entry.stoodBack) entry.timer.set(0);
    else this.#expire(entry);
  }

  #expire(entry: Entry): void {
    if (entry.controlled > 0) {
      entry.timeoutMs = LATER_MS;
      entry.wind(LATER_MS);
      return;
    }
    entry.timer.stop();
    this.ipvs.table.remove(entry);
    const { control } = entry;
    if (control !== undefined) {
      this.#release(entry);
      const drop = entry.timeoutMs === 0 && control.controlled === 0 && (!control.template || !control.assured);
      if (drop) this.delete(control);
    }
    if (entry.nfct && !entry.onePacket) this.#dropConntrack(entry);
    this.#unbind(entry);
  }

  /** ip_vs_conn_drop_conntrack(): the two tables forget together. */
  #dropConntrack(entry: Entry): void {
    const conntrack = this.ipvs.netfilter?.conntrack;
    if (conntrack === undefined) return;
    const tuple = { proto: entry.protocol, src: entry.client, sport: entry.clientPort, dst: entry.virtual, dport: entry.virtualPort, zone: 0 };
    const found = conntrack.find(tuple);
    if (found !== undefined) conntrack.forget(found.conn);
  }

  /** ip_vs_expire_nodest_conn_flush(): with expire_nodest_conn, entries of deleted servers go at once. */
  flushWithoutServer(): void {
    for (const entry of this.ipvs.table.entries()) {
      if (!entry.hashed || entry.server === undefined || entry.server.available || entry.controlled > 0) continue;
      const { control } = entry;
      this.delete(entry);
      if (control !== undefined && control.controlled === 0) this.delete(control);
    }
  }

  /** All of them, when the namespace's module goes. */
  flush(): void {
    for (let left = -1; left !== this.ipvs.table.count && this.ipvs.table.count > 0; ) {
      left = this.ipvs.table.count;
      for (const entry of this.ipvs.table.entries()) if (entry.controlled === 0) this.delete(entry);
    }
  }
}
