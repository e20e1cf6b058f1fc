/** `kubectl create configmap` and `kubectl create secret generic|tls|docker-registry`. */
import { text, utf8 } from "../../../../core/bytes";
import type { Task } from "../../../../core/task";
import { toBase64 } from "../../base64";
import type { Command, Context } from "../../command";
import { Failure, NotModelled } from "../../errors";
import type { FlagSpec } from "../../flags";
import type { Obj } from "../../json";
import { CREATE_FLAGS, finish, nameFrom } from "./finish";

const FROM: readonly FlagSpec[] = [
  { name: "from-file", kind: "array", usage: "Key files can be specified using their file path, in which case a default name will be given to them." },
  { name: "from-literal", kind: "array", usage: "Specify a key and literal value to insert (i.e. mykey=somevalue)" },
  { name: "from-env-file", kind: "array", usage: "Specify the path to a file to read lines of key=val pairs." },
  { name: "append-hash", kind: "bool", usage: "Append a hash of the object to its name.", refused: true },
];

export const createConfigMap: Command = {
  name: "configmap",
  aliases: ["cm"],
  summary: "Create a config map from a local file, directory or literal value",
  usage: "create configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]",
  flags: [...CREATE_FLAGS, ...FROM],
  *run(context): Task<number> {
    const name = nameFrom(context);
    const found = collect(context, (key) => new Failure(`cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ConfigMap ${JSON.stringify(name)}`));
    const data: Record<string, string> = {};
    const binaryData: Record<string, string> = {};
    for (const [key, bytes] of found) {
      const value = text(bytes);
      if (value.includes("\uFFFD")) binaryData[key] = toBase64(bytes);
      else data[key] = value;
    }
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...(Object.keys(data).length > 0 ? { data } : {}), ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}) };
    return yield* finish(context, object as unknown as Obj, true, "failed to create configmap: ");
  },
};

/** Keys and values from --from-literal, --from-file and --from-env-file, in that order. */
function collect(context: Context, clash: (key: string) => Failure): ReadonlyMap<string, Uint8Array> {
  const { flags } = context;
  const [literals, files, envs] = [flags.list("from-literal"), flags.list("from-file"), flags.list("from-env-file")];
  if (envs.length > 0 && (literals.length > 0 || files.length > 0)) throw new Failure("from-env-file cannot be combined with from-file or from-literal");
  const found = new Map<string, Uint8Array>();
  const add = (key: string, value: Uint8Array): void => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
      throw new Failure(`${JSON.stringify(key)} is not a valid key name for a ConfigMap: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`);
    }
    if (found.has(key)) throw clash(key);
    found.set(key, value);
  };
  for (const file of files) addFile(context, file, add);
  for (const literal of literals) {
    const equals = literal.indexOf("=");
    if (equals < 1) throw new Failure(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, equals), utf8(literal.slice(equals + 1).replace(/^(['"])(.*)\1$/s, "$2")));
  }
  for (const file of envs) for (const [key, value] of envLines(read(context, file))) add(key, utf8(value));
  return found;
}

function addFile(context: Context, source: string, add: (key: string, value: Uint8Array) => void): void {
  const { proc } = context;
  const equals = source.indexOf("=");
  const path = equals < 0 ? source : source.slice(equals + 1);
  const absolute = proc.resolve(path);
  if (!proc.fs.exists(absolute)) throw new Failure(`error reading ${path}: no such file or directory`);
  if (proc.fs.isDirectory(absolute)) {
    if (equals >= 0) throw new Failure("cannot give a key name for a directory path");
    for (const name of [...proc.fs.list(absolute)].sort()) if (!proc.fs.isDirectory(`${absolute}/${name}`)) add(name, proc.fs.readFile(`${absolute}/${name}`));
    return;
  }
  add(equals < 0 ? (path.split("/").at(-1) ?? "") : source.slice(0, equals), proc.fs.readFile(absolute));
}

function read(context: Context, path: string): string {
  const absolute = context.proc.resolve(path);
  if (!context.proc.fs.exists(absolute)) throw new Failure(`error reading ${path}: no such file or directory`);
  if (context.proc.fs.isDirectory(absolute)) throw new Failure("env config file cannot be a directory");
  return context.proc.fs.readText(absolute);
}

function envLines(content: string): readonly (readonly [string, string])[] {
  return content.split("\n").flatMap((line) => {
    const trimmed = line.trimStart();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const equals = trimmed.indexOf("=");
    return equals < 0 ? [[trimmed, ""] as const] : [[trimmed.slice(0, equals), trimmed.slice(equals + 1)] as const];
  });
}

function encoded(found: ReadonlyMap<string, Uint8Array>): Readonly<Record<string, string>> {
  return Object.fromEntries([...found].map(([key, value]) => [key, toBase64(value)]));
}

const generic: Command = {
  name: "generic",
  summary: "Create a secret from a local file, directory, or literal value",
  usage: "create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]",
  flags: [...CREATE_FLAGS, ...FROM, { name: "type", kind: "string", usage: "The type of secret to create" }],
  *run(context): Task<number> {
    const name = nameFrom(context);
    const data = encoded(collect(context, (key) => new Failure(`cannot add key ${key}, another key by that name already exists`)));
    const type = context.flags.string("type");
    const object = { apiVersion: "v1", kind: "Secret", metadata: { name }, ...(Object.keys(data).length > 0 ? { data } : {}), ...(type === "" ? {} : { type }) };
    return yield* finish(context, object as unknown as Obj, true, "failed to create secret ");
  },
};

const tls: Command = {
  name: "tls",
  summary: "Create a TLS secret",
  usage: "create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none] [options]",
  flags: [...CREATE_FLAGS, { name: "cert", kind: "string", usage: "Path to PEM encoded public key certificate." }, { name: "key", kind: "string", usage: "Path to private key associated with given certificate." }],
  *run(context): Task<number> {
    const { flags, proc } = context;
    const name = nameFrom(context);
    if (flags.string("cert") === "" || flags.string("key") === "") throw new Failure("key and cert must be specified");
    const file = (path: string): Uint8Array => {
      if (!proc.fs.exists(proc.resolve(path))) throw new Failure(`Cannot read file ${path}, open ${path}: no such file or directory`);
      return proc.fs.readFile(proc.resolve(path));
    };
    const data = encoded(new Map([["tls.crt", file(flags.string("cert"))], ["tls.key", file(flags.string("key"))]]));
    return yield* finish(context, { apiVersion: "v1", kind: "Secret", metadata: { name }, type: "kubernetes.io/tls", data } as unknown as Obj, true, "failed to create secret ");
  },
};

const dockerRegistry: Command = {
  name: "docker-registry",
  summary: "Create a secret for use with a Docker registry",
  usage: "create secret docker-registry NAME [options]",
  // biome-ignore lint/correctness/useYield: it only refuses
  *run(): Task<number> {
    throw new NotModelled("kubectl create secret docker-registry");
  },
};

export const createSecret: Command = { name: "secret", summary: "Create a secret using a specified subcommand", usage: "create secret (docker-registry | generic | tls) [options]", commands: [dockerRegistry, generic, tls] };
