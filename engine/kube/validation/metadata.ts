/** ValidateObjectMeta and ValidateObjectMetaUpdate: what every object's metadata must be. */
import { type FieldError, forbiddenField, invalid, required, tooLong } from "../field-error";
import type { Definition } from "../resources/definition";
import type { Kind, KubeObject, Labels } from "../types";
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from "./names";

const ANNOTATION_BYTES = 256 * 1024;

export function validateMetadata<K extends Kind>(definition: Definition<K>, { metadata }: KubeObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  const rule = (written: string): readonly string[] => definition.name?.(written) ?? dnsSubdomain(written);
  if (metadata.generateName) {
    // A dash at its end is what the random letters are for.
    const base = metadata.generateName.replace(/-$/, "a");
    errors.push(...rule(base).map((why) => invalid("metadata.generateName", metadata.generateName, why)));
  }
  if (!metadata.name) errors.push(required("metadata.name", "name or generateName is required"));
  else errors.push(...rule(metadata.name).map((why) => invalid("metadata.name", metadata.name, why)));
  if (definition.namespaced) errors.push(...dnsLabel(metadata.namespace ?? "").map((why) => invalid("metadata.namespace", metadata.namespace, why)));
  return [...errors, ...common(definition.kind, { metadata })];
}

function common(_kind: Kind, { metadata }: Pick<KubeObject, "metadata">): readonly FieldError[] {
  const errors: FieldError[] = [...validateLabels(metadata.labels, "metadata.labels"), ...validateAnnotations(metadata.annotations, "metadata.annotations")];
  errors.push(...validateOwners(metadata.ownerReferences ?? [], "metadata.ownerReferences"));
  const finalizers = metadata.finalizers ?? [];
  errors.push(...finalizers.flatMap((finalizer) => qualifiedName(finalizer).map((why) => invalid("metadata.finalizers", finalizer, why))));
  finalizers.forEach((finalizer, i) => {
    if (!finalizer.includes("/") && !STANDARD_FINALIZERS.includes(finalizer)) errors.push(invalid(`metadata.finalizers[${i}]`, finalizer, "name is neither a standard finalizer name nor is it fully qualified"));
  });
  return errors;
}

const STANDARD_FINALIZERS = ["orphan", "foregroundDeletion", "kubernetes"];

/** Their complaints do not say which of the owners is meant. */
function validateOwners(owners: NonNullable<KubeObject["metadata"]["ownerReferences"]>, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners) {
    const { apiVersion = "", kind = "", name = "", uid = "" } = owner;
    if (apiVersion === "") errors.push(invalid(`${field}.apiVersion`, apiVersion, "version must not be empty"));
    for (const [at, value] of [["kind", kind], ["name", name], ["uid", uid]] as const) if (value === "") errors.push(invalid(`${field}.${at}`, value, "must not be empty"));
    if (apiVersion === "v1" && kind === "Event") errors.push(invalid(field, owner, "/v1, Kind=Event is disallowed from being an owner"));
    if (owner.controller !== true) continue;
    const own = `${kind}/${name}`;
    if (controller !== undefined) errors.push(invalid(field, owners, `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${own}`));
    controller ??= own;
  }
  return errors;
}

export function validateMetadataUpdate<K extends Kind>(definition: Definition<K>, { metadata }: KubeObject, old: KubeObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (old.metadata.deletionTimestamp !== undefined) {
    const added = (metadata.finalizers ?? []).filter((finalizer) => !old.metadata.finalizers?.includes(finalizer));
    if (added.length > 0) {
      const found = `[]string{${added.map((one) => JSON.stringify(one)).join(", ")}}`;
      errors.push(forbiddenField("metadata.finalizers", `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`));
    }
  }
  return [...errors, ...common(definition.kind, { metadata })];
}

export function validateLabels(labels: Labels | undefined, field: string): readonly FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedName(key).map((why) => invalid(field, key, why)),
    ...labelValue(value).map((why) => invalid(field, value, why)),
  ]);
}

export function validateAnnotations(annotations: Labels | undefined, field: string): readonly FieldError[] {
  const errors = Object.keys(annotations ?? {}).flatMap((key) => qualifiedName(key.toLowerCase()).map((why) => invalid(field, key, why)));
  const bytes = Object.entries(annotations ?? {}).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return bytes > ANNOTATION_BYTES ? [...errors, tooLong(field, ANNOTATION_BYTES)] : errors;
}
