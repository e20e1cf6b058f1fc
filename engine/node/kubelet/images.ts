/**
 * Pulling images: one after the other on each node (serializeImagePulls), with the kubelet's
 * back-off for those that fail and upstream's events. pkg/kubelet/images/image_manager.go.
 *
 * How long a pull takes is the image's size over a line of 400 MB/s, and a registry's answer.
 */
import { sleepUntil, type Task } from "../../core/task";
import type { World } from "../../core/world";
import { completeReference, type Image, type ImageRegistry } from "../../apps/image";
import type { Container } from "../../kube/types";
import { goDuration } from "../../apps/go-duration";
import { BackOff } from "./back-off";

export type PullResult = { readonly image: Image; readonly imageID: string } | { readonly reason: "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName"; readonly message: string };

type Say = (type: "Normal" | "Warning", reason: string, message: string) => void;

const REGISTRY_MS = 120;
const BYTES_PER_MS = 400_000;

export class ImagePuller {
  readonly #present = new Set<string>();
  readonly #backOff: BackOff;
  readonly #failures = new Map<string, string>();
  #freeAtMs = 0;

  constructor(
    private readonly world: World,
    private readonly registry: ImageRegistry,
  ) {
    this.#backOff = new BackOff(world);
  }

  /** Puts an image on the node beforehand: what a node's own image holds. */
  preload(reference: string): void {
    this.#present.add(completeReference(reference));
  }

  get present(): readonly string[] {
    return [...this.#present].sort();
  }

  *ensure(pod: string, container: Container, say: Say): Task<PullResult> {
    const written = container.image ?? "";
    const reference = completeReference(written);
    if (!/^[a-z0-9][a-z0-9._\-/:@]*$/i.test(written)) {
      say("Warning", "InspectFailed", `Failed to apply default image tag "${written}": couldn't parse image name "${written}": invalid reference format`);
      return { reason: "InvalidImageName", message: `Failed to apply default image tag "${written}": couldn't parse image name "${written}": invalid reference format` };
    }
    const policy = container.imagePullPolicy ?? (reference.endsWith(":latest") ? "Always" : "IfNotPresent");
    const image = this.registry.find(reference);
    if (this.#present.has(reference) && policy !== "Always" && image !== undefined) {
      say("Normal", "Pulled", `Container image "${written}" already present on machine and can be accessed by the pod`);
      return { image, imageID: this.registry.digestOf(image) };
    }
    if (policy === "Never") {
      const message = `Container image "${written}" is not present with pull policy of Never`;
      say("Warning", "ErrImageNeverPull", message);
      return { reason: "ErrImageNeverPull", message };
    }
    return yield* this.#pull(`${pod}_${reference}`, written, reference, image, say);
  }

  *#pull(key: string, written: string, reference: string, image: Image | undefined, say: Say): Task<PullResult> {
    const { scheduler } = this.world;
    const last = this.#failures.get(key);
    if (last !== undefined && this.#backOff.inBackOff(key)) {
      const message = `Back-off pulling image "${written}": ErrImagePull: ${last}`;
      say("Normal", "BackOff", `Back-off pulling image "${written}"`);
      return { reason: "ImagePullBackOff", message };
    }
    say("Normal", "Pulling", `Pulling image "${written}"`);
    const askedMs = scheduler.nowMs;
    const startMs = Math.max(askedMs, this.#freeAtMs);
    const known = this.#present.has(reference);
    this.#freeAtMs = startMs + REGISTRY_MS + (image === undefined || known ? 0 : image.sizeBytes / BYTES_PER_MS);
    yield* sleepUntil(this.#freeAtMs);
    if (image === undefined) return this.#failed(key, written, reference, say);
    this.#failures.delete(key);
    this.#present.add(reference);
    const round = (ms: number) => goDuration(Math.round(ms));
    say("Normal", "Pulled", `Successfully pulled image "${written}" in ${round(scheduler.nowMs - startMs)} (${round(scheduler.nowMs - askedMs)} including waiting). Image size: ${image.sizeBytes} bytes.`);
    return { image, imageID: this.registry.digestOf(image) };
  }

  #failed(key: string, written: string, reference: string, say: Say): PullResult {
    const why = this.registry.hasRepository(reference)
      ? `${reference}: not found`
      : reference.startsWith("docker.io/")
        ? "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
        : `${reference}: not found`;
    const code = why.endsWith("not found") ? "NotFound" : "Unknown";
    const message = `rpc error: code = ${code} desc = failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${why}`;
    say("Warning", "Failed", `Failed to pull image "${written}": ${message}`);
    this.#failures.set(key, message);
    this.#backOff.next(key);
    return { reason: "ErrImagePull", message };
  }

  /** When the next try for it may be made. */
  retryAtMs(pod: string, container: Container): number {
    return this.#backOff.untilMs(`${pod}_${completeReference(container.image ?? "")}`);
  }
}
