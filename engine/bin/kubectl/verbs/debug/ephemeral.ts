/** A container put into a Pod that runs, through its ephemeralcontainers subresource. */
import type { Task } from "../../../../core/task";
import type { Container, Pod } from "../../../../kube/types";
import { resourcePath } from "../../client";
import type { Context } from "../../command";
import { PATCH_TYPES } from "../../mutate";
import { debugContainer, debuggerName } from "./container";
import { applyRights } from "./profile";
import type { Debugging } from "./stay";

export function* debugByEphemeralContainer(context: Context, pod: Pod, debugging: Debugging): Task<readonly [Pod, string]> {
  const { flags } = context;
  const name = yield* debuggerName(context);
  const existing = (pod.spec.ephemeralContainers ?? []).find((other) => other.name === name) as Container | undefined;
  // Of a name that is taken the profile finds the one that has it, whose rights the server then refuses to change.
  const container = existing === undefined ? debugContainer(context, debugging, { name } as Container) : { name, securityContext: existing.securityContext ?? {} };
  applyRights(container, flags.string("profile"), "ephemeral");
  const target = flags.string("target");
  const before = (pod.spec.ephemeralContainers ?? []).filter((other) => other.name !== name).map((other) => ({ name: other.name }));
  const patch = { spec: { "$setElementOrder/ephemeralContainers": [...before, { name }], ephemeralContainers: [{ ...container, ...(target !== "" && { targetContainerName: target }) }] } };
  const resource = yield* context.discovery.resource("pods");
  const path = resourcePath(resource, pod.metadata.namespace ?? "", pod.metadata.name, "ephemeralcontainers");
  return [(yield* context.client.patch(path, PATCH_TYPES.strategic, patch)) as Pod, name];
}
