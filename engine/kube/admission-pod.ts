/**
 * What admission does to a new Pod: the ServiceAccount and its token volume, the tolerations for
 * a node that goes away, the priority.
 */
import type { Rng } from "../core/rng";
import { deepFreeze } from "./freeze";
import { randomLetters } from "./names";
import type { Editable, StrategyContext } from "./resources/definition";
import { forbidden } from "./status";
import type { Pod } from "./types";

const PODS = { group: "", plural: "pods" } as const;
const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const TOKEN_SECONDS = 3607;
const TOLERATION_SECONDS = 300;

export function admitPod(pod: Editable<"Pod">, context: StrategyContext, names: Rng): void {
  runtimeClass(pod);
  serviceAccount(pod, context, names);
  tolerateLoss(pod);
  priority(pod, context);
}

/** What of it is done to a Pod that is written again: a manifest knows nothing of what was added to the first one. */
export function admitPodUpdate({ spec }: Editable<"Pod">, old: Pod): void {
  tolerateLoss({ spec });
  if (spec.priority === undefined && old.spec.priority !== undefined) spec.priority = old.spec.priority;
  if (spec.preemptionPolicy === undefined && old.spec.preemptionPolicy !== undefined) spec.preemptionPolicy = old.spec.preemptionPolicy;
}

function serviceAccount(pod: Editable<"Pod">, { storage }: StrategyContext, names: Rng): void {
  const { spec, metadata } = pod;
  // A mirror Pod speaks for a file on a node; it gets no account.
  if (metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return;
  spec.serviceAccountName ||= "default";
  spec.serviceAccount = spec.serviceAccountName;
  const namespace = metadata.namespace ?? "";
  const account = storage.get("ServiceAccount", spec.serviceAccountName, namespace);
  if (account === undefined) {
    throw forbidden(PODS, metadata.name, `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`);
  }
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(pod, names);
}

function mountToken({ spec }: Editable<"Pod">, names: Rng): void {
  const containers = [...(spec.initContainers ?? []), ...spec.containers].filter((container) => !container.volumeMounts?.some((mount) => mount.mountPath === TOKEN_PATH));
  if (containers.length === 0) return;
  const existing = spec.volumes?.find((volume) => volume.name.startsWith("kube-api-access-"));
  const name = existing?.name ?? `kube-api-access-${randomLetters(names, 5)}`;
  for (const container of containers) {
    container.volumeMounts ??= [];
    container.volumeMounts.push({ name, readOnly: true, mountPath: TOKEN_PATH });
  }
  if (existing !== undefined) return;
  spec.volumes ??= [];
  spec.volumes.push({ name, projected: TOKEN_VOLUME as Projected });
}

type Projected = NonNullable<NonNullable<Editable<"Pod">["spec"]["volumes"]>[number]["projected"]>;

/** Every Pod's own, and the same in all of them. */
const TOKEN_VOLUME = deepFreeze({
  sources: [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
  ],
  defaultMode: 420,
});

const TOLERATE_LOSS = deepFreeze(
  ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: TOLERATION_SECONDS })),
);

/** DefaultTolerationSeconds: five minutes on a node that has gone, unless the Pod says otherwise. */
function tolerateLoss({ spec }: Pick<Editable<"Pod">, "spec">): void {
  for (const loss of TOLERATE_LOSS) {
    const tolerated = spec.tolerations?.some(
      (toleration) => (toleration.key === loss.key || (!toleration.key && toleration.operator === "Exists")) && (!toleration.effect || toleration.effect === "NoExecute"),
    );
    if (tolerated) continue;
    spec.tolerations ??= [];
    spec.tolerations.push(loss);
  }
}

function priority({ spec, metadata }: Editable<"Pod">, { storage }: StrategyContext): void {
  if (spec.priorityClassName) {
    const named = storage.get("PriorityClass", spec.priorityClassName);
    const system = { "system-node-critical": 2000001000, "system-cluster-critical": 2000000000 }[spec.priorityClassName];
    if (named === undefined && system === undefined) throw forbidden(PODS, metadata.name, `no PriorityClass with name ${spec.priorityClassName} was found`);
    spec.priority = named?.value ?? system ?? 0;
    spec.preemptionPolicy = named?.preemptionPolicy ?? "PreemptLowerPriority";
    return;
  }
  const fallback = storage.list("PriorityClass").find(({ globalDefault }) => globalDefault === true);
  const [value, policy] = [fallback?.value ?? 0, fallback?.preemptionPolicy ?? "PreemptLowerPriority"];
  if (spec.priority !== undefined && spec.priority !== value) {
    throw forbidden(PODS, metadata.name, `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`);
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw forbidden(PODS, metadata.name, `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`);
  }
  if (fallback !== undefined) spec.priorityClassName = fallback.metadata.name;
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

/** There are no RuntimeClasses here, so none can be found. */
function runtimeClass({ spec, metadata }: Editable<"Pod">): void {
  if (spec.runtimeClassName !== undefined) throw forbidden(PODS, metadata.name, `pod rejected: RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`);
  if (spec.overhead !== undefined) throw forbidden(PODS, metadata.name, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
}
