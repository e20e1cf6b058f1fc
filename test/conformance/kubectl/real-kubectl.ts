/**
 * The real kubectl, if this machine has one that is young enough to speak WebSocket and whose
 * words are near those of 1.36: $PODPATH_KUBECTL, the one that fetch.sh brought, or one of PATH.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

export type RealKubectl = { readonly path: string; readonly version: string };

/** An older one differs from the built-in in so many words that nothing is to be learned. */
const LEAST_MINOR = 36;

export function findKubectl(): RealKubectl | undefined {
  const root = path.resolve(import.meta.dirname, "../../..");
  const onPath = (process.env.PATH ?? "").split(":").map((folder) => path.join(folder, "kubectl"));
  const candidates = [process.env.PODPATH_KUBECTL ?? "", path.join(root, ".cache/kubectl/kubectl"), ...onPath];
  for (const candidate of candidates) {
    if (candidate === "" || !existsSync(candidate)) continue;
    const version = versionOf(candidate);
    if (version !== undefined && Number(version.split(".")[1]) >= LEAST_MINOR) return { path: candidate, version };
  }
  return undefined;
}

function versionOf(kubectl: string): string | undefined {
  const { stdout } = spawnSync(kubectl, ["version", "--client", "-o", "json"], { encoding: "utf8", timeout: 10_000 });
  return /"gitVersion": "(v1\.\d+\.\d+)/.exec(stdout ?? "")?.[1];
}
