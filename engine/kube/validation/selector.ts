/** metav1 validation of label selectors, as workloads and policies hold them. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import type { LabelSelector } from "../types";
import { validateLabels } from "./metadata";
import { labelValue, qualifiedName } from "./names";

export function validateLabelSelector(selector: LabelSelector | undefined, field: string): readonly FieldError[] {
  if (selector === undefined) return [];
  const errors: FieldError[] = [...validateLabels(selector.matchLabels, `${field}.matchLabels`)];
  (selector.matchExpressions ?? []).forEach(({ key, operator, values = [] }, i) => {
    const at = `${field}.matchExpressions[${i}]`;
    if (operator === "In" || operator === "NotIn") {
      if (values.length === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values.length > 0) errors.push(forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else errors.push(invalid(`${at}.operator`, operator, "not a valid selector operator"));
    errors.push(...qualifiedName(key).map((why) => invalid(`${at}.key`, key, why)));
    values.forEach((value, v) => errors.push(...labelValue(value).map((why) => invalid(`${at}.values[${v}]`, value, why))));
  });
  return errors;
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}

/** A value out of a list, or Required where there is none. */
export function oneOf(value: string | undefined, field: string, supported: readonly string[]): readonly FieldError[] {
  if (value === undefined || value === "") return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

export function nonNegative(value: number | undefined, field: string): readonly FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, "must be greater than or equal to 0")] : [];
}
