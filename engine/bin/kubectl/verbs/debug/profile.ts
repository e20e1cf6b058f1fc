/** --profile: what a debugging container may do, and which of the node's namespaces it shares. kubectl/pkg/cmd/debug/profiles.go. */
import type { Pod, PodSpec } from "../../../../kube/types";
import type { Flags } from "../../flags";
import type { Draft } from "./container";

export const PROFILES: readonly string[] = ["general", "baseline", "restricted", "netadmin", "sysadmin", "legacy"];

export type Style = "ephemeral" | "copy" | "node";
export type DraftSpec = { -readonly [P in keyof PodSpec]: PodSpec[P] };

const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

/** Gives the container its rights. */
export function applyRights(container: Draft, profile: string, style: Style): void {
  const add = (...capabilities: readonly string[]): void => {
    const before = container.securityContext?.capabilities?.add ?? [];
    container.securityContext = { ...container.securityContext, capabilities: { ...container.securityContext?.capabilities, add: [...before, ...capabilities] } };
  };
  if (profile === "general" && style !== "node") add("SYS_PTRACE");
  if (profile === "netadmin") add("NET_ADMIN", "NET_RAW");
  if (profile === "sysadmin") container.securityContext = { ...container.securityContext, privileged: true };
  if (profile === "restricted") container.securityContext = { ...container.securityContext, ...RESTRICTED };
}

/** The node's namespaces, and its files at /host, for the profiles that have them. */
export function applyNode(spec: DraftSpec, container: Draft, profile: string): void {
  if (!["baseline", "restricted"].includes(profile)) Object.assign(spec, { hostIPC: true, hostNetwork: true, hostPID: true });
  if (!["general", "sysadmin", "legacy"].includes(profile)) return;
  spec.volumes = [{ name: "host-root", hostPath: { path: "/" } }];
  container.volumeMounts = [{ name: "host-root", mountPath: "/host" }];
}

/** A copy is not to be restarted by probes, nor found by the Services of the original, unless asked for. */
export function applyKeeps(pod: Pod, spec: DraftSpec, flags: Flags): Pod["metadata"] {
  const { labels, annotations } = pod.metadata;
  const name = flags.string("copy-to");
  const place = { name, ...(pod.metadata.namespace !== undefined && { namespace: pod.metadata.namespace }) };
  if (flags.string("profile") === "legacy") return { ...place, annotations } as Pod["metadata"];
  const probes = (["livenessProbe", "readinessProbe", "startupProbe"] as const).filter((_, i) => !flags.bool(["keep-liveness", "keep-readiness", "keep-startup"][i] ?? ""));
  spec.containers = spec.containers.map((container) => {
    const kept: Draft = { ...container };
    for (const probe of probes) delete kept[probe];
    return kept;
  });
  if (!flags.bool("keep-init-containers")) delete spec.initContainers;
  return {
    ...place,
    ...(flags.bool("keep-labels") && labels !== undefined && { labels }),
    ...(flags.bool("keep-annotations") && annotations !== undefined && { annotations }),
  } as Pod["metadata"];
}
