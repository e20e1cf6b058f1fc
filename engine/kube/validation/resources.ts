/** ValidateResourceRequirements: what containers, and Pods as a whole, may ask for and be limited to. */
import { type FieldError, forbiddenField, invalid, required } from "../field-error";
import { parseQuantity, printQuantity, type Quantity } from "../schema/quantity";
import type { Container } from "../types";
import { all } from "./environment";
import { qualifiedName } from "./names";

/** What is counted anywhere in a cluster. */
const STANDARD = [
  "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage", "pods", "resourcequotas", "services",
  "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "storage", "requests.storage", "services.nodeports", "services.loadbalancers",
]; // biome-ignore format: a list
const OF_CONTAINERS = ["cpu", "memory", "ephemeral-storage"];
const WHOLE: readonly string[] = ["pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers"];
const NANO = 1_000_000_000n;
const MILLI = 1_000_000n;

function isHuge(name: string): boolean {
  return name.startsWith("hugepages-");
}

/** Kubernetes' own: without a domain, or of kubernetes.io. */
function isNative(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith("requests.") && qualifiedName(`requests.${name}`).length === 0;
}

/** What may be promised more than once. */
function mayOvercommit(name: string): boolean {
  return isNative(name) && !isHuge(name);
}

function validateName(name: string, field: string): readonly FieldError[] {
  const errors = [...all(field, name, qualifiedName(name))];
  const plain = !name.includes("/");
  if (errors.length === 0 && plain && !isHuge(name) && !STANDARD.includes(name)) errors.push(invalid(field, name, "must be a standard resource type or fully qualified"));
  if (plain && !isHuge(name) && !OF_CONTAINERS.includes(name)) errors.push(invalid(field, name, "must be a standard resource for containers"));
  if (!plain && !isNative(name) && !isExtended(name)) errors.push(invalid(field, name, "doesn't follow extended resource name standard"));
  return errors;
}

function validateAmount(name: string, value: string, { nanos }: Quantity, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (nanos < 0n) errors.push(invalid(field, value, "must be greater than or equal to 0"));
  if ((WHOLE.includes(name) || isExtended(name)) && ((nanos + MILLI - 1n) / MILLI) % 1000n !== 0n) errors.push(invalid(field, value, "must be an integer"));
  const page = isHuge(name) ? parseQuantity(name.slice("hugepages-".length)) : undefined;
  if (page !== undefined && page.nanos > 0n && (nanos < page.nanos || nanos % page.nanos !== 0n)) errors.push(invalid(field, value, `${value} is not positive integer multiple of ${name}`));
  return errors;
}

const NOTHING: Quantity = { nanos: 0n, format: "DecimalSI" };

function quantities(list: Readonly<Record<string, string>> | undefined): readonly (readonly [string, string, Quantity])[] {
  return Object.entries(list ?? {}).map(([name, written]) => {
    const quantity = parseQuantity(written) ?? NOTHING;
    return [name, printQuantity(quantity), quantity] as const;
  });
}

export function validateResources(resources: Container["resources"], field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const limits = quantities(resources?.limits);
  const requests = quantities(resources?.requests);
  if (limits.length === 0 && requests.length === 0) return errors;
  for (const [name, value, quantity] of limits) errors.push(...validateName(name, `${field}.limits[${name}]`), ...validateAmount(name, value, quantity, `${field}.limits[${name}]`));
  for (const [name, value, quantity] of requests) {
    const at = `${field}.requests[${name}]`;
    errors.push(...validateName(name, at), ...validateAmount(name, value, quantity, at));
    const [, most, limit] = limits.find(([other]) => other === name) ?? [];
    if (limit === undefined) {
      if (!mayOvercommit(name)) errors.push(required(`${field}.limits`, "Limit must be set for non overcommitable resources"));
    } else if (quantity.nanos !== limit.nanos && !mayOvercommit(name)) errors.push(invalid(`${field}.requests`, value, `must be equal to ${name} limit of ${most}`));
    else if (quantity.nanos > limit.nanos) errors.push(invalid(`${field}.requests`, value, `must be less than or equal to ${name} limit of ${most}`));
  }
  const names = [...limits, ...requests].map(([name]) => name);
  if (names.some(isHuge) && !names.includes("cpu") && !names.includes("memory")) errors.push(forbiddenField(field, "HugePages require cpu or memory"));
  return errors;
}

/** Bytes come whole: GetWarningsForPod says so of what is not. */
export function isFraction(written: string): boolean {
  return (parseQuantity(written)?.nanos ?? 0n) % NANO !== 0n;
}
