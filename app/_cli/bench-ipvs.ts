/**
 * IPVS with many Services: reading and listing the virtual servers, and a new connection through
 * them, to one Service and to all of them in turn. The sizes take turns, so that what else the
 * machine does falls on all of them alike.
 */
import { IpvsServiceLoad, ipvsServiceTexts, type Which } from "@/engine";
import type { Figure } from "./commands/bench";
import { timed } from "./measure";
import { ofServices } from "./of-services";

const SIZES = [10, 1000, 5000, 10_000];
const PLACES: readonly Which[] = ["first", "middle", "last", "scattered"];
const CONNECTIONS = 500;
const ROUNDS = 12;

type Measured = { readonly count: number; readonly router: IpvsServiceLoad; readonly load: number; readonly list: number; readonly connections: number[] };

export function ipvs(): readonly Figure[] {
  const sizes = SIZES.map(prepare);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { router, connections } of sizes) {
      PLACES.forEach((place, i) => {
        const each = (timed(() => router.connections(place, CONNECTIONS)) / CONNECTIONS) * 1000;
        connections[i] = Math.min(each, connections[i] ?? each);
      });
    }
  }
  const [smallest, largest] = [sizes[0], sizes.at(-1)];
  const ratio = (i: number): number => (largest?.connections[i] ?? Number.NaN) / (smallest?.connections[i] ?? Number.NaN);
  return [
    ...sizes.flatMap(({ count, load, list, connections }) => [
      ofServices(count, "ipvsadm -R", load, "ms"),
      ofServices(count, "ipvsadm -Ln", list, "ms"),
      ...PLACES.map((place, i) => ofServices(count, `connect, ${place}`, connections[i] ?? Number.NaN, "µs")),
    ]),
    ...PLACES.map((place, i) => ({ name: `connect, ${place}: most ÷ fewest Services`, value: ratio(i), unit: "×" })),
  ];
}

function prepare(count: number): Measured {
  const router = new IpvsServiceLoad(count, ipvsServiceTexts(count));
  // The first time everything is compiled.
  router.load();
  const load = Math.min(...Array.from({ length: 4 }, () => timed(() => router.load())));
  const list = timed(() => router.list());
  router.connections("scattered", 10_000);
  return { count, router, load, list, connections: [] };
}

