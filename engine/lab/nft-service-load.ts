/**
 * Load for the benchmark of nftables: so many Services of five endpoints each, in the words of
 * kube-proxy's nftables mode, on the router of ServiceLoad. The same text can be given to a real
 * kernel. Whoever measures brings the clock.
 */
import { runNft } from "../netfilter/nftables/command";
import { NOTHING_KNOWN, nftablesText } from "../node/proxy/nftables";
import { LoadedRouter, stateOf } from "./service-load";

/** What `nft -f -` is fed. */
export function nftServiceText(count: number): string {
  return nftablesText(stateOf(count), { first: true, known: NOTHING_KNOWN }).text;
}

export class NftServiceLoad extends LoadedRouter {
  constructor(
    count: number,
    private readonly text: string,
  ) {
    super(count);
  }

  /** nft -f of everything. */
  load(): void {
    this.#nft(["-f", "-"], this.text);
  }

  /** nft list ruleset. */
  list(): string {
    return this.#nft(["list", "ruleset"], "");
  }

  #nft(args: readonly string[], input: string): string {
    const done = runNft(this.router.netfilter, args, () => input, () => undefined);
    if (done.exit !== 0) throw new Error(done.stderr);
    return done.stdout;
  }
}
