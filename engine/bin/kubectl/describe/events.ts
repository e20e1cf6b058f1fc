/** The Events part of a description, and the search for the events of an object. */
import { parseRfc3339 } from "../../../core/date";
import type { Task } from "../../../core/task";
import type { Event } from "../../../kube/types";
import { type Context, nowMs } from "../command";
import { humanDuration } from "../duration";
import { ServerError } from "../errors";
import { goSort } from "../go-sort";
import { listAt, type ObjectMeta } from "../json";
import type { Page } from "./page";

export type Described = { readonly kind: string; readonly metadata: ObjectMeta };

/** Events about this object; none when it cannot be asked. A node's are found under its name as well as its uid. */
export function* eventsOf(context: Context, { kind, metadata }: Described): Task<readonly Event[] | undefined> {
  const uids = kind === "Node" ? [metadata.uid ?? "", metadata.name ?? ""] : [metadata.uid ?? ""];
  const all: Event[] = [];
  for (const uid of uids) all.push(...(yield* search(context, { kind, metadata }, uid)));
  return all;
}

function* search(context: Context, { kind, metadata }: Described, uid: string): Task<readonly Event[]> {
  const namespace = metadata.namespace ?? "";
  const fields = [
    ["involvedObject.name", metadata.name ?? ""],
    ["involvedObject.namespace", namespace],
    ["involvedObject.kind", kind],
    ["involvedObject.uid", uid],
  ].filter(([field, value]) => value !== "" || field === "involvedObject.namespace");
  const path = namespace === "" ? "/api/v1/events" : `/api/v1/namespaces/${namespace}/events`;
  try {
    const list = yield* context.client.get(path, { fieldSelector: fields.map(([field, value]) => `${field}=${value}`).join(","), limit: "500" });
    return listAt(list, "items") as unknown as readonly Event[];
  } catch (error) {
    if (error instanceof ServerError) return [];
    throw error;
  }
}

export function* writeEvents(page: Page, context: Context, object: Described, show: boolean): Task {
  if (!show) return;
  const events = yield* eventsOf(context, object);
  if (events === undefined) return;
  if (events.length === 0) {
    page.field(0, "Events", "<none>");
    return;
  }
  page.line(0, "Events:").line(1, "Type\tReason\tAge\tFrom\tMessage").line(1, "----\t------\t----\t----\t-------");
  const now = nowMs(context);
  for (const event of goSort(events, (a, b) => lastSeen(a) - lastSeen(b))) {
    const field = event.involvedObject.fieldPath ?? "";
    const message = (event.message ?? "").trim();
    page.line(1, [event.type, event.reason, interval(event, now), event.source?.component || event.reportingComponent || "", field === "" ? message : `${field}: ${message}`].join("\t"));
  }
}

/** kubectl/pkg/util/event.SortableEvents: by lastTimestamp; the scheduler's events have none, and come first. */
function lastSeen(event: Event): number {
  return parseRfc3339(event.lastTimestamp ?? "") ?? 0;
}

/** "10s", or "10s (x4 over 2m)" for one that came again. */
export function interval(event: Event, now: number): string {
  const since = (written: string | undefined): string => {
    const ms = parseRfc3339(written ?? "");
    return ms === undefined ? "<unknown>" : humanDuration(now - ms);
  };
  const first = since(event.eventTime ?? event.firstTimestamp);
  if (event.series !== undefined) return `${since(event.series.lastObservedTime)} (x${event.series.count} over ${first})`;
  return (event.count ?? 0) > 1 ? `${since(event.lastTimestamp)} (x${event.count} over ${first})` : first;
}
