/** Which kinds have a describer of their own. One import, one entry. */
import type { Task } from "../../../core/task";
import type { Context } from "../command";
import type { Obj } from "../json";
import { describeConfigMap, describeDisruptionBudget, describeNamespace, describePriorityClass, describeSecret, describeServiceAccount } from "./core";
import { describeEndpointSlice, describeEndpoints } from "./endpoints";
import { describeGeneric } from "./generic";
import { describeIngress, describeIngressClass } from "./ingress";
import { describeNetworkPolicy } from "./network-policy";
import { describeNode } from "./node";
import { describePod } from "./pod";
import { describeBinding, describeRole } from "./rbac";
import { describeService } from "./service";
import { describeDaemonSet, describeDeployment, describeJob, describeReplicaSet, describeStatefulSet } from "./workloads";

type Describer = (context: Context, object: never, showEvents: boolean) => Task<string>;

const DESCRIBERS: Readonly<Record<string, Describer>> = {
  "/ConfigMap": describeConfigMap,
  "/Endpoints": describeEndpoints,
  "/Namespace": describeNamespace,
  "/Node": describeNode,
  "/Pod": describePod,
  "/Secret": describeSecret,
  "/Service": describeService,
  "/ServiceAccount": describeServiceAccount,
  "apps/DaemonSet": describeDaemonSet,
  "apps/Deployment": describeDeployment,
  "apps/ReplicaSet": describeReplicaSet,
  "apps/StatefulSet": describeStatefulSet,
  "batch/Job": describeJob,
  "discovery.k8s.io/EndpointSlice": describeEndpointSlice,
  "networking.k8s.io/Ingress": describeIngress,
  "networking.k8s.io/IngressClass": describeIngressClass,
  "networking.k8s.io/NetworkPolicy": describeNetworkPolicy,
  "policy/PodDisruptionBudget": describeDisruptionBudget,
  "rbac.authorization.k8s.io/ClusterRole": describeRole,
  "rbac.authorization.k8s.io/ClusterRoleBinding": describeBinding,
  "rbac.authorization.k8s.io/Role": describeRole,
  "rbac.authorization.k8s.io/RoleBinding": describeBinding,
  "scheduling.k8s.io/PriorityClass": describePriorityClass,
};

export function* describeObject(context: Context, group: string, object: Obj, showEvents: boolean): Task<string> {
  const describer = DESCRIBERS[`${group}/${object.kind}`];
  return describer === undefined ? yield* describeGeneric(context, object, showEvents) : yield* describer(context, object as never, showEvents);
}
