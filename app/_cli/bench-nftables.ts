/**
 * nftables with many Services: reading and listing the ruleset, and a new connection through its
 * verdict map, to one Service and to all of them in turn; beside it this machine's own kernel.
 */
import { NftServiceLoad, nftServiceText, serviceAddress, type Which } from "@/engine";
import type { Figure } from "./commands/bench";
import { kernelProblem, NftKernelLoad } from "./kernel-load";
import { median, timed } from "./measure";
import { ofServices } from "./of-services";

const SIZES = [10, 1000, 5000, 10_000];
const PLACES: readonly Which[] = ["first", "middle", "last", "scattered"];
const CONNECTIONS = 1000;
const ROUNDS = 7;

type Measured = { readonly load: number; readonly list: number; readonly connections: readonly number[] };

export async function nftables(): Promise<readonly Figure[]> {
  const problem = kernelProblem();
  if (problem !== undefined) console.error(`podpath: bench: ${problem}`);
  const figures: Figure[] = [];
  for (const count of SIZES) {
    const text = nftServiceText(count);
    const here = emulated(count, text);
    const kernel = problem === undefined ? await real(count, text) : undefined;
    const figure = (name: string, value: number, other: number | undefined, unit: string): void => {
      figures.push(ofServices(count, name, value, unit, other));
    };
    figure("nft -f", here.load, kernel?.load, "ms");
    figure("nft list ruleset", here.list, kernel?.list, "ms");
    PLACES.forEach((place, i) => figure(`connect, ${place}`, here.connections[i] ?? Number.NaN, kernel?.connections[i], "µs"));
  }
  return figures;
}

/** The least of several: what else the machine does only adds to it. */
const least = (work: () => number): number => Math.min(...Array.from({ length: ROUNDS }, work));

function emulated(count: number, text: string): Measured {
  // The first time everything is compiled; a kernel need not be.
  new NftServiceLoad(count, text).load();
  const load = median(Array.from({ length: 3 }, () => timed(() => new NftServiceLoad(count, text).load())));
  const router = new NftServiceLoad(count, text);
  router.load();
  const list = timed(() => router.list());
  router.connections("scattered", 10_000);
  const connections = PLACES.map((place) => least(() => (timed(() => router.connections(place, CONNECTIONS)) / CONNECTIONS) * 1000));
  return { load, list, connections };
}

async function real(count: number, text: string): Promise<Measured> {
  const kernel = new NftKernelLoad(text);
  try {
    await kernel.start();
    const load = timed(() => kernel.load());
    const list = timed(() => kernel.list());
    const connections = PLACES.map((place) => least(() => (place === "scattered" ? kernel.connection(serviceAddress(count, "first"), CONNECTIONS, count) : kernel.connection(serviceAddress(count, place), CONNECTIONS))));
    return { load, list, connections };
  } finally {
    kernel.stop();
  }
}
