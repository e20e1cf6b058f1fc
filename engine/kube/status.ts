/** How the API says no: metav1.Status, with upstream's reasons, codes and words (apimachinery's api/errors). */
import type { Status } from "./types";

/** A refusal; `status` is what the client gets as the body, `status.code` its HTTP status. */
export class ApiError extends Error {
  constructor(readonly status: Status) {
    super(status.message ?? "");
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): string {
    return this.status.reason ?? "";
  }
}

type Details = NonNullable<Status["details"]>;

export function failure(code: number, reason: string, message: string, details?: Details): ApiError {
  return new ApiError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, ...(reason !== "" && { reason }), ...(details && { details }), code });
}

/** "pods" or "deployments.apps": how a message names a resource. */
export type Resource = { readonly group: string; readonly plural: string };

export function qualified({ group, plural }: Resource): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function about({ group, plural }: Resource, name: string): Details {
  return { ...(name !== "" && { name }), ...(group !== "" && { group }), kind: plural };
}

export function notFound(resource: Resource, name: string): ApiError {
  return failure(404, "NotFound", `${qualified(resource)} "${name}" not found`, about(resource, name));
}

export function alreadyExists(resource: Resource, name: string): ApiError {
  return failure(409, "AlreadyExists", `${qualified(resource)} "${name}" already exists`, about(resource, name));
}

export function conflict(resource: Resource, name: string, why: string): ApiError {
  return failure(409, "Conflict", `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, about(resource, name));
}

export const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";

export function forbidden(resource: Resource, name: string, why: string): ApiError {
  const subject = name === "" ? `${qualified(resource)} is forbidden` : `${qualified(resource)} "${name}" is forbidden`;
  return failure(403, "Forbidden", `${subject}: ${why}`, about(resource, name));
}

export function badRequest(message: string): ApiError {
  return failure(400, "BadRequest", message);
}

export function methodNotSupported(resource: Resource, action: string): ApiError {
  return failure(405, "MethodNotAllowed", `${action} is not supported on resources of kind "${qualified(resource)}"`, about(resource, ""));
}

export function expired(message: string): ApiError {
  return failure(410, "Expired", message);
}

/** A path that nothing answers. */
export function noSuchPath(): ApiError {
  return failure(404, "NotFound", "the server could not find the requested resource", {});
}

export function unprocessable(message: string): ApiError {
  return failure(422, "Invalid", message);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): ApiError {
  return failure(429, "TooManyRequests", message, retryAfterSeconds > 0 ? { retryAfterSeconds } : {});
}

export function success(details?: Details): Status {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", ...(details && { details }) };
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "NotFound";
}

export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "Conflict";
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "AlreadyExists";
}
