/** validateEphemeralContainers and ValidatePodEphemeralContainersUpdate: what kubectl debug may put into a Pod that runs. */
import { duplicate, type FieldError, forbiddenField, invalid, notFoundField } from "../field-error";
import { deepEqual } from "../freeze";
import type { Container, PodSpec } from "../types";
import { type Surroundings, validateContainer } from "./container";

/** Fields of a container that make no sense for one that is there for a look, in the order of the Go struct. */
const REFUSED = ["ports", "resources", "resizePolicy", "restartPolicy", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] as const;
const CANNOT = "cannot be set for an Ephemeral Container";

type Ephemeral = Container & { readonly targetContainerName?: string };

export function validateEphemeralContainers({ spec, volumes }: Surroundings, field: string): readonly FieldError[] {
  const list = (spec.ephemeralContainers ?? []) as readonly Ephemeral[];
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name);
  return list.flatMap((container, i) => {
    const at = `${field}.ephemeralContainers[${i}]`;
    const taken = [...others, ...list.slice(0, i).map(({ name }) => name)].includes(container.name);
    const { targetContainerName: target } = container;
    const { ports, resources, livenessProbe, readinessProbe, startupProbe, lifecycle, ...common } = container;
    void [ports, resources, livenessProbe, readinessProbe, startupProbe, lifecycle];
    return [
      ...validateContainer(common, { spec, volumes }, at),
      ...((container.image ?? "") === (container.image ?? "").trim() ? [] : [invalid(`${at}.image`, container.image, "must not have leading or trailing whitespace")]),
      ...(taken ? [duplicate(`${at}.name`, container.name)] : []),
      ...(target && !others.includes(target) ? [notFoundField(`${at}.targetContainerName`, target)] : []),
      ...REFUSED.filter((name) => !isEmpty(container[name])).map((name) => forbiddenField(`${at}.${name}`, CANNOT)),
      ...(container.volumeMounts ?? []).flatMap((mount, m) => (["subPath", "subPathExpr"] as const).filter((name) => mount[name]).map((name) => forbiddenField(`${at}.volumeMounts[${m}].${name}`, CANNOT))),
    ];
  });
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

/** Those that are there can neither change nor go. */
export function ephemeralChanges(now: PodSpec, old: PodSpec): readonly FieldError[] {
  return (old.ephemeralContainers ?? []).flatMap((before) => {
    const after = now.ephemeralContainers?.find(({ name }) => name === before.name);
    if (after === undefined) return [forbiddenField("spec.ephemeralContainers", `existing ephemeral containers ${JSON.stringify(before.name)} may not be removed\n`)];
    if (deepEqual(after, before)) return [];
    return [forbiddenField("spec.ephemeralContainers", `existing ephemeral containers ${JSON.stringify(before.name)} may not be changed\n${JSON.stringify(before)} -> ${JSON.stringify(after)}`)];
  });
}
