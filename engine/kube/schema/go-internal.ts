/**
 * An API object as the server's own Go structs have it, for messages that print one whole: "Invalid value:
 * {"Type":"Rolling","RollingUpdate":null}". The internal types have no JSON tags, so that Go's encoder writes
 * every field under its Go name, what is unset too; only what comes from meta/v1 keeps its tags.
 */
import { type Field, structOf, type Type } from "./grammar";

type Json = Readonly<Record<string, unknown>>;

/** Where the internal struct's fields stand in another order than the versioned one's. */
const ORDER: Readonly<Record<string, string>> = {
  PodSpec:
    "Volumes InitContainers Containers EphemeralContainers RestartPolicy TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy NodeSelector ServiceAccountName AutomountServiceAccountToken NodeName SecurityContext ImagePullSecrets Hostname Subdomain SetHostnameAsFQDN Affinity SchedulerName Tolerations HostAliases PriorityClassName Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead EnableServiceLinks TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride SchedulingGroup",
  PodSecurityContext:
    "SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls SeccompProfile AppArmorProfile SELinuxChangePolicy",
  Container:
    "Name Image Command Args WorkingDir Ports EnvFrom Env Resources ResizePolicy RestartPolicy RestartPolicyRules VolumeMounts VolumeDevices LivenessProbe ReadinessProbe StartupProbe Lifecycle TerminationMessagePath TerminationMessagePolicy ImagePullPolicy SecurityContext Stdin StdinOnce TTY",
  Volume:
    "Name HostPath EmptyDir GCEPersistentDisk AWSElasticBlockStore GitRepo Secret NFS ISCSI Glusterfs PersistentVolumeClaim RBD Quobyte FlexVolume Cinder CephFS Flocker DownwardAPI FC AzureFile ConfigMap VsphereVolume AzureDisk PhotonPersistentDisk Projected PortworxVolume ScaleIO StorageOS CSI Ephemeral Image",
  SecurityContext: "Capabilities Privileged SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile AppArmorProfile",
  Probe: "Exec HTTPGet TCPSocket GRPC InitialDelaySeconds TimeoutSeconds PeriodSeconds SuccessThreshold FailureThreshold TerminationGracePeriodSeconds",
  VolumeProjection: "Secret DownwardAPI ConfigMap ServiceAccountToken ClusterTrustBundle PodCertificate",
};

/** From meta/v1: these print as the API writes them. */
const TAGGED: readonly string[] = ["LabelSelector", "ObjectMeta", "OwnerReference"];
/** Booleans of the versioned PodSpec that are part of the internal security context. */
const OF_THE_HOST = ["hostNetwork", "hostPID", "hostIPC"] as const;

export function goDump(typeName: string, value: object): unknown {
  return dumpStruct(typeName, value as Json);
}

function dumpStruct(name: string, value: Json): unknown {
  if (TAGGED.includes(name)) return value;
  if (name === "PodTemplateSpec") return { ...(value.metadata as object | undefined), Spec: dumpStruct("PodSpec", (value.spec ?? {}) as Json) };
  const out: Record<string, unknown> = name === "PodSecurityContext" ? { ...hostPart(value) } : {};
  const given = name === "PodSpec" ? { ...value, securityContext: securityOf(value) } : value;
  for (const field of fieldsOf(name)) out[field.goName] = dump(field.type, given[field.name]);
  return out;
}

function fieldsOf(name: string): readonly Field[] {
  const { fields } = structOf(name);
  const order = ORDER[name]?.split(" ");
  if (order === undefined) return [...fields.values()];
  const byName = new Map([...fields.values()].map((field) => [field.goName, field]));
  return order.flatMap((goName) => byName.get(goName) ?? []);
}

function securityOf(spec: Json): Json {
  const { shareProcessNamespace, hostUsers } = spec;
  return { ...Object.fromEntries(OF_THE_HOST.map((name) => [name, spec[name] ?? false])), shareProcessNamespace, hostUsers, ...(spec.securityContext as object | undefined) };
}

function hostPart({ hostNetwork = false, hostPID = false, hostIPC = false, shareProcessNamespace = null, hostUsers = null }: Json): Json {
  return { HostNetwork: hostNetwork, HostPID: hostPID, HostIPC: hostIPC, ShareProcessNamespace: shareProcessNamespace, HostUsers: hostUsers };
}

function dump(type: Type, value: unknown): unknown {
  switch (type.kind) {
    case "pointer":
      return value === undefined || value === null ? null : dump(type.to, value);
    case "struct":
      return dumpStruct(type.name, (value ?? {}) as Json);
    case "list":
      return value === undefined || value === null ? null : (value as readonly unknown[]).map((item) => dump(type.of, item));
    case "map":
      return value === undefined || value === null ? null : Object.fromEntries(Object.entries(value as Json).map(([key, item]) => [key, dump(type.of, item)]));
    case "scalar":
      return value ?? zeroOf(type);
  }
}

function zeroOf({ scalar }: Type & { readonly kind: "scalar" }): unknown {
  switch (scalar) {
    case "string":
      return "";
    case "bool":
      return false;
    case "int":
    case "int32":
    case "int64":
    case "byte":
    case "float64":
    case "IntOrString":
      return 0;
    case "Quantity":
      return "0";
    case "Time":
    case "MicroTime":
    case "Raw":
    case "FieldsV1":
    case "Duration":
      return null;
  }
}
