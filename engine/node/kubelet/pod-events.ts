/** A Pod's events, from this node's kubelet; about one container, or about the Pod. */
import type { Container, Pod } from "../../kube/types";
import type { KubeletContext } from "./context";

export class PodEvents {
  constructor(
    private readonly context: KubeletContext,
    private readonly pod: () => Pod,
  ) {}

  say(type: "Normal" | "Warning", reason: string, message: string, container?: Container): void {
    const fieldPath = container && `spec.${this.#list(container)}{${container.name}}`;
    this.context.events.record(this.pod(), { type, reason, message, host: this.context.nodeName, ...(fieldPath !== undefined && { fieldPath }) });
  }

  about(container: Container): (type: "Normal" | "Warning", reason: string, message: string) => void {
    return (type, reason, message) => this.say(type, reason, message, container);
  }

  #list({ name }: Container): string {
    const { initContainers = [], ephemeralContainers = [] } = this.pod().spec;
    if (initContainers.some((init) => init.name === name)) return "initContainers";
    return ephemeralContainers.some((ephemeral) => ephemeral.name === name) ? "ephemeralContainers" : "containers";
  }
}
