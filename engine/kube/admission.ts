/**
 * The admission plugins that are on by default and that a learner can meet: NamespaceLifecycle,
 * ServiceAccount, DefaultTolerationSeconds, Priority, TaintNodesByCondition, DefaultIngressClass.
 */
import type { Rng } from "../core/rng";
import { admitPod, admitPodUpdate } from "./admission-pod";
import type { Definition, StrategyContext } from "./resources/definition";
import { failure, forbidden, notFound, qualified } from "./status";
import type { Editing } from "./storage";
import type { IngressClass, Kind } from "./types";

export function admitCreate<K extends Kind>(definition: Definition<K>, object: Editing, context: StrategyContext, names: Rng): void {
  if (definition.namespaced) namespaceLifecycle(definition as unknown as Definition, object, context);
  if (definition.kind === "Pod") admitPod(object as never, context, names);
  if (definition.kind === "Node") taintNew(object as never);
  if (definition.kind === "Ingress") defaultIngressClass(object as never, context);
}

export function admitUpdate<K extends Kind>({ kind }: Definition<K>, object: unknown, old: unknown): void {
  if (kind === "Pod") admitPodUpdate(object as never, old as never);
}

/** Nothing is created in a namespace that is not there, or that is on its way out. */
function namespaceLifecycle(definition: Definition, { metadata }: Editing, { storage }: StrategyContext): void {
  const name = metadata.namespace ?? "";
  const namespace = storage.get("Namespace", name);
  if (namespace === undefined) throw notFound({ group: "", plural: "namespaces" }, name);
  if (namespace.status.phase !== "Terminating" && namespace.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${name} because it is being terminated`;
  const { group, plural } = definition;
  throw failure(403, "Forbidden", `${qualified(definition)} "${metadata.name}" is forbidden: ${why}`, {
    name: metadata.name,
    ...(group !== "" && { group }),
    kind: plural,
    causes: [{ reason: "NamespaceTerminating", message: `namespace ${name} is being terminated`, field: "metadata.namespace" }],
  });
}

const IMMORTAL: readonly string[] = ["default", "kube-system", "kube-public"];

/** What a cluster cannot do without. */
export function admitDelete(kind: Kind, name: string): void {
  if (kind === "Namespace" && IMMORTAL.includes(name)) throw forbidden({ group: "", plural: "namespaces" }, name, "this namespace may not be deleted");
}

type EditingNode = { spec: { taints?: { key: string; effect: string }[] } };

/** A new node takes no Pods until its controller has seen it ready. */
function taintNew(node: EditingNode): void {
  const key = "node.kubernetes.io/not-ready";
  node.spec.taints ??= [];
  if (!node.spec.taints.some((taint) => taint.key === key && taint.effect === "NoSchedule")) node.spec.taints.push({ key, effect: "NoSchedule" });
}

type EditingIngress = Editing & { spec: { ingressClassName?: string } };

function defaultIngressClass(ingress: EditingIngress, { storage }: StrategyContext): void {
  if (ingress.spec.ingressClassName !== undefined || ingress.metadata.annotations?.["kubernetes.io/ingress.class"] !== undefined) return;
  const defaults = storage.list("IngressClass").filter(isDefault);
  // The newest one wins; upstream says so in a log line only.
  const [chosen] = [...defaults].sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1));
  if (chosen !== undefined) ingress.spec.ingressClassName = chosen.metadata.name;
}

function isDefault(ingressClass: IngressClass): boolean {
  return ingressClass.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true";
}
