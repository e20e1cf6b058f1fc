/**
 * Sets of fields, as managedFields keeps them (FieldsV1): a tree whose steps are "f:name",
 * `k:{"name":"web"}` for an item of a list, `v:"x"` for a member of a set; "." is the place itself.
 */
import { compare } from "../../core/order";

type Json = Readonly<Record<string, unknown>>;

export class FieldSet {
  /** The place itself belongs to the set. */
  member = false;
  readonly children = new Map<string, FieldSet>();

  static parse(fields: unknown): FieldSet {
    const set = new FieldSet();
    const entries = Object.entries((fields ?? {}) as Json);
    for (const [step, inner] of entries) {
      if (step === ".") set.member = true;
      else {
        const child = FieldSet.parse(inner);
        if (child.children.size === 0) child.member = true;
        set.children.set(step, child);
      }
    }
    return set;
  }

  print(): Json {
    const steps = [...this.children.keys()].sort(compare);
    const inner = Object.fromEntries(steps.map((step) => [step, (this.children.get(step) as FieldSet).print()]));
    return this.member && steps.length > 0 ? { ".": {}, ...inner } : inner;
  }

  get isEmpty(): boolean {
    return !this.member && this.children.size === 0;
  }

  child(step: string): FieldSet {
    let child = this.children.get(step);
    if (child === undefined) {
      child = new FieldSet();
      this.children.set(step, child);
    }
    return child;
  }

  /** Leaves out a step that came to nothing. */
  keep(step: string, child: FieldSet): void {
    if (child.isEmpty) this.children.delete(step);
    else this.children.set(step, child);
  }

  union(other: FieldSet): FieldSet {
    return this.#with(other, (a, b) => a || b, true);
  }

  intersection(other: FieldSet): FieldSet {
    return this.#with(other, (a, b) => a && b, false);
  }

  difference(other: FieldSet): FieldSet {
    const out = new FieldSet();
    out.member = this.member && !other.member;
    for (const [step, child] of this.children) {
      const theirs = other.children.get(step);
      out.keep(step, theirs === undefined ? child : child.difference(theirs));
    }
    return out;
  }

  /** Without what lies in `other` or anywhere below it: an owner of the whole owns the parts. */
  without(other: FieldSet): FieldSet {
    if (other.member) return new FieldSet();
    const out = new FieldSet();
    out.member = this.member;
    for (const [step, child] of this.children) {
      const theirs = other.children.get(step);
      out.keep(step, theirs === undefined ? child : child.without(theirs));
    }
    return out;
  }

  #with(other: FieldSet, join: (a: boolean, b: boolean) => boolean, all: boolean): FieldSet {
    const out = new FieldSet();
    out.member = join(this.member, other.member);
    const none = new FieldSet();
    for (const step of new Set([...this.children.keys(), ...other.children.keys()])) {
      const [mine, theirs] = [this.children.get(step), other.children.get(step)];
      if (!all && (mine === undefined || theirs === undefined)) continue;
      out.keep(step, (mine ?? none).#with(theirs ?? none, join, all));
    }
    return out;
  }

  /** ".spec.containers[name=\"web\"].image", for the words of a conflict. */
  paths(prefix = ""): readonly string[] {
    const own = this.member ? [prefix] : [];
    const steps = [...this.children.keys()].sort(compare);
    return [...own, ...steps.flatMap((step) => (this.children.get(step) as FieldSet).paths(prefix + written(step)))];
  }
}

function written(step: string): string {
  if (step.startsWith("f:")) return `.${step.slice(2)}`;
  if (step.startsWith("v:")) return `[=${step.slice(2)}]`;
  const keys = JSON.parse(step.slice(2)) as Json;
  return `[${Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
}
