/**
 * IPVS with many Services: reading and listing the virtual servers, and a new connection through
 * them, to one Service and to all of them in turn.
 */
import { IpvsServiceLoad, ipvsServiceTexts, type Which } from "@/engine";
import type { Figure } from "./commands/bench";
import { median, timed } from "./measure";

const SIZES = [10, 1000, 5000, 10_000];
const PLACES: readonly Which[] = ["first", "middle", "last", "scattered"];
const CONNECTIONS = 1000;
const ROUNDS = 7;

/** The least of several: what else the machine does only adds to it. */
const least = (work: () => number): number => Math.min(...Array.from({ length: ROUNDS }, work));

export function ipvs(): readonly Figure[] {
  return SIZES.flatMap((count) => {
    const texts = ipvsServiceTexts(count);
    const router = new IpvsServiceLoad(count, texts);
    // The first time everything is compiled.
    router.load();
    const load = median(Array.from({ length: 3 }, () => timed(() => router.load())));
    const list = timed(() => router.list());
    router.connections("scattered", 10_000);
    const named = (name: string, value: number, unit: string): Figure => ({ name: `${count.toLocaleString("en-US")} Services: ${name}`, value, unit });
    return [
      named("ipvsadm -R", load, "ms"),
      named("ipvsadm -Ln", list, "ms"),
      ...PLACES.map((place) => named(`connect, ${place}`, least(() => (timed(() => router.connections(place, CONNECTIONS)) / CONNECTIONS) * 1000), "µs")),
    ];
  });
}
