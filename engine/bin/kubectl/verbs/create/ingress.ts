/** `kubectl create ingress`: rules as "host/path=service:port[,tls[=secret]]". */
import type { Task } from "../../../../core/task";
import type { Command } from "../../command";
import { Failure } from "../../errors";
import type { Json, JsonMap, Obj } from "../../json";
import { CREATE_FLAGS, finish, nameFrom } from "./finish";

/** What stands behind the port and is no "tls" is passed over. */
const RULE = /^(?<host>[\w*.-]*)(?<path>\/[^=]*)=(?<service>[^:,]+):(?<port>[^,]+)(?<tls>,tls(?:=(?<secret>[^,]*))?)?/;

export const createIngress: Command = {
  name: "ingress",
  aliases: ["ing"],
  summary: "Create an ingress with the specified name",
  usage: "create ingress NAME --rule=host/path=service:port[,tls[=secret]] [options]",
  flags: [
    ...CREATE_FLAGS,
    { name: "annotation", kind: "array", usage: "Annotation to insert in the ingress object, in the format annotation=value" },
    { name: "class", kind: "string", usage: "Ingress Class to be used" },
    { name: "default-backend", kind: "string", usage: "Default service for backend, in format of svcname:port" },
    { name: "rule", kind: "array", usage: "Rule in format host/path=service:port[,tls=secretname]." },
  ],
  *run(context): Task<number> {
    const { flags } = context;
    const name = nameFrom(context);
    const [rules, fallback] = [flags.list("rule"), flags.string("default-backend")];
    if (rules.length === 0 && fallback === "") {
      throw new Failure("not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)");
    }
    const parsed = rules.map(parseRule);
    const annotations = Object.fromEntries(flags.list("annotation").map(parseAnnotation));
    const tls = tlsOf(parsed);
    const spec = {
      ...(flags.string("class") === "" ? {} : { ingressClassName: flags.string("class") }),
      ...(fallback === "" ? {} : { defaultBackend: { service: backend(fallback) } }),
      ...(parsed.length === 0 ? {} : { rules: byHost(parsed) }),
      ...(tls.length === 0 ? {} : { tls }),
    };
    const metadata = { name, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) };
    return yield* finish(context, { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec, status: { loadBalancer: {} } } as unknown as Obj, true, "failed to create ingress: ");
  },
};

type Rule = { readonly host: string; readonly path: string; readonly service: JsonMap; readonly tls: boolean; readonly secret: string };

function parseRule(written: string): Rule {
  const groups = RULE.exec(written)?.groups;
  if (groups === undefined) throw new Failure(`rule ${written} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  return { host: groups.host ?? "", path: groups.path ?? "", service: backend(`${groups.service}:${groups.port}`), tls: groups.tls !== undefined, secret: groups.secret ?? "" };
}

function backend(written: string): JsonMap {
  const [name, port, ...more] = written.split(":");
  if (!name || !port || more.length > 0) throw new Failure("default-backend should be in format servicename:serviceport");
  return { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } };
}

function parseAnnotation(written: string): readonly [string, string] {
  const equals = written.indexOf("=");
  if (equals < 0) throw new Failure(`annotation ${written} is invalid and should be in format key=[value]`);
  return [written.slice(0, equals), written.slice(equals + 1)];
}

/** A path that ends in * means everything below it. */
function byHost(rules: readonly Rule[]): readonly Json[] {
  const hosts = [...new Set(rules.map(({ host }) => host))];
  return hosts.map((host) => {
    const paths = rules.filter((rule) => rule.host === host).map(({ path, service }) => ({ backend: { service }, path: path.replace(/\*$/, ""), pathType: path.endsWith("*") ? "Prefix" : "Exact" }));
    return { ...(host === "" ? {} : { host }), http: { paths } };
  });
}

function tlsOf(rules: readonly Rule[]): readonly Json[] {
  const secrets = [...new Set(rules.filter(({ tls }) => tls).map(({ secret }) => secret))];
  return secrets.map((secretName) => {
    const hosts = [...new Set(rules.filter(({ tls, secret, host }) => tls && secret === secretName && host !== "").map(({ host }) => host))];
    return { ...(hosts.length > 0 ? { hosts } : {}), ...(secretName === "" ? {} : { secretName }) };
  });
}
