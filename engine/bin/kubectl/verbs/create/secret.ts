/** `kubectl create secret generic|tls|docker-registry`. kubectl/pkg/cmd/create/create_secret*.go. */
import { text, utf8 } from "../../../../core/bytes";
import type { Task } from "../../../../core/task";
import { toBase64 } from "../../base64";
import type { Command, Context } from "../../command";
import { Failure } from "../../errors";
import type { Obj } from "../../json";
import { collect, FROM, nameWithHash } from "./config";
import { CREATE_FLAGS, finish, nameFrom } from "./finish";

function encoded(found: ReadonlyMap<string, Uint8Array>): Readonly<Record<string, string>> {
  return Object.fromEntries([...found].map(([key, value]) => [key, toBase64(value)]));
}

function* finishSecret(context: Context, name: string, { type, data }: { readonly type: string; readonly data: Readonly<Record<string, string>> }): Task<number> {
  const hashed = nameWithHash(context, name, { kind: "Secret", type, name, data: Object.keys(data).length > 0 ? data : null });
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name: hashed }, ...(Object.keys(data).length > 0 ? { data } : {}), ...(type === "" ? {} : { type }) };
  return yield* finish(context, object as unknown as Obj, true, "failed to create secret ");
}

const generic: Command = {
  name: "generic",
  summary: "Create a secret from a local file, directory, or literal value",
  usage: "create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]",
  flags: [...CREATE_FLAGS, ...FROM, { name: "type", kind: "string", usage: "The type of secret to create" }],
  *run(context): Task<number> {
    const name = nameFrom(context);
    return yield* finishSecret(context, name, { type: context.flags.string("type"), data: encoded(collect(context, clash)) });
  },
};

const tls: Command = {
  name: "tls",
  summary: "Create a TLS secret",
  usage: "create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none] [options]",
  flags: [...CREATE_FLAGS, { name: "cert", kind: "string", usage: "Path to PEM encoded public key certificate." }, { name: "key", kind: "string", usage: "Path to private key associated with given certificate." }, ...FROM.filter(({ name }) => name === "append-hash")],
  *run(context): Task<number> {
    const { flags, proc } = context;
    const name = nameFrom(context);
    if (flags.string("cert") === "" || flags.string("key") === "") throw new Failure("key and cert must be specified");
    const file = (path: string): Uint8Array => {
      if (!proc.fs.exists(proc.resolve(path))) throw new Failure(`Cannot read file ${path}, open ${path}: no such file or directory`);
      return proc.fs.readFile(proc.resolve(path));
    };
    const [cert, key] = [file(flags.string("cert")), file(flags.string("key"))];
    for (const [what, pem] of [["certificate", cert], ["key", key]] as const) if (!/^-----BEGIN [^-\n]+-----/m.test(text(pem))) throw new Failure(`tls: failed to find any PEM data in ${what} input`);
    return yield* finishSecret(context, name, { type: "kubernetes.io/tls", data: encoded(new Map([["tls.crt", cert], ["tls.key", key]])) });
  },
};

const dockerRegistry: Command = {
  name: "docker-registry",
  summary: "Create a secret for use with a Docker registry",
  usage: "create secret docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none] [options]",
  flags: [
    ...CREATE_FLAGS,
    { name: "docker-username", kind: "string", usage: "Username for Docker registry authentication" },
    { name: "docker-password", kind: "string", usage: "Password for Docker registry authentication" },
    { name: "docker-email", kind: "string", usage: "Email for Docker registry" },
    { name: "docker-server", kind: "string", default: "https://index.docker.io/v1/", usage: "Server location for Docker registry" },
    ...FROM.filter(({ name }) => name === "from-file" || name === "append-hash"),
  ],
  *run(context): Task<number> {
    const { flags } = context;
    const name = nameFrom(context);
    const [server, username, password, email] = ["docker-server", "docker-username", "docker-password", "docker-email"].map((flag) => flags.string(flag));
    const files = flags.list("from-file");
    if (files.length === 0 && (!username || !password || !server)) throw new Failure("either --from-file or the combination of --docker-username, --docker-password and --docker-server is required");
    const content = files.length > 0 ? collect(context, clash, dockerKey) : new Map([[DOCKER_KEY, utf8(credentials(server ?? "", { username: username ?? "", password: password ?? "", email: email ?? "" }))]]);
    return yield* finishSecret(context, name, { type: "kubernetes.io/dockerconfigjson", data: encoded(content) });
  },
};

const DOCKER_KEY = ".dockerconfigjson";
const dockerKey = (): string => DOCKER_KEY;
const clash = (key: string): Failure => new Failure(`cannot add key ${key}, another key by that name already exists`);

function credentials(server: string, { username, password, email }: { readonly username: string; readonly password: string; readonly email: string }): string {
  const auth = toBase64(utf8(`${username}:${password}`));
  return JSON.stringify({ auths: { [server]: { ...(username === "" ? {} : { username }), ...(password === "" ? {} : { password }), ...(email === "" ? {} : { email }), auth } } });
}

export const createSecret: Command = { name: "secret", summary: "Create a secret using a specified subcommand", usage: "create secret (docker-registry | generic | tls) [options]", commands: [dockerRegistry, generic, tls] };
