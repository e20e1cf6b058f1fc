/** core/v1's simpler kinds: ConfigMap, Secret, Namespace, Node, ServiceAccount, Event. */
import { utf8 } from "../../core/bytes";
import { ageSince } from "../duration";
import { base64, fromBase64 } from "../schema/base64";
import { type FieldError, forbiddenField, invalid, required, tooLong } from "../field-error";
import type { Event, KindMap, Node } from "../types";
import { all } from "../validation/environment";
import { configKey, dnsLabel, qualifiedName } from "../validation/names";
import { validateNode, validateNodeUpdate } from "../validation/node";
import { AGE, type Definition, integer, NAME, text } from "./definition";

const DATA_BYTES = 1024 * 1024;

function validateData(object: KindMap["ConfigMap"] | KindMap["Secret"]): readonly FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  const data = object.data ?? {};
  const binary = object.kind === "ConfigMap" ? ((object as KindMap["ConfigMap"]).binaryData ?? {}) : {};
  for (const [field, map] of [["data", data], ["binaryData", binary]] as const) {
    for (const [key, value] of Object.entries(map)) {
      bytes += object.kind === "Secret" || field === "binaryData" ? Math.floor((value.length * 3) / 4) : value.length;
      errors.push(...configKey(key).map((why) => invalid(`${field}[${key}]`, key, why)));
    }
  }
  for (const key of Object.keys(binary)) if (data[key] !== undefined) errors.push(invalid(`data[${key}]`, key, "duplicate of key present in binaryData"));
  // Upstream names no field here.
  if (bytes > DATA_BYTES) errors.push(tooLong(object.kind === "Secret" ? "data" : "[]", DATA_BYTES));
  return errors;
}

function validateImmutable(object: KindMap["ConfigMap"] | KindMap["Secret"], old: typeof object): readonly FieldError[] {
  if (old.immutable !== true) return [];
  const errors: FieldError[] = [];
  const why = "field is immutable when `immutable` is set";
  if (object.immutable !== true) errors.push(forbiddenField("immutable", why));
  if (JSON.stringify(object.data ?? {}) !== JSON.stringify(old.data ?? {})) errors.push(forbiddenField("data", why));
  const binary = (one: typeof object): string => JSON.stringify((one as KindMap["ConfigMap"]).binaryData ?? {});
  if (binary(object) !== binary(old)) errors.push(forbiddenField("binaryData", why));
  return errors;
}

export const configMap: Definition<"ConfigMap"> = {
  kind: "ConfigMap", group: "", version: "v1", plural: "configmaps", singular: "configmap", shortNames: ["cm"], namespaced: true,
  validate: validateData,
  validateUpdate: validateImmutable,
  columns: [NAME, integer("Data"), AGE],
  row: ({ metadata, data = {}, binaryData = {} }, nowMs) => [metadata.name, Object.keys(data).length + Object.keys(binaryData).length, ageSince(metadata.creationTimestamp, nowMs)],
};

const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};
const ACCOUNT_NAME = "kubernetes.io/service-account.name";

/** What a Secret of a type known to Kubernetes must hold; of a password's one half is enough. */
function validateSecretType({ type = "", data = {}, metadata }: KindMap["Secret"]): readonly FieldError[] {
  if (type === "kubernetes.io/service-account-token") return metadata.annotations?.[ACCOUNT_NAME] ? [] : [required(`metadata.annotations[${ACCOUNT_NAME}]`)];
  if (type === "kubernetes.io/basic-auth" && data.username === undefined && data.password === undefined) return [required("data[username]"), required("data[password]")];
  return (SECRET_KEYS[type] ?? []).flatMap((key) => {
    const at = `data[${key}]`;
    if (data[key] === undefined) return [required(at)];
    const problem = key.startsWith(".docker") ? notJson(data[key]) : undefined;
    return problem === undefined ? [] : [invalid(at, "<secret contents redacted>", problem)];
  });
}

/** Go's words for how a text fails to be JSON at its very beginning; what comes later is not looked at. */
function notJson(written: string): string | undefined {
  const first = String.fromCharCode(...fromBase64(written).slice(0, 1));
  if (first === "") return "unexpected end of JSON input";
  return /[\s{["\d\-tfn]/.test(first) ? undefined : `invalid character '${first}' looking for beginning of value`;
}

export const secret: Definition<"Secret"> = {
  kind: "Secret", group: "", version: "v1", plural: "secrets", singular: "secret", namespaced: true,
  defaults(object) {
    object.type ??= "Opaque";
    for (const [key, value] of Object.entries(object.stringData ?? {})) {
      object.data ??= {};
      object.data[key] = base64(utf8(value));
    }
    delete object.stringData;
  },
  validate(object) {
    return [...validateData(object), ...validateSecretType(object)];
  },
  validateUpdate(object, old) {
    const errors = [...validateImmutable(object, old)];
    if (object.type !== old.type) errors.push(invalid("type", object.type, "field is immutable"));
    return errors;
  },
  fields: (object) => ({ type: object.type ?? "" }),
  columns: [NAME, text("Type"), integer("Data"), AGE],
  row: ({ metadata, type = "", data = {} }, nowMs) => [metadata.name, type, Object.keys(data).length, ageSince(metadata.creationTimestamp, nowMs)],
};

function finalizerName(finalizer: string): readonly string[] {
  const problems = qualifiedName(finalizer);
  return finalizer.includes("/") || ["orphan", "foregroundDeletion", "kubernetes"].includes(finalizer) ? problems : [...problems, "name is neither a standard finalizer name nor is it fully qualified"];
}

export const namespace: Definition<"Namespace"> = {
  kind: "Namespace", group: "", version: "v1", plural: "namespaces", singular: "namespace", shortNames: ["ns"], namespaced: false, status: true,
  name: dnsLabel,
  defaults(object) {
    object.metadata.labels ??= {};
    if (object.metadata.name) object.metadata.labels["kubernetes.io/metadata.name"] = object.metadata.name;
    object.status.phase ??= "Active";
  },
  prepareForCreate(object) {
    const { finalizers = [] } = object.spec;
    object.spec.finalizers = finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"];
    object.status = { phase: "Active" };
  },
  validate: ({ spec }) => (spec.finalizers ?? []).flatMap((finalizer) => all("spec.finalizers", finalizer, finalizerName(finalizer))),
  prepareForUpdate(object, old) {
    if (old.spec.finalizers === undefined) delete object.spec.finalizers;
    else object.spec.finalizers = [...old.spec.finalizers];
  },
  fields: (object) => ({ "status.phase": object.status.phase ?? "" }),
  columns: [NAME, text("Status"), AGE],
  row: ({ metadata, status }, nowMs) => [metadata.name, status.phase ?? "", ageSince(metadata.creationTimestamp, nowMs)],
};

function nodeStatus({ status, spec }: Node): string {
  const ready = status.conditions?.find((condition) => condition.type === "Ready");
  const words = ready === undefined ? ["Unknown"] : [ready.status === "True" ? "Ready" : "NotReady"];
  if (spec.unschedulable) words.push("SchedulingDisabled");
  return words.join(",");
}

function nodeRoles({ metadata }: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith("node-role.kubernetes.io/") && key.length > "node-role.kubernetes.io/".length) roles.add(key.slice("node-role.kubernetes.io/".length));
    else if (key === "kubernetes.io/role" && value !== "") roles.add(value);
  }
  return roles.size === 0 ? "<none>" : [...roles].sort().join(",");
}

function address({ status }: Node, type: string): string {
  return status.addresses?.find((one) => one.type === type)?.address ?? "<none>";
}

const or = (value: string | undefined, otherwise: string): string => (value === undefined || value === "" ? otherwise : value);

export const node: Definition<"Node"> = {
  kind: "Node", group: "", version: "v1", plural: "nodes", singular: "node", shortNames: ["no"], namespaced: false, status: true,
  defaults(object) {
    if (object.status.allocatable === undefined && object.status.capacity !== undefined) object.status.allocatable = { ...object.status.capacity };
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  warnings: ({ spec }) => ((spec as { readonly externalID?: string }).externalID ? ["spec.externalID: this field is deprecated, and is unused by Kubernetes"] : []),
  fields: (object) => ({ "spec.unschedulable": String(object.spec.unschedulable ?? false) }),
  columns: [NAME, text("Status"), text("Roles"), AGE, text("Version"), text("Internal-IP", 1), text("External-IP", 1), text("OS-Image", 1), text("Kernel-Version", 1), text("Container-Runtime", 1)],
  row: (object, nowMs) => [
    object.metadata.name,
    nodeStatus(object),
    nodeRoles(object),
    ageSince(object.metadata.creationTimestamp, nowMs),
    object.status.nodeInfo?.kubeletVersion ?? "",
    address(object, "InternalIP"),
    address(object, "ExternalIP"),
    or(object.status.nodeInfo?.osImage, "<unknown>"),
    or(object.status.nodeInfo?.kernelVersion, "<unknown>"),
    or(object.status.nodeInfo?.containerRuntimeVersion, "<unknown>"),
  ],
};

export const serviceAccount: Definition<"ServiceAccount"> = {
  kind: "ServiceAccount", group: "", version: "v1", plural: "serviceaccounts", singular: "serviceaccount", shortNames: ["sa"], namespaced: true,
  columns: [NAME, text("Secrets"), AGE],
  row: ({ metadata, secrets = [] }, nowMs) => [metadata.name, secrets.length, ageSince(metadata.creationTimestamp, nowMs)],
};

function lastSeen(event: Event, nowMs: number): string {
  const first = event.firstTimestamp ?? event.eventTime;
  const firstSeen = ageSince(first, nowMs);
  const last = event.series ? ageSince(event.series.lastObservedTime, nowMs) : ageSince(event.lastTimestamp ?? event.eventTime, nowMs);
  return last === "<unknown>" ? firstSeen : last;
}

function eventSource({ source, reportingComponent }: Event): string {
  const component = source?.component || reportingComponent || "";
  return source?.host ? `${component}, ${source.host}` : component;
}

export const event: Definition<"Event"> = {
  kind: "Event", group: "", version: "v1", plural: "events", singular: "event", shortNames: ["ev"], namespaced: true,
  validate(object) {
    const { involvedObject, metadata } = object;
    const expected = involvedObject.namespace || "default";
    return metadata.namespace === expected ? [] : [invalid("involvedObject.namespace", involvedObject.namespace ?? "", "does not match event.namespace")];
  },
  fields: ({ involvedObject: about, reason = "", source, type = "", reportingComponent = "" }) => ({
    "involvedObject.kind": about.kind ?? "", "involvedObject.namespace": about.namespace ?? "", "involvedObject.name": about.name ?? "",
    "involvedObject.uid": about.uid ?? "", "involvedObject.apiVersion": about.apiVersion ?? "", "involvedObject.resourceVersion": about.resourceVersion ?? "",
    "involvedObject.fieldPath": about.fieldPath ?? "", reason, reportingComponent, source: source?.component || reportingComponent, type,
  }),
  columns: [text("Last Seen"), text("Type"), text("Reason"), text("Object"), text("Subobject", 1), text("Source", 1), text("Message"), text("First Seen", 1), text("Count", 1), { ...NAME, priority: 1 }],
  row(object, nowMs) {
    const { involvedObject: about, count, series, metadata } = object;
    const kind = (about.kind ?? "").toLowerCase();
    return [
      lastSeen(object, nowMs),
      object.type ?? "",
      object.reason ?? "",
      about.name ? `${kind}/${about.name}` : kind,
      about.fieldPath ?? "",
      eventSource(object),
      (object.message ?? "").trim(),
      ageSince(object.firstTimestamp ?? object.eventTime, nowMs),
      series?.count ?? (count || 1),
      metadata.name,
    ];
  },
};
