/** A Pod template inside a Deployment and the like, and the count of a controller's Pods. */
import type * as core from "kubernetes-types/core/v1";
import type { Task } from "../../../core/task";
import type { DeepReadonly, Pod } from "../../../kube/types";
import type { Context } from "../command";
import { listAt } from "../json";
import { writeContainers } from "./containers";
import { formatSelector, type Page, tolerationTexts } from "./page";
import { writeVolumes } from "./volumes";

export function writeTemplate(page: Page, template: DeepReadonly<core.PodTemplateSpec>): void {
  const { metadata, spec } = template;
  page.line(0, "Pod Template:").labels("  Labels", metadata?.labels);
  if (Object.keys(metadata?.annotations ?? {}).length > 0) page.annotations("  Annotations", metadata?.annotations);
  if (spec?.serviceAccountName) page.field(1, "Service Account", spec.serviceAccountName);
  if ((spec?.initContainers ?? []).length > 0) writeContainers(page, { title: "Init Containers", containers: spec?.initContainers ?? [], statuses: [], pod: undefined, space: "  " });
  writeContainers(page, { title: "Containers", containers: spec?.containers ?? [], statuses: [], pod: undefined, space: "  " });
  writeVolumes(page, spec?.volumes, "  ");
  writeSpread(page, spec?.topologySpreadConstraints, "  ");
  if (spec?.priorityClassName) page.field(1, "Priority Class Name", spec.priorityClassName);
  page.labels("  Node-Selectors", spec?.nodeSelector).list("  Tolerations", tolerationTexts(spec?.tolerations));
}

export function writeSpread(page: Page, constraints: readonly DeepReadonly<core.TopologySpreadConstraint>[] | undefined, space: string): void {
  if (constraints === undefined || constraints.length === 0) return;
  const sorted = [...constraints].sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : 1));
  sorted.forEach((one, i) => {
    const selector = one.labelSelector === undefined ? "" : ` for selector ${formatSelector(one.labelSelector)}`;
    page.line(0, `${space}${i === 0 ? "Topology Spread Constraints:" : ""}\t${one.topologyKey}:${one.whenUnsatisfiable} when max skew ${one.maxSkew} is exceeded${selector}`);
  });
}

/** "2 Running / 0 Waiting / 0 Succeeded / 0 Failed" of the Pods this controller owns. */
export function* podCounts(context: Context, owner: { readonly namespace: string; readonly uid: string; readonly selector: string }): Task<string> {
  const list = yield* context.client.get(`/api/v1/namespaces/${owner.namespace}/pods`, { labelSelector: owner.selector, limit: "500" });
  const pods = (listAt(list, "items") as unknown as readonly Pod[]).filter(({ metadata }) => metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === owner.uid));
  const count = (phase: string): number => pods.filter(({ status }) => status.phase === phase).length;
  return `${count("Running")} Running / ${count("Pending")} Waiting / ${count("Succeeded")} Succeeded / ${count("Failed")} Failed`;
}
