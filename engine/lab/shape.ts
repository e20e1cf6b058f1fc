/**
 * Reading an author's YAML with words that help: what was expected, where, and what stood
 * there. Unknown keys are refused, because a misspelt key that is ignored is a bug nobody sees.
 */
import { LabProblem } from "./contract";

/** A value with the way to it: "lab.yaml: goals[2].hold". */
export class Shape {
  constructor(
    readonly value: unknown,
    readonly path: string,
  ) {}

  fail(expected: string): never {
    throw new LabProblem(`${this.path}: ${expected}`);
  }

  get absent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The fields of a mapping; each one must be in `known`. */
  fields<K extends string>(known: readonly K[]): Readonly<Record<K, Shape>> {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) this.fail("expected a mapping");
    const mapping = this.value as Record<string, unknown>;
    for (const key of Object.keys(mapping)) {
      if (!(known as readonly string[]).includes(key)) this.fail(`unknown key "${key}"; known here: ${known.join(", ")}`);
    }
    return Object.fromEntries(known.map((key) => [key, new Shape(mapping[key], `${this.path}.${key}`)])) as Record<K, Shape>;
  }

  /** A mapping with keys of the author's own choosing. */
  entries(): readonly (readonly [string, Shape])[] {
    if (this.absent) return [];
    if (typeof this.value !== "object" || Array.isArray(this.value)) this.fail("expected a mapping");
    return Object.entries(this.value as object).map(([key, value]) => [key, new Shape(value, `${this.path}.${key}`)] as const);
  }

  list(): readonly Shape[] {
    if (this.absent) return [];
    if (!Array.isArray(this.value)) this.fail("expected a list");
    return (this.value as unknown[]).map((item, i) => new Shape(item, `${this.path}[${i}]`));
  }

  text(fallback?: string): string {
    if (this.absent && fallback !== undefined) return fallback;
    if (typeof this.value !== "string" || this.value === "") this.fail("expected a text");
    return this.value as string;
  }

  optionalText(): string | undefined {
    return this.absent ? undefined : this.text();
  }

  oneOf<T extends string>(choices: readonly T[], fallback?: T): T {
    if (this.absent && fallback !== undefined) return fallback;
    if (!(choices as readonly unknown[]).includes(this.value)) this.fail(`expected one of ${choices.join(", ")}`);
    return this.value as T;
  }

  number(fallback?: number): number {
    if (this.absent && fallback !== undefined) return fallback;
    if (typeof this.value !== "number" || !Number.isFinite(this.value)) this.fail("expected a number");
    return this.value as number;
  }

  boolean(fallback: boolean): boolean {
    if (this.absent) return fallback;
    if (typeof this.value !== "boolean") this.fail("expected true or false");
    return this.value as boolean;
  }

  /** "500ms", "2s", "3m" in milliseconds. */
  duration(fallback?: number): number {
    if (this.absent && fallback !== undefined) return fallback;
    const parsed = typeof this.value === "string" ? parseDuration(this.value) : undefined;
    if (parsed === undefined) this.fail('expected a duration such as "500ms", "2s" or "3m"');
    return parsed as number;
  }

  /** "99.9%" or a number from 0 to 1. */
  share(fallback?: number): number {
    if (this.absent && fallback !== undefined) return fallback;
    if (typeof this.value === "number" && this.value >= 0 && this.value <= 1) return this.value;
    const m = typeof this.value === "string" ? /^(\d+(?:\.\d+)?)\s*%$/.exec(this.value) : null;
    const share = m ? Number(m[1]) / 100 : -1;
    if (share < 0 || share > 1) this.fail('expected a share such as "99.9%"');
    return share;
  }

  pattern(): RegExp | undefined {
    const source = this.optionalText();
    if (source === undefined) return undefined;
    try {
      return new RegExp(source);
    } catch {
      return this.fail("expected a regular expression");
    }
  }
}

export function parseDuration(written: string): number | undefined {
  const m = /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/.exec(written);
  if (!m) return undefined;
  return Number(m[1]) * (m[2] === "ms" ? 1 : m[2] === "s" ? 1000 : 60_000);
}
