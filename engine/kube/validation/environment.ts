/** ValidateEnv and ValidateEnvFrom: a container's variables, and what of a Pod they may be read from. */
import { type FieldError, invalid, notSupported, required } from "../field-error";
import { canonicalQuantity } from "../schema/quantity";
import type { Container, EnvVar } from "../types";
import { configKey, dnsSubdomain, environmentName, type Problems, qualifiedName } from "./names";

/** Each of `problems` as an error of its own. */
export function all(field: string, value: unknown, problems: Problems): readonly FieldError[] {
  return problems.map((why) => invalid(field, value, why));
}

export function validateEnvironment(env: NonNullable<Container["env"]>, field: string): readonly FieldError[] {
  return env.flatMap((variable, i) => {
    const { name } = variable;
    const named = name ? all(`${field}[${i}].name`, name, environmentName(name)) : [required(`${field}[${i}].name`)];
    return [...named, ...validateSource(variable, `${field}[${i}].valueFrom`)];
  });
}

type FileKey = { readonly key?: string; readonly volumeName?: string; readonly path?: string };

function validateSource({ value, valueFrom }: EnvVar, field: string): readonly FieldError[] {
  if (valueFrom === undefined) return [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom as typeof valueFrom & { readonly fileKeyRef?: FileKey };
  const errors: FieldError[] = [];
  if (fieldRef !== undefined) errors.push(...validateFieldReference(fieldRef, IN_ENVIRONMENT, `${field}.fieldRef`));
  if (resourceFieldRef !== undefined) errors.push(...validateResourceReference(resourceFieldRef, `${field}.resourceFieldRef`, false));
  if (configMapKeyRef !== undefined) errors.push(...validateKey(configMapKeyRef, `${field}.configMapKeyRef`));
  if (secretKeyRef !== undefined) errors.push(...validateKey(secretKeyRef, `${field}.secretKeyRef`));
  const given = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter((source) => source !== undefined).length;
  if (given === 0) errors.push(invalid(field, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"));
  else if (value) errors.push(invalid(field, "", "may not be specified when `value` is not empty"));
  else if (given > 1) errors.push(invalid(field, "", "may not have more than one field specified at a time"));
  return errors;
}

function validateKey({ name = "", key }: { readonly name?: string; readonly key?: string }, field: string): readonly FieldError[] {
  return [...all(`${field}.name`, name, dnsSubdomain(name)), ...(key ? all(`${field}.key`, key, configKey(key)) : [required(`${field}.key`)])];
}

const IN_ENVIRONMENT = ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"];
/** What the downward API knows of a Pod (ConvertDownwardAPIFieldLabel). */
const KNOWN = [...IN_ENVIRONMENT, "metadata.annotations", "metadata.labels", "spec.restartPolicy", "spec.schedulerName", "status.phase", "spec.host"];

type FieldReference = { readonly apiVersion?: string; readonly fieldPath?: string };

/** validateObjectFieldSelector: in an environment, or in a volume's files, which may show other fields. */
export function validateFieldReference({ apiVersion, fieldPath = "" }: FieldReference, allowed: readonly string[], field: string): readonly FieldError[] {
  if (!apiVersion) return [required(`${field}.apiVersion`)];
  if (fieldPath === "") return [required(`${field}.fieldPath`)];
  const [, path = fieldPath, key] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  const cannot = (why: string): readonly FieldError[] => [invalid(`${field}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`)];
  if (apiVersion !== "v1") return cannot(`unsupported pod version: ${apiVersion}`);
  const mapped = path === "metadata.annotations" || path === "metadata.labels";
  if (key !== undefined && !mapped) return cannot(`field label does not support subscript: ${fieldPath}`);
  if (!KNOWN.includes(path)) return cannot(`field label not supported: ${path}`);
  if (key === undefined) return allowed.includes(path) ? [] : [notSupported(`${field}.fieldPath`, path, allowed)];
  const name = path === "metadata.labels" ? key : key.toLowerCase();
  return all(field, name, qualifiedName(name));
}

const RESOURCES = ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];
const BYTES = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

type ResourceReference = { readonly containerName?: string; readonly resource?: string; readonly divisor?: string | number };

export function validateResourceReference({ containerName, resource = "", divisor = 0 }: ResourceReference, field: string, inVolume: boolean): readonly FieldError[] {
  const errors: FieldError[] = [];
  const huge = /^(limits|requests)\.hugepages-/.test(resource);
  if (inVolume && !containerName) errors.push(required(`${field}.containerName`));
  else if (resource === "") errors.push(required(`${field}.resource`));
  else if (!RESOURCES.includes(resource) && !huge) errors.push(notSupported(`${field}.resource`, resource, RESOURCES));
  const by = canonicalQuantity(divisor) ?? "0";
  if (by === "0") return errors;
  const [, of = ""] = /^(?:limits|requests)\.(.*)$/.exec(resource) ?? [];
  const wrong = (what: string, values: string): void => void errors.push(invalid(`${field}.divisor`, resource, `only divisor's values ${values} are supported with the ${what} resource`));
  if (of === "cpu") {
    if (by !== "1m" && by !== "1") wrong("cpu", "1m and 1");
  } else if (BYTES.includes(by)) return errors;
  else if (of === "memory") wrong("memory", BYTES.join(", "));
  else if (of === "ephemeral-storage") wrong("local ephemeral storage", BYTES.join(", "));
  else if (huge) wrong("hugepages", BYTES.join(", "));
  return errors;
}

/** Complaints about how many sources there are name the whole list, as upstream's do. */
export function validateEnvFrom(sources: NonNullable<Container["envFrom"]>, field: string): readonly FieldError[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const errors: FieldError[] = prefix ? [...all(`${field}[${i}].prefix`, prefix, environmentName(prefix))] : [];
    for (const [kind, reference] of [["configMapRef", configMapRef], ["secretRef", secretRef]] as const) {
      if (reference === undefined) continue;
      const at = `${field}[${i}].${kind}.name`;
      errors.push(...(reference.name ? all(at, reference.name, dnsSubdomain(reference.name)) : [required(at)]));
    }
    if (configMapRef === undefined && secretRef === undefined) errors.push(invalid(field, "", "must specify one of: `configMapRef` or `secretRef`"));
    else if (configMapRef !== undefined && secretRef !== undefined) errors.push(invalid(field, "", "may not have more than one field specified at a time"));
    return errors;
  });
}
