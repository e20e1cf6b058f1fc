/**
 * Which processes a container sees: its own; those of the whole Pod (shareProcessNamespace), whose
 * first is the sandbox's /pause; the node's (hostPID); or, for an ephemeral container with a target,
 * the target's. pkg/kubelet/kuberuntime/security_context.go, PidNamespaceForPod().
 */
import { pauseImage } from "../../apps/images";
import { Machine } from "../../host/machine";
import type { PidNamespace } from "../../host/pids";
import type { Process } from "../../host/process";
import { rootFiles } from "../../host/root-files";
import type { Netns } from "../../net/netns";
import type { Pod } from "../../kube/types";
import type { PodContainer } from "./container";
import type { KubeletContext } from "./context";
import { ConfigProblem, hostnameOf } from "./env";
import type { PodWorker } from "./pod-worker";

/** The process that holds a shared PID namespace open; nothing where each container has its own. */
export function sharedPids(context: KubeletContext, pod: Pod, netns: Netns): { readonly pause?: Process } {
  if (!pod.spec.shareProcessNamespace || pod.spec.hostPID) return {};
  const [program] = pauseImage().programs;
  if (program === undefined) return {};
  const machine = new Machine({ world: context.world, hostname: hostnameOf(pod), netns, kernel: context.machine.kernel, host: context.machine, fs: rootFiles });
  return { pause: machine.start(program, ["/pause"]) };
}

/** Whose processes it shares; nothing where it counts its own from 1. */
export function pidsFor({ context, pod, sandbox, containers }: PodWorker, { spec, kind }: PodContainer): { readonly pids?: PidNamespace } {
  if (pod.spec.hostPID) return { pids: context.machine.pids };
  if (sandbox?.pause !== undefined) return { pids: sandbox.pause.machine.pids };
  const { targetContainerName } = spec as { readonly targetContainerName?: string };
  if (kind !== "ephemeral" || !targetContainerName) return {};
  const target = containers.find(({ name }) => name === targetContainerName);
  if (target?.run === undefined || !target.running) throw new ConfigProblem(`unable to find target container ${targetContainerName}`);
  return { pids: target.run.machine.pids };
}
