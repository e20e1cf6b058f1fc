/** `kubectl create configmap`, and where keys and values come from. kubectl/pkg/cmd/create/create_configmap.go. */
import { text, utf8 } from "../../../../core/bytes";
import { hex, sha256 } from "../../../../core/sha256";
import type { Task } from "../../../../core/task";
import { toBase64 } from "../../base64";
import type { Command, Context } from "../../command";
import { Failure } from "../../errors";
import type { FlagSpec } from "../../flags";
import { compactJson, type Obj } from "../../json";
import { CREATE_FLAGS, finish, nameFrom } from "./finish";

export const FROM: readonly FlagSpec[] = [
  { name: "from-file", kind: "array", usage: "Key files can be specified using their file path, in which case a default name will be given to them." },
  { name: "from-literal", kind: "array", usage: "Specify a key and literal value to insert (i.e. mykey=somevalue)" },
  { name: "from-env-file", kind: "array", usage: "Specify the path to a file to read lines of key=val pairs." },
  { name: "append-hash", kind: "bool", usage: "Append a hash of the object to its name." },
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
    const hashed = { kind: "ConfigMap", name: "", data: Object.keys(data).length > 0 ? data : null, ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}) };
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: nameWithHash(context, name, { ...hashed, name }) }, ...(Object.keys(data).length > 0 ? { data } : {}), ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}) };
    return yield* finish(context, object as unknown as Obj, true, "failed to create configmap: ");
  },
};

/** Keys and values from --from-literal, --from-file and --from-env-file, in that order. */
export function collect(context: Context, clash: (key: string) => Failure, defaultKey = baseName): ReadonlyMap<string, Uint8Array> {
  const { flags } = context;
  const given = (name: string): readonly string[] => (flags.has(name) ? flags.list(name) : []);
  const [literals, files, envs] = [given("from-literal"), given("from-file"), given("from-env-file")];
  if (envs.length > 0 && (literals.length > 0 || files.length > 0)) throw new Failure("from-env-file cannot be combined with from-file or from-literal");
  const found = new Map<string, Uint8Array>();
  const add = (key: string, value: Uint8Array): void => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
      throw new Failure(`${JSON.stringify(key)} is not a valid key name for a ConfigMap: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`);
    }
    if (found.has(key)) throw clash(key);
    found.set(key, value);
  };
  for (const file of files) addFile(context, file, defaultKey, add);
  for (const literal of literals) {
    const equals = literal.indexOf("=");
    if (equals < 1) throw new Failure(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, equals), utf8(literal.slice(equals + 1)));
  }
  for (const file of envs) for (const [key, value] of envLines(context, read(context, file))) add(key, utf8(value));
  return found;
}

const baseName = (path: string): string => path.split("/").at(-1) ?? "";

function addFile(context: Context, source: string, defaultKey: (path: string) => string, add: (key: string, value: Uint8Array) => void): void {
  const { proc } = context;
  const equals = source.indexOf("=");
  if (source.indexOf("=", equals + 1) > equals && equals >= 0) throw new Failure("key names or file paths cannot contain '='");
  if (equals === 0) throw new Failure(`key name for file path ${source.slice(1)} missing`);
  if (equals === source.length - 1 && equals > 0) throw new Failure(`file path for key name ${source.slice(0, equals)} missing`);
  const path = equals < 0 ? source : source.slice(equals + 1);
  const absolute = proc.resolve(path);
  if (!proc.fs.exists(absolute)) throw new Failure(`error reading ${path}: no such file or directory`);
  if (proc.fs.isDirectory(absolute)) {
    if (equals >= 0) throw new Failure("cannot give a key name for a directory path");
    for (const name of [...proc.fs.list(absolute)].sort()) if (!proc.fs.isDirectory(`${absolute}/${name}`)) add(name, proc.fs.readFile(`${absolute}/${name}`));
    return;
  }
  add(equals < 0 ? defaultKey(path) : source.slice(0, equals), proc.fs.readFile(absolute));
}

function read(context: Context, path: string): string {
  const absolute = context.proc.resolve(path);
  if (!context.proc.fs.exists(absolute)) throw new Failure(`error reading ${path}: no such file or directory`);
  if (context.proc.fs.isDirectory(absolute)) throw new Failure("env config file cannot be a directory");
  return context.proc.fs.readText(absolute);
}

/** KEY=value lines; a KEY alone takes its value from kubectl's own environment. */
function envLines({ proc }: Context, content: string): readonly (readonly [string, string])[] {
  return content.split("\n").flatMap((line) => {
    const trimmed = line.trimStart();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const equals = trimmed.indexOf("=");
    const key = equals < 0 ? trimmed : trimmed.slice(0, equals);
    const problems = variableName(key);
    if (problems.length > 0) throw new Failure(`${JSON.stringify(key)} is not a valid key name: ${problems.join(";")}`);
    return [[key, equals < 0 ? (proc.env.get(key) ?? "") : trimmed.slice(equals + 1)] as const];
  });
}

/** validation.IsEnvVarName, which kubectl asks where the server has become more tolerant. */
export function variableName(key: string): readonly string[] {
  const problems: string[] = [];
  if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key)) {
    problems.push("a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')");
  }
  if (key === ".") problems.push("must not be '.'");
  else if (key === "..") problems.push("must not be '..'");
  else if (key.startsWith("..")) problems.push("must not start with '..'");
  return problems;
}

/** --append-hash: kubectl/pkg/util/hash. Ten letters of which none can spell a word. */
export function nameWithHash({ flags }: Context, name: string, content: unknown): string {
  if (!flags.bool("append-hash")) return name;
  const hash = hex(sha256(compactJson(content))).slice(0, 10);
  return `${name}-${hash.replace(/[013ae]/g, (letter) => ({ 0: "g", 1: "h", 3: "k", a: "m", e: "t" })[letter] ?? letter)}`;
}
