/** ValidatePodUpdate: the little that may change of a Pod, and the long answer to whoever tries more. */
import { type FieldError, forbiddenField, invalid, required } from "../field-error";
import { deepEqual } from "../freeze";
import { difflibUnified } from "../patch/difflib";
import { copyJson } from "../schema/decode";
import { goDump } from "../schema/go-internal";
import type { Container, Pod, PodSpec, Toleration } from "../types";
import { validateToleration } from "./affinity";

const UPDATABLE =
  "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

export function validatePodUpdate({ spec }: Pod, { spec: old }: Pod): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const list of ["containers", "initContainers"] as const) {
    const [now, before] = [spec[list] ?? [], old[list] ?? []];
    if (now.length !== before.length) return [...errors, forbiddenField(`spec.${list}`, "pod updates may not add or remove containers")];
    errors.push(...validateImages(now, `spec.${list}`));
  }
  const [deadline, oldDeadline] = [spec.activeDeadlineSeconds, old.activeDeadlineSeconds];
  if (deadline !== undefined && oldDeadline !== undefined && oldDeadline < deadline) return [...errors, invalid("spec.activeDeadlineSeconds", deadline, "must be less than or equal to previous value")];
  if (deadline === undefined && oldDeadline !== undefined) errors.push(invalid("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value"));
  errors.push(...onlyMoreTolerations(spec.tolerations ?? [], old.tolerations ?? []));
  if (deepEqual(spec, old)) return errors;
  const munged = withoutTheUpdatable(spec, old);
  if (deepEqual(munged, old)) return errors;
  return [...errors, forbiddenField("spec", `pod updates may not change fields other than ${UPDATABLE}\n${difference(old, munged)}`)];
}

function validateImages(containers: readonly Container[], field: string): readonly FieldError[] {
  return containers.flatMap(({ image = "" }, i) => {
    const at = `${field}[${i}].image`;
    return [...(image === "" ? [required(at)] : []), ...(image === image.trim() ? [] : [invalid(at, image, "must not have leading or trailing whitespace")])];
  });
}

/** Their time alone may change. */
function onlyMoreTolerations(now: readonly Toleration[], old: readonly Toleration[]): readonly FieldError[] {
  const timeless = ({ key, operator, value, effect }: Toleration): readonly unknown[] => [key, operator, value, effect];
  const keeps = old.every((before) => now.some((after) => deepEqual(timeless(before), timeless(after))));
  if (!keeps) return [forbiddenField("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")];
  return now.flatMap((toleration, i) => validateToleration(toleration, `spec.tolerations[${i}]`));
}

function withoutTheUpdatable(spec: PodSpec, old: PodSpec): PodSpec {
  const munged = copyJson(spec) as { -readonly [P in keyof PodSpec]: PodSpec[P] };
  for (const list of ["containers", "initContainers"] as const) {
    if (munged[list] !== undefined) munged[list] = munged[list].map((container, i) => ({ ...container, image: old[list]?.[i]?.image }) as Container);
  }
  for (const name of ["activeDeadlineSeconds", "tolerations", "schedulingGates"] as const) {
    const fields = munged as unknown as Record<string, unknown>;
    const before = (old as unknown as Readonly<Record<string, unknown>>)[name];
    if (before === undefined) delete fields[name];
    else fields[name] = before;
  }
  return munged;
}

function difference(old: PodSpec, now: PodSpec): string {
  const text = (spec: PodSpec): string => JSON.stringify(goDump("PodSpec", spec), null, 1);
  return difflibUnified(text(old), text(now));
}
