/**
 * Indexed Jobs: every Pod has a number, and every number has to succeed once (pkg/controller/job,
 * indexed_job_utils.go). "0,2-4" is how a status holds many numbers.
 */
import { compare } from "../../core/order";
import { isPodActive } from "../pods";
import type { Draft, Job, Pod } from "../types";

export const INDEX = "batch.kubernetes.io/job-completion-index";
const FAILURES = "batch.kubernetes.io/job-index-failure-count";

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === "Indexed";
}

/** -1 for a Pod that has none. */
export function indexOf({ metadata }: Pod): number {
  const written = metadata.annotations?.[INDEX] ?? "";
  return /^\d+$/.test(written) ? Number(written) : -1;
}

export function parseIndexes(written: string | undefined): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (const part of (written ?? "").split(",").filter(Boolean)) {
    const [first = 0, last = first] = part.split("-").map(Number);
    for (let index = first; index <= last; index++) indexes.add(index);
  }
  return indexes;
}

/** Two neighbours are listed, three and more become a range. */
export function printIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (end + 1 < sorted.length && sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    parts.push(end === i ? `${sorted[i]}` : end === i + 1 ? `${sorted[i]},${sorted[end]}` : `${sorted[i]}-${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(",");
}

/** Those that have succeeded: what the status knows, and what the Pods say. */
export function succeededIndexes({ spec, status }: Job, pods: readonly Pod[]): ReadonlySet<number> {
  const known = new Set(parseIndexes(status.completedIndexes));
  for (const pod of pods) if (pod.status.phase === "Succeeded" && indexOf(pod) >= 0) known.add(indexOf(pod));
  return new Set([...known].filter((index) => index < (spec.completions ?? 0)));
}

/** Active Pods whose number is too high, or taken by an older one. */
export function duplicates({ spec }: Job, active: readonly Pod[]): readonly Pod[] {
  const taken = new Set<number>();
  return [...active].sort((a, b) => compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp)).filter((pod) => {
    const index = indexOf(pod);
    const surplus = index < 0 || index >= (spec.completions ?? 0) || taken.has(index);
    taken.add(index);
    return surplus;
  });
}

/** The lowest numbers that nobody works on and that are not done with. */
export function pendingIndexes({ spec }: Job, pods: readonly Pod[], done: ReadonlySet<number>, count: number, isFree: (index: number) => boolean): readonly number[] {
  const busy = new Set(pods.filter(isPodActive).map(indexOf));
  const found: number[] = [];
  for (let index = 0; index < (spec.completions ?? 0) && found.length < count; index++) if (!busy.has(index) && !done.has(index) && isFree(index)) found.push(index);
  return found;
}

/** The Pod of one number: known by its label and its annotation, its host name and a variable. */
export function withIndex(job: Job, draft: Draft<"Pod">, index: number, failures: number | undefined): Draft<"Pod"> {
  const { metadata, spec } = draft as unknown as Pod;
  const variable = { name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${INDEX}']` } } };
  type Containers = readonly { readonly env?: readonly { readonly name: string }[] }[];
  const told = (containers: Containers | undefined): Containers | undefined =>
    containers?.map((container) => (container.env?.some(({ name }) => name === variable.name) ? container : { ...container, env: [...(container.env ?? []), variable] }));
  return {
    ...draft,
    metadata: {
      ...metadata,
      generateName: `${job.metadata.name}-${index}-`,
      labels: { ...metadata.labels, [INDEX]: String(index) },
      annotations: { ...metadata.annotations, [INDEX]: String(index), ...(failures !== undefined && { [FAILURES]: String(failures) }) },
    },
    spec: { ...spec, hostname: `${job.metadata.name}-${index}`, containers: told(spec.containers as Containers), ...(spec.initContainers && { initContainers: told(spec.initContainers as Containers) }) },
  } as unknown as Draft<"Pod">;
}
