/**
 * What TAB offers after `kubectl …`: commands, flags, kinds, names, namespaces, containers, as
 * kubectl's own completion script asks `kubectl __complete` for them.
 */
import type { Task } from "../../core/task";
import type { KubeApi } from "../../kube/api";
import { Client, resourcePath } from "./client";
import type { Command } from "./command";
import { Discovery } from "./discovery";
import { Failure, ServerError } from "./errors";
import type { FlagSpec } from "./flags";
import { GLOBAL } from "./flag-sets";
import { listAt, textAt } from "./json";
import { COMMANDS } from "./verbs/index";

/** Commands whose first argument is a Pod, or TYPE/NAME. */
const ON_PODS = ["logs", "exec", "attach", "port-forward"];
const ON_NODES = ["cordon", "uncordon", "drain"];
const OUTPUTS = ["custom-columns", "go-template", "json", "jsonpath", "name", "wide", "yaml"];

const FILES = ["filename", "patch-file", "kubeconfig", "from-file", "from-env-file", "cert", "key"];

/** Words that could stand in place of the last of `words` ("kubectl" itself comes first); undefined: file names. */
export function complete(words: readonly string[], api: KubeApi, namespace = "default"): readonly string[] | undefined {
  const current = words.at(-1) ?? "";
  const before = words.slice(1, -1);
  const found = new Completer(api, before, namespace).candidates(current);
  return found && [...new Set(found.filter((word) => word.startsWith(current)))].sort();
}

class Completer {
  readonly #client: Client;
  readonly #discovery: Discovery;
  readonly #chain: readonly Command[];
  readonly #args: readonly string[];
  readonly #namespace: string;
  /** The flag that the word before is waiting to give a value to. */
  readonly #open: FlagSpec | undefined;
  readonly #dashed: boolean;

  constructor(api: KubeApi, before: readonly string[], namespace: string) {
    this.#client = new Client(api, nothing, "kubectl-complete");
    this.#discovery = new Discovery(this.#client);
    const read = readWords(before);
    this.#chain = read.chain;
    this.#args = read.args;
    this.#open = read.open;
    this.#dashed = read.dashed;
    this.#namespace = read.namespace ?? namespace;
  }

  candidates(current: string): readonly string[] | undefined {
    if (this.#dashed) return undefined;
    const command = this.#chain.at(-1);
    const flags = [...(command?.flags ?? []), ...GLOBAL].filter(({ refused }) => refused === undefined);
    if (this.#open !== undefined) return this.#values(this.#open);
    const equals = current.indexOf("=");
    if (current.startsWith("--") && equals > 0) {
      const spec = flags.find(({ name }) => name === current.slice(2, equals));
      return spec === undefined ? [] : this.#values(spec)?.map((value) => `${current.slice(0, equals + 1)}${value}`);
    }
    if (current.startsWith("-")) return flags.flatMap((flag) => [`--${flag.name}`, ...(flag.short === undefined || current.startsWith("--") ? [] : [`-${flag.short}`])]);
    if (command === undefined) return COMMANDS.map(({ name }) => name);
    if (command.commands !== undefined && this.#args.length === 0) return command.commands.map(({ name }) => name);
    return this.#arguments(command, current);
  }

  #values(flag: FlagSpec): readonly string[] | undefined {
    if (FILES.includes(flag.name)) return undefined;
    if (flag.name === "namespace") return this.#names("namespaces");
    if (flag.name === "output") return OUTPUTS;
    if (flag.name === "container") return this.#containers();
    if (flag.name === "dry-run") return ["client", "none", "server"];
    if (flag.name === "cascade") return ["background", "foreground", "orphan"];
    return [];
  }

  #arguments(command: Command, current: string): readonly string[] {
    const slash = current.indexOf("/");
    if (slash > 0) return this.#names(current.slice(0, slash)).map((name) => `${current.slice(0, slash)}/${name}`);
    if (ON_NODES.includes(command.name)) return this.#names("nodes");
    if (ON_PODS.includes(command.name)) return this.#args.length > 0 ? [] : [...this.#names("pods"), ...this.#types()];
    const [type] = this.#args;
    return type === undefined ? this.#types() : this.#names(type).filter((name) => !this.#args.slice(1).includes(name));
  }

  #containers(): readonly string[] {
    const pod = this.#args[0]?.replace(/^pods?\//, "") ?? "";
    const object = this.#ask(this.#client.get(`/api/v1/namespaces/${this.#namespace}/pods/${pod}`));
    return [...listAt(object, "spec", "containers"), ...listAt(object, "spec", "initContainers")].map((container) => textAt(container, "name"));
  }

  #types(): readonly string[] {
    return (this.#ask(this.#discovery.all()) ?? []).filter(({ verbs }) => verbs.includes("get")).flatMap(({ name, shortNames }) => [name, ...shortNames]);
  }

  #names(type: string): readonly string[] {
    const resource = this.#ask(this.#discovery.resource(type));
    if (resource === undefined) return [];
    const list = this.#ask(this.#client.get(resourcePath(resource, this.#namespace)));
    return listAt(list, "items").map((item) => textAt(item, "metadata", "name"));
  }

  /** The API answers at once: a Task that only asks it never waits. */
  #ask<T>(task: Task<T>): T | undefined {
    try {
      for (;;) {
        const step = task.next("signalled");
        if (step.done) return step.value;
      }
    } catch (error) {
      if (error instanceof ServerError || error instanceof Failure) return undefined;
      throw error;
    }
  }
}

function* nothing(): Task {}

type Words = { readonly chain: readonly Command[]; readonly args: readonly string[]; readonly open: FlagSpec | undefined; readonly dashed: boolean; readonly namespace: string | undefined };

/** What the words so far mean. */
function readWords(words: readonly string[]): Words {
  const chain: Command[] = [];
  const args: string[] = [];
  let within: readonly Command[] | undefined = COMMANDS;
  let open: FlagSpec | undefined;
  let namespace: string | undefined;
  for (const word of words) {
    if (open !== undefined) {
      if (open.name === "namespace") namespace = word;
      open = undefined;
      continue;
    }
    if (word === "--") return { chain, args, open, dashed: true, namespace };
    if (word.startsWith("-")) {
      const specs = [...(chain.at(-1)?.flags ?? []), ...GLOBAL];
      const spec = word.startsWith("--") ? specs.find(({ name }) => name === word.slice(2).split("=")[0]) : specs.find(({ short }) => short === word.at(-1) && word.length === 2);
      if (spec?.name === "namespace" && word.includes("=")) namespace = word.slice(word.indexOf("=") + 1);
      if (spec !== undefined && spec.kind !== "bool" && spec.bare === undefined && !word.includes("=")) open = spec;
      continue;
    }
    const next: Command | undefined = args.length === 0 ? within?.find(({ name, aliases }) => name === word || aliases?.includes(word)) : undefined;
    if (next === undefined) args.push(word);
    else {
      chain.push(next);
      within = next.commands;
    }
  }
  return { chain, args, open, dashed: false, namespace };
}
