/** Query parameters and bodies that say how, not what: dryRun, fieldManager, DeleteOptions. */
import type { ApiRequest } from "../api";
import { invalidObject, notSupported } from "../field-error";
import type { DeleteOptions, WriteOptions } from "../store";

export function dryRunOf({ query = {} }: ApiRequest): WriteOptions {
  if (query.dryRun !== undefined && query.dryRun !== "" && query.dryRun !== "All") {
    throw invalidObject("meta.k8s.io", "CreateOptions", "", [notSupported("dryRun", query.dryRun, ["All"])]);
  }
  return { dryRun: query.dryRun === "All" };
}

export function writeOptions(request: ApiRequest): WriteOptions {
  const { query = {}, userAgent } = request;
  const manager = query.fieldManager ?? userAgent?.split("/")[0];
  return { ...dryRunOf(request), ...(manager !== undefined && manager !== "" && { fieldManager: manager }) };
}

type DeleteBody = {
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: DeleteOptions["preconditions"];
  readonly dryRun?: readonly string[];
};

const POLICIES = ["Background", "Foreground", "Orphan"];

export function deleteOptions({ query = {}, body }: ApiRequest): DeleteOptions {
  const given = (typeof body === "object" && body !== null ? body : {}) as DeleteBody;
  const policy = given.propagationPolicy ?? query.propagationPolicy ?? (given.orphanDependents === true ? "Orphan" : undefined);
  if (policy !== undefined && policy !== "" && !POLICIES.includes(policy)) {
    throw invalidObject("meta.k8s.io", "DeleteOptions", "", [notSupported("propagationPolicy", policy, [...POLICIES, "nil"])]);
  }
  const grace = given.gracePeriodSeconds ?? (query.gracePeriodSeconds === undefined ? undefined : Number(query.gracePeriodSeconds));
  return {
    ...(policy && { propagationPolicy: policy as NonNullable<DeleteOptions["propagationPolicy"]> }),
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
    ...(given.preconditions !== undefined && { preconditions: given.preconditions }),
    dryRun: query.dryRun === "All" || (given.dryRun ?? []).includes("All"),
  };
}
