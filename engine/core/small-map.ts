/**
 * A Map from small integers that is two short arrays as long as it has few entries, as most of a
 * Pod's tables have: an empty Map alone takes two hundred bytes. Entries keep the order they came in.
 */
const FEW = 8;

export class SmallMap<V> {
  #keys: number[] = [];
  #values: V[] = [];
  #map: Map<number, V> | undefined;

  get size(): number {
    return this.#map?.size ?? this.#keys.length;
  }

  get(key: number): V | undefined {
    if (this.#map !== undefined) return this.#map.get(key);
    const keys = this.#keys;
    for (let i = 0; i < keys.length; i++) if (keys[i] === key) return this.#values[i];
    return undefined;
  }

  set(key: number, value: V): void {
    if (this.#map !== undefined) return void this.#map.set(key, value);
    const at = this.#keys.indexOf(key);
    if (at >= 0) this.#values[at] = value;
    else if (this.#keys.length < FEW) {
      // Not push, which would make room for seventeen.
      this.#keys = [...this.#keys, key];
      this.#values = [...this.#values, value];
    } else this.#grow().set(key, value);
  }

  /** It stays a Map from then on. */
  #grow(): Map<number, V> {
    this.#map = new Map(this.#keys.map((key, i) => [key, this.#values[i] as V]));
    this.#keys = [];
    this.#values = [];
    return this.#map;
  }

  delete(key: number): void {
    if (this.#map !== undefined) return void this.#map.delete(key);
    const at = this.#keys.indexOf(key);
    if (at < 0) return;
    this.#keys.splice(at, 1);
    this.#values.splice(at, 1);
  }

  values(): readonly V[] {
    return this.#map === undefined ? [...this.#values] : [...this.#map.values()];
  }
}
