/** `kubectl events`: kubectl/pkg/cmd/events. */
import { parseRfc3339 } from "../../../core/date";
import type { Task } from "../../../core/task";
import type { Event } from "../../../kube/types";
import { apiVersionOf } from "../api-resource";
import { type Command, type Context, nowMs } from "../command";
import { interval } from "../describe/events";
import { Failure } from "../errors";
import { ALL_NAMESPACES, CHUNK_SIZE, PRINT } from "../flag-sets";
import { goSort } from "../go-sort";
import { escapeHtml, listAt } from "../json";
import { inStructOrder, printerFor, withoutManagedFields } from "../printers/printer";
import { TABLE_LAYOUT, tabulate } from "../tabwriter";

export const events: Command = {
  name: "events",
  summary: "List events",
  usage: "events [(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning] [options]",
  flags: [
    ...PRINT,
    ALL_NAMESPACES,
    CHUNK_SIZE,
    { name: "for", kind: "string", usage: "Filter events to only those pertaining to the specified resource." },
    { name: "no-headers", kind: "bool", usage: "When using the default output format, don't print headers." },
    { name: "types", kind: "list", usage: "Output only events of given types." },
    { name: "watch", short: "w", kind: "bool", usage: "After listing the requested events, watch for more events." },
  ],
  run,
};

function* run(context: Context): Task<number> {
  const { flags, proc } = context;
  const types = flags.list("types").map((type) => type.toLowerCase());
  if (types.some((type) => type !== "normal" && type !== "warning")) throw new Failure("valid --types are Normal or Warning");
  const everywhere = flags.bool("all-namespaces");
  const path = everywhere ? "/api/v1/events" : `/api/v1/namespaces/${context.namespace}/events`;
  const fieldSelector = yield* selectorFor(context);
  const wanted = (event: Event): boolean => types.length === 0 || types.includes((event.type ?? "").toLowerCase());
  if (flags.bool("watch")) return yield* watch(context, path, { fieldSelector, wanted });
  const list = yield* context.client.get(path, { fieldSelector, limit: flags.string("chunk-size") });
  const found = (listAt(list, "items") as unknown as readonly Event[]).filter(wanted);
  const output = flags.string("output");
  if (found.length === 0) {
    yield* proc.err(everywhere ? "No events found.\n" : `No events found in ${context.namespace} namespace.\n`);
    return 0;
  }
  const sorted = goSort(found, (a, b) => lastTime(a) - lastTime(b));
  const printer = printerFor(context);
  yield* proc.out(printer === undefined ? table(context, sorted, !flags.bool("no-headers"), []) : output === "json" ? typedJson(sorted) : printer({ apiVersion: "v1", kind: "EventList", metadata: {}, items: sorted }));
  return 0;
}

/** A list of Go structs, and so in the order of their fields. */
function typedJson(items: readonly unknown[]): string {
  return `${escapeHtml(JSON.stringify({ kind: "EventList", apiVersion: "v1", metadata: {}, items: items.map((item) => inStructOrder(withoutManagedFields(item))) }, undefined, 4))}\n`;
}

function* selectorFor(context: Context): Task<string | undefined> {
  const written = context.flags.string("for");
  if (written === "") return undefined;
  const [type, name, ...more] = written.split("/");
  if (more.length > 0) throw new Failure("arguments in resource/name form may not have more than one slash");
  if (!type || !name) throw new Failure("--for must be in resource/name form");
  const resource = yield* context.discovery.resource(type);
  return `involvedObject.kind=${resource.kind},involvedObject.apiVersion=${apiVersionOf(resource)},involvedObject.name=${name}`;
}

function lastTime(event: Event): number {
  return parseRfc3339(event.series?.lastObservedTime ?? "") ?? parseRfc3339(event.lastTimestamp ?? "") ?? parseRfc3339(event.eventTime ?? "") ?? 0;
}

function table(context: Context, all: readonly Event[], headers: boolean, widths: number[]): string {
  const everywhere = context.flags.bool("all-namespaces");
  const now = nowMs(context);
  const rows = all.map((event) => [
    ...(everywhere ? [event.metadata.namespace ?? ""] : []),
    interval(event, now),
    event.type ?? "",
    event.reason ?? "",
    `${event.involvedObject.kind ?? ""}/${event.involvedObject.name ?? ""}`,
    (event.message ?? "").trim(),
  ]);
  if (headers) rows.unshift([...(everywhere ? ["NAMESPACE"] : []), "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]);
  return tabulate(rows.map((row) => `${row.join("\t")}\n`).join(""), TABLE_LAYOUT, widths);
}

type Watching = { readonly fieldSelector: string | undefined; readonly wanted: (event: Event) => boolean };

function* watch(context: Context, path: string, { fieldSelector, wanted }: Watching): Task<number> {
  const stream = yield* context.client.watch(path, { fieldSelector });
  context.proc.onExit(() => stream.close());
  const printer = printerFor(context);
  const widths: number[] = [];
  let headers = !context.flags.bool("no-headers");
  while (!stream.closed) {
    const event = stream.next();
    if (event === undefined) {
      yield { on: stream.ready };
      continue;
    }
    if ((event.type !== "ADDED" && event.type !== "MODIFIED") || !wanted(event.object as Event)) continue;
    yield* context.proc.out(printer === undefined ? table(context, [event.object as Event], headers, widths) : printer(event.object));
    headers = false;
  }
  return 0;
}
