/**
 * The environment of a container: the image's, the Services of its namespace as variables (as
 * Docker's links once were), what envFrom and env say, and what $(NAME) stands for in all of it.
 * pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables().
 */
import { text } from "../../core/bytes";
import type { Image } from "../../apps/image";
import type { ConfigMap, Container, EnvVar, Pod, Service } from "../../kube/types";
import type { KubeletContext } from "./context";
import { fieldOf } from "./fields";
import { fromBase64 } from "./base64";
import { resourceField } from "./resource-field";
import { LinkedEnv, SharedLinks, type Variables } from "./linked-env";

/** What keeps the container from being made: CreateContainerConfigError. */
export class ConfigProblem extends Error {}

export function environmentOf(context: KubeletContext, pod: Pod, container: Container, image: Image, podIP: string): Variables {
  const first = new Map<string, string>([["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ["HOSTNAME", pod.spec.hostNetwork ? context.machine.hostname : hostnameOf(pod)], ...Object.entries(image.env ?? {})]);
  const env = new LinkedEnv(first, linksOf(context, pod));
  for (const [name, value] of fromSources(context, pod, container)) env.set(name, value);
  for (const variable of container.env ?? []) {
    const value = valueOf(context, pod, container, variable, env, podIP);
    if (value !== undefined) env.set(variable.name, value);
  }
  env.set("HOME", "/root");
  return env;
}

export function hostnameOf({ metadata, spec }: Pod): string {
  // Linux takes 64 bytes, the kubelet 63, and no name ends in a dash or a dot.
  return (spec.hostname ?? metadata.name).slice(0, 63).replace(/[-.]+$/, "");
}

/** $(NAME) where NAME is known; $$ is a dollar. (k8s.io/kubernetes/third_party/forked/golang/expansion) */
export function expand(written: string, env: ReadonlyMap<string, string>): string {
  return written.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => (name === undefined ? "$" : (env.get(name) ?? whole)));
}

function valueOf(context: KubeletContext, pod: Pod, container: Container, { name, value, valueFrom }: EnvVar, env: Variables, podIP: string): string | undefined {
  if (valueFrom === undefined) return expand(value ?? "", env);
  const { fieldRef, configMapKeyRef, secretKeyRef, resourceFieldRef } = valueFrom;
  if (fieldRef) return fieldOf(context, pod, fieldRef.fieldPath, podIP);
  if (configMapKeyRef) return keyOf("configmap", configMapKeyRef, configMapData(context, pod, configMapKeyRef.name ?? ""), pod);
  if (secretKeyRef) return keyOf("secret", secretKeyRef, secretData(context, pod, secretKeyRef.name ?? ""), pod);
  if (resourceFieldRef) {
    const amount = resourceField(context, container, resourceFieldRef);
    if (amount === undefined) throw new ConfigProblem(`Unsupported container resource : ${resourceFieldRef.resource}`);
    return amount;
  }
  throw new ConfigProblem(`environment variable ${name} has an unknown source`);
}

type KeyRef = { readonly name?: string; readonly key: string; readonly optional?: boolean };

function keyOf(kind: "configmap" | "secret", { name = "", key, optional }: KeyRef, data: ReadonlyMap<string, string> | undefined, pod: Pod): string | undefined {
  if (data === undefined) {
    if (optional) return undefined;
    throw new ConfigProblem(`${kind} "${name}" not found`);
  }
  const value = data.get(key);
  if (value !== undefined || optional) return value;
  throw new ConfigProblem(`couldn't find key ${key} in ${kind === "secret" ? "Secret" : "ConfigMap"} ${pod.metadata.namespace}/${name}`);
}

export function configMapData({ store }: KubeletContext, pod: Pod, name: string): ReadonlyMap<string, string> | undefined {
  const found = store.get("ConfigMap", name, pod.metadata.namespace);
  return found && dataOf(found);
}

export function dataOf({ data = {}, binaryData = {} }: ConfigMap): ReadonlyMap<string, string> {
  return new Map([...Object.entries(data), ...Object.entries(binaryData).map(([key, value]) => [key, text(fromBase64(value))] as const)]);
}

export function secretData({ store }: KubeletContext, pod: Pod, name: string): ReadonlyMap<string, string> | undefined {
  const found = store.get("Secret", name, pod.metadata.namespace);
  return found && new Map(Object.entries(found.data ?? {}).map(([key, value]) => [key, text(fromBase64(value))]));
}

function fromSources(context: KubeletContext, pod: Pod, container: Container): [string, string][] {
  return (container.envFrom ?? []).flatMap(({ prefix = "", configMapRef, secretRef }) => {
    const data = configMapRef ? configMapData(context, pod, configMapRef.name ?? "") : secretRef ? secretData(context, pod, secretRef.name ?? "") : undefined;
    const optional = configMapRef?.optional ?? secretRef?.optional;
    if (data === undefined && !optional) throw new ConfigProblem(configMapRef ? `configmap "${configMapRef.name}" not found` : `secret "${secretRef?.name}" not found`);
    return [...(data ?? [])].map(([key, value]): [string, string] => [`${prefix}${key}`, value]);
  });
}

/** {NAME}_SERVICE_HOST and its kin. Every Pod of a namespace has the same, so that they are worked out once. */
export class ServiceLinks {
  readonly #known = new WeakMap<Service, readonly (readonly [string, string])[]>();
  readonly shared = new SharedLinks();

  variables(service: Service): readonly (readonly [string, string])[] {
    const variables = this.#known.get(service) ?? variablesOf(service);
    this.#known.set(service, variables);
    return variables;
  }
}

function linksOf(context: KubeletContext, pod: Pod): Variables {
  const { links } = context;
  // Without links only default/kubernetes is left: not what the others of the namespace have.
  const namespace = pod.spec.enableServiceLinks === false ? "" : (pod.metadata.namespace ?? "default");
  return links.shared.of(namespace, context.store.storage.changedAt("Service"), () => linkedServices(context, pod), (services) => new Map(services.flatMap((service) => links.variables(service))));
}

/** The Services of the namespace, and default/kubernetes. */
function linkedServices({ store }: KubeletContext, pod: Pod): readonly Service[] {
  const wanted = new Map<string, Service>();
  const kubernetes = store.get("Service", "kubernetes", "default");
  if (kubernetes) wanted.set("kubernetes", kubernetes);
  if (pod.spec.enableServiceLinks !== false) for (const service of store.list("Service", { namespace: pod.metadata.namespace ?? "default" })) wanted.set(service.metadata.name, service);
  return [...wanted.values()];
}

function variablesOf({ metadata, spec }: Service): [string, string][] {
  const { clusterIP, ports = [] } = spec;
  const [first] = ports;
  if (clusterIP === undefined || clusterIP === "None" || clusterIP === "" || first === undefined) return [];
  const name = variableName(metadata.name);
  const prefix = (port: { readonly port: number; readonly protocol?: string }) => `${name}_PORT_${port.port}_${(port.protocol ?? "TCP").toUpperCase()}`;
  const url = (port: { readonly port: number; readonly protocol?: string }) => `${(port.protocol ?? "TCP").toLowerCase()}://${clusterIP}:${port.port}`;
  return [
    [`${name}_SERVICE_HOST`, clusterIP],
    [`${name}_SERVICE_PORT`, String(first.port)],
    ...ports.flatMap((port): [string, string][] => (port.name ? [[`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port)]] : [])),
    [`${name}_PORT`, url(first)],
    ...ports.flatMap((port): [string, string][] => [
      [prefix(port), url(port)],
      [`${prefix(port)}_PROTO`, (port.protocol ?? "TCP").toLowerCase()],
      [`${prefix(port)}_PORT`, String(port.port)],
      [`${prefix(port)}_ADDR`, clusterIP],
    ]),
  ];
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
