/** Requests on paths below an object: which verb does what there. */
import type { ApiRequest } from "../api";
import { mergePatch } from "../patch/apply-patch";
import type { Definition } from "../resources/definition";
import { definitionOf } from "../resources/registry";
import { badRequest, failure, noSuchPath, success } from "../status";
import type { Store } from "../store";
import type { KubeObject, Pod } from "../types";
import { deleteOptions, writeOptions } from "./options";
import type { Target } from "./path";
import { bind, evict, finalizeNamespace, scaleOf, setEphemeralContainers, setScale } from "./subresources";
import { needName, patchType } from "./write";

type Answer = { readonly status: number; readonly body: unknown };

export function requestSubresource(store: Store, target: Target, request: ApiRequest, warnings: string[]): Answer {
  void warnings;
  const name = needName(target);
  switch (`${target.kind}/${target.subresource}`) {
    case "Deployment/scale":
    case "ReplicaSet/scale":
    case "StatefulSet/scale":
      return requestScale(store, target, request);
    case "Pod/binding":
      bind(store, target.namespace ?? "", name, bindingTarget(request.body));
      return { status: 201, body: success() };
    case "Pod/eviction":
      return { status: 201, body: evict(store, target.namespace ?? "", name, deleteOptions({ ...request, body: (request.body as { deleteOptions?: unknown } | undefined)?.deleteOptions })) };
    case "Pod/ephemeralcontainers":
      return requestEphemeral(store, target, request);
    case "Namespace/finalize": {
      const { spec } = (request.body ?? {}) as { spec?: { finalizers?: readonly string[] } };
      return { status: 200, body: finalizeNamespace(store, name, spec?.finalizers ?? []) };
    }
    case "Pod/exec":
    case "Pod/attach":
    case "Pod/portforward":
      store.read("Pod", name, target.namespace);
      throw badRequest("Upgrade request required");
    case "ServiceAccount/token":
      throw failure(501, "NotImplemented", "not modelled: serviceaccounts/token", {});
  }
  throw noSuchPath();
}

function requestScale(store: Store, target: Target, request: ApiRequest): Answer {
  const current = scaleOf(store.read(target.kind, target.name ?? "", target.namespace) as unknown as KubeObject);
  if (request.method === "GET") return { status: 200, body: current };
  if (request.method === "PUT") return { status: 200, body: setScale(store, target, request.body as never, request) };
  if (request.method !== "PATCH") throw noSuchPath();
  const type = patchType(definitionOf(target.kind) as unknown as Definition, request);
  if (type === "json" || type === "apply") throw failure(415, "UnsupportedMediaType", `not modelled: ${request.contentType} on scale`, {});
  return { status: 200, body: setScale(store, target, mergePatch(current, request.body) as never, request) };
}

function bindingTarget(body: unknown): string {
  const name = (body as { target?: { name?: unknown } } | undefined)?.target?.name;
  if (typeof name !== "string" || name === "") throw badRequest("binding target name is required");
  return name;
}

function requestEphemeral(store: Store, target: Target, request: ApiRequest): Answer {
  const name = needName(target);
  if (request.method === "GET") return { status: 200, body: store.read("Pod", name, target.namespace) };
  const type = request.method === "PATCH" ? patchType(definitionOf("Pod") as unknown as Definition, request) : undefined;
  const pod = type === undefined ? (request.body as Pod) : store.patched("Pod", name, target.namespace, type, request.body);
  return { status: 200, body: setEphemeralContainers(store, pod, writeOptions(request)) };
}
