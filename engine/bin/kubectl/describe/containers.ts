/** Containers as `kubectl describe` shows them, of a Pod with their states or of a template without. */
import type { DeepReadonly, Pod } from "../../../kube/types";
import type * as core from "kubernetes-types/core/v1";
import { parseQuantity } from "../quantity";
import { capital, longTime, type Page } from "./page";

export type Container = DeepReadonly<core.Container>;
export type ContainerStatus = DeepReadonly<core.ContainerStatus>;
export type Containers = {
  readonly title: string;
  readonly containers: readonly Container[];
  readonly statuses: readonly ContainerStatus[];
  /** The Pod whose fields environment variables may refer to. */
  readonly pod: Pod | undefined;
  /** Extra indent of a template's containers. */
  readonly space: "" | "  ";
};

export function writeContainers(page: Page, { title, containers, statuses, pod, space }: Containers): void {
  page.line(0, `${space}${title}:${containers.length === 0 ? " <none>" : ""}`);
  for (const container of containers) {
    const status = statuses.find(({ name }) => name === container.name);
    writeBasics(page, container, status, space);
    writeCommand(page, container);
    if (status !== undefined) writeStatus(page, status);
    writeResources(page, 2, container.resources);
    writeProbes(page, container);
    writeEnvironment(page, container, pod);
    writeMounts(page, container);
  }
}

function writeBasics(page: Page, container: Container, status: ContainerStatus | undefined, space: string): void {
  page.line(1, `${space === "" ? "" : " "}${container.name}:`);
  if (status !== undefined) page.field(2, "Container ID", status.containerID ?? "");
  page.field(2, "Image", container.image ?? "");
  if (status !== undefined) page.field(2, "Image ID", status.imageID);
  const ports = portTexts(container, (port) => port.containerPort);
  page.field(2, ports.includes(",") ? "Ports" : "Port", ports || "<none>");
  const hostPorts = portTexts(container, (port) => port.hostPort ?? 0);
  page.field(2, hostPorts.includes(",") ? "Host Ports" : "Host Port", hostPorts || "<none>");
  const seccomp = container.securityContext?.seccompProfile;
  if (seccomp !== undefined) page.field(2, "SeccompProfile", seccomp.type);
}

function portTexts(container: Container, number: (port: DeepReadonly<core.ContainerPort>) => number): string {
  return (container.ports ?? []).map((port) => `${number(port)}/${port.protocol ?? "TCP"}${port.name ? ` (${port.name})` : ""}`).join(", ");
}

function writeCommand(page: Page, container: Container): void {
  for (const [title, words] of [["Command", container.command], ["Args", container.args]] as const) {
    if (words === undefined || words.length === 0) continue;
    page.line(2, `${title}:`);
    for (const line of words.flatMap((word) => word.split("\n"))) page.line(3, line);
  }
}

function writeStatus(page: Page, status: ContainerStatus): void {
  writeState(page, "State", status.state);
  if (status.lastState?.terminated !== undefined) writeState(page, "Last State", status.lastState);
  page.field(2, "Ready", capital(status.ready)).field(2, "Restart Count", status.restartCount);
}

function writeState(page: Page, title: string, state: DeepReadonly<core.ContainerState> | undefined): void {
  if (state?.running !== undefined) {
    page.field(2, title, "Running").field(3, "Started", longTime(state.running.startedAt));
  } else if (state?.terminated !== undefined) {
    const end = state.terminated;
    page.field(2, title, "Terminated");
    if (end.reason) page.field(3, "Reason", end.reason);
    if (end.message) page.field(3, "Message", end.message);
    page.field(3, "Exit Code", end.exitCode);
    if ((end.signal ?? 0) > 0) page.field(3, "Signal", end.signal ?? 0);
    page.field(3, "Started", longTime(end.startedAt)).field(3, "Finished", longTime(end.finishedAt));
  } else {
    page.field(2, title, "Waiting");
    if (state?.waiting?.reason) page.field(3, "Reason", state.waiting.reason);
  }
}

export function writeResources(page: Page, level: number, resources: DeepReadonly<core.ResourceRequirements> | undefined): void {
  for (const [title, list] of [["Limits", resources?.limits], ["Requests", resources?.requests]] as const) {
    const names = Object.keys(list ?? {}).sort();
    if (names.length > 0) page.line(level, `${title}:`);
    for (const name of names) page.field(level + 1, name, String(list?.[name] ?? ""));
  }
}

function writeProbes(page: Page, container: Container): void {
  for (const [title, probe] of [["Liveness", container.livenessProbe], ["Readiness", container.readinessProbe], ["Startup", container.startupProbe]] as const) {
    if (probe !== undefined) page.field(2, title, probeText(probe));
  }
}

function probeText(probe: DeepReadonly<core.Probe>): string {
  const times = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 0}s period=${probe.periodSeconds ?? 0}s #success=${probe.successThreshold ?? 0} #failure=${probe.failureThreshold ?? 0}`;
  if (probe.exec !== undefined) return `exec [${(probe.exec.command ?? []).join(" ")}] ${times}`;
  if (probe.httpGet !== undefined) {
    const { scheme = "HTTP", host = "", port, path = "" } = probe.httpGet;
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${path === "" || path.startsWith("/") ? path : `/${path}`} ${times}`;
  }
  if (probe.tcpSocket !== undefined) return `tcp-socket ${probe.tcpSocket.host ?? ""}:${probe.tcpSocket.port} ${times}`;
  const grpc = (probe as { readonly grpc?: { readonly port: number; readonly service?: string } }).grpc;
  if (grpc !== undefined) return `grpc <pod>:${grpc.port} ${grpc.service ?? ""} ${times}`;
  return `unknown ${times}`;
}

function writeEnvironment(page: Page, container: Container, pod: Pod | undefined): void {
  if (container.envFrom !== undefined && container.envFrom.length > 0) page.line(2, "Environment Variables from:");
  for (const source of container.envFrom ?? []) {
    const [kind, ref] = source.configMapRef !== undefined ? ["ConfigMap", source.configMapRef] : ["Secret", source.secretRef];
    const prefix = source.prefix ? ` with prefix '${source.prefix}'` : "";
    page.line(3, `${ref?.name ?? ""}\t${kind}${prefix}\tOptional: ${ref?.optional === true}`);
  }
  const variables = container.env ?? [];
  page.line(2, `Environment:${variables.length === 0 ? "\t<none>" : ""}`);
  for (const variable of variables) for (const line of variableLines(variable, container, pod)) page.line(3, line);
}

function variableLines(variable: DeepReadonly<core.EnvVar>, container: DeepReadonly<core.Container>, pod: Pod | undefined): readonly string[] {
  const { name, valueFrom } = variable;
  if (valueFrom === undefined) return (variable.value ?? "").split("\n").map((line, i) => (i === 0 ? `${name}:\t${line}` : `\t${line}`));
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef !== undefined) return [`${name}:\t${pod === undefined ? "" : podField(pod, fieldRef.fieldPath)} (${fieldRef.apiVersion ?? "v1"}:${fieldRef.fieldPath})`];
  if (resourceFieldRef !== undefined) return [`${name}:\t${resourceAsked(container, resourceFieldRef)} (${resourceFieldRef.resource})`];
  if (secretKeyRef !== undefined) return [`${name}:\t<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name ?? ""}'>\tOptional: ${secretKeyRef.optional === true}`];
  if (configMapKeyRef !== undefined) return [`${name}:\t<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name ?? ""}'>\tOptional: ${configMapKeyRef.optional === true}`];
  return [];
}

/** resource.ExtractContainerResourceValue: how many whole divisors, rounded up. No limit is the node's. */
function resourceAsked({ resources }: DeepReadonly<core.Container>, { resource, divisor }: DeepReadonly<core.ResourceFieldSelector>): string {
  const [list = "", name = ""] = resource.split(".", 2);
  const written = (list === "limits" ? resources?.limits : resources?.requests)?.[name];
  const unit = parseQuantity(String(divisor ?? "1")) || 1;
  const value = written === undefined ? 0 : Math.ceil((parseQuantity(String(written)) ?? 0) / unit);
  return value === 0 && list === "limits" ? "node allocatable" : String(value);
}

/** The fields of a Pod that the downward API offers. Status fields are not resolved by kubectl. */
function podField(pod: Pod, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed !== null) return pod.metadata[keyed[1] as "labels" | "annotations"]?.[keyed[2] ?? ""] ?? "";
  const known: Readonly<Record<string, string | undefined>> = { "metadata.name": pod.metadata.name, "metadata.namespace": pod.metadata.namespace, "metadata.uid": pod.metadata.uid };
  return known[path] ?? "";
}

function writeMounts(page: Page, container: Container): void {
  const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  page.line(2, `Mounts:${mounts.length === 0 ? "\t<none>" : ""}`);
  for (const mount of mounts) {
    const flags = [mount.readOnly === true ? "ro" : "rw", ...(mount.subPath ? [`path=${JSON.stringify(mount.subPath)}`] : [])];
    page.line(3, `${mount.mountPath} from ${mount.name} (${flags.join(",")})`);
  }
}
