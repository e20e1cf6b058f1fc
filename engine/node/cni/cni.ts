/**
 * What a kubelet asks of its network plugin when a Pod's sandbox comes and goes: the ADD and
 * DEL of the CNI specification. Each plugin is one file beside this one.
 */
import type { Signal } from "../../core/task";
import type { Netns } from "../../net/netns";

export type CniRequest = {
  readonly namespace: string;
  readonly name: string;
  /** The sandbox's identifier (CNI_CONTAINERID). */
  readonly id: string;
  readonly netns: Netns;
};

export type CniResult = { readonly ip: string };

/** An ADD that failed; the message becomes part of the Pod's event. */
export class CniProblem extends Error {}

export interface Cni {
  readonly name: string;
  /** False until the plugin's configuration is there: the node is NotReady, Pods wait. */
  readonly ready: boolean;
  /** Fires when `ready` changes. */
  readonly changed: Signal;
  /** Throws CniProblem. */
  add(request: CniRequest): CniResult;
  delete(request: CniRequest): void;
}
