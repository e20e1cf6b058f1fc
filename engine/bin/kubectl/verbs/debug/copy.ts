/** --copy-to: the Pod once more, with another image or command, or a container beside the others. */
import type { Task } from "../../../../core/task";
import type { Container, Pod } from "../../../../kube/types";
import { resourcePath } from "../../client";
import type { Context } from "../../command";
import { Failure } from "../../errors";
import { debugContainer, debuggerName } from "./container";
import { applyKeeps, applyRights, type DraftSpec } from "./profile";
import type { Debugging } from "./stay";

export function* debugByCopy(context: Context, pod: Pod, debugging: Debugging): Task<readonly [Pod, string]> {
  const { flags, client } = context;
  const [copy, container] = yield* copyOf(context, pod, debugging);
  const resource = yield* context.discovery.resource("pods");
  const namespace = pod.metadata.namespace ?? "";
  const created = (yield* client.post(resourcePath(resource, namespace), copy)) as Pod;
  if (flags.bool("replace")) yield* client.delete(resourcePath(resource, namespace, pod.metadata.name));
  return [created, container];
}

function* copyOf(context: Context, pod: Pod, debugging: Debugging): Task<readonly [unknown, string]> {
  const { flags } = context;
  const spec: DraftSpec = { ...pod.spec };
  delete spec.ephemeralContainers;
  if (flags.changed("share-processes")) spec.shareProcessNamespace = flags.bool("share-processes");
  if (!flags.bool("same-node")) delete spec.nodeName;
  spec.containers = spec.containers.map((container) => {
    const image = debugging.images.get(container.name) ?? debugging.images.get("*");
    return image === undefined ? container : { ...container, image };
  });
  const made = (metadata: Pod["metadata"]) => ({ apiVersion: "v1", kind: "Pod", metadata, spec });
  const existing = spec.containers.find(({ name }) => name === flags.string("container"));
  if (existing === undefined && flags.string("image") === "") {
    if (debugging.images.size === 0) throw new Failure("you must specify image when creating new container");
    const { labels, annotations, namespace } = pod.metadata;
    return [made({ name: flags.string("copy-to"), namespace, labels, annotations } as Pod["metadata"]), ""];
  }
  const name = existing?.name ?? (yield* debuggerName(context));
  const profile = flags.string("profile");
  const container = debugContainer(context, debugging, existing ?? ({ name } as Container));
  spec.containers = existing === undefined ? [...spec.containers, container] : spec.containers.map((other) => (other === existing ? container : other));
  const metadata = applyKeeps(pod, spec, flags);
  spec.containers = spec.containers.map((other) => {
    if (other.name !== name) return other;
    const allowed = { ...other };
    applyRights(allowed, profile, "copy");
    return allowed;
  });
  if (profile !== "legacy") spec.shareProcessNamespace ??= true;
  return [made(metadata), name];
}
