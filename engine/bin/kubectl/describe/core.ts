/** `kubectl describe` of Namespaces, ConfigMaps, Secrets, ServiceAccounts, budgets and priority classes. */
import { text } from "../../../core/bytes";
import type { Task } from "../../../core/task";
import type { ConfigMap, Namespace, PodDisruptionBudget, PriorityClass, Secret, ServiceAccount } from "../../../kube/types";
import { fromBase64 } from "../base64";
import type { Context } from "../command";
import { ServerError } from "../errors";
import { listAt, textAt } from "../json";
import { writeEvents } from "./events";
import { formatSelector, longTime, Page, pairs } from "./page";

export function* describeNamespace(context: Context, namespace: Namespace, _showEvents: boolean): Task<string> {
  const { metadata, status } = namespace;
  const page = new Page();
  page.field(0, "Name", metadata.name).labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations).field(0, "Status", status.phase ?? "");
  if ((status.conditions ?? []).length > 0) {
    page.line(0, "Conditions:").line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage").line(1, "----\t------\t------------------\t------\t-------");
  }
  for (const one of status.conditions ?? []) page.line(1, [one.type, one.status, longTime(one.lastTransitionTime), one.reason ?? "", one.message ?? ""].join("\t"));
  yield* writeNone(page, context, `/api/v1/namespaces/${metadata.name}/resourcequotas`, "No resource quota.", "Resource Quotas");
  yield* writeNone(page, context, `/api/v1/namespaces/${metadata.name}/limitranges`, "No LimitRange resource.", "Resource Limits");
  return page.toString();
}

/** Quotas and limit ranges, by name; a server that does not serve them is passed over, as kubectl does. */
function* writeNone(page: Page, context: Context, path: string, none: string, title: string): Task {
  try {
    const items = listAt(yield* context.client.get(path), "items");
    page.line(0, "").line(0, items.length === 0 ? none : title);
    for (const item of items) page.field(1, "Name", textAt(item, "metadata", "name"));
  } catch (error) {
    if (!(error instanceof ServerError && error.reason === "NotFound")) throw error;
  }
}

export function* describeConfigMap(context: Context, map: ConfigMap, showEvents: boolean): Task<string> {
  const { metadata } = map;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  page.line(0, "").line(0, "Data").line(0, "====");
  for (const key of Object.keys(map.data ?? {}).sort()) page.line(0, `${key}:`).line(0, "----").line(0, map.data?.[key] ?? "").line(0, "");
  page.line(0, "").line(0, "BinaryData").line(0, "====");
  for (const key of Object.keys(map.binaryData ?? {}).sort()) page.line(0, `${key}: ${fromBase64(map.binaryData?.[key] ?? "")?.length ?? 0} bytes`);
  page.line(0, "");
  yield* writeEvents(page, context, map, showEvents);
  return page.toString();
}

// Never yields: every describer is a Task; this one has nothing to ask
export function* describeSecret(_context: Context, secret: Secret, _showEvents: boolean): Task<string> {
  const { metadata } = secret;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  page.line(0, "").field(0, "Type", secret.type ?? "").line(0, "").line(0, "Data").line(0, "====");
  for (const key of Object.keys(secret.data ?? {}).sort()) {
    const bytes = fromBase64(secret.data?.[key] ?? "") ?? new Uint8Array(0);
    page.field(0, key, key === "token" && secret.type === "kubernetes.io/service-account-token" ? text(bytes) : `${bytes.length} bytes`);
  }
  return page.toString();
}

export function* describeServiceAccount(context: Context, account: ServiceAccount, showEvents: boolean): Task<string> {
  const { metadata } = account;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  const names = (account.imagePullSecrets ?? []).map(({ name }) => name ?? "");
  if (names.length === 0) page.line(0, "Image pull secrets:\t<none>");
  for (const [i, name] of names.entries()) page.line(0, `${i === 0 ? "Image pull secrets:" : "                   "}\t${name}`);
  yield* writeEvents(page, context, account, showEvents);
  return page.toString();
}

export function* describeDisruptionBudget(context: Context, budget: PodDisruptionBudget, showEvents: boolean): Task<string> {
  const { metadata, spec, status } = budget;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "");
  if (spec.minAvailable !== undefined) page.field(0, "Min available", spec.minAvailable);
  else if (spec.maxUnavailable !== undefined) page.field(0, "Max unavailable", spec.maxUnavailable);
  page.field(0, "Selector", spec.selector === undefined ? "<unset>" : formatSelector(spec.selector)).line(0, "Status:");
  page.field(2, "Allowed disruptions", status.disruptionsAllowed ?? 0).field(2, "Current", status.currentHealthy ?? 0);
  page.field(2, "Desired", status.desiredHealthy ?? 0).field(2, "Total", status.expectedPods ?? 0);
  yield* writeEvents(page, context, budget, showEvents);
  return page.toString();
}

export function* describePriorityClass(context: Context, one: PriorityClass, showEvents: boolean): Task<string> {
  const page = new Page();
  page.field(0, "Name", one.metadata.name).field(0, "Value", one.value).field(0, "GlobalDefault", one.globalDefault === true);
  page.field(0, "PreemptionPolicy", one.preemptionPolicy ?? "").field(0, "Description", one.description ?? "");
  page.field(0, "Annotations", pairs(one.metadata.annotations).join(",") || "<none>");
  yield* writeEvents(page, context, one, showEvents);
  return page.toString();
}
