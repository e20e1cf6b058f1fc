/**
 * kubectl's own settings: ~/.kube/config, or what $KUBECONFIG or --kubeconfig name.
 *
 * Differs: the built-in kubectl reaches its one API server by itself, so of a kubeconfig only the
 * context and its namespace matter. Where there is no file, one cluster with one context is
 * taken for granted, as kubeadm would have written it.
 */
import type { Proc } from "../../host/proc";
import { Failure, PlainFailure } from "./errors";
import { isMap, type Json, type JsonMap, listAt, textAt } from "./json";
import { type ReadManifestYaml, YamlError } from "./yaml-error";

export type KubeConfig = { readonly path: string; readonly exists: boolean; readonly content: JsonMap };

export const SERVER = "https://192.168.50.10:6443";

/** Where settings are looked for: a process, or a shell that completes a line. */
export type Surroundings = { readonly fs: Pick<Proc["fs"], "exists" | "readText">; readonly env: ReadonlyMap<string, string>; resolve(path: string): string };

export function loadConfig(proc: Surroundings, flag: string, defaultNamespace: string, readYaml: ReadManifestYaml): KubeConfig {
  const path = configPath(proc, flag);
  if (!proc.fs.exists(path)) {
    if (flag !== "") throw new Failure(`stat ${flag}: no such file or directory`);
    return { path, exists: false, content: initialConfig(defaultNamespace) };
  }
  return { path, exists: true, content: parse(proc.fs.readText(path), path, readYaml) };
}

function configPath(proc: Surroundings, flag: string): string {
  if (flag !== "") return proc.resolve(flag);
  const listed = (proc.env.get("KUBECONFIG") ?? "").split(":").filter((part) => part !== "");
  const there = listed.find((path) => proc.fs.exists(proc.resolve(path))) ?? listed[0];
  return there === undefined ? `${proc.env.get("HOME") ?? "/root"}/.kube/config` : proc.resolve(there);
}

function parse(text: string, path: string, readYaml: ReadManifestYaml): JsonMap {
  try {
    const [content] = readYaml(text);
    return isMap(content) ? content : {};
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new Failure(`error loading config file ${JSON.stringify(path)}: yaml: ${error.message}`);
  }
}

function initialConfig(namespace: string): JsonMap {
  const context = { cluster: "kubernetes", user: "kubernetes-admin", ...(namespace === "default" ? {} : { namespace }) };
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "kubernetes-admin@kubernetes",
    clusters: [{ name: "kubernetes", cluster: { server: SERVER, "certificate-authority-data": "DATA+OMITTED" } }],
    contexts: [{ name: "kubernetes-admin@kubernetes", context }],
    users: [{ name: "kubernetes-admin", user: { "client-certificate-data": "DATA+OMITTED", "client-key-data": "DATA+OMITTED" } }],
  };
}

export function currentContext(config: KubeConfig): string {
  return textAt(config.content, "current-context");
}

/** The entry of that name in "contexts", "clusters" or "users". */
export function entry(config: KubeConfig, list: "contexts" | "clusters" | "users", name: string): Json | undefined {
  return listAt(config.content, list).find((item) => textAt(item, "name") === name);
}

export function namespaceOf(config: KubeConfig, context: string): string {
  const found = entry(config, "contexts", context === "" ? currentContext(config) : context);
  if (found === undefined && context !== "") throw new PlainFailure(`Error in configuration: context was not found for specified context: ${context}`);
  return textAt(found, "context", "namespace") || "default";
}
