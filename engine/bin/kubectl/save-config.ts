/** Writing a kubeconfig: client-go's clientcmd.ModifyConfig. Reading one (kubeconfig.ts) is what every command does. */
import type { Proc } from "../../host/proc";
import { type Json, type JsonMap, listAt, textAt } from "./json";
import type { KubeConfig } from "./kubeconfig";
import { toYaml } from "./yaml-writer";

/** clientcmd keeps the lists as maps, and writes them in the order of their names. */
export function saveConfig(proc: Proc, config: KubeConfig, given: JsonMap): void {
  const byName = (list: string): Json => [...listAt(given, list)].sort((a, b) => (textAt(a, "name") < textAt(b, "name") ? -1 : 1));
  const content: JsonMap = { ...given, clusters: byName("clusters"), contexts: byName("contexts"), users: byName("users") };
  const directory = config.path.slice(0, config.path.lastIndexOf("/"));
  if (directory !== "" && !proc.fs.exists(directory)) proc.fs.mkdir(directory, { parents: true });
  proc.fs.writeFile(config.path, toYaml(content), { mode: 0o600 });
}
