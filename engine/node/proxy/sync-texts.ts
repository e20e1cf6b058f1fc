/**
 * The texts of kube-proxies that write the same: made once, though each node feeds it to its own
 * iptables-restore. Only what does not depend on the node is kept, and only the latest few.
 */
import type { Endpoint } from "./endpoints-map";
import { assemble, type Assembly, type Piece, type ProxyState, type SyncText, syncText, totalEndpoints } from "./iptables";
import type { ServicePort } from "./service-map";

const KEPT = 8;

/** The Services' chains in a nat table: those in use, and those that wait to be deleted. */
export type Held = { readonly active: ReadonlySet<string>; readonly stale: ReadonlySet<string> };

export const NONE: ReadonlySet<string> = new Set();

type Asked = { readonly state: ProxyState; readonly changed: ReadonlySet<string> | undefined; readonly before: Held | undefined };
type KnownPiece = { readonly endpoints: readonly Endpoint[]; readonly large: boolean; readonly options: ProxyState["options"]; readonly piece: Piece };

export class SyncTexts {
  readonly #latest: (Asked & { readonly made: SyncText })[] = [];
  #total: (Pick<ProxyState, "services" | "endpoints"> & { readonly total: number }) | undefined;
  readonly #pieces = new WeakMap<ServicePort, KnownPiece>();
  #assembled: (Pick<ProxyState, "services" | "endpoints" | "options"> & { readonly assembly: Assembly }) | undefined;
  #stale: (Held & { readonly now: ReadonlySet<string>; readonly stale: ReadonlySet<string>; readonly after: ReadonlySet<string> }) | undefined;

  totalEndpoints(state: ProxyState): number {
    const { services, endpoints } = state;
    if (this.#total?.services !== services || this.#total.endpoints !== endpoints) this.#total = { services, endpoints, total: totalEndpoints(state) };
    return this.#total.total;
  }

  /** `changed`: undefined for a full sync. `before`: what is to be cleaned up, if that is wanted. */
  make(state: ProxyState, changed: ReadonlySet<string> | undefined, before: Held | undefined): SyncText {
    const sync = { ...(changed !== undefined && { changed }), ...(before !== undefined && { existing: [before.active, before.stale] }) };
    if (state.everywhere !== true) return syncText(state, sync, assemble(state));
    const asked = { state, changed, before };
    const known = this.#latest.find((one) => isSame(one, asked));
    if (known !== undefined) return known.made;
    const made = syncText(state, sync, this.#assembly(state));
    this.#latest.unshift({ ...asked, made });
    this.#latest.splice(KEPT);
    return made;
  }

  #assembly(state: ProxyState): Assembly {
    const { services, endpoints, options } = state;
    const last = this.#assembled;
    if (last?.services === services && last.endpoints === endpoints && last.options === options) return last.assembly;
    const assembly = assemble(state, (service, of, large, make) => this.#piece(state, service, of, large, make));
    this.#assembled = { services, endpoints, options, assembly };
    return assembly;
  }

  #piece({ options }: ProxyState, service: ServicePort, endpoints: readonly Endpoint[], large: boolean, make: () => Piece): Piece {
    const known = this.#pieces.get(service);
    if (known !== undefined && known.endpoints === endpoints && known.large === large && known.options === options) return known.piece;
    const piece = make();
    this.#pieces.set(service, { endpoints, large, options, piece });
    return piece;
  }

  /** What nobody uses any more when these are in use now, and has not been deleted. */
  stale({ active, stale }: Held, now: ReadonlySet<string>): ReadonlySet<string> {
    const last = this.#stale;
    if (last !== undefined && last.active === active && last.stale === stale && last.now === now) return last.after;
    const gone = active === now ? [] : [...active].filter((chain) => !now.has(chain));
    const kept = [...stale].filter((chain) => !now.has(chain));
    const after = gone.length + kept.length === 0 ? NONE : gone.length === 0 && kept.length === stale.size ? stale : new Set([...kept, ...gone]);
    this.#stale = { active, stale, now, after };
    return after;
  }
}

function isSame(one: Asked, other: Asked): boolean {
  const [a, b] = [one.state, other.state];
  if (a.services !== b.services || a.endpoints !== b.endpoints || a.options !== b.options || one.changed !== other.changed) return false;
  return one.before === other.before || (one.before !== undefined && one.before.active === other.before?.active && one.before.stale === other.before.stale);
}
