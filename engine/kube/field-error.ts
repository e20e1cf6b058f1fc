/**
 * What is wrong with a field, in upstream's words (apimachinery's util/validation/field), and the
 * 422 that gathers all of it: `Deployment.apps "web" is invalid: [a: …, b: …]`.
 */
import { type ApiError, failure } from "./status";

export type ErrorType = "Required value" | "Invalid value" | "Unsupported value" | "Duplicate value" | "Forbidden" | "Too long" | "Too many" | "Not found" | "Internal error";

export type FieldError = { readonly type: ErrorType; readonly field: string; readonly body: string };

const REASONS: Readonly<Record<ErrorType, string>> = {
  "Required value": "FieldValueRequired",
  "Invalid value": "FieldValueInvalid",
  "Unsupported value": "FieldValueNotSupported",
  "Duplicate value": "FieldValueDuplicate",
  Forbidden: "FieldValueForbidden",
  "Too long": "FieldValueTooLong",
  "Too many": "FieldValueTooMany",
  "Not found": "FieldValueNotFound",
  "Internal error": "InternalError",
};

function error(type: ErrorType, field: string, detail: string, value?: { readonly shown: unknown }): FieldError {
  const start = value === undefined ? type : `${type}: ${show(value.shown)}`;
  return { type, field, body: detail === "" ? start : `${start}: ${detail}` };
}

/** As Go prints it: strings quoted, numbers plain, everything else as JSON. */
function show(value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  // Go's encoder writes these three as escapes.
  return JSON.stringify(value).replace(/[<>&]/g, (c) => (typeof value === "string" ? c : `\\u00${c.charCodeAt(0).toString(16)}`));
}

export function required(field: string, detail = ""): FieldError {
  return error("Required value", field, detail);
}

export function invalid(field: string, value: unknown, detail: string): FieldError {
  return error("Invalid value", field, detail, { shown: value });
}

export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  return error("Unsupported value", field, `supported values: ${supported.map((one) => JSON.stringify(one)).join(", ")}`, { shown: value });
}

export function duplicate(field: string, value: unknown): FieldError {
  return error("Duplicate value", field, "", { shown: value });
}

export function forbiddenField(field: string, detail: string): FieldError {
  return error("Forbidden", field, detail);
}

export function tooLong(field: string, maximum: number): FieldError {
  return error("Too long", field, `may not be more than ${maximum} bytes`);
}

export function tooMany(field: string, actual: number, maximum: number): FieldError {
  return error("Too many", field, `must have at most ${maximum} items`, { shown: actual });
}

export function notFoundField(field: string, value: unknown): FieldError {
  return error("Not found", field, "", { shown: value });
}

export function printFieldError({ field, body }: FieldError): string {
  return `${field}: ${body}`;
}

/** errors.NewInvalid: one error stands alone, several stand in brackets, the same one only once. */
export function invalidObject(group: string, kind: string, name: string, errors: readonly FieldError[]): ApiError {
  const messages = [...new Set(errors.map(printFieldError))];
  const all = messages.length === 1 ? (messages[0] as string) : `[${messages.join(", ")}]`;
  const subject = group === "" ? kind : `${kind}.${group}`;
  return failure(422, "Invalid", `${subject} "${name}" is invalid: ${all}`, {
    ...(name !== "" && { name }),
    ...(group !== "" && { group }),
    ...(kind !== "" && { kind }),
    causes: errors.map((one) => ({ reason: REASONS[one.type], message: one.body, field: one.field })),
  });
}
