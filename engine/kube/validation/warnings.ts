/** GetWarningsForPod and GetWarningsForPodTemplate: what is taken as it is, and will hardly do what was meant. */
import { printQuantity, parseQuantity } from "../schema/quantity";
import type { Container, PodSpec } from "../types";
import { dnsLabel } from "./names";
import { isFraction } from "./resources";

/** Labels that nodes no longer carry, and whether it is in a preference that they are asked for. */
const OLD_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};
const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};

type Meta = { readonly annotations?: Readonly<Record<string, string>> } | undefined;

/** `field`: "" for a Pod, "spec.template." for a template. */
export function podWarnings(spec: PodSpec, metadata: Meta, field = ""): readonly string[] {
  const at = `${field}spec`;
  const { containers = [], initContainers = [], topologySpreadConstraints = [], volumes = [], imagePullSecrets = [], hostAliases = [], affinity } = spec;
  const all: readonly (readonly [Container, string])[] = [...initContainers.map((one, i) => [one, `${at}.initContainers[${i}]`] as const), ...containers.map((one, i) => [one, `${at}.containers[${i}]`] as const)];
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => (OLD_LABELS[key] === undefined ? [] : [`${at}.nodeSelector[${key}]: ${OLD_LABELS[key]}`])),
    ...topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, i) => [
      ...(OLD_LABELS[topologyKey] === undefined ? [] : [`${at}.topologySpreadConstraints[${i}].topologyKey: ${topologyKey} is ${OLD_LABELS[topologyKey]}`]),
      ...(labelSelector === undefined ? [`${at}.topologySpreadConstraints[${i}].labelSelector: a null labelSelector results in matching no pod`] : []),
    ]),
    ...Object.keys(metadata?.annotations ?? {}).flatMap((key) => (OLD_ANNOTATIONS[key] === undefined ? [] : [`${field}metadata.annotations[${key}]: ${OLD_ANNOTATIONS[key]}`])),
    ...volumes.flatMap((volume, i) => (volume.gitRepo === undefined ? [] : [`${at}.volumes[${i}].gitRepo: deprecated in v1.11, and disabled by default in v1.33+`])),
    ...twice(hostAliases.map(({ ip = "" }) => ip)).map(([i, ip]) => `${at}.hostAliases[${i}].ip: duplicate ip ${JSON.stringify(ip)}`),
    ...twice(imagePullSecrets.map(({ name = "" }) => name)).map(([i, name]) => `${at}.imagePullSecrets[${i}].name: duplicate name ${JSON.stringify(name)}`),
    ...imagePullSecrets.flatMap(({ name = "" }, i) => (name === "" ? [`${at}.imagePullSecrets[${i}].name: invalid empty name ""`] : [])),
    ...all.flatMap(([container, path]) => containerWarnings(container, path)),
    ...portWarnings(all),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0 ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`] : []),
    ...(["podAffinity", "podAntiAffinity"] as const).flatMap((which) => affinityWarnings(affinity?.[which], `${at}.affinity.${which}`)),
  ];
}

/** Those that were there before, with their places. */
function twice(values: readonly string[]): readonly (readonly [number, string])[] {
  return values.flatMap((value, i) => (values.indexOf(value) < i ? [[i, value] as const] : []));
}

function containerWarnings({ resources, env = [] }: Container, path: string): readonly string[] {
  const fractions = (["memory", "ephemeral-storage"] as const).flatMap((name) =>
    (["limits", "requests"] as const).flatMap((which) => {
      const value = resources?.[which]?.[name];
      if (value === undefined || !isFraction(value)) return [];
      const quantity = parseQuantity(value);
      return [`${path}.resources.${which}[${name}]: fractional byte value ${JSON.stringify(quantity === undefined ? value : printQuantity(quantity))} is invalid, must be an integer`];
    }),
  );
  const hidden = twice(env.map(({ name }) => name)).filter(([i, name]) => {
    const reference = `$(${name})`;
    const { value = "", valueFrom } = env[i] ?? {};
    return valueFrom !== undefined || value === reference || !value.includes(reference);
  });
  return [...fractions, ...hidden.map(([i, name]) => `${path}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`)];
}

type Port = NonNullable<Container["ports"]>[number];

function portWarnings(containers: readonly (readonly [Container, string])[]): readonly string[] {
  const warnings: string[] = [];
  const known = new Map<string, (readonly [Port, string])[]>();
  const named = new Map<string, string>();
  const duplicateNames: string[] = [];
  for (const [{ ports = [] }, path] of containers) {
    ports.forEach((port, i) => {
      const at = `${path}.ports[${i}]`;
      const { name = "", hostPort = 0, containerPort, protocol = "", hostIP = "" } = port;
      if (hostIP !== "" && hostPort === 0) warnings.push(`${at}: hostIP set without hostPort: {Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`);
      const others = known.get(`${containerPort}/${protocol}`) ?? [];
      for (const [other, where] of others) {
        const how = overlap(port, other);
        if (how !== undefined) warnings.push(`${at}: ${how} port definition with ${where}`);
      }
      known.set(`${containerPort}/${protocol}`, [...others, [port, at]]);
      const first = named.get(name);
      if (name !== "" && first !== undefined) duplicateNames.push(`${at}: duplicate port name ${JSON.stringify(name)} with ${first}, services and probes that select ports by name will use ${first}`);
      else if (name !== "") named.set(name, at);
    });
  }
  return [...warnings, ...duplicateNames];
}

function overlap({ hostIP = "", hostPort = 0 }: Port, other: Port): string | undefined {
  const { hostIP: otherIP = "", hostPort: otherPort = 0 } = other;
  if (hostIP === otherIP && hostPort === otherPort) return "duplicate";
  if (hostPort === 0 || otherPort === 0) return "overlapping";
  return hostPort === otherPort && (hostIP === "") !== (otherIP === "") ? "dangerously ambiguous" : undefined;
}

type Affinity = NonNullable<PodSpec["affinity"]>["podAffinity"];

function affinityWarnings(affinity: Affinity, field: string): readonly string[] {
  const none = "a null labelSelector results in matching no pod";
  return [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ labelSelector }, i) => (labelSelector === undefined ? [`${field}.requiredDuringSchedulingIgnoredDuringExecution[${i}].labelSelector: ${none}`] : [])),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }, i) =>
      podAffinityTerm.labelSelector === undefined ? [`${field}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm.labelSelector: ${none}`] : [],
    ),
  ];
}

/** A name with dots in it makes host names that nobody expects. */
export function nameWarnings(name: string): readonly string[] {
  const problems = dnsLabel(name);
  return problems.length === 0 ? [] : [`metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${problems.join(" ")}]`];
}

type Templated = { readonly metadata: { readonly name: string; readonly generation?: number }; readonly spec: { readonly template?: { readonly metadata?: Meta; readonly spec?: PodSpec } } };

/** Of a workload: on creation, and whenever its spec has changed. */
export function templateWarnings({ metadata, spec }: Templated, old: Templated | undefined): readonly string[] {
  if (old !== undefined && old.metadata.generation === metadata.generation) return [];
  const template = spec.template;
  return [...(old === undefined ? nameWarnings(metadata.name) : []), ...(template?.spec === undefined ? [] : podWarnings(template.spec, template.metadata, "spec.template."))];
}
