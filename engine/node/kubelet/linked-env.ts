/**
 * A container's environment in which the variables of its namespace's Services are not copied:
 * every container there has the same ones, and a namespace of 20 Services makes 140 of them.
 * What it shows is what one Map would that got the first, the links and the rest in this order.
 */
import type { Service } from "../../kube/types";

export type Variables = ReadonlyMap<string, string>;

export class LinkedEnv implements ReadonlyMap<string, string> {
  readonly #rest = new Map<string, string>();

  constructor(
    private readonly first: Variables,
    private readonly links: Variables,
  ) {}

  set(name: string, value: string): void {
    this.#rest.set(name, value);
  }

  get(name: string): string | undefined {
    return this.#rest.get(name) ?? this.links.get(name) ?? this.first.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get size(): number {
    return this.#whole().size;
  }

  keys(): MapIterator<string> {
    return this.#whole().keys();
  }

  values(): MapIterator<string> {
    return this.#whole().values();
  }

  entries(): MapIterator<[string, string]> {
    return this.#whole().entries();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  forEach(callback: (value: string, name: string, env: Variables) => void): void {
    for (const [name, value] of this) callback(value, name, this);
  }

  #whole(): Map<string, string> {
    return new Map([...this.first, ...this.links, ...this.#rest]);
  }
}

type Known = { readonly revision: number; readonly services: readonly Service[]; readonly variables: Variables };

/** What the Services of each namespace last came to: made again when one of them is another. */
export class SharedLinks {
  readonly #known = new Map<string, Known>();

  /** `revision`: at which the last Service changed; as long as it is the same, nobody need list them. */
  of(namespace: string, revision: number, list: () => readonly Service[], make: (services: readonly Service[]) => Variables): Variables {
    const known = this.#known.get(namespace);
    if (known?.revision === revision) return known.variables;
    const services = list();
    const same = known?.services.length === services.length && services.every((service, i) => service === known.services[i]);
    const variables = same ? known.variables : make(services);
    this.#known.set(namespace, { revision, services, variables });
    return variables;
  }
}
