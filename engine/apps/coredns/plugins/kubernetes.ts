/**
 * `kubernetes`: names of Services and Pods, answered from the API (plugin/kubernetes of CoreDNS
 * 1.14, which follows the DNS specification 1.1.0 of Kubernetes).
 *
 * What a name is decides kubernetes-names.ts; here stand the sections of the answer, and the
 * difference between a name that does not exist (NXDOMAIN) and one without such a record (NODATA).
 */
import { wallMs } from "../../../core/world";
import type { Task } from "../../../core/task";
import { dnsAnswer, type ResourceRecord } from "../../../wire/dns";
import { parseIp } from "../../../wire/ip";
import { CorefileProblem, type Directive } from "../corefile";
import { fqdn, isInZone, type Outcome, type Plugin, type Query, type Setup, zoneOf } from "../plugin";
import { type KubeNames, type Target, lookUp, reverseNames } from "./kubernetes-names";

type Settings = KubeNames & { readonly zones: readonly string[]; readonly ttl: number; readonly fallthrough: readonly string[] | undefined };

export const kubernetes: Plugin = {
  name: "kubernetes",
  setUp({ directive, server, store, proc, lookup }) {
    const settings = settingsOf(directive, server.zones, { store });
    const serial = Math.floor(wallMs(proc.world) / 1000);
    return {
      ready: () => true,
      *handle(query, next) {
        const zone = zoneOf(query.name, settings.zones);
        if (zone === undefined) return yield* next(query);
        const outcome = answer(settings, query, zone, serial);
        if (outcome !== undefined && "alias" in outcome) return yield* follow(query, outcome.alias, settings.ttl, lookup);
        if (outcome !== undefined) return outcome;
        return falls(settings, query.name) ? yield* next(query) : negative(query, zone, "NXDOMAIN", settings.ttl, serial);
      },
    };
  },
};

function settingsOf({ args, block, line }: Directive, serverZones: readonly string[], base: Pick<KubeNames, "store">): Settings {
  const settings = { ...base, zones: (args.length > 0 ? args : serverZones).map(fqdn), ttl: 5, pods: "disabled" as KubeNames["pods"], endpointPodNames: false, namespaces: undefined as ReadonlySet<string> | undefined, fallthrough: undefined as readonly string[] | undefined };
  for (const [property = "", ...values] of block) {
    switch (property) {
      case "pods":
        if (!["disabled", "insecure", "verified"].includes(values[0] ?? "")) throw new CorefileProblem(`plugin/kubernetes: wrong value for pods: ${values[0] ?? ""}`);
        settings.pods = values[0] as KubeNames["pods"];
        break;
      case "ttl":
        settings.ttl = Number(values[0]);
        if (!(settings.ttl >= 0 && settings.ttl <= 3600)) throw new CorefileProblem(`plugin/kubernetes: ttl must be in range [0, 3600]: ${values[0]}`);
        break;
      case "fallthrough":
        settings.fallthrough = values.length > 0 ? values.map(fqdn) : ["."];
        break;
      case "namespaces":
        settings.namespaces = new Set(values);
        break;
      case "endpoint_pod_names":
        settings.endpointPodNames = true;
        break;
      default:
        throw new CorefileProblem(`Corefile:${line} - Error during parsing: not modelled: kubernetes ${property}`);
    }
  }
  return settings;
}

function falls({ fallthrough }: Settings, name: string): boolean {
  return fallthrough?.some((zone) => isInZone(name, zone)) ?? false;
}

/** ExternalName: the alias, and behind it whatever this server finds for the other name. */
function* follow(query: Query, target: string, ttl: number, lookup: Setup["lookup"]): Task<Outcome> {
  const alias: ResourceRecord = { name: query.name, ttl, type: "CNAME", target };
  if (query.type === "CNAME") return positive(query, [alias]);
  const behind = yield* lookup(query, target);
  return positive(query, [alias, ...("answer" in behind ? behind.answer.answers : [])]);
}

type Found = Outcome | { readonly alias: string };

/** Undefined: there is no such name. */
function answer(settings: Settings, query: Query, zone: string, serial: number): Found | undefined {
  const { ttl } = settings;
  if (zone.endsWith("in-addr.arpa.") || zone.endsWith("ip6.arpa.")) return reverse(settings, query, ttl);
  if (query.name === zone && query.type === "SOA") return positive(query, [soa(zone, ttl, serial)]);
  if (query.name === zone && query.type === "NS") return positive(query, [{ name: zone, ttl, type: "NS", target: `ns.dns.${zone}` }]);
  if (query.name === `dns-version.${zone}`) return query.type === "TXT" ? positive(query, [{ name: query.name, ttl: 28_800, type: "TXT", strings: ["1.1.0"] }]) : negative(query, zone, "NOERROR", ttl, serial);
  const found = query.name === `ns.dns.${zone}` ? dnsService(settings) : lookUp(settings, query.name === zone ? "" : query.name.slice(0, -zone.length - 1));
  if (found === undefined) return undefined;
  return shown(query, zone, found, ttl, serial);
}

function dnsService({ store }: Settings): readonly Target[] {
  const service = store.get("Service", "kube-dns", "kube-system");
  return service?.spec.clusterIP === undefined ? [] : [{ host: service.spec.clusterIP, port: 53, name: "ns.dns" }];
}

function shown(query: Query, zone: string, found: readonly Target[], ttl: number, serial: number): Found {
  const addresses = (targets: readonly Target[], name?: string) =>
    unique(targets.map(({ host }) => host)).flatMap((host): ResourceRecord[] => {
      const address = parseIp(host);
      return address === undefined ? [] : [{ name: name ?? query.name, ttl, type: "A", address }];
    });
  const alias = found.find(({ host }) => parseIp(host) === undefined);
  if (alias !== undefined && (query.type === "A" || query.type === "AAAA" || query.type === "CNAME")) return { alias: fqdn(alias.host) };
  if (query.type === "A" && found.length > 0) return positive(query, addresses(found));
  if (query.type === "SRV" && found.length > 0) {
    const weight = Math.max(1, Math.floor(100 / found.length));
    const answers = unique(found.map(({ name, port }) => `${port} ${name}.${zone}`)).map((written): ResourceRecord => {
      const [port = "0", target = "."] = written.split(" ");
      return { name: query.name, ttl, type: "SRV", priority: 0, weight, port: Number(port), target };
    });
    const additionals = unique(found.map(({ name }) => name)).flatMap((name) => addresses(found.filter((target) => target.name === name), `${name}.${zone}`));
    return positive(query, answers, additionals);
  }
  return negative(query, zone, "NOERROR", ttl, serial);
}

function reverse(settings: Settings, query: Query, ttl: number): Outcome | undefined {
  if (query.type !== "PTR") return undefined;
  const domain = settings.zones.find((zone) => !zone.endsWith(".arpa.")) ?? "cluster.local.";
  const names = reverseNames(settings, query.name);
  return names.length === 0 ? undefined : positive(query, names.map((name): ResourceRecord => ({ name: query.name, ttl, type: "PTR", target: `${name}.${domain}` })));
}

function positive({ message }: Query, answers: readonly ResourceRecord[], additionals: readonly ResourceRecord[] = []): Outcome {
  return { answer: dnsAnswer(message, { authoritative: true, answers, additionals }) };
}

function negative({ message }: Query, zone: string, rcode: "NOERROR" | "NXDOMAIN", ttl: number, serial: number): Outcome {
  return { answer: dnsAnswer(message, { authoritative: true, rcode, authorities: [soa(zone, ttl, serial)] }) };
}

function soa(zone: string, ttl: number, serial: number): ResourceRecord {
  return { name: zone, ttl, type: "SOA", mname: `ns.dns.${zone}`, rname: `hostmaster.${zone}`, serial, refresh: 7200, retry: 1800, expire: 86_400, minimum: ttl };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
