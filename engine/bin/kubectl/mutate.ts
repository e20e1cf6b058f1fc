/** What commands that change objects have in common: asking the server, and saying what was done. */
import type { Task } from "../../core/task";
import type { ApiResource } from "./api-resource";
import { resourcePath } from "./client";
import { type Context, type DryRun, dryRunQuery, dryRunSuffix } from "./command";
import type { Info } from "./builder";
import { textAt, withPath } from "./json";
import { namePrinter, type Printer, printerFor } from "./printers/printer";

export const PATCH_TYPES = { json: "application/json-patch+json", merge: "application/merge-patch+json", strategic: "application/strategic-merge-patch+json", apply: "application/apply-patch+yaml" } as const;
export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Says "deployment.apps/web scaled", or prints the object the way --output asks. */
export class Reporter {
  readonly #context: Context;
  readonly #dryRun: DryRun;
  readonly #printer: Printer | undefined;

  /** `typed`: the real command holds Go structs here, and so prints JSON in their order. */
  constructor(context: Context, dryRun: DryRun, typed = false) {
    this.#context = context;
    this.#dryRun = dryRun;
    this.#printer = printerFor(context, false, typed);
  }

  /** True when the object is shown rather than the deed. */
  get printsObject(): boolean {
    const output = this.#context.flags.string("output");
    return this.#printer !== undefined && output !== "name";
  }

  *say(object: unknown, operation: string): Task {
    const printer = this.#printer ?? namePrinter(`${operation}${dryRunSuffix(this.#dryRun)}`);
    yield* this.#context.proc.out(printer(object));
  }
}

export function* createObject(context: Context, at: { readonly resource: ApiResource; readonly namespace: string }, object: unknown, how: { readonly dryRun: DryRun; readonly manager: string; readonly validate?: boolean }): Task<unknown> {
  // A version belongs to what is there already: the client leaves it out.
  return yield* context.client.post(resourcePath(at.resource, at.namespace), textAt(object, "metadata", "resourceVersion") === "" ? object : withPath(object, ["metadata", "resourceVersion"], undefined), {
    fieldManager: how.manager,
    fieldValidation: how.validate ? validation(context) : undefined,
    ...dryRunQuery(how.dryRun),
  });
}

export function* patchObject(context: Context, info: Info, type: keyof typeof PATCH_TYPES, patch: unknown, how: { readonly dryRun: DryRun; readonly manager: string; readonly subresource?: string; readonly query?: Readonly<Record<string, string | undefined>> }): Task<unknown> {
  return yield* context.client.patch(resourcePath(info.resource, info.namespace, info.name, how.subresource), PATCH_TYPES[type], patch, {
    fieldManager: how.manager,
    ...dryRunQuery(how.dryRun),
    ...how.query,
  });
}

/** --validate as the server wants it. */
export function validation(context: Context): string {
  const value = context.flags.has("validate") ? context.flags.string("validate") : "strict";
  if (value === "warn") return "Warn";
  return value === "ignore" || value === "false" ? "Ignore" : "Strict";
}

export function managerOf(context: Context, fallback: string): string {
  return context.flags.has("field-manager") && context.flags.changed("field-manager") ? context.flags.string("field-manager") : fallback;
}
