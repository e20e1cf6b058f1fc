/**
 * Events, as client-go's recorder writes them: one object per thing that happened to an object,
 * counted up (rather than written again) when the same thing happens once more, and held back
 * (EventSourceObjectSpamFilter: 25 at once, then one in five minutes) when it happens too often.
 */
import { wallMs, type World } from "../core/world";
import { ApiError, isNotFound } from "./status";
import type { Store } from "./store";
import type { KubeObject } from "./types";

export type Recording = {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** "spec.containers{web}" for events about one container. */
  readonly fieldPath?: string;
  /** Which node's component speaks; kubelets set it. */
  readonly host?: string;
  /** What was being done; components that use events.k8s.io (scheduler, kube-proxy) say so. */
  readonly action?: string;
};

/** An object to say something about: anything stored, or only its coordinates. */
export type EventSubject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string; readonly resourceVersion?: string };
};

const BURST = 25;
const REFILL_MS = 300_000;
/** After so many different messages of one reason in ten minutes, one event stands for all of them. */
const SIMILAR = 10;
const SIMILAR_MS = 600_000;

/** maxLruCacheEntries: who is longest ago is forgotten, */
const MOST_KEPT = 4096;
/** and of one subject what was said first. */
const MOST_SAID = 256;

/** An event that stands for all that say the same. */
type Said = { readonly type: string; readonly reason: string; readonly fieldPath: string | undefined; readonly message: string; readonly name: string };
/** Nearly always there is one message of a reason and no other. */
type Similar = { readonly type: string; readonly reason: string; first: string; others: Set<string> | undefined; lastMs: number };
/** What is remembered of one subject: how much may still be said of it, and what has been. */
type Memory = { tokens: number; atMs: number; readonly said: Said[]; readonly similar: Similar[] };

export class EventRecorder {
  readonly #memories = new Map<string, Memory>();
  #sequence = 0;
  #lastSource: { readonly component: string; readonly host?: string } | undefined;

  constructor(
    private readonly world: World,
    private readonly store: Store,
    private readonly component: string,
    /** "events.k8s.io" writes eventTime and action, and no firstTimestamp. */
    private readonly style: "core" | "events.k8s.io" = "core",
  ) {}

  record(subject: EventSubject | KubeObject, recording: Recording): void {
    const memory = this.#memoryOf(subject);
    if (this.style === "core" && !this.#allowed(memory)) return;
    const said = this.style === "core" ? this.#aggregated(memory, recording) : recording;
    const { type, reason, fieldPath, message } = said;
    const at = memory.said.findIndex((one) => one.message === message && one.reason === reason && one.type === type && one.fieldPath === fieldPath);
    if (at >= 0 && this.#again((memory.said[at] as Said).name, subject.metadata.namespace)) return;
    if (at >= 0) memory.said.splice(at, 1);
    else if (memory.said.length >= MOST_SAID) memory.said.shift();
    memory.said.push({ type, reason, fieldPath, message, name: this.#create(subject, said) });
  }

  #memoryOf({ kind, metadata }: EventSubject | KubeObject): Memory {
    const key = metadata.uid ?? `${kind}/${metadata.namespace}/${metadata.name}`;
    const memory = this.#memories.get(key) ?? { tokens: BURST, atMs: this.world.scheduler.nowMs, said: [], similar: [] };
    this.#memories.delete(key);
    this.#memories.set(key, memory);
    if (this.#memories.size > MOST_KEPT) {
      const [oldest = key] = this.#memories.keys();
      this.#memories.delete(oldest);
    }
    return memory;
  }

  #allowed(memory: Memory): boolean {
    const nowMs = this.world.scheduler.nowMs;
    memory.tokens = Math.min(BURST, memory.tokens + (nowMs - memory.atMs) / REFILL_MS);
    memory.atMs = nowMs;
    if (memory.tokens < 1) return false;
    memory.tokens--;
    return true;
  }

  #aggregated({ similar }: Memory, recording: Recording): Recording {
    const nowMs = this.world.scheduler.nowMs;
    const { type, reason, message } = recording;
    let alike = similar.find((one) => one.reason === reason && one.type === type);
    if (alike === undefined) similar.push((alike = { type, reason, first: message, others: undefined, lastMs: nowMs }));
    else if (nowMs - alike.lastMs > SIMILAR_MS) [alike.first, alike.others] = [message, undefined];
    else if (message !== alike.first) (alike.others ??= new Set()).add(message);
    alike.lastMs = nowMs;
    return 1 + (alike.others?.size ?? 0) < SIMILAR ? recording : { ...recording, message: `(combined from similar events): ${recording.message}` };
  }

  /** The same once more: true when there was one to count up. */
  #again(name: string, namespace: string | undefined): boolean {
    const event = this.store.get("Event", name, namespace || "default");
    if (event === undefined) return false;
    const { now } = this.store.context;
    try {
      if (this.style === "events.k8s.io") {
        this.store.update<"Event">({ ...event, series: { count: (event.series?.count ?? 1) + 1, lastObservedTime: micro(now) } });
      } else this.store.update<"Event">({ ...event, count: (event.count ?? 1) + 1, lastTimestamp: now });
    } catch (problem) {
      if (!isNotFound(problem)) throw problem;
      return false;
    }
    return true;
  }

  /** Written as the API server would hold it: there are five of them to a Pod. */
  #create({ apiVersion, kind, metadata }: EventSubject | KubeObject, { type, reason, message, fieldPath, host, action }: Recording): string {
    const { now } = this.store.context;
    const namespace = metadata.namespace || "default";
    const name = [metadata.name, ".", this.#stamp()].join("");
    const { uid, resourceVersion } = metadata;
    const involvedObject = {
      kind, ...(metadata.namespace && { namespace: metadata.namespace }), name: metadata.name, ...(uid !== undefined && { uid }), apiVersion,
      ...(resourceVersion !== undefined && { resourceVersion }), ...(fieldPath !== undefined && { fieldPath }),
    };
    const kept = { name, namespace };
    const { component } = this;
    // Each written out whole: there are more of them than of anything else.
    const event =
      this.style === "events.k8s.io"
        ? { kind: "Event" as const, apiVersion: "v1", metadata: kept, involvedObject, reason, message, source: NOWHERE, firstTimestamp: null, lastTimestamp: null, type, eventTime: micro(now), ...(action !== undefined && { action }), reportingComponent: component, reportingInstance: `${component}-${host ?? "control-plane"}` }
        : { kind: "Event" as const, apiVersion: "v1", metadata: kept, involvedObject, reason, message, source: this.#source(host), firstTimestamp: now, lastTimestamp: now, count: 1, type, eventTime: null, reportingComponent: component, reportingInstance: host ?? "" };
    try {
      this.store.createWhole<"Event">(event);
    } catch (problem) {
      // A namespace on its way out takes no events; whoever records one does not care.
      if (!(problem instanceof ApiError)) throw problem;
    }
    return name;
  }

  #source(host: string | undefined): { readonly component: string; readonly host?: string } {
    if (this.#lastSource === undefined || this.#lastSource.host !== host) this.#lastSource = Object.freeze({ component: this.component, ...(host !== undefined && { host }) });
    return this.#lastSource;
  }

  /** Nanoseconds since 1970 in hexadecimal: what client-go appends to the name. */
  #stamp(): string {
    this.#sequence = (this.#sequence + 1) % 1000;
    const us = Math.floor(wallMs(this.world) * 1000);
    // In two halves: all of it is more than a number holds exactly.
    const low = (us % HALF) * 1000 + this.#sequence;
    const high = Math.floor(us / HALF) * 1000 + Math.floor(low / HALF);
    return high.toString(16) + (low % HALF).toString(16).padStart(8, "0");
  }
}

const HALF = 2 ** 32;
const NOWHERE = Object.freeze({});

function micro(rfc3339: string): string {
  return rfc3339.replace("Z", ".000000Z");
}
