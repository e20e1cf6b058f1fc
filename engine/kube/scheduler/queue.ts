/**
 * The scheduling queue (pkg/scheduler/backend/queue): Pods that may be tried now, the most
 * important and longest waiting first; Pods that wait for their backoff; and Pods that nothing
 * but a change in the cluster can help, which are looked at again after five minutes anyway.
 */
import type { Pod } from "../types";

const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 10_000;
/** podMaxInUnschedulablePodsDuration */
const FORGOTTEN_MS = 300_000;

export type Waiting = { pod: Pod; readonly sinceSeq: number; attempts: number; readyAtMs: number; parked: boolean };

export class SchedulingQueue {
  readonly #all = new Map<string, Waiting>();
  /** A heap of those that may be tried; who has left meanwhile is passed over. */
  readonly #active: Waiting[] = [];
  readonly #sleeping = new Set<Waiting>();
  #sequence = 0;

  /** A Pod that is new, or has changed. */
  put(pod: Pod): void {
    const { uid, labels } = pod.metadata;
    const known = this.#all.get(uid);
    if (known === undefined) {
      const one = { pod, sinceSeq: this.#sequence++, attempts: 0, readyAtMs: 0, parked: false };
      this.#all.set(uid, one);
      push(this.#active, one);
      return;
    }
    if (known.pod.spec !== pod.spec || known.pod.metadata.labels !== labels) known.parked = false;
    known.pod = pod;
  }

  delete(uid: string): void {
    const one = this.#all.get(uid);
    if (one === undefined) return;
    this.#all.delete(uid);
    this.#sleeping.delete(one);
  }

  clear(): void {
    this.#all.clear();
    this.#sleeping.clear();
    this.#active.length = 0;
  }

  /** It found no place: it waits for its backoff, and for something to change. */
  park(one: Waiting, nowMs: number): void {
    one.attempts++;
    one.parked = true;
    one.readyAtMs = nowMs + Math.min(FIRST_BACKOFF_MS * 2 ** (one.attempts - 1), LAST_BACKOFF_MS);
    if (this.#all.get(one.pod.metadata.uid) === one) this.#sleeping.add(one);
  }

  /** Something changed that may have made room: everybody may try again after his backoff. */
  unpark(): void {
    for (const one of this.#sleeping) one.parked = false;
  }

  /** When there is something to do next. */
  dueMs(nowMs: number): number {
    this.#wake(nowMs);
    if (this.#first() !== undefined) return nowMs;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const one of this.#sleeping) dueMs = Math.min(dueMs, wakesAt(one));
    return dueMs;
  }

  /** Takes out whoever is next; it has to be put back, parked or deleted. */
  pop(nowMs: number): Waiting | undefined {
    this.#wake(nowMs);
    const first = this.#first();
    if (first !== undefined) pop(this.#active);
    return first;
  }

  #wake(nowMs: number): void {
    for (const one of this.#sleeping) {
      if (wakesAt(one) > nowMs) continue;
      this.#sleeping.delete(one);
      one.parked = false;
      push(this.#active, one);
    }
  }

  #first(): Waiting | undefined {
    for (let [first] = this.#active; first !== undefined; [first] = this.#active) {
      if (this.#all.get(first.pod.metadata.uid) === first) return first;
      pop(this.#active);
    }
    return undefined;
  }
}

function wakesAt({ parked, readyAtMs }: Waiting): number {
  return parked ? readyAtMs + FORGOTTEN_MS : readyAtMs;
}

function before(a: Waiting, b: Waiting): boolean {
  const [first, second] = [a.pod.spec.priority ?? 0, b.pod.spec.priority ?? 0];
  return first !== second ? first > second : a.sinceSeq < b.sinceSeq;
}

function push(heap: Waiting[], one: Waiting): void {
  let at = heap.push(one) - 1;
  for (let up = (at - 1) >> 1; at > 0 && before(one, heap[up] as Waiting); at = up, up = (at - 1) >> 1) heap[at] = heap[up] as Waiting;
  heap[at] = one;
}

function pop(heap: Waiting[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && before(heap[child + 1] as Waiting, heap[child] as Waiting)) child++;
    if (!before(heap[child] as Waiting, last)) break;
    heap[at] = heap[child] as Waiting;
    at = child;
  }
  heap[at] = last;
}
