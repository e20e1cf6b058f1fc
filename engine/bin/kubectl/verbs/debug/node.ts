/** `kubectl debug node/x`: a Pod on that node, whatever its taints, in the node's own namespaces. */
import type { Task } from "../../../../core/task";
import type { Container, Pod } from "../../../../kube/types";
import { resourcePath } from "../../client";
import type { Context } from "../../command";
import { debugContainer, suffix } from "./container";
import { applyNode, applyRights, type DraftSpec } from "./profile";
import type { Debugging } from "./stay";

export function* debugNode(context: Context, node: string, debugging: Debugging): Task<readonly [Pod, string]> {
  const { flags, proc } = context;
  const name = `node-debugger-${node}-${suffix(context)}`;
  const profile = flags.string("profile");
  const container = debugContainer(context, debugging, { name: flags.string("container") || "debugger" } as Container);
  const spec = { containers: [container], nodeName: node, restartPolicy: "Never", tolerations: [{ operator: "Exists" }] } as DraftSpec;
  applyNode(spec, container, profile);
  applyRights(container, profile, "node");
  if (!flags.bool("quiet")) yield* proc.out(`Creating debugging pod ${name} with container ${container.name} on node ${node}.\n`);
  const resource = yield* context.discovery.resource("pods");
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name, labels: { "app.kubernetes.io/managed-by": "kubectl-debug" } }, spec };
  return [(yield* context.client.post(resourcePath(resource, context.namespace), pod)) as Pod, container.name];
}
