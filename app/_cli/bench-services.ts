/**
 * Rulesets of many Services: reading, changing and writing them, and a new connection through
 * the first, the middle and the last; beside it the same on this machine's own kernel.
 */
import { ServiceLoad, type ServiceTexts, serviceAddress, serviceTexts, type Which } from "@/engine";
import type { Figure } from "./commands/bench";
import { KernelLoad, kernelProblem } from "./kernel-load";
import { median, timed } from "./measure";
import { ofServices } from "./of-services";

const SIZES = [10, 1000, 5000, 10_000];
const PLACES: readonly Which[] = ["first", "middle", "last"];
const CONNECTIONS = 700;
const ROUNDS = 5;

type Measured = { readonly load: number; readonly update: number; readonly save: number; readonly connections: readonly number[] };

export async function services(): Promise<readonly Figure[]> {
  const problem = kernelProblem();
  if (problem !== undefined) console.error(`podpath: bench: ${problem}`);
  const figures: Figure[] = [];
  for (const count of SIZES) {
    const texts = serviceTexts(count);
    const here = emulated(count, texts);
    const kernel = problem === undefined ? await real(count, texts) : undefined;
    const figure = (name: string, value: number, other: number | undefined, unit: string): void => {
      figures.push(ofServices(count, name, value, unit, other));
    };
    figure(`load ${texts.rules.toLocaleString("en-US")} rules`, here.load, kernel?.load, "ms");
    figure("partial update", here.update, kernel?.update, "ms");
    figure("save", here.save, kernel?.save, "ms");
    PLACES.forEach((place, i) => figure(`connect, ${place}`, here.connections[i] ?? Number.NaN, kernel?.connections[i], "µs"));
  }
  return figures;
}

function emulated(count: number, texts: ServiceTexts): Measured {
  const load = new ServiceLoad(count, texts);
  // The first time everything is compiled; a kernel need not be.
  load.load();
  const loading = timed(() => load.load());
  const update = timed(() => load.update());
  const save = timed(() => load.save());
  load.connections("first", 5000);
  const connections = PLACES.map((place) => median(Array.from({ length: ROUNDS }, () => (timed(() => load.connections(place, CONNECTIONS)) / CONNECTIONS) * 1000)));
  return { load: loading, update, save, connections };
}

async function real(count: number, texts: ServiceTexts): Promise<Measured> {
  const kernel = new KernelLoad(texts);
  try {
    await kernel.start();
    const load = timed(() => kernel.load());
    const update = timed(() => kernel.update());
    const save = timed(() => kernel.save());
    const connections = PLACES.map((place) => median(Array.from({ length: ROUNDS }, () => kernel.connection(serviceAddress(count, place), CONNECTIONS))));
    return { load, update, save, connections };
  } finally {
    kernel.stop();
  }
}
