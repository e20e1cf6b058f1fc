/**
 * Fields of a Pod that would make a difference and are not modelled: said in an event, so that
 * nobody waits for what will not happen.
 */
import type { Container, Pod } from "../../kube/types";

export function notModelled({ spec }: Pod): string[] {
  const found: string[] = [];
  const note = (path: string, value: unknown) => {
    if (value !== undefined && value !== false) found.push(path);
  };
  note("spec.runtimeClassName", spec.runtimeClassName);
  note("spec.setHostnameAsFQDN", spec.setHostnameAsFQDN);
  (spec.initContainers ?? []).forEach((container, i) => found.push(...ofContainer(`spec.initContainers[${i}]`, container)));
  spec.containers.forEach((container, i) => found.push(...ofContainer(`spec.containers[${i}]`, container)));
  return found;
}

function ofContainer(path: string, container: Container): string[] {
  const found: string[] = [];
  (container.ports ?? []).forEach((port, i) => {
    if (port.hostPort !== undefined) found.push(`${path}.ports[${i}].hostPort`);
  });
  (container.volumeMounts ?? []).forEach((mount, i) => {
    if (mount.subPathExpr !== undefined) found.push(`${path}.volumeMounts[${i}].subPathExpr`);
  });
  for (const field of ["readOnlyRootFilesystem", "runAsUser", "capabilities"] as const) if (container.securityContext?.[field] !== undefined) found.push(`${path}.securityContext.${field}`);
  return found;
}
