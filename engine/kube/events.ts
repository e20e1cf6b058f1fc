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

/** maxLruCacheEntries: what is longest ago is forgotten. */
const MOST_KEPT = 4096;

function keep<T>(cache: Map<string, T>, key: string, value: T): void {
  cache.delete(key);
  cache.set(key, value);
  if (cache.size <= MOST_KEPT) return;
  const [oldest = key] = cache.keys();
  cache.delete(oldest);
}

type Bucket = { tokens: number; atMs: number };
/** Nearly always there is one message of a reason and no other. */
type Similar = { readonly first: string; others: Set<string> | undefined; lastMs: number };

export class EventRecorder {
  readonly #known = new Map<string, string>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #similar = new Map<string, Similar>();
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
    const { kind, metadata } = subject;
    const about = `${kind}|${metadata.namespace}|${metadata.name}|${metadata.uid}|${recording.host}`;
    if (this.style === "core" && !this.#allowed(about)) return;
    const said = this.style === "core" ? this.#aggregated(about, recording) : recording;
    const key = `${about}|${said.fieldPath}|${said.type}|${said.reason}|${said.message}`;
    if (!this.#again(key, metadata.namespace)) keep(this.#known, key, this.#create(subject, said));
  }

  #allowed(about: string): boolean {
    const nowMs = this.world.scheduler.nowMs;
    const bucket = this.#buckets.get(about) ?? { tokens: BURST, atMs: nowMs };
    bucket.tokens = Math.min(BURST, bucket.tokens + (nowMs - bucket.atMs) / REFILL_MS);
    bucket.atMs = nowMs;
    keep(this.#buckets, about, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #aggregated(about: string, recording: Recording): Recording {
    const nowMs = this.world.scheduler.nowMs;
    const { type, reason, message } = recording;
    const key = `${about}|${type}|${reason}`;
    let similar = this.#similar.get(key);
    if (similar === undefined || nowMs - similar.lastMs > SIMILAR_MS) similar = { first: message, others: undefined, lastMs: nowMs };
    else if (message !== similar.first) (similar.others ??= new Set()).add(message);
    similar.lastMs = nowMs;
    keep(this.#similar, key, similar);
    return 1 + (similar.others?.size ?? 0) < SIMILAR ? recording : { ...recording, message: `(combined from similar events): ${recording.message}` };
  }

  /** The same once more: true when there was one to count up. */
  #again(key: string, namespace: string | undefined): boolean {
    const name = this.#known.get(key);
    const event = name === undefined ? undefined : this.store.get("Event", name, namespace || "default");
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
    const name = `${metadata.name}.${this.#stamp()}`;
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
