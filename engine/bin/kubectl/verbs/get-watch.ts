/** `kubectl get --watch`: lists, prints, and goes on printing what changes until interrupted. */
import type { Task } from "../../../core/task";
import type { WatchEvent, WatchStream } from "../../../kube/api";
import { apiVersionOf } from "../api-resource";
import { find, type Info, type Wanted } from "../builder";
import { resourcePath, TABLE } from "../client";
import type { Context } from "../command";
import { Failure, ServerError, throwAll, type Status } from "../errors";
import { isMap, textAt } from "../json";
import type { Printer } from "../printers/printer";
import { sortRows } from "../sort";
import { tablePrinter } from "./get";

type Show = (object: unknown, event: string | undefined) => string;

export function* watch(context: Context, wanted: Wanted, printer: Printer | undefined): Task<number> {
  const { flags, proc } = context;
  if (flags.string("sort-by") !== "") {
    yield* proc.err(flags.bool("watch") ? "warning: --watch requested, --sort-by will be ignored for watch events received\n" : "warning: --watch-only requested, --sort-by will be ignored\n");
  }
  const { infos, errors, single } = yield* find(context, { ...wanted, singleType: true, keepLists: true });
  if (errors.length > 0) {
    const missing = errors.every((error) => error instanceof ServerError && error.reason === "NotFound");
    if (missing && flags.bool("ignore-not-found")) return 0;
    throwAll(errors);
  }
  const [info] = infos;
  if (info === undefined) throw new Failure("watch is only supported on individual resources and resource collections");
  if (infos.length > 1) throw new Failure("watch is only supported on individual resources and resource collections - more than 1 resource was found");
  const events = flags.bool("output-watch-events");
  const show = shower(context, info, printer);
  if (!flags.bool("watch-only")) {
    const first = flags.string("sort-by") !== "" && printer === undefined ? sortRows(info.object, flags.string("sort-by")) : info.object;
    for (const object of printer === undefined || single ? [first] : itemsOf(info)) yield* print(context, show(object, events ? "ADDED" : undefined));
  }
  const stream = yield* begin(context, wanted, info, single);
  proc.onExit(() => stream.close());
  return yield* follow(context, stream, { show, events, skipFirst: single });
}

function* begin(context: Context, wanted: Wanted, info: Info, single: boolean): Task<WatchStream> {
  const fields = single ? `metadata.name=${info.name}` : wanted.fieldSelector;
  const query = {
    resourceVersion: single ? "0" : textAt(info.object, "metadata", "resourceVersion"),
    labelSelector: wanted.selector || undefined,
    fieldSelector: fields || undefined,
    ...wanted.query,
  };
  return yield* context.client.watch(resourcePath(info.resource, info.namespace), query, wanted.accept === TABLE ? TABLE : undefined);
}

type Following = { readonly show: Show; readonly events: boolean; readonly skipFirst: boolean };

function* follow(context: Context, stream: WatchStream, { show, events, skipFirst }: Following): Task<number> {
  let skip = skipFirst;
  for (;;) {
    const event = stream.next();
    if (event === undefined) {
      if (stream.closed) return 0;
      yield { on: stream.ready };
      continue;
    }
    if (event.type === "BOOKMARK") continue;
    failed(event);
    if (!skip) yield* print(context, show(event.object, events ? event.type : undefined));
    skip = false;
  }
}

function failed(event: WatchEvent): void {
  if (event.type === "ERROR") throw new ServerError(event.object as Status);
}

function shower(context: Context, info: Info, printer: Printer | undefined): Show {
  if (printer !== undefined) return (object, event) => printer(event === undefined ? object : { type: event, object });
  const table = tablePrinter(context, info.resource, false);
  return (object, event) => table.print(object, event);
}

/** A list's objects, each with its kind, as a watch would send them. */
function itemsOf(info: Info): readonly unknown[] {
  if (!isMap(info.object) || !Array.isArray(info.object.items)) return [info.object];
  return info.object.items.map((item: unknown) => (isMap(item) ? { apiVersion: apiVersionOf(info.resource), kind: info.resource.kind, ...item } : item));
}

function* print(context: Context, text: string): Task {
  if (text !== "") yield* context.proc.out(text);
}
