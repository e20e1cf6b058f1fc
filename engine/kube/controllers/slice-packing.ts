/**
 * Putting endpoints into slices (endpointslice's reconciler): what is there stays where it is,
 * slices that must be written anyway are filled first, and as few others as possible are touched.
 */
import { deepEqual } from "../freeze";
import type { EndpointPort, EndpointSlice, SliceEndpoint } from "../types";

export type Wanted = { readonly ports: readonly EndpointPort[]; readonly endpoints: readonly SliceEndpoint[] };
export type Packing = {
  readonly create: readonly Wanted[];
  readonly update: readonly { readonly slice: EndpointSlice; readonly endpoints: readonly SliceEndpoint[] }[];
  readonly remove: readonly EndpointSlice[];
};

/** EndpointHash: the same Pod at the same address is the same endpoint, whatever its conditions. */
function identity({ addresses, hostname = "", targetRef, nodeName = "" }: SliceEndpoint): string {
  return [addresses.join(","), hostname, targetRef?.uid ?? targetRef?.name ?? "", nodeName].join("|");
}

/** All slices of one Service that have the same ports. */
export function pack(existing: readonly EndpointSlice[], wanted: Wanted, maximum: number): Packing {
  const left = new Map(wanted.endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const kept: { slice: EndpointSlice; endpoints: SliceEndpoint[]; changed: boolean }[] = existing.map((slice) => {
    const endpoints: SliceEndpoint[] = [];
    let changed = false;
    for (const endpoint of slice.endpoints) {
      const now = left.get(identity(endpoint));
      if (now === undefined) changed = true;
      else {
        if (!deepEqual(now, endpoint)) changed = true;
        endpoints.push(now);
        left.delete(identity(endpoint));
      }
    }
    return { slice, endpoints, changed };
  });
  const rest = [...left.values()];
  const take = (into: SliceEndpoint[]): void => void into.push(...rest.splice(0, maximum - into.length));
  for (const one of kept) if (one.changed && one.endpoints.length > 0) take(one.endpoints);
  // What is left over goes into one slice that has room, the fullest there is, before a new one is made.
  if (rest.length > 0 && rest.length < maximum) {
    const [roomiest] = kept.filter(({ endpoints }) => endpoints.length > 0 && endpoints.length + rest.length <= maximum).sort((a, b) => b.endpoints.length - a.endpoints.length);
    if (roomiest !== undefined) {
      take(roomiest.endpoints);
      roomiest.changed = true;
    }
  }
  for (const one of kept) {
    if (one.endpoints.length > 0 || rest.length === 0) continue;
    take(one.endpoints);
    one.changed = true;
  }
  const create: Wanted[] = [];
  while (rest.length > 0) create.push({ ports: wanted.ports, endpoints: rest.splice(0, maximum) });
  return {
    create,
    update: kept.filter(({ changed, endpoints }) => changed && endpoints.length > 0),
    remove: kept.filter(({ endpoints }) => endpoints.length === 0).map(({ slice }) => slice),
  };
}
