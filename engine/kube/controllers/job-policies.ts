/**
 * What a Job's policies make of its Pods: podFailurePolicy says what a failure means, successPolicy
 * when enough has succeeded (pkg/controller/job/pod_failure_policy.go and success_policy.go).
 */
import type { Job, Pod } from "../types";
import { parseIndexes } from "./job-indexes";

export type Verdict = { readonly action: "Count" | "Ignore" | "FailJob" | "FailIndex"; readonly message: string };

type Rule = NonNullable<Job["spec"]["podFailurePolicy"]>["rules"][number];

const COUNTS: Verdict = { action: "Count", message: "" };

/** The first rule that fits decides. */
export function verdictOn({ spec }: Job, pod: Pod): Verdict {
  for (const [at, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = rule.onExitCodes === undefined || rule.onExitCodes === null ? byCondition(rule, pod) : byExitCode(rule, pod);
    if (why !== undefined) return { action: rule.action as Verdict["action"], message: `${why} matching ${rule.action} rule at index ${at}` };
  }
  return COUNTS;
}

function byExitCode({ onExitCodes }: Rule, { metadata, status }: Pod): string | undefined {
  const { containerName, operator, values = [] } = onExitCodes ?? { operator: "", values: [] };
  for (const { name, state } of [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]) {
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0 || (containerName && containerName !== name)) continue;
    if (values.includes(code) === (operator === "In")) return `Container ${name} for pod ${metadata.namespace}/${metadata.name} failed with exit code ${code}`;
  }
  return undefined;
}

function byCondition({ onPodConditions }: Rule, { metadata, status }: Pod): string | undefined {
  for (const wanted of onPodConditions ?? []) {
    if (status.conditions?.some(({ type, status: is }) => type === wanted.type && is === (wanted.status || "True"))) return `Pod ${metadata.namespace}/${metadata.name} has condition ${wanted.type}`;
  }
  return undefined;
}

/** "Matched rules at index 0", when it is enough. */
export function successCriteria({ spec }: Job, succeeded: ReadonlySet<number>): string | undefined {
  const rules = (spec as { readonly successPolicy?: { readonly rules?: readonly { readonly succeededIndexes?: string; readonly succeededCount?: number }[] } }).successPolicy?.rules ?? [];
  const at = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    const counted = succeededIndexes === undefined ? [...succeeded] : [...parseIndexes(succeededIndexes)].filter((index) => succeeded.has(index));
    return counted.length >= (succeededCount ?? (succeededIndexes === undefined ? Number.POSITIVE_INFINITY : parseIndexes(succeededIndexes).size));
  });
  return at < 0 ? undefined : `Matched rules at index ${at}`;
}
