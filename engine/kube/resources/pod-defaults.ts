/** core/v1's defaulting of Pods and Pod templates (pkg/apis/core/v1/defaults.go). */
import { parseQuantity, printQuantity } from "../schema/quantity";
import type { Editable } from "./definition";

type Spec = Editable<"Pod">["spec"];
type Container = Spec["containers"][number];
type Probe = NonNullable<Container["livenessProbe"]>;
type Volume = NonNullable<Spec["volumes"]>[number];

/** What a Pod gets and a template does not (SetDefaults_Pod). */
export function defaultPod(pod: Editable<"Pod">): void {
  const { spec } = pod;
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  if (spec.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0) spec.terminationGracePeriodSeconds = 1;
  const whole = spec as { resources?: { limits?: Record<string, string>; requests?: Record<string, string> } };
  if (whole.resources?.limits !== undefined) whole.resources.requests = { ...whole.resources.limits, ...whole.resources.requests };
  for (const container of allContainers(spec)) {
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ??= port.containerPort;
    const { limits } = container.resources ?? {};
    if (limits === undefined) continue;
    container.resources ??= {};
    container.resources.requests = { ...limits, ...container.resources.requests };
  }
}

/** SetDefaults_PodSpec and what lies under it: Pods and templates alike. */
export function defaultPodSpec(spec: Spec): void {
  spec.containers ??= [];
  spec.dnsPolicy ??= "ClusterFirst";
  spec.restartPolicy ??= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ??= "default-scheduler";
  for (const container of [...allContainers(spec), ...((spec.ephemeralContainers ?? []) as Container[])]) defaultContainer(container);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
}

export function allContainers(spec: Spec): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

function defaultContainer(container: Container): void {
  for (const list of [container.resources?.limits, container.resources?.requests]) if (list !== undefined) roundUp(list);
  // Of an alpha feature, which is off.
  const { lifecycle } = container as { lifecycle?: { stopSignal?: string } };
  if (lifecycle?.stopSignal !== undefined) {
    delete lifecycle.stopSignal;
    if (Object.keys(lifecycle).length === 0) delete container.lifecycle;
  }
  container.imagePullPolicy ??= pullPolicy(container.image ?? "");
  container.terminationMessagePath ??= "/dev/termination-log";
  container.terminationMessagePolicy ??= "File";
  for (const port of container.ports ?? []) port.protocol ??= "TCP";
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef !== undefined) variable.valueFrom.fieldRef.apiVersion ??= "v1";
    if (variable.valueFrom?.resourceFieldRef !== undefined) variable.valueFrom.resourceFieldRef.divisor ??= "0";
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe !== undefined) defaultProbe(probe);
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) defaultHttpGet(handler?.httpGet);
}

/** SetDefaults_ResourceList: nothing is finer than a thousandth. */
function roundUp(list: Record<string, string>): void {
  for (const [name, written] of Object.entries(list)) {
    if (!/[nu]$|\.\d{4}/.test(written)) continue;
    const quantity = parseQuantity(written);
    if (quantity !== undefined) list[name] = printQuantity({ ...quantity, nanos: ((quantity.nanos + MILLI - 1n) / MILLI) * MILLI });
  }
}

const MILLI = 1_000_000n;

/** No tag, or :latest, is pulled each time. */
function pullPolicy(image: string): string {
  const [, tag] = /:([\w.-]+)$/.exec(image.split("@")[0] ?? "") ?? [];
  if (image.includes("@")) return "IfNotPresent";
  return tag === undefined || tag === "latest" ? "Always" : "IfNotPresent";
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= "";
}

function defaultHttpGet(get: Probe["httpGet"] | undefined): void {
  if (get === undefined) return;
  get.path ??= "/";
  get.scheme ??= "HTTP";
}

const FILE_MODE = 420; // 0644

function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).length === 1) volume.emptyDir = {};
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= FILE_MODE;
  if (volume.secret !== undefined) volume.secret.defaultMode ??= FILE_MODE;
  if (volume.downwardAPI !== undefined) volume.downwardAPI.defaultMode ??= FILE_MODE;
  if (volume.hostPath !== undefined) volume.hostPath.type ??= "";
  if (volume.projected !== undefined) volume.projected.defaultMode ??= FILE_MODE;
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= 3600;
    for (const item of source.downwardAPI?.items ?? []) defaultDownward(item);
  }
  for (const item of volume.downwardAPI?.items ?? []) defaultDownward(item);
}

type DownwardFile = NonNullable<NonNullable<Volume["downwardAPI"]>["items"]>[number];

function defaultDownward({ fieldRef, resourceFieldRef }: DownwardFile): void {
  if (fieldRef !== undefined) fieldRef.apiVersion ??= "v1";
  if (resourceFieldRef !== undefined) resourceFieldRef.divisor ??= "0";
}
