/** validateContainers, validateInitContainers and what they have in common. */
import { duplicate, type FieldError, forbiddenField, invalid, notFoundField, notSupported, required } from "../field-error";
import type { Container, PodSpec } from "../types";
import { all, validateEnvFrom, validateEnvironment } from "./environment";
import { dnsLabel, portName, portNumber } from "./names";
import { validateLifecycle, validateProbes } from "./probe";
import { validateResources } from "./resources";
import { validateSecurity } from "./security";
import { validateMounts } from "./volume";

/** What containers are checked against: the Pod they are in, and those of its volumes that are in order. */
export type Surroundings = { readonly spec: PodSpec; readonly volumes: ReadonlySet<string> };

export function validateContainers(within: Surroundings, field: string): readonly FieldError[] {
  const { containers = [], terminationGracePeriodSeconds: grace, os } = within.spec;
  if (containers.length === 0) return [required(`${field}.containers`)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, i) => {
    const at = `${field}.containers[${i}]`;
    const twice = names.has(container.name) ? [duplicate(`${at}.name`, container.name)] : [];
    names.add(container.name);
    return [
      ...validateContainer(container, within, at),
      ...twice,
      ...validateLifecycle(container, grace, os, `${at}.lifecycle`),
      ...validateProbes(container, grace, at),
      ...validateRestart(container, at),
    ];
  });
  return [...errors, ...hostPortClashes(containers, `${field}.containers`)];
}

const FOR_SIDECARS = "may not be set for init containers without restartPolicy=Always";

export function validateInitContainers(within: Surroundings, field: string): readonly FieldError[] {
  const { containers = [], initContainers = [], terminationGracePeriodSeconds: grace, os } = within.spec;
  const names = new Set(containers.map(({ name }) => name));
  return initContainers.flatMap((container, i) => {
    const at = `${field}.initContainers[${i}]`;
    const errors: FieldError[] = [...validateContainer(container, within, at), ...validateRestart(container, at)];
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    else if (container.name) names.add(container.name);
    errors.push(...hostPortClashes([container], `${field}.initContainers`));
    if (container.restartPolicy === "Always") return [...errors, ...validateLifecycle(container, grace, os, `${at}.lifecycle`), ...validateProbes(container, grace, at)];
    for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) if (container[name] !== undefined) errors.push(forbiddenField(`${at}.${name}`, FOR_SIDECARS));
    return errors;
  });
}

const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"];
const RESTART_POLICIES = ["Always", "Never", "OnFailure"];

function validateRestart({ restartPolicy: policy }: Container, field: string): readonly FieldError[] {
  return policy === undefined || RESTART_POLICIES.includes(policy) ? [] : [notSupported(`${field}.restartPolicy`, policy, RESTART_POLICIES)];
}

/** validateContainerCommon */
export function validateContainer(container: Container, { spec, volumes }: Surroundings, field: string): readonly FieldError[] {
  const { name, image, terminationMessagePolicy: messages = "File", imagePullPolicy: pull, ports, env, envFrom } = container;
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${field}.name`));
  else errors.push(...all(`${field}.name`, name, dnsLabel(name)));
  if (!image) errors.push(required(`${field}.image`));
  if (!MESSAGE_POLICIES.includes(messages)) errors.push(notSupported(`${field}.terminationMessagePolicy`, messages, MESSAGE_POLICIES));
  if (ports !== undefined) errors.push(...validatePorts(ports, `${field}.ports`));
  if (env !== undefined) errors.push(...validateEnvironment(env, `${field}.env`));
  if (envFrom !== undefined) errors.push(...validateEnvFrom(envFrom, `${field}.envFrom`));
  if (container.volumeMounts !== undefined) errors.push(...validateMounts(container, volumes, `${field}.volumeMounts`));
  errors.push(...(container.volumeDevices ?? []).flatMap((device, i) => (volumes.has(device.name) ? [] : [notFoundField(`${field}.volumeDevices[${i}].name`, device.name)])));
  if (pull !== undefined && !PULL_POLICIES.includes(pull)) errors.push(notSupported(`${field}.imagePullPolicy`, pull, PULL_POLICIES));
  errors.push(...validateResources(container.resources, `${field}.resources`), ...validateResizing(container, spec.restartPolicy, `${field}.resizePolicy`));
  return [...errors, ...validateSecurity(container.securityContext, spec.hostUsers !== false, `${field}.securityContext`)];
}

/** validateContainersOnlyForPod: a template may have it. */
export function validateImages(containers: readonly Container[], field: string): readonly FieldError[] {
  return containers.flatMap(({ image = "" }, i) => (image === image.trim() ? [] : [invalid(`${field}[${i}].image`, image, "must not have leading or trailing whitespace")]));
}

type Resize = { readonly resourceName?: string; readonly restartPolicy?: string };

function validateResizing(container: Container, restarts: string | undefined, field: string): readonly FieldError[] {
  const { resizePolicy = [] } = container as { readonly resizePolicy?: readonly Resize[] };
  const seen = new Set<string>();
  return resizePolicy.flatMap(({ resourceName: name = "", restartPolicy: policy = "" }, i) => {
    const errors: FieldError[] = seen.has(name) ? [duplicate(`${field}[${i}]`, name)] : [];
    seen.add(name);
    if (name === "") errors.push(required(field));
    else if (name !== "cpu" && name !== "memory") errors.push(notSupported(field, name, ["cpu", "memory"]));
    if (policy === "") errors.push(required(field));
    else if (policy !== "NotRequired" && policy !== "RestartContainer") errors.push(notSupported(field, policy, ["NotRequired", "RestartContainer"]));
    if (restarts === "Never" && policy !== "NotRequired") errors.push(invalid(field, policy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    return errors;
  });
}

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

function validatePorts(ports: NonNullable<Container["ports"]>, field: string): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, containerPort, hostPort, protocol = "" }, i) => {
    const at = `${field}[${i}]`;
    const errors: FieldError[] = [];
    if (name) {
      const problems = portName(name);
      errors.push(...all(`${at}.name`, name, problems));
      if (problems.length === 0 && names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    if (containerPort === 0) errors.push(required(`${at}.containerPort`));
    else errors.push(...all(`${at}.containerPort`, containerPort, portNumber(containerPort)));
    if (hostPort) errors.push(...all(`${at}.hostPort`, hostPort, portNumber(hostPort)));
    if (protocol === "") errors.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    return errors;
  });
}

function hostPortClashes(containers: readonly Container[], field: string): readonly FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, c) =>
    ports.flatMap(({ hostPort, hostIP = "", protocol }, i) => {
      if (!hostPort) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      const clash = taken.has(key) ? [duplicate(`${field}[${c}].ports[${i}].hostPort`, key)] : [];
      taken.add(key);
      return clash;
    }),
  );
}
