/** Pods that wait for a node they have preempted others on: the room there is theirs (the nominator of pkg/scheduler/backend/queue). */
import type { Pod } from "../types";

export class Nominations {
  readonly #pods = new Map<string, Pod>();

  podChanged(pod: Pod, gone: boolean): void {
    if (!gone && !pod.spec.nodeName && pod.status.nominatedNodeName && pod.metadata.deletionTimestamp === undefined) this.#pods.set(pod.metadata.uid, pod);
    else this.#pods.delete(pod.metadata.uid);
  }

  get none(): boolean {
    return this.#pods.size === 0;
  }

  clear(): void {
    this.#pods.clear();
  }

  /** Those that wait for the node and are at least as important as `pod`. */
  on(node: string, pod: Pod): readonly Pod[] {
    return this.#others(node, pod).filter(({ spec }) => (spec.priority ?? 0) >= (pod.spec.priority ?? 0));
  }

  /** Those that wait for the node and are less important. */
  below(node: string, pod: Pod): readonly Pod[] {
    return this.#others(node, pod).filter(({ spec }) => (spec.priority ?? 0) < (pod.spec.priority ?? 0));
  }

  #others(node: string, pod: Pod): readonly Pod[] {
    return [...this.#pods.values()].filter(({ metadata, status }) => status.nominatedNodeName === node && metadata.uid !== pod.metadata.uid);
  }
}
