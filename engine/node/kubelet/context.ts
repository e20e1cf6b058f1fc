/** What all parts of one node's kubelet share. */
import { hex } from "../../core/sha256";
import type { Rng } from "../../core/rng";
import type { World } from "../../core/world";
import type { ImageRegistry } from "../../apps/image";
import type { Machine } from "../../host/machine";
import type { EventRecorder } from "../../kube/events";
import type { Store } from "../../kube/store";
import type { Pod } from "../../kube/types";
import type { Cni } from "../cni/cni";
import type { ServiceLinks } from "./env";
import type { ImagePuller } from "./images";

export type KubeletContext = {
  readonly world: World;
  readonly store: Store;
  readonly events: EventRecorder;
  readonly nodeName: string;
  readonly nodeIP: string;
  /** The node itself: its kernel, its own network namespace, its files. */
  readonly machine: Machine;
  readonly registry: ImageRegistry;
  readonly puller: ImagePuller;
  readonly cni: Cni;
  readonly clusterDNS: string;
  readonly clusterDomain: string;
  /** What all kubelets make of the same Services. */
  readonly links: ServiceLinks;
  readonly rng: Rng;
};

export function nowRfc3339({ store }: KubeletContext): string {
  return store.context.now;
}

/** "web-1_default(0b6f…)": how the kubelet names a Pod in messages. */
export function podLabel({ metadata: { name, namespace, uid } }: Pod): string {
  return `${name}_${namespace ?? ""}(${uid})`;
}

/** Sixty-four hexadecimal digits, as containerd names containers and sandboxes. */
export function containerId(rng: Rng): string {
  const words = new Uint8Array(32);
  for (let i = 0; i < 32; i += 4) {
    const word = rng.u32();
    words[i] = word >>> 24;
    words[i + 1] = word >>> 16;
    words[i + 2] = word >>> 8;
    words[i + 3] = word;
  }
  return hex(words);
}

/** The kubelet looks at its containers once a second (generic PLEG); this is when next. */
export function nextRelistMs({ world: { scheduler }, rng }: KubeletContext): number {
  const phase = rng.fork("pleg").below(1000);
  return Math.floor((scheduler.nowMs - phase) / 1000 + 1) * 1000 + phase;
}
