/**
 * Events, as client-go's recorder writes them: one object per thing that happened to an object,
 * counted up (rather than written again) when the same thing happens once more.
 */
import type { World } from "../core/world";
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
};

/** An object to say something about: anything stored, or only its coordinates. */
export type EventSubject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string; readonly resourceVersion?: string };
};

export class EventRecorder {
  constructor(world: World, store: Store, component: string) {
    void world, store, component;
  }

  record(subject: EventSubject | KubeObject, recording: Recording): void {
    void subject, recording;
  }
}
