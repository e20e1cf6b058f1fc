/**
 * kubectl: reads its command line, finds the command, runs it, and says what went wrong.
 *
 * It is given the API by closure and speaks nothing but requests and watches to it, so that what
 * it prints is what a real kubectl prints against the same server. Messages and exit statuses
 * are those of kubectl 1.36; what a real one could do and this one cannot says "not modelled".
 */
import type { Task } from "../../core/task";
import type { KubeApi } from "../../kube/api";
import type { PodRuntime } from "../../kube/runtime";
import type { Proc, Program } from "../../host/proc";
import { Client } from "./client";
import type { Command, Context, EditHook } from "./command";
import type { complete } from "./complete";
import { Discovery } from "./discovery";
import { Exit, Failure, NotModelled, PrintFailure, sayError, usageFailure } from "./errors";
import { type Flags, type FlagSpec, parseBool, parseFlags } from "./flags";
import { GLOBAL, HELP } from "./flag-sets";
import { commandHelp, rootHelp } from "./help";
import { klog } from "./klog";
import { loadConfig, namespaceOf } from "./kubeconfig";
import type { OtherPrinters } from "./printers/printer";
import { findSuggestions } from "./suggest";
import { AT_HAND } from "./verbs/at-hand";
import { VERSION } from "./version";
import type { ReadManifestYaml } from "./yaml-error";


const USER_AGENT = `kubectl/${VERSION} (linux/amd64) kubernetes/podpath`;

/** What of kubectl nobody needs who types nothing: most of its commands, and what TAB offers. */
export type KubectlRest = { readonly commands: readonly Command[]; readonly complete: typeof complete; readonly readYaml: ReadManifestYaml; readonly printers: OtherPrinters };

export type KubectlOptions = {
  readonly api: KubeApi;
  /** Asked for when it is needed; see core/later.ts. */
  readonly rest: () => KubectlRest;
  /** exec, logs, attach, port-forward; looked up at every use, since kubelets come later than the API. */
  readonly runtime?: () => PodRuntime | undefined;
  /** Of the context that is there without a kubeconfig. */
  readonly defaultNamespace?: string;
  /** Without it `kubectl edit` starts $KUBE_EDITOR, $EDITOR or vi on a file, as the real one does. */
  readonly edit?: EditHook;
};

/** The program, knowing its cluster. */
export function kubectl(options: KubectlOptions): Program {
  return {
    name: "kubectl",
    summary: "controls the Kubernetes cluster manager",
    complete({ words, current, machine, env, cwd }) {
      const resolve = (path: string): string => (path.startsWith("/") ? path : `${cwd}/${path}`);
      const config = loadConfig({ fs: machine.fs, env, resolve }, "", options.defaultNamespace ?? "default", options.rest().readYaml);
      return options.rest().complete([...words, current], options.api, namespaceOf(config, ""));
    },
    *run(proc) {
      try {
        return yield* dispatch(options, proc);
      } catch (error) {
        const said = sayError(error);
        if (said === undefined) throw error;
        if (error instanceof PrintFailure) yield* proc.out(error.printed);
        if (said.text !== "") yield* proc.err(said.text);
        return said.exit;
      }
    },
  };
}

function* dispatch(options: KubectlOptions, proc: Proc): Task<number> {
  const commands = () => options.rest().commands;
  const { chain, argv } = route(proc.args, commands);
  const command = chain.at(-1);
  if (command === undefined) return yield* atRoot(proc, argv, commands());
  const path = ["kubectl", ...chain.map(({ name }) => name)].join(" ");
  if (command.refused) throw new NotModelled(path);
  const flags = parseFlags(argv, specsOf(command.flags ?? []), path);
  if (flags.bool("help")) {
    yield* proc.out(commandHelp(command, path));
    return 0;
  }
  if (command.run === undefined) return yield* withoutSubcommand(proc, command, path, flags.args);
  const missing = (command.required ?? []).filter((name) => !flags.changed(name));
  if (missing.length > 0) throw new Failure(`required flag(s) ${missing.map((name) => JSON.stringify(name)).join(", ")} not set`);
  const context = contextOf(options, proc, { command, path, flags });
  yield* warnOfFlags(proc, flags);
  const status = yield* command.run(context);
  context.client.checkWarnings();
  return status;
}

/** What kubectl says of values that are written the old way, or are none. */
function* warnOfFlags(proc: Proc, flags: Flags): Task {
  if (flags.has("validate") && !["true", "false", "strict", "warn", "ignore"].includes(flags.string("validate"))) {
    throw new Failure(`invalid - validate option ${JSON.stringify(flags.string("validate"))}; must be one of: strict (or true), warn, ignore (or false)`);
  }
  if (!flags.has("dry-run") || !flags.changed("dry-run")) return;
  const value = flags.string("dry-run");
  const bool = parseBool(value);
  if (value === "unchanged") yield* proc.err(klog(proc, "W", "helpers.go:719", "--dry-run is deprecated and can be replaced with --dry-run=client."));
  else if (bool === true) yield* proc.err(klog(proc, "W", "helpers.go:733", `--dry-run=${value} is deprecated (boolean value) and can be replaced with --dry-run=client.`));
  else if (bool === false) yield* proc.err(klog(proc, "W", "helpers.go:736", `--dry-run=${value} is deprecated (boolean value) and can be omitted.`));
}

/** A command's own flag hides one of kubectl itself (debug's --profile). */
function specsOf(own: readonly FlagSpec[]): readonly FlagSpec[] {
  return [...own, ...GLOBAL.filter(({ name }) => own.every((flag) => flag.name !== name)), HELP];
}

function contextOf(options: KubectlOptions, proc: Proc, at: { readonly command: Command; readonly path: string; readonly flags: Flags }): Context {
  const { flags } = at;
  const readYaml: ReadManifestYaml = (source) => options.rest().readYaml(source);
  const config = loadConfig(proc, flags.string("kubeconfig"), options.defaultNamespace ?? "default", readYaml);
  const namespace = flags.string("namespace");
  const client = new Client(options.api, (text) => proc.err(text), USER_AGENT, flags.bool("warnings-as-errors"));
  return {
    proc,
    client,
    discovery: new Discovery(client),
    runtime: options.runtime?.(),
    edit: options.edit,
    readYaml,
    printers: () => options.rest().printers,
    flags,
    args: flags.args,
    command: at.command,
    path: at.path,
    namespace: namespace === "" ? namespaceOf(config, flags.string("context")) : namespace,
    namespaceGiven: namespace !== "",
    defaultNamespace: options.defaultNamespace ?? "default",
  };
}

/** The commands named, outermost first, and the words that are left for the last of them. */
function route(words: readonly string[], commands: () => readonly Command[]): { readonly chain: readonly Command[]; readonly argv: readonly string[] } {
  const chain: Command[] = [];
  let argv = words;
  let within: readonly Command[] | undefined;
  for (;;) {
    const at = firstArgument(argv, chain.at(-1)?.flags ?? []);
    const word = argv[at];
    const next = word === undefined ? undefined : within === undefined ? (named(word, AT_HAND) ?? named(word, commands())) : named(word, within);
    if (next === undefined) return { chain, argv };
    chain.push(next);
    argv = argv.filter((_, i) => i !== at);
    within = next.commands ?? [];
  }
}

const named = (word: string, commands: readonly Command[]): Command | undefined => commands.find(({ name, aliases }) => name === word || aliases?.includes(word));

/** The first word that is no flag and no flag's value: cobra's stripFlags. */
function firstArgument(argv: readonly string[], own: readonly FlagSpec[]): number {
  const specs = [...own, ...GLOBAL];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "--") return -1;
    if (!word.startsWith("-") || word === "-") return i;
    const spec = word.startsWith("--") ? specs.find(({ name }) => name === word.slice(2)) : word.length === 2 ? specs.find(({ short }) => short === word[1]) : undefined;
    if (spec !== undefined && spec.kind !== "bool" && spec.bare === undefined) i++;
  }
  return -1;
}

function* atRoot(proc: Proc, argv: readonly string[], commands: readonly Command[]): Task<number> {
  const flags = parseFlags(argv, [...GLOBAL, HELP], "kubectl");
  const [first, ...rest] = flags.args;
  if (first === undefined) {
    yield* proc.out(rootHelp(commands));
    return 0;
  }
  if (first !== "help") throw new Failure(`unknown command ${JSON.stringify(first)} for "kubectl"${findSuggestions(first, commands)}`);
  const { chain } = route(rest, () => commands);
  const command = chain.at(-1);
  if (command === undefined && rest.length > 0) {
    yield* proc.err(`Unknown help topic [\`${rest.join("` `")}\`]\n${rootHelp(commands)}`);
    return 0;
  }
  yield* proc.out(command === undefined ? rootHelp(commands) : commandHelp(command, ["kubectl", ...chain.map(({ name }) => name)].join(" ")));
  return 0;
}

function* withoutSubcommand(proc: Proc, command: Command, path: string, args: readonly string[]): Task<number> {
  if (command.commands === undefined) throw new NotModelled(path);
  if (args.length > 0) throw usageFailure(path, `unknown command ${JSON.stringify(args.join(" "))}`);
  yield* proc.err(commandHelp(command, path));
  throw new Exit(1);
}
