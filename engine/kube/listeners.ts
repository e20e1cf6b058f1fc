/**
 * Who hears of the changes of one kind. Two hundred kubelets each follow the Pods of one node:
 * who asks for one value of one field is found by it, and not asked about everybody else's
 * (the watch cache's trigger functions: IndexerFuncs of pkg/registry/core/pod).
 */
import type { KubeObject } from "./types";

type Change = { readonly type: string; readonly revision: number; readonly object: KubeObject; readonly old: KubeObject | undefined };
type Listener = { readonly since: number; readonly tell: (change: never) => void };

export type OnlyField = { readonly field: "spec.nodeName" | "metadata.name"; readonly value: string };

/** What a field selector of one requirement asks for, if there is an index for it. */
export function onlyField(fieldSelector: string | undefined): OnlyField | undefined {
  const [, field, value] = /^(spec\.nodeName|metadata\.name)==?([a-z0-9.-]+)$/.exec(fieldSelector ?? "") ?? [];
  return field === undefined || value === undefined ? undefined : { field: field as OnlyField["field"], value };
}

export class Listeners {
  /** Replaced, never changed: who comes in the middle of a change hears of the next one. */
  #all: readonly Listener[] = [];
  readonly #some = new Map<string, readonly Listener[]>();
  #sequence = 0;

  add(tell: (change: never) => void, only?: OnlyField): () => void {
    const listener = { since: this.#sequence++, tell };
    if (only === undefined) {
      this.#all = [...this.#all, listener];
      return () => void (this.#all = this.#all.filter((other) => other !== listener));
    }
    const key = `${only.field}=${only.value}`;
    this.#some.set(key, [...(this.#some.get(key) ?? []), listener]);
    return () => {
      const left = (this.#some.get(key) ?? []).filter((other) => other !== listener);
      if (left.length > 0) this.#some.set(key, left);
      else this.#some.delete(key);
    };
  }

  /** In the order in which they came. */
  tell(change: Change): void {
    const all = this.#all;
    const some = this.#some.size === 0 ? NOBODY : this.#concerned(change);
    let at = 0;
    for (const { since, tell } of all) {
      for (; at < some.length && (some[at] as Listener).since < since; at++) (some[at] as Listener).tell(change as never);
      tell(change as never);
    }
    for (; at < some.length; at++) (some[at] as Listener).tell(change as never);
  }

  #concerned({ object, old }: Change): readonly Listener[] {
    const byName = this.#some.get(`metadata.name=${object.metadata.name}`) ?? NOBODY;
    const [now, before] = [nodeOf(object), old === undefined ? undefined : nodeOf(old)];
    const here = this.#on(now);
    const there = before === now ? NOBODY : this.#on(before);
    return byName.length + there.length === 0 ? here : [...byName, ...here, ...there].sort((a, b) => a.since - b.since);
  }

  #on(node: string | undefined): readonly Listener[] {
    return node === undefined ? NOBODY : (this.#some.get(`spec.nodeName=${node}`) ?? NOBODY);
  }
}

const NOBODY: readonly Listener[] = [];

function nodeOf({ spec }: KubeObject): string | undefined {
  return (spec as { readonly nodeName?: string } | undefined)?.nodeName;
}
