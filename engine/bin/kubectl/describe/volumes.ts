/** Volumes as `kubectl describe` shows them: the kinds this cluster can mount, and the name of any other. */
import type * as core from "kubernetes-types/core/v1";
import type { DeepReadonly } from "../../../kube/types";
import type { Page } from "./page";

type Volume = DeepReadonly<core.Volume>;

export function writeVolumes(page: Page, volumes: readonly Volume[] | undefined, space: "" | "  "): void {
  if (volumes === undefined || volumes.length === 0) {
    page.line(0, `${space}Volumes:\t<none>`);
    return;
  }
  page.line(0, `${space}Volumes:`);
  for (const volume of volumes) {
    page.line(1, `${space === "" ? "" : " "}${volume.name}:`);
    writeSource(page, volume);
  }
}

function writeSource(page: Page, volume: Volume): void {
  if (volume.hostPath !== undefined) {
    fields(page, "HostPath (bare host directory volume)", [["Path", volume.hostPath.path], ["HostPathType", volume.hostPath.type ?? "<none>"]]);
  } else if (volume.emptyDir !== undefined) {
    const limit = volume.emptyDir.sizeLimit;
    fields(page, "EmptyDir (a temporary directory that shares a pod's lifetime)", [["Medium", volume.emptyDir.medium ?? ""], ["SizeLimit", limit === undefined || limit === "0" ? "<unset>" : String(limit)]]);
  } else if (volume.secret !== undefined) {
    fields(page, "Secret (a volume populated by a Secret)", [["SecretName", volume.secret.secretName ?? ""], ["Optional", String(volume.secret.optional === true)]]);
  } else if (volume.configMap !== undefined) {
    fields(page, "ConfigMap (a volume populated by a ConfigMap)", [["Name", volume.configMap.name ?? ""], ["Optional", String(volume.configMap.optional === true)]]);
  } else if (volume.persistentVolumeClaim !== undefined) {
    const claim = volume.persistentVolumeClaim;
    fields(page, "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)", [["ClaimName", claim.claimName], ["ReadOnly", String(claim.readOnly === true)]]);
  } else if (volume.projected !== undefined) writeProjected(page, volume.projected);
  else if (volume.downwardAPI !== undefined) writeDownward(page, volume.downwardAPI);
  else page.line(1, "<unknown>");
}

function fields(page: Page, type: string, rest: readonly (readonly [string, string])[]): void {
  page.field(2, "Type", type);
  for (const [title, value] of rest) page.field(2, title, value);
}

function writeProjected(page: Page, projected: DeepReadonly<core.ProjectedVolumeSource>): void {
  page.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
  for (const { secret, downwardAPI, configMap, serviceAccountToken } of projected.sources ?? []) {
    if (secret !== undefined) page.field(2, "SecretName", secret.name ?? "").field(2, "Optional", secret.optional === true);
    else if (downwardAPI !== undefined) page.field(2, "DownwardAPI", true);
    else if (configMap !== undefined) page.field(2, "ConfigMapName", configMap.name ?? "").field(2, "Optional", configMap.optional === true);
    else if (serviceAccountToken !== undefined) page.field(2, "TokenExpirationSeconds", serviceAccountToken.expirationSeconds ?? 3600);
  }
}

function writeDownward(page: Page, downward: DeepReadonly<core.DownwardAPIVolumeSource>): void {
  page.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)").line(2, "Items:");
  for (const { path, fieldRef, resourceFieldRef } of downward.items ?? []) {
    if (fieldRef !== undefined) page.line(3, `${fieldRef.fieldPath} -> ${path}`);
    if (resourceFieldRef !== undefined) page.line(3, `${resourceFieldRef.resource} -> ${path}`);
  }
}
