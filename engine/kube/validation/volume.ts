/** ValidateVolumes: names, exactly one source, and the sources a lab can use. */
import { duplicate, type FieldError, forbiddenField, invalid, required } from "../field-error";
import type { Volume } from "../types";
import { dnsLabel } from "./names";

export function validateVolumes(volumes: readonly Volume[], field: string): readonly FieldError[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, i) => {
    const at = `${field}[${i}]`;
    const errors: FieldError[] = [];
    if (!volume.name) errors.push(required(`${at}.name`));
    else errors.push(...dnsLabel(volume.name).map((why) => invalid(`${at}.name`, volume.name, why)));
    if (names.has(volume.name)) errors.push(duplicate(`${at}.name`, volume.name));
    names.add(volume.name);
    return [...errors, ...validateSource(volume, at)];
  });
}

function validateSource(volume: Volume, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const sources = Object.keys(volume).filter((name) => name !== "name");
  if (sources.length === 0) return [required(field, "must specify a volume type")];
  for (const extra of sources.slice(1)) errors.push(forbiddenField(`${field}.${extra}`, "may not specify more than 1 volume type"));
  if (volume.secret !== undefined && !volume.secret.secretName) errors.push(required(`${field}.secret.secretName`));
  if (volume.configMap !== undefined && !volume.configMap.name) errors.push(required(`${field}.configMap.name`));
  if (volume.hostPath !== undefined && !volume.hostPath.path) errors.push(required(`${field}.hostPath.path`));
  for (const [name, source] of [["configMap", volume.configMap], ["secret", volume.secret]] as const) {
    const mode = source?.defaultMode;
    if (mode !== undefined && (mode < 0 || mode > 511)) errors.push(invalid(`${field}.${name}.defaultMode`, mode, "must be a number between 0 and 0777 (octal), both inclusive"));
    (source?.items ?? []).forEach((item, i) => {
      if (!item.key) errors.push(required(`${field}.${name}.items[${i}].key`));
      if (!item.path) errors.push(required(`${field}.${name}.items[${i}].path`));
      else if (item.path.startsWith("/")) errors.push(invalid(`${field}.${name}.items[${i}].path`, item.path, "must be a relative path"));
      else if (item.path.split("/").includes("..")) errors.push(invalid(`${field}.${name}.items[${i}].path`, item.path, "must not contain '..'"));
    });
  }
  return errors;
}
