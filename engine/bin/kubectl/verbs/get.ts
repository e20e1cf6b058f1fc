/** `kubectl get`: kubectl/pkg/cmd/get/get.go. The watch is in get-watch.ts, sorting in sort.ts. */
import type { Task } from "../../../core/task";
import { type ApiResource, kindName, apiVersionOf } from "../api-resource";
import { find, type Found, type Info, type Wanted } from "../builder";
import { TABLE } from "../client";
import { type Command, type Context, usageError } from "../command";
import { Failure, ServerError, throwAll } from "../errors";
import type { FlagSpec } from "../flags";
import { ALL_NAMESPACES, CHUNK_SIZE, FIELD_SELECTOR, FILENAME, PRINT, SELECTOR, SUBRESOURCE } from "../flag-sets";
import { textAt } from "../json";
import { type Printer, printerFor } from "../printers/printer";
import { relaxedPath } from "../printers/columns";
import { TablePrinter } from "../printers/table";
import { sortObjects, sortRows } from "../sort";
import { TABLE_LAYOUT, tabulate } from "../tabwriter";
import { watch } from "./get-watch";

const FLAGS: readonly FlagSpec[] = [
  ...PRINT,
  ...FILENAME,
  ALL_NAMESPACES,
  CHUNK_SIZE,
  FIELD_SELECTOR,
  SELECTOR,
  SUBRESOURCE,
  { name: "raw", kind: "string", usage: "Raw URI to request from the server." },
  { name: "watch", short: "w", kind: "bool", usage: "After listing/getting the requested object, watch for changes." },
  { name: "watch-only", kind: "bool", usage: "Watch for changes to the requested object(s), without listing/getting first." },
  { name: "output-watch-events", kind: "bool", usage: "Output watch event objects when --watch or --watch-only is used." },
  { name: "ignore-not-found", kind: "bool", usage: "If set to true, suppresses NotFound error for specific objects that do not exist." },
  { name: "label-columns", short: "L", kind: "list", usage: "Accepts a comma separated list of labels that are going to be presented as columns." },
  { name: "no-headers", kind: "bool", usage: "When using the default or custom-column output format, don't print headers." },
  { name: "show-kind", kind: "bool", usage: "If present, list the resource type for the requested object(s)." },
  { name: "show-labels", kind: "bool", usage: "When printing, show all labels as the last column." },
  { name: "sort-by", kind: "string", usage: "If non-empty, sort list types using this field specification (a JSONPath expression)." },
  { name: "server-print", kind: "bool", default: "true", usage: "If true, have the server return the appropriate table output.", refused: true },
];

export const get: Command = { name: "get", summary: "Display one or many resources", usage: "get [(-o|--output=)FORMAT] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags] [options]", flags: FLAGS, run };

function* run(context: Context): Task<number> {
  const { flags, args } = context;
  if (flags.string("raw") !== "") return yield* raw(context);
  validate(context);
  const watching = flags.bool("watch") || flags.bool("watch-only");
  if (!watching && args.length === 0 && flags.list("filename").length === 0) {
    yield* context.proc.err('You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n');
    throw usageError(context, 'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).');
  }
  const output = flags.string("output");
  const human = (output === "" && flags.string("template") === "") || output === "wide";
  const printer = human ? undefined : printerFor(context, true);
  if (watching) return yield* watch(context, wanted(context, human), printer);
  return printer === undefined ? yield* printTables(context) : yield* printGeneric(context, printer);
}

function* raw(context: Context): Task<number> {
  const written = context.flags.string("raw");
  if (context.args.length > 0) throw new Failure("arguments may not be passed when --raw is specified");
  if (context.flags.string("output") !== "") throw new Failure("--raw and --output are mutually exclusive");
  const [path = "", search = ""] = written.split("?");
  const query = Object.fromEntries(search.split("&").flatMap((pair) => (pair === "" ? [] : [[decodeURIComponent(pair.split("=")[0] ?? ""), decodeURIComponent(pair.split("=")[1] ?? "")]])));
  const body = yield* context.client.get(path, query);
  yield* context.proc.out(typeof body === "string" ? body : `${JSON.stringify(body)}\n`);
  return 0;
}

function validate({ flags }: Context): void {
  const output = flags.string("output");
  if (flags.bool("show-labels") && output !== "" && output !== "wide") throw new Failure(`--show-labels option cannot be used with ${output} printer`);
  const watching = flags.bool("watch") || flags.bool("watch-only");
  if (flags.bool("output-watch-events") && !watching) throw new Failure("--output-watch-events option can only be used with --watch or --watch-only");
}

export function wanted(context: Context, table: boolean): Wanted {
  const { flags, args } = context;
  const sorting = flags.string("sort-by") !== "";
  return {
    args,
    filenames: flags.list("filename"),
    recursive: flags.bool("recursive"),
    selector: flags.changed("selector") ? flags.string("selector") : undefined,
    fieldSelector: flags.changed("field-selector") ? flags.string("field-selector") : undefined,
    allNamespaces: flags.bool("all-namespaces"),
    typeAlone: true,
    subresource: flags.string("subresource"),
    chunkSize: sorting ? 0 : flags.int("chunk-size"),
    ...(table ? { accept: TABLE } : {}),
    ...(table && sorting ? { query: { includeObject: "Object" } } : {}),
  };
}

function* lookUp(context: Context, table: boolean): Task<Found> {
  const found = yield* find(context, wanted(context, table));
  if (!context.flags.bool("ignore-not-found")) return found;
  return { ...found, errors: found.errors.filter((error) => !(error instanceof ServerError && error.reason === "NotFound")) };
}

function* printTables(context: Context): Task<number> {
  const { flags, proc } = context;
  const { infos, errors } = yield* lookUp(context, true);
  const sortBy = flags.string("sort-by");
  const many = new Set(infos.map(({ resource }) => `${resource.group}/${resource.kind}`)).size > 1;
  // The sorter takes all tables for one, and finds its field in none of them.
  if (many && sortBy !== "") throw new Failure(`couldn't find any field with path ${JSON.stringify(relaxedPath(sortBy))} in the list of objects`);
  let printer: TablePrinter | undefined;
  let last: ApiResource | undefined;
  const groups: string[][] = [];
  for (const info of infos) {
    if (printer === undefined || last !== info.resource) {
      printer = tablePrinter(context, info.resource, many);
      last = info.resource;
      groups.push([]);
    }
    groups.at(-1)?.push(...printer.lines(sortBy === "" ? info.object : sortedOrNothing(info.object, sortBy)));
  }
  const tables = groups.filter((lines) => lines.length > 0).map((lines) => tabulate(`${lines.join("\n")}\n`, TABLE_LAYOUT));
  const written = tables.join(flags.bool("no-headers") ? "" : "\n");
  if (written !== "") yield* proc.out(written);
  if (written === "" && errors.length === 0 && !flags.bool("ignore-not-found")) yield* proc.err(nothingFound(context, infos));
  throwAll(errors);
  return 0;
}

/** A table that cannot be sorted is not printed, and nothing is said of why: as kubectl does. */
function sortedOrNothing(table: unknown, sortBy: string): unknown {
  try {
    return sortRows(table, sortBy);
  } catch (error) {
    if (error instanceof Failure) return {};
    throw error;
  }
}

function nothingFound(context: Context, infos: readonly Info[]): string {
  const namespaced = !context.flags.bool("all-namespaces") && infos.every(({ resource }) => resource.namespaced);
  return namespaced ? `No resources found in ${context.namespace} namespace.\n` : "No resources found\n";
}

/** The printer of human-readable rows for one kind. */
export function tablePrinter(context: Context, resource: ApiResource, withKind: boolean): TablePrinter {
  const { flags } = context;
  return new TablePrinter({
    wide: flags.string("output") === "wide",
    noHeaders: flags.bool("no-headers"),
    withNamespace: flags.bool("all-namespaces") && resource.namespaced,
    kind: withKind || flags.bool("show-kind") ? kindName(resource.kind, apiVersionOf(resource)) : "",
    labelColumns: flags.list("label-columns"),
    showLabels: flags.bool("show-labels"),
  });
}

/** Anything but a table: one object as it is, several as a List. */
function* printGeneric(context: Context, printer: Printer): Task<number> {
  const { infos, errors, single } = yield* lookUp(context, false);
  if (single && errors.length > 0) throwAll(errors);
  if (infos.length === 0 && context.flags.bool("ignore-not-found")) {
    throwAll(errors);
    return 0;
  }
  const sortBy = context.flags.string("sort-by");
  const objects = infos.map(({ object }) => object);
  const [only] = objects;
  const object =
    single && objects.length === 1 && !textAt(only, "kind").endsWith("List")
      ? only
      : { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items: sortBy === "" ? objects : sortObjects(objects, sortBy) };
  yield* context.proc.out(printer(object));
  throwAll(errors);
  return 0;
}

