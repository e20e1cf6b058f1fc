/** ValidateContainers: names, images, ports, environment, mounts, probes, resources. */
import { duplicate, type FieldError, forbiddenField, invalid, notFoundField, notSupported, required } from "../field-error";
import { parseQuantity } from "../schema/quantity";
import type { Container, LifecycleHandler, Probe } from "../types";
import { configKey, dnsLabel, dnsSubdomain, environmentName, httpHeaderName, portName, portNumber, qualifiedName } from "./names";

export function validateContainers(containers: readonly Container[], initContainers: readonly Container[], volumes: ReadonlySet<string>, field: string, grace?: number): readonly FieldError[] {
  if ((containers ?? []).length === 0) return [required(`${field}.containers`)];
  const seen = new Set<string>();
  const hostPorts = new Set<string>();
  const each = (list: readonly Container[], at: string, isInit: boolean): readonly FieldError[] =>
    list.flatMap((container, i) => {
      const errors = validateContainer(container, volumes, `${at}[${i}]`, isInit, grace);
      const twice = container.name && seen.has(container.name) ? [duplicate(`${at}[${i}].name`, container.name)] : [];
      seen.add(container.name);
      return [...twice, ...errors, ...(isInit ? [] : hostPortClashes(container, hostPorts, `${at}[${i}]`))];
    });
  return [...each(containers, `${field}.containers`, false), ...each(initContainers, `${field}.initContainers`, true)];
}

export function validateContainer(container: Container, volumes: ReadonlySet<string>, field: string, isInit: boolean, grace?: number): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!container.name) errors.push(required(`${field}.name`));
  else errors.push(...dnsLabel(container.name).map((why) => invalid(`${field}.name`, container.name, why)));
  if (!container.image) errors.push(required(`${field}.image`));
  else if (container.image !== container.image.trim()) errors.push(invalid(`${field}.image`, container.image, "must not have leading or trailing whitespace"));
  const policy = container.imagePullPolicy;
  if (policy !== undefined && !["Always", "IfNotPresent", "Never"].includes(policy)) errors.push(notSupported(`${field}.imagePullPolicy`, policy, ["Always", "IfNotPresent", "Never"]));
  errors.push(...validatePorts(container, `${field}.ports`), ...validateEnvironment(container, `${field}.env`), ...validateMounts(container, volumes, `${field}.volumeMounts`));
  const sidecar = container.restartPolicy === "Always";
  if (isInit && !sidecar) {
    for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
      if (container[probe] !== undefined) errors.push(forbiddenField(`${field}.${probe}`, "may not be set for init containers without restartPolicy=Always"));
    }
    if (container.lifecycle !== undefined) errors.push(forbiddenField(`${field}.lifecycle`, "may not be set for init containers without restartPolicy=Always"));
  } else errors.push(...validateProbes(container, field), ...validateLifecycle(container, `${field}.lifecycle`));
  if (grace !== undefined) errors.push(...sleepTooLong(container, grace, `${field}.lifecycle`));
  return [...errors, ...validateResources(container.resources, `${field}.resources`)];
}

/** A hook that sleeps for longer than the Pod is given to end. */
function sleepTooLong({ lifecycle }: Container, grace: number, field: string): readonly FieldError[] {
  return (["postStart", "preStop"] as const).flatMap((hook) => {
    const seconds = lifecycle?.[hook]?.sleep?.seconds;
    if (seconds === undefined || (seconds >= 0 && seconds <= grace)) return [];
    return [invalid(`${field}.${hook}.sleep`, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)];
  });
}

function validatePorts({ ports = [] }: Container, field: string): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${field}[${i}]`;
    const errors: FieldError[] = [];
    if (port.name) {
      errors.push(...portName(port.name).map((why) => invalid(`${at}.name`, port.name, why)));
      if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (port.containerPort === 0) errors.push(required(`${at}.containerPort`));
    else errors.push(...portNumber(port.containerPort).map((why) => invalid(`${at}.containerPort`, port.containerPort, why)));
    if (port.hostPort !== undefined) errors.push(...portNumber(port.hostPort).map((why) => invalid(`${at}.hostPort`, port.hostPort, why)));
    if (!["TCP", "UDP", "SCTP"].includes(port.protocol ?? "")) errors.push(notSupported(`${at}.protocol`, port.protocol, ["SCTP", "TCP", "UDP"]));
    return errors;
  });
}

function hostPortClashes({ ports = [] }: Container, taken: Set<string>, field: string): readonly FieldError[] {
  return ports.flatMap(({ hostPort, hostIP = "", protocol }, i) => {
    if (hostPort === undefined) return [];
    const key = `${protocol}/${hostIP}/${hostPort}`;
    const clash = taken.has(key) ? [duplicate(`${field}.ports[${i}].hostPort`, key)] : [];
    taken.add(key);
    return clash;
  });
}

function validateEnvironment({ env = [] }: Container, field: string): readonly FieldError[] {
  return env.flatMap((variable, i) => {
    const at = `${field}[${i}]`;
    const errors: FieldError[] = variable.name ? environmentName(variable.name).map((why) => invalid(`${at}.name`, variable.name, why)) : [required(`${at}.name`)];
    const { valueFrom } = variable;
    if (valueFrom === undefined) return errors;
    const sources = Object.keys(valueFrom).length;
    if (sources === 0) errors.push(invalid(`${at}.valueFrom`, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"));
    else if (variable.value) errors.push(invalid(`${at}.valueFrom`, "", "may not be specified when `value` is not empty"));
    else if (sources > 1) errors.push(invalid(`${at}.valueFrom`, "", "may not have more than one field specified at a time"));
    for (const kind of ["configMapKeyRef", "secretKeyRef"] as const) {
      const reference = valueFrom[kind];
      if (reference === undefined) continue;
      if (!reference.key) errors.push(required(`${at}.valueFrom.${kind}.key`));
      else errors.push(...configKey(reference.key).map((why) => invalid(`${at}.valueFrom.${kind}.key`, reference.key, why)));
      if (reference.name) errors.push(...dnsSubdomain(reference.name).map((why) => invalid(`${at}.valueFrom.${kind}.name`, reference.name, why)));
    }
    if (valueFrom.fieldRef !== undefined) errors.push(...fieldReference(valueFrom.fieldRef.fieldPath, `${at}.valueFrom.fieldRef.fieldPath`));
    return errors;
  });
}

/** What the downward API knows of a Pod, and what of it an environment may hold. */
const FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName", "status.phase", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"];
const ENVIRONMENT_FIELDS = ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"];

function fieldReference(path: string | undefined, field: string): readonly FieldError[] {
  if (!path) return [required(field)];
  const [, whole = path, key] = /^(.*?)\['(.*)'\]$/.exec(path) ?? [];
  if (key !== undefined) {
    if (whole === "metadata.annotations" || whole === "metadata.labels") return qualifiedName(whole === "metadata.labels" ? key : key.toLowerCase()).map((why) => invalid(field, path, why));
    return [invalid(field, path, "does not support subscript")];
  }
  if (!FIELDS.includes(path)) return [invalid(field, path, `error converting fieldPath: field label not supported: ${path}`)];
  return ENVIRONMENT_FIELDS.includes(path) ? [] : [notSupported(field, path, ENVIRONMENT_FIELDS)];
}

function validateMounts({ volumeMounts = [] }: Container, volumes: ReadonlySet<string>, field: string): readonly FieldError[] {
  const paths = new Set<string>();
  return volumeMounts.flatMap((mount, i) => {
    const at = `${field}[${i}]`;
    const errors: FieldError[] = [];
    if (!mount.name) errors.push(required(`${at}.name`));
    else if (!volumes.has(mount.name)) errors.push(notFoundField(`${at}.name`, mount.name));
    if (!mount.mountPath) errors.push(required(`${at}.mountPath`));
    if (paths.has(mount.mountPath)) errors.push(invalid(`${at}.mountPath`, mount.mountPath, "must be unique"));
    paths.add(mount.mountPath);
    if (mount.subPath?.startsWith("/")) errors.push(invalid(`${at}.subPath`, mount.subPath, "must be a relative path"));
    if (mount.subPath?.split("/").includes("..")) errors.push(invalid(`${at}.subPath`, mount.subPath, "must not contain '..'"));
    if (mount.subPath && mount.subPathExpr) errors.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive"));
    return errors;
  });
}

function validateProbes(container: Container, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const which of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
    const probe = container[which];
    if (probe === undefined) continue;
    errors.push(...validateProbe(probe, `${field}.${which}`));
    if (which !== "readinessProbe" && probe.successThreshold !== undefined && probe.successThreshold !== 1) errors.push(invalid(`${field}.${which}.successThreshold`, probe.successThreshold, "must be 1"));
    if (which === "readinessProbe" && probe.terminationGracePeriodSeconds !== undefined) errors.push(invalid(`${field}.${which}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, "must not be set for readinessProbes"));
  }
  return errors;
}

function validateProbe(probe: Probe, field: string): readonly FieldError[] {
  const errors: FieldError[] = [...validateHandler(probe, field, ["exec", "httpGet", "tcpSocket", "grpc"])];
  for (const number of ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] as const) {
    const value = probe[number];
    if (value !== undefined && value < 0) errors.push(invalid(`${field}.${number}`, value, "must be greater than or equal to 0"));
  }
  return errors;
}

function validateLifecycle({ lifecycle }: Container, field: string): readonly FieldError[] {
  return (["postStart", "preStop"] as const).flatMap((hook) => (lifecycle?.[hook] === undefined ? [] : validateHandler(lifecycle[hook], `${field}.${hook}`, ["exec", "httpGet", "tcpSocket", "sleep"])));
}

type Handler = LifecycleHandler & Pick<Probe, "grpc">;

function validateHandler(handler: Handler, field: string, kinds: readonly (keyof Handler)[]): readonly FieldError[] {
  const given = kinds.filter((kind) => handler[kind] !== undefined);
  if (given.length === 0) return [required(field, "must specify a handler type")];
  const errors: FieldError[] = given.slice(1).map((kind) => forbiddenField(`${field}.${String(kind)}`, "may not specify more than 1 handler type"));
  if (handler.exec !== undefined && (handler.exec.command ?? []).length === 0) errors.push(required(`${field}.exec.command`));
  const { httpGet, tcpSocket, grpc } = handler;
  if (httpGet !== undefined) {
    if (!httpGet.path) errors.push(required(`${field}.httpGet.path`));
    errors.push(...validateProbePort(httpGet.port, `${field}.httpGet.port`));
    if (httpGet.scheme && !["HTTP", "HTTPS"].includes(httpGet.scheme)) errors.push(notSupported(`${field}.httpGet.scheme`, httpGet.scheme, ["HTTP", "HTTPS"]));
    (httpGet.httpHeaders ?? []).forEach((header, i) => errors.push(...httpHeaderName(header.name).map((why) => invalid(`${field}.httpGet.httpHeaders[${i}].name`, header.name, why))));
  }
  if (tcpSocket !== undefined) errors.push(...validateProbePort(tcpSocket.port, `${field}.tcpSocket.port`));
  if (grpc !== undefined) errors.push(...portNumber(grpc.port).map((why) => invalid(`${field}.grpc.port`, grpc.port, why)));
  return errors;
}

function validateProbePort(port: number | string, field: string): readonly FieldError[] {
  const problems = typeof port === "number" ? portNumber(port) : portName(port);
  return problems.map((why) => invalid(field, port, why));
}

/** What is counted anywhere in a cluster, and what a container may ask for. */
const STANDARD = ["cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "storage", "requests.storage", "services.nodeports", "services.loadbalancers"];

/** validateContainerResourceName: what is no name at all is told twice, as upstream does. */
function resourceName(name: string, field: string): readonly FieldError[] {
  const errors = qualifiedName(name).map((why) => invalid(field, name, why));
  if (name.includes("/")) return errors;
  const huge = name.startsWith("hugepages-");
  if (errors.length === 0 && !huge && !STANDARD.includes(name)) errors.push(invalid(field, name, "must be a standard resource type or fully qualified"));
  if (!huge && !["cpu", "memory", "ephemeral-storage"].includes(name)) errors.push(invalid(field, name, "must be a standard resource for containers"));
  return errors;
}

function validateResources(resources: Container["resources"], field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const which of ["limits", "requests"] as const) {
    for (const [name, value] of Object.entries(resources?.[which] ?? {})) {
      errors.push(...resourceName(name, `${field}.${which}[${name}]`));
      if ((parseQuantity(value)?.nanos ?? 0n) < 0n) errors.push(invalid(`${field}.${which}[${name}]`, value, "must be greater than or equal to 0"));
    }
  }
  for (const [name, value] of Object.entries(resources?.requests ?? {})) {
    const limit = resources?.limits?.[name];
    const [asked, most] = [parseQuantity(value), limit === undefined ? undefined : parseQuantity(limit)];
    if (asked !== undefined && most !== undefined && asked.nanos > most.nanos) errors.push(invalid(`${field}.requests`, value, `must be less than or equal to ${name} limit of ${limit}`));
  }
  return errors;
}
