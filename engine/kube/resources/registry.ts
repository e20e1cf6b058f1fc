/** Every kind there is, in one visible list. */
import type { Kind } from "../types";
import { controllerRevision, daemonSet, deployment, replicaSet, statefulSet } from "./apps";
import { job } from "./batch";
import { configMap, event, namespace, node, secret, serviceAccount } from "./core";
import type { Definition } from "./definition";
import { endpointSlice, endpoints } from "./endpoints";
import { gateway, gatewayClass, httpRoute, ipAddressPool, l2Advertisement, referenceGrant } from "./gateway";
import { ingress, ingressClass, networkPolicy } from "./networking";
import { clusterRole, clusterRoleBinding, lease, podDisruptionBudget, priorityClass, role, roleBinding } from "./others";
import { pod } from "./pod";
import { service } from "./service";

type Definitions = { readonly [K in Kind]: Definition<K> };

const DEFINITIONS: Definitions = {
  ConfigMap: configMap,
  Endpoints: endpoints,
  Event: event,
  Namespace: namespace,
  Node: node,
  Pod: pod,
  Secret: secret,
  ServiceAccount: serviceAccount,
  Service: service,
  ControllerRevision: controllerRevision,
  DaemonSet: daemonSet,
  Deployment: deployment,
  ReplicaSet: replicaSet,
  StatefulSet: statefulSet,
  Job: job,
  Lease: lease,
  EndpointSlice: endpointSlice,
  Ingress: ingress,
  IngressClass: ingressClass,
  NetworkPolicy: networkPolicy,
  PodDisruptionBudget: podDisruptionBudget,
  ClusterRole: clusterRole,
  ClusterRoleBinding: clusterRoleBinding,
  Role: role,
  RoleBinding: roleBinding,
  PriorityClass: priorityClass,
  GatewayClass: gatewayClass,
  Gateway: gateway,
  HTTPRoute: httpRoute,
  ReferenceGrant: referenceGrant,
  IPAddressPool: ipAddressPool,
  L2Advertisement: l2Advertisement,
};

export const KINDS = Object.keys(DEFINITIONS) as readonly Kind[];

export function definitionOf<K extends Kind>(kind: K): Definition<K> {
  return DEFINITIONS[kind];
}

export function isKind(name: string): name is Kind {
  return Object.hasOwn(DEFINITIONS, name);
}
