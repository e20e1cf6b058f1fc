/** ValidatePodSpec: what a Pod, or a template of one, must be. In upstream's order, which is that of its complaints. */
import { duplicate, type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import type { PodSpec } from "../types";
import { validateAffinity, validateSpread, validateToleration } from "./affinity";
import { validateContainers, validateInitContainers } from "./container";
import { all } from "./environment";
import { validateEphemeralContainers } from "./ephemeral";
import { legacyIp } from "./ip";
import { validateLabels } from "./metadata";
import { dnsLabel, dnsSubdomain, qualifiedName, underscoreSubdomain } from "./names";
import { validateResources } from "./resources";
import { validateOs, validatePodSecurity } from "./security";
import { validateVolumes } from "./volume";

/** Of 1.36 and newer than kubernetes-types. */
type Newer = { readonly hostUsers?: boolean; readonly schedulingGates?: readonly { readonly name?: string }[]; readonly hostnameOverride?: string; readonly resources?: Parameters<typeof validateResources>[0] };

export function validatePodSpec(spec: PodSpec, field: string, isPod: boolean): readonly FieldError[] {
  const { errors, names: volumes } = validateVolumes(spec.volumes ?? [], `${field}.volumes`);
  const within = { spec, volumes };
  const { schedulingGates = [], resources } = spec as PodSpec & Newer;
  return [
    ...errors,
    ...validateContainers(within, field),
    ...validateInitContainers(within, field),
    ...validateEphemeralContainers(within, field),
    ...(resources === undefined ? [] : validateResources(resources, `${field}.resources`)),
    ...validateHostPorts(spec, field, isPod),
    ...supported(spec.restartPolicy, `${field}.restartPolicy`, ["Always", "OnFailure", "Never"]),
    ...supported(spec.dnsPolicy, `${field}.dnsPolicy`, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validatePodSecurity(spec, `${field}.securityContext`),
    ...validateAffinity(spec.affinity, `${field}.affinity`),
    ...validateDnsConfig(spec, field),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType = "" }, i) => all(`${field}.readinessGates[${i}].conditionType`, conditionType, qualifiedName(conditionType))),
    ...validateGates(schedulingGates, `${field}.schedulingGates`),
    ...validateSpread(spec.topologySpreadConstraints ?? [], `${field}.topologySpreadConstraints`),
    ...validateUsers(spec, field),
    ...validateNames(spec, field),
    ...(spec.tolerations ?? []).flatMap((toleration, i) => validateToleration(toleration, `${field}.tolerations[${i}]`)),
    ...(spec.hostAliases ?? []).flatMap(({ ip = "", hostnames = [] }, i) => [
      ...legacyIp(ip, `${field}.hostAliases[${i}].ip`),
      ...hostnames.flatMap((name, h) => all(`${field}.hostAliases[${i}].hostnames[${h}]`, name, dnsSubdomain(name))),
    ]),
    ...validateClasses(spec, field),
    ...validateOs(spec, field),
  ];
}

function supported(value: string | undefined, field: string, values: readonly string[]): readonly FieldError[] {
  if (value === undefined || value === "") return [required(field)];
  return values.includes(value) ? [] : [notSupported(field, value, values)];
}

/** On the node's own network a port is the same within and without. */
function validateHostPorts({ containers = [], hostNetwork }: PodSpec, field: string, isPod: boolean): readonly FieldError[] {
  if (!hostNetwork) return [];
  return containers.flatMap(({ ports = [] }, c) =>
    ports.flatMap(({ hostPort = 0, containerPort }, i) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort ? [invalid(`${field}.containers[${c}].ports[${i}].hostPort`, hostPort, "must match `containerPort` when `hostNetwork` is true")] : [],
    ),
  );
}

function validateGates(gates: readonly { readonly name?: string }[], field: string): readonly FieldError[] {
  return gates.flatMap(({ name = "" }, i) => {
    const again = gates.slice(0, i).some((other) => other.name === name);
    return [...all(`${field}[${i}]`, name, qualifiedName(name)), ...(again ? [duplicate(`${field}[${i}]`, name)] : [])];
  });
}

function validateUsers(spec: PodSpec, field: string): readonly FieldError[] {
  if ((spec as PodSpec & Newer).hostUsers !== false) return [];
  const given = [["hostNetwork", spec.hostNetwork], ["HostPID", spec.hostPID], ["HostIPC", spec.hostIPC]] as const;
  return given.flatMap(([name, on]) => (on ? [forbiddenField(`${field}.${name}`, "when `hostUsers` is false")] : []));
}

const MOST_SECONDS = 2_147_483_647;

function validateNames(spec: PodSpec, field: string): readonly FieldError[] {
  const { serviceAccountName, nodeName, hostname, subdomain, activeDeadlineSeconds: deadline } = spec;
  const { hostnameOverride } = spec as PodSpec & Newer;
  const errors: FieldError[] = [];
  if (hostnameOverride !== undefined) errors.push(...all(`${field}.hostnameOverride`, hostnameOverride, dnsSubdomain(hostnameOverride)));
  if (serviceAccountName) errors.push(...all(`${field}.serviceAccountName`, serviceAccountName, dnsSubdomain(serviceAccountName)));
  if (nodeName) errors.push(...all(`${field}.nodeName`, nodeName, dnsSubdomain(nodeName)));
  if (deadline !== undefined && (deadline < 1 || deadline > MOST_SECONDS)) errors.push(invalid(`${field}.activeDeadlineSeconds`, deadline, `must be between 1 and ${MOST_SECONDS}, inclusive`));
  if (hostname) errors.push(...all(`${field}.hostname`, hostname, dnsLabel(hostname)));
  if (subdomain) errors.push(...all(`${field}.subdomain`, subdomain, dnsLabel(subdomain)));
  return errors;
}

function validateClasses({ priorityClassName, runtimeClassName, preemptionPolicy }: PodSpec, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (priorityClassName) errors.push(...all(`${field}.priorityClassName`, priorityClassName, dnsSubdomain(priorityClassName)));
  if (runtimeClassName !== undefined) errors.push(...all(`${field}.runtimeClassName`, runtimeClassName, dnsSubdomain(runtimeClassName)));
  if (preemptionPolicy !== undefined) errors.push(...supported(preemptionPolicy, `${field}.preemptionPolicy`, ["PreemptLowerPriority", "Never"]));
  return errors;
}

const NAMESERVERS = 3;
const SEARCHES = 32;
const SEARCH_CHARACTERS = 2048;

function validateDnsConfig({ dnsConfig, dnsPolicy }: PodSpec, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const at = `${field}.dnsConfig`;
  if (dnsPolicy === "None") {
    if (dnsConfig === undefined) return [required(at, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if ((dnsConfig.nameservers ?? []).length === 0) return [required(`${at}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None")];
  }
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (nameservers.length > NAMESERVERS) errors.push(invalid(`${at}.nameservers`, nameservers, `must not have more than ${NAMESERVERS} nameservers`));
  nameservers.forEach((server, i) => errors.push(...legacyIp(server, `${at}.nameservers[${i}]`)));
  if (searches.length > SEARCHES) errors.push(invalid(`${at}.searches`, searches, `must not have more than ${SEARCHES} search paths`));
  if (searches.join(" ").length > SEARCH_CHARACTERS) errors.push(invalid(`${at}.searches`, searches, `must not have more than ${SEARCH_CHARACTERS} characters (including spaces) in the search list`));
  searches.forEach((search, i) => {
    const name = search.replace(/\.$/, "");
    if (search !== ".") errors.push(...all(`${at}.searches[${i}]`, name, underscoreSubdomain(name)));
  });
  options.forEach((option, i) => {
    if (!option.name) errors.push(required(`${at}.options[${i}]`, "must not be empty"));
  });
  return errors;
}
