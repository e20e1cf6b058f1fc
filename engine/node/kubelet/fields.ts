/** The downward API: fields of the Pod as text (fieldRef in env and in volumes). */
import type { Pod } from "../../kube/types";
import { ConfigProblem } from "./env";

export function fieldOf({ nodeIP, nodeName }: { readonly nodeIP: string; readonly nodeName: string }, pod: Pod, path: string, podIP: string): string {
  const { metadata, spec } = pod;
  const key = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (key) return (key[1] === "labels" ? metadata.labels : metadata.annotations)?.[key[2] ?? ""] ?? "";
  switch (path) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid;
    case "metadata.labels":
      return lines(metadata.labels);
    case "metadata.annotations":
      return lines(metadata.annotations);
    case "spec.nodeName":
      return spec.nodeName ?? nodeName;
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "default";
    case "status.hostIP":
    case "status.hostIPs":
      return nodeIP;
    case "status.podIP":
    case "status.podIPs":
      return podIP;
    default:
      throw new ConfigProblem(`unsupported fieldPath: ${path}`);
  }
}

function lines(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key])}`)
    .join("\n");
}
