/**
 * A real client's informer (list, then watch) fed through a thousand random creates, updates,
 * patches and deletes hears of each in order, and ends with exactly what the server has; with
 * its connections cut at random moments it ends there too.
 */
import { CoreV1Api, type KubernetesObject, makeInformer, type V1ConfigMap } from "@kubernetes/client-node";
import { afterEach, expect, test } from "vitest";
import { Rng } from "@/engine/core/rng";
import { eventually, type Served, serveLab } from "@/test/support/served";

const OPERATIONS = 1000;
const AT = "/api/v1/namespaces/default/configmaps";
let served: Served | undefined;

afterEach(() => served?.close());

type Heard = { readonly verb: "add" | "update" | "delete"; readonly name: string; readonly version: number };

/** One random write, and what a watch must say of it; undefined if it changed nothing. */
function write(rng: Rng, { request }: Served, names: Map<string, string>): Heard | undefined {
  const name = `map-${rng.below(40)}`;
  const data = { value: String(rng.below(1_000_000)), ...(rng.below(10) === 0 && { long: "x".repeat(rng.below(20_000)) }) };
  const version = (body: unknown): number => Number((body as V1ConfigMap).metadata?.resourceVersion);
  const known = names.get(name);
  if (known === undefined) {
    const { body } = request("POST", AT, { metadata: { name, labels: { kind: "random" } }, data });
    names.set(name, data.value);
    return { verb: "add", name, version: version(body) };
  }
  const how = rng.below(4);
  if (how === 0) {
    request("DELETE", `${AT}/${name}`);
    names.delete(name);
    return { verb: "delete", name, version: 0 };
  }
  names.set(name, data.value);
  const same = known === data.value && !("long" in data);
  if (how === 1) {
    const { body } = request("PUT", `${AT}/${name}`, { metadata: { name, labels: { kind: "random" } }, data });
    return same ? undefined : { verb: "update", name, version: version(body) };
  }
  const before = version(request("GET", `${AT}/${name}`).body);
  const { body } = request("PATCH", `${AT}/${name}`, { data }, { contentType: how === 2 ? "application/merge-patch+json" : "application/strategic-merge-patch+json" });
  return version(body) === before ? undefined : { verb: "update", name, version: version(body) };
}

function informerOf({ config }: Served) {
  const api = config.makeApiClient(CoreV1Api);
  return makeInformer<V1ConfigMap>(config, AT, () => api.listNamespacedConfigMap({ namespace: "default", labelSelector: "kind=random" }), "kind=random");
}

/** By name: resource version and data. */
function state(objects: readonly KubernetesObject[]): readonly (readonly [string, string, unknown])[] {
  return objects.map((object) => [object.metadata?.name ?? "", object.metadata?.resourceVersion ?? "", (object as V1ConfigMap).data] as const).sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

function ofServer({ request }: Served): readonly (readonly [string, string, unknown])[] {
  return state((request("GET", AT, undefined, { query: { labelSelector: "kind=random" } }).body as { items: KubernetesObject[] }).items);
}

test.each([1, 2, 3])("every event of a thousand random writes arrives, in order (seed %i)", { timeout: 60_000 }, async (seed) => {
  served = await serveLab(undefined, seed);
  const informer = informerOf(served);
  const heard: Heard[] = [];
  for (const verb of ["add", "update", "delete"] as const) informer.on(verb, ({ metadata }) => void heard.push({ verb, name: metadata?.name ?? "", version: verb === "delete" ? 0 : Number(metadata?.resourceVersion) }));
  const connected = new Promise<void>((resolve) => informer.on("connect", () => resolve()));
  await informer.start();
  await connected;
  await new Promise((resolve) => setTimeout(resolve, 100));

  const rng = new Rng(seed);
  const names = new Map<string, string>();
  const wanted: Heard[] = [];
  for (let i = 0; i < OPERATIONS; i++) {
    const event = write(rng, served, names);
    if (event !== undefined) wanted.push(event);
    if (rng.below(20) === 0) await new Promise((resolve) => setTimeout(resolve, rng.below(8)));
  }
  expect(wanted.length).toBeGreaterThan(900);
  await eventually(() => heard.length >= wanted.length, `${wanted.length} events; there were ${heard.length}`);
  expect(heard).toEqual(wanted);
  expect(state(informer.list())).toEqual(ofServer(served));
  await informer.stop();
});

test("cut off again and again, it still ends with the server's state", { timeout: 60_000 }, async () => {
  served = await serveLab(undefined, 4);
  const informer = informerOf(served);
  informer.on("error", () => void setTimeout(() => void informer.start(), 5));
  await informer.start();
  const rng = new Rng(4);
  const names = new Map<string, string>();
  for (let i = 0; i < OPERATIONS; i++) {
    write(rng, served, names);
    if (rng.below(50) === 0) served.cut();
    if (rng.below(10) === 0) await new Promise((resolve) => setTimeout(resolve, rng.below(10)));
  }
  const { request, ...rest } = served;
  await eventually(() => JSON.stringify(state(informer.list())) === JSON.stringify(ofServer({ request, ...rest })), "the informer's state is the server's");
  await informer.stop();
});
