/**
 * `kubectl config set` and `unset`: one value of a kubeconfig by its path, "current-context" or
 * "contexts.NAME.namespace", where NAME may have dots of its own. clientcmd's navigation steps.
 */
import { Failure, NotModelled } from "./errors";
import { isMap, type Json, type JsonMap, listAt, textAt } from "./json";

/** Lists of named entries, and under which key each keeps what it is about. */
const LISTS: Readonly<Record<string, string>> = { contexts: "context", clusters: "cluster", users: "user" };
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  contexts: ["cluster", "user", "namespace"],
  clusters: ["server", "tls-server-name", "certificate-authority", "certificate-authority-data", "proxy-url"],
  users: ["client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "username", "password"],
};

/** The content with that value, or without it when `value` is undefined. */
export function withProperty(content: JsonMap, property: string, value: string | undefined): JsonMap {
  const [head = "", ...rest] = property.split(".");
  if (head === "current-context" && rest.length === 0) return { ...content, "current-context": value ?? "" };
  const key = LISTS[head];
  if (key === undefined) {
    if (["kind", "apiVersion", "preferences", "extensions"].includes(head)) throw new NotModelled(`property ${head}`);
    throw new Failure(`unable to parse ${property} after [] at api.Config`);
  }
  if (rest.length === 0) {
    if (value !== undefined) throw new Failure(`can't set a map to a value: ${head}`);
    return { ...content, [head]: [] };
  }
  const entries = listAt(content, head);
  const field = rest.length > 1 && FIELDS[head]?.includes(rest.at(-1) ?? "") ? rest.at(-1) : undefined;
  const name = (field === undefined ? rest : rest.slice(0, -1)).join(".");
  const before = entries.find((one) => textAt(one, "name") === name);
  if (field === undefined) {
    if (value !== undefined) throw new Failure(`can't set a map to a value: ${name}`);
    return { ...content, [head]: entries.filter((one) => one !== before) };
  }
  if (before === undefined && value === undefined) throw new Failure(`current map key \`${name}\` is invalid`);
  const changed: Record<string, Json> = { ...inner(before, key) };
  if (value === undefined) delete changed[field];
  else changed[field] = value;
  const now = { name, [key]: changed };
  return { ...content, [head]: before === undefined ? [...entries, now] : entries.map((one) => (one === before ? now : one)) };
}

function inner(entry: Json | undefined, key: string): JsonMap {
  const found = isMap(entry) ? entry[key] : undefined;
  return isMap(found) ? found : {};
}
