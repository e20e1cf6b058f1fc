/**
 * What the API server asks of the kubelets: exec, attach, logs, port-forward, for any Pod of the
 * cluster. Each ends in the container itself: a process, its log, a connection in its namespace.
 */
import { badRequest, failure, notFound, success } from "../../kube/status";
import type { AttachOptions, ExecOptions, ExecSession, LogOptions, LogSession, PodRuntime, PortForwardConnection } from "../../kube/runtime";
import type { Store } from "../../kube/store";
import type { Status } from "../../kube/types";
import type { PodContainer, Run } from "./container";
import { ByteQueue } from "./byte-queue";
import { runInContainer } from "./exec";
import type { Kubelet } from "./kubelet";
import { readLogs } from "./log-session";
import type { PodWorker } from "./pod-worker";
import { PortForward } from "./port-forward";
import { AttachedSession, ProcessSession } from "./session";

const PODS = { group: "", plural: "pods" };

function silence(): LogSession {
  const output = new ByteQueue();
  output.end();
  return { output, close: () => {} };
}

export class ClusterRuntime implements PodRuntime {
  constructor(
    private readonly store: Store,
    private readonly kubelets: () => readonly Kubelet[],
  ) {}

  exec(namespace: string, pod: string, options: ExecOptions): ExecSession | Status {
    const found = this.#running(namespace, pod, options.container);
    if ("kind" in found) return found;
    const session = new ProcessSession(found.worker.context.world, options);
    const started = runInContainer(found.run, options.command, session.files);
    if ("problem" in started) return failure(500, "InternalError", `Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "${started.id}": ${started.problem}`).status;
    session.began(started.process);
    return session;
  }

  attach(namespace: string, pod: string, options: AttachOptions): ExecSession | Status {
    const found = this.#running(namespace, pod, options.container);
    return "kind" in found ? found : new AttachedSession(found.worker.context.world, found.run, options, found.stdinOnce);
  }

  logs(namespace: string, pod: string, options: LogOptions): LogSession | Status {
    // What no node runs yet has said nothing yet: the API server answers with an empty log.
    const known = this.store.get("Pod", pod, namespace);
    if (known !== undefined && !known.spec.nodeName) return silence();
    const found = this.#container(namespace, pod, options.container);
    if ("kind" in found) return found;
    const { worker, container } = found;
    const log = options.previous ? container.logBefore : container.run?.log;
    if (log !== undefined) return readLogs(worker.context.world, log, options);
    if (options.previous) return badRequest(`previous terminated container "${container.name}" in pod "${pod}" not found`).status;
    const reason = container.state.kind === "waiting" ? container.state.reason : "ContainerCreating";
    const why = reason === "ErrImagePull" || reason === "ImagePullBackOff" ? `trying and failing to pull image` : reason === "PodInitializing" ? "PodInitializing" : reason;
    return badRequest(`container "${container.name}" in pod "${pod}" is waiting to start: ${why}`).status;
  }

  portForward(namespace: string, pod: string, port: number): PortForwardConnection | Status {
    const worker = this.#worker(namespace, pod);
    if (worker?.sandbox === undefined) return worker === undefined ? this.#nowhere(namespace, pod) : badRequest(`unable to forward port because pod is not running. Current status=${worker.pod.status.phase}`).status;
    return new PortForward(worker.context.world, worker.sandbox.netns, port, `${worker.pod.metadata.name}`, worker.sandbox.id);
  }

  #worker(namespace: string, pod: string): PodWorker | undefined {
    for (const kubelet of this.kubelets()) {
      const worker = kubelet.worker(namespace, pod);
      if (worker !== undefined) return worker;
    }
    return undefined;
  }

  /** Why no kubelet knows the Pod. */
  #nowhere(namespace: string, pod: string): Status {
    const known = this.store.get("Pod", pod, namespace);
    return known === undefined ? notFound(PODS, pod).status : badRequest(`pod ${pod} does not have a host assigned`).status;
  }

  #container(namespace: string, pod: string, name: string | undefined): { readonly worker: PodWorker; readonly container: PodContainer } | Status {
    const worker = this.#worker(namespace, pod);
    if (worker === undefined) return this.#nowhere(namespace, pod);
    const apps = worker.containers.filter(({ kind }) => kind === "app");
    const wanted = name ?? (apps.length === 1 ? apps[0]?.name : undefined);
    if (wanted === undefined) return badRequest(`a container name must be specified for pod ${pod}, choose one of: [${apps.map((each) => each.name).join(" ")}]`).status;
    const container = worker.containers.find((each) => each.name === wanted);
    return container === undefined ? badRequest(`container ${wanted} is not valid for pod ${pod}`).status : { worker, container };
  }

  #running(namespace: string, pod: string, name: string | undefined): { readonly worker: PodWorker; readonly run: Run; readonly stdinOnce: boolean } | Status {
    const found = this.#container(namespace, pod, name);
    if ("kind" in found) return found;
    const { worker, container } = found;
    if (container.run === undefined || !container.running) return failure(500, "InternalError", `Internal error occurred: unable to upgrade connection: container not found ("${container.name}")`).status;
    return { worker, run: container.run, stdinOnce: container.spec.stdinOnce ?? false };
  }
}

/** How an exec ended, as the kubelet reports it. */
export function exitStatus(exitCode: number): Status {
  if (exitCode === 0) return success();
  const { status } = failure(0, "NonZeroExitCode", `command terminated with non-zero exit code: exit status ${exitCode}`, { causes: [{ reason: "ExitCode", message: String(exitCode) }] });
  const { code, ...rest } = status;
  void code;
  return rest;
}
