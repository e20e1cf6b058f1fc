/**
 * The kinds of object the API keeps, as TypeScript sees them: kubernetes-types' fields, made
 * read-only, with what the API server always fills in (metadata, spec, status) no longer optional.
 *
 * The Gateway API and the load balancer pools are custom resources in a real cluster, so their
 * types are written here.
 */
import type * as apps from "kubernetes-types/apps/v1";
import type * as batch from "kubernetes-types/batch/v1";
import type * as coordination from "kubernetes-types/coordination/v1";
import type * as core from "kubernetes-types/core/v1";
import type * as discovery from "kubernetes-types/discovery/v1";
import type * as metav1 from "kubernetes-types/meta/v1";
import type * as networking from "kubernetes-types/networking/v1";
import type * as policy from "kubernetes-types/policy/v1";
import type * as rbac from "kubernetes-types/rbac/v1";
import type * as scheduling from "kubernetes-types/scheduling/v1";
import type { Gateway, GatewayClass, HTTPRoute, IPAddressPool, L2Advertisement, ReferenceGrant } from "./gateway-types";

export type { Gateway, GatewayClass, HTTPRoute, IPAddressPool, L2Advertisement, ReferenceGrant } from "./gateway-types";

export type DeepReadonly<T> = T extends (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export type Labels = Readonly<Record<string, string>>;

/** metadata of an object that is in the store. `namespace` is "" or absent on cluster-wide kinds. */
export type Metadata = Omit<DeepReadonly<metav1.ObjectMeta>, "name" | "uid" | "resourceVersion" | "creationTimestamp"> & {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
};

/** Any object at all: what the generic parts of the API server deal in. */
export type KubeObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
};

/** A kind with its metadata, and with the named fields always present. */
export type Stored<T, Present extends keyof T = never, Name extends string = string> = Omit<DeepReadonly<T>, "metadata" | "apiVersion" | "kind" | Present> & {
  readonly [P in Present]-?: DeepReadonly<NonNullable<T[P]>>;
} & { readonly apiVersion: string; readonly kind: Name; readonly metadata: Metadata };

export type Pod = Stored<core.Pod, "spec" | "status", "Pod">;
export type Service = Stored<core.Service, "spec" | "status", "Service">;
export type Endpoints = Stored<core.Endpoints, never, "Endpoints">;
export type ConfigMap = Stored<core.ConfigMap, never, "ConfigMap">;
export type Secret = Stored<core.Secret, never, "Secret">;
export type Namespace = Stored<core.Namespace, "spec" | "status", "Namespace">;
export type Node = Stored<core.Node, "spec" | "status", "Node">;
export type ServiceAccount = Stored<core.ServiceAccount, never, "ServiceAccount">;
/** core/v1 and events.k8s.io/v1 show the same stored object; this is the core/v1 face of it. */
export type Event = Stored<core.Event, never, "Event">;
export type Deployment = Stored<apps.Deployment, "spec" | "status", "Deployment">;
export type ReplicaSet = Stored<apps.ReplicaSet, "spec" | "status", "ReplicaSet">;
export type StatefulSet = Stored<apps.StatefulSet, "spec" | "status", "StatefulSet">;
export type DaemonSet = Stored<apps.DaemonSet, "spec" | "status", "DaemonSet">;
export type ControllerRevision = Stored<apps.ControllerRevision, never, "ControllerRevision">;
export type Job = Stored<batch.Job, "spec" | "status", "Job">;
export type EndpointSlice = Stored<discovery.EndpointSlice, never, "EndpointSlice">;
export type Ingress = Stored<networking.Ingress, "spec" | "status", "Ingress">;
export type IngressClass = Stored<networking.IngressClass, "spec", "IngressClass">;
export type NetworkPolicy = Stored<networking.NetworkPolicy, "spec", "NetworkPolicy">;
export type PodDisruptionBudget = Stored<policy.PodDisruptionBudget, "spec" | "status", "PodDisruptionBudget">;
export type Lease = Stored<coordination.Lease, "spec", "Lease">;
export type Role = Stored<rbac.Role, never, "Role">;
export type RoleBinding = Stored<rbac.RoleBinding, never, "RoleBinding">;
export type ClusterRole = Stored<rbac.ClusterRole, never, "ClusterRole">;
export type ClusterRoleBinding = Stored<rbac.ClusterRoleBinding, never, "ClusterRoleBinding">;
export type PriorityClass = Stored<scheduling.PriorityClass, never, "PriorityClass">;

/** Every kind the store keeps, by its name. */
export type KindMap = {
  Pod: Pod;
  Service: Service;
  Endpoints: Endpoints;
  ConfigMap: ConfigMap;
  Secret: Secret;
  Namespace: Namespace;
  Node: Node;
  ServiceAccount: ServiceAccount;
  Event: Event;
  Deployment: Deployment;
  ReplicaSet: ReplicaSet;
  StatefulSet: StatefulSet;
  DaemonSet: DaemonSet;
  ControllerRevision: ControllerRevision;
  Job: Job;
  EndpointSlice: EndpointSlice;
  Ingress: Ingress;
  IngressClass: IngressClass;
  NetworkPolicy: NetworkPolicy;
  PodDisruptionBudget: PodDisruptionBudget;
  Lease: Lease;
  Role: Role;
  RoleBinding: RoleBinding;
  ClusterRole: ClusterRole;
  ClusterRoleBinding: ClusterRoleBinding;
  PriorityClass: PriorityClass;
  GatewayClass: GatewayClass;
  Gateway: Gateway;
  HTTPRoute: HTTPRoute;
  ReferenceGrant: ReferenceGrant;
  IPAddressPool: IPAddressPool;
  L2Advertisement: L2Advertisement;
};
export type Kind = keyof KindMap;

/** What a writer hands in: any part of the object, metadata with a name or a generateName. */
export type Draft<K extends Kind = Kind> = {
  readonly apiVersion?: string;
  readonly kind: K;
  readonly metadata: DeepReadonly<metav1.ObjectMeta>;
} & Omit<Partial<DeepPartial<KindMap[K]>>, "apiVersion" | "kind" | "metadata">;

type DeepPartial<T> = T extends readonly (infer U)[]
  ? readonly DeepPartial<U>[]
  : T extends object
    ? { readonly [P in keyof T]?: DeepPartial<T[P]> }
    : T;

export type PodSpec = Pod["spec"];
export type PodStatus = Pod["status"];
export type PodTemplateSpec = DeepReadonly<core.PodTemplateSpec>;
export type Container = DeepReadonly<core.Container>;
export type ContainerStatus = DeepReadonly<core.ContainerStatus>;
export type ContainerState = DeepReadonly<core.ContainerState>;
export type PodCondition = DeepReadonly<core.PodCondition>;
export type Probe = DeepReadonly<core.Probe>;
export type LifecycleHandler = DeepReadonly<core.LifecycleHandler>;
export type Volume = DeepReadonly<core.Volume>;
export type EnvVar = DeepReadonly<core.EnvVar>;
export type Toleration = DeepReadonly<core.Toleration>;
export type Taint = DeepReadonly<core.Taint>;
export type ServicePort = DeepReadonly<core.ServicePort>;
export type ServiceSpec = Service["spec"];
export type EndpointPort = DeepReadonly<discovery.EndpointPort>;
/** One address of an EndpointSlice; hints.forNodes is newer than kubernetes-types. */
export type SliceEndpoint = DeepReadonly<discovery.Endpoint> & {
  readonly hints?: { readonly forZones?: readonly { readonly name: string }[]; readonly forNodes?: readonly { readonly name: string }[] };
};
export type OwnerReference = DeepReadonly<metav1.OwnerReference>;
export type LabelSelector = DeepReadonly<metav1.LabelSelector>;
export type ObjectReference = DeepReadonly<core.ObjectReference>;
export type NodeCondition = DeepReadonly<core.NodeCondition>;

/** metav1.Status: how the API says no. */
export type Status = {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
    readonly retryAfterSeconds?: number;
  };
  readonly code?: number;
};
