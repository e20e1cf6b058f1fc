/** Which objects have a label: what a selector can begin with, instead of looking at everybody. */
import type { KubeObject, Labels } from "./types";

export class LabelIndex {
  readonly #byLabel = new Map<string, Set<string>>();

  /** `key` is what the storage knows the object by. */
  change(key: string, old: KubeObject | undefined, now: KubeObject | undefined): void {
    const [before, after] = [old?.metadata.labels, now?.metadata.labels];
    // Most writes leave the labels alone, down to the very same object.
    if (before === after) return;
    for (const entry of entriesOf(old, before)) {
      const keys = this.#byLabel.get(entry);
      keys?.delete(key);
      if (keys?.size === 0) this.#byLabel.delete(entry);
    }
    for (const entry of entriesOf(now, after)) {
      const keys = this.#byLabel.get(entry) ?? new Set();
      keys.add(key);
      this.#byLabel.set(entry, keys);
    }
  }

  /** Keys of those that have the rarest of `labels`; a superset of those that have all of them. */
  candidates(namespace: string, labels: Labels): ReadonlySet<string> {
    let fewest: ReadonlySet<string> | undefined;
    for (const label in labels) {
      const keys = this.#byLabel.get(`${namespace}\n${label}\n${labels[label]}`) ?? NONE;
      if (fewest === undefined || keys.size < fewest.size) fewest = keys;
    }
    return fewest ?? NONE;
  }
}

const NONE: ReadonlySet<string> = new Set();

function entriesOf(object: KubeObject | undefined, labels: Labels | undefined): readonly string[] {
  const namespace = object?.metadata.namespace ?? "";
  return Object.entries(labels ?? {}).map(([label, value]) => `${namespace}\n${label}\n${value}`);
}
