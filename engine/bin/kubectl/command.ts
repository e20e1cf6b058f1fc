/**
 * What a kubectl command is, and what it is given when it runs.
 *
 * One extension, one file, one shape: a file in verbs/ exports a Command (or several), and
 * verbs/index.ts lists them.
 */
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import type { PodRuntime } from "../../kube/runtime";
import type { Proc } from "../../host/proc";
import type { Client } from "./client";
import type { Discovery } from "./discovery";
import { Failure, usageFailure } from "./errors";
import type { FlagSpec, Flags } from "./flags";
import type { OtherPrinters } from "./printers/printer";
import type { ReadManifestYaml } from "./yaml-error";

/** `kubectl edit`'s editor. Undefined means: closed without saving. */
export type EditRequest = { readonly title: string; readonly text: string; readonly language: "yaml" | "json"; readonly message?: string };
export type EditHook = (request: EditRequest, proc: Proc) => Task<string | undefined>;

export type Command = {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line for the list of commands. */
  readonly summary: string;
  /** The usage line after "kubectl". */
  readonly usage: string;
  readonly flags?: readonly FlagSpec[];
  /** Flags without which the command does not begin: cobra's MarkFlagRequired. */
  readonly required?: readonly string[];
  readonly run?: (context: Context) => Task<number>;
  /** A real kubectl has it and this one has not: refused by name, whatever follows. */
  readonly refused?: true;
  readonly commands?: readonly Command[];
};

export type Context = {
  readonly proc: Proc;
  readonly client: Client;
  readonly discovery: Discovery;
  readonly runtime: PodRuntime | undefined;
  readonly edit: EditHook | undefined;
  readonly readYaml: ReadManifestYaml;
  /** Of the formats that come with the rest of kubectl. */
  readonly printers: () => OtherPrinters;
  readonly flags: Flags;
  readonly args: readonly string[];
  readonly command: Command;
  /** "kubectl rollout status" */
  readonly path: string;
  readonly namespace: string;
  /** The namespace was given with -n, and a manifest may not say otherwise. */
  readonly namespaceGiven: boolean;
  /** Of the context that is there without a kubeconfig. */
  readonly defaultNamespace: string;
};

export function nowMs(context: Context): number {
  return wallMs(context.proc.world);
}

export function usageError(context: Context, message: string): Failure {
  return usageFailure(context.path, message);
}

export const MUST_NAME_RESOURCES = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

export type DryRun = "none" | "client" | "server";

export function dryRunOf(flags: Flags): DryRun {
  const value = flags.string("dry-run");
  if (value === "none" || value === "client" || value === "server") return value;
  if (value === "unchanged") return "client";
  const bool = { true: "client", t: "client", false: "none", f: "none" }[value.toLowerCase()];
  if (bool !== undefined) return bool as DryRun;
  throw new Failure(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

/** The query that makes the server only pretend. */
export function dryRunQuery(dryRun: DryRun): { readonly dryRun?: string } {
  return dryRun === "server" ? { dryRun: "All" } : {};
}

/** " (dry run)", as messages end when nothing was really done. */
export function dryRunSuffix(dryRun: DryRun): string {
  return dryRun === "client" ? " (dry run)" : dryRun === "server" ? " (server dry run)" : "";
}
