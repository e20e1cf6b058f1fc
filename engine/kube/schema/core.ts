/**
 * The rest of core/v1, and the metadata every object has (meta/v1).
 * One type a line, in the words of grammar.ts; the order of the fields is the real API's own.
 */
export const CORE = `
Pod T metadata?=ObjectMeta:ObjectMeta spec?:PodSpec status?:PodStatus
ObjectMeta name?:string generateName?:string namespace?:string selfLink?:string uid?=UID:UID resourceVersion?:string generation?:int64
  creationTimestamp?0:Time deletionTimestamp?:*Time deletionGracePeriodSeconds?:*int64 labels?:{}string annotations?:{}string
  ownerReferences?:[]OwnerReference~uid finalizers?:[]string~ managedFields?#17:[]ManagedFieldsEntry
OwnerReference apiVersion#5=APIVersion:string kind#1:string name#3:string uid=UID:UID controller?#6:*bool blockOwnerDeletion?:*bool
ManagedFieldsEntry manager?:string operation?:ManagedFieldsOperationType apiVersion?=APIVersion:string time?:*Time fieldsType?#6:string fieldsV1?:*FieldsV1
  subresource?:string
LabelSelector matchLabels?:{}string matchExpressions?:[]LabelSelectorRequirement
LabelSelectorRequirement key:string operator:LabelSelectorOperator values?:[]string
PodStatus observedGeneration?#17:int64 phase?#1:PodPhase conditions?:[]PodCondition~type message?:string reason?:string nominatedNodeName?#11:string
  hostIP?#5:string hostIPs?#16:[]HostIP~ip podIP?#6:string podIPs?#12:[]PodIP~ip startTime?#7:*Time initContainerStatuses?#10:[]ContainerStatus
  containerStatuses?#8:[]ContainerStatus qosClass?=QOSClass:PodQOSClass ephemeralContainerStatuses?#13:[]ContainerStatus resize?:PodResizeStatus
  resourceClaimStatuses?:[]PodResourceClaimStatus~!name extendedResourceClaimStatus?#18:*PodExtendedResourceClaimStatus
  allocatedResources?:{}Quantity@ResourceName resources?:*ResourceRequirements nodeAllocatableResourceClaimStatuses?:[]NodeAllocatableResourceClaimStatus
PodCondition type:PodConditionType observedGeneration?#7:int64 status#2:ConditionStatus lastProbeTime?:Time lastTransitionTime?:Time reason?:string
  message?:string
HostIP ip=IP:string
PodIP ip=IP:string
ContainerStatus name:string state?:ContainerState lastState?=LastTerminationState:ContainerState ready:bool restartCount:int32 image:string imageID:string
  containerID?:string started?:*bool allocatedResources?:{}Quantity@ResourceName resources?:*ResourceRequirements
  volumeMounts?:[]VolumeMountStatus~mountPath user?:*ContainerUser allocatedResourcesStatus?:[]ResourceStatus~name stopSignal?:*Signal
ContainerState waiting?:*ContainerStateWaiting running?:*ContainerStateRunning terminated?:*ContainerStateTerminated
ContainerStateWaiting reason?:string message?:string
ContainerStateRunning startedAt?:Time
ContainerStateTerminated exitCode:int32 signal?:int32 reason?:string message?:string startedAt?:Time finishedAt?:Time containerID?:string
VolumeMountStatus name:string mountPath:string readOnly?:bool recursiveReadOnly?:*RecursiveReadOnlyMode volumeStatus?:*VolumeStatus
VolumeStatus image?:*ImageVolumeStatus
ImageVolumeStatus imageRef?:string
ContainerUser linux?:*LinuxContainerUser
LinuxContainerUser uid=UID:int64 gid=GID:int64 supplementalGroups?:[]int64
ResourceStatus name:ResourceName resources?:[]ResourceHealth
ResourceHealth resourceID:ResourceID health?:ResourceHealthStatus message?#6:*string
PodResourceClaimStatus name:string resourceClaimName?:*string
PodExtendedResourceClaimStatus requestMappings:[]ContainerExtendedResourceRequest resourceClaimName:string
ContainerExtendedResourceRequest containerName:string resourceName:string requestName:string
NodeAllocatableResourceClaimStatus resourceClaimName:string containers?:[]string resources:{}Quantity@ResourceName
Service T metadata?=ObjectMeta:ObjectMeta spec?:ServiceSpec status?:ServiceStatus
ServiceSpec ports?:[]ServicePort~port selector?:{}string clusterIP?:string clusterIPs?#18:[]string type?#4:ServiceType externalIPs?:[]string
  sessionAffinity?#7:ServiceAffinity loadBalancerIP?:string loadBalancerSourceRanges?:[]string externalName?:string
  externalTrafficPolicy?:ServiceExternalTrafficPolicy healthCheckNodePort?:int32 publishNotReadyAddresses?:bool
  sessionAffinityConfig?:*SessionAffinityConfig ipFamilies?#19=IPFamilies:[]IPFamily ipFamilyPolicy?#17=IPFamilyPolicy:*IPFamilyPolicy
  allocateLoadBalancerNodePorts?#20:*bool loadBalancerClass?:*string internalTrafficPolicy?:*ServiceInternalTrafficPolicy trafficDistribution?:*string
ServicePort name?:string protocol?:Protocol appProtocol?#6:*string port#3:int32 targetPort?:IntOrString nodePort?:int32
SessionAffinityConfig clientIP?:*ClientIPConfig
ClientIPConfig timeoutSeconds?:*int32
ServiceStatus loadBalancer?:LoadBalancerStatus conditions?:[]Condition~type
LoadBalancerStatus ingress?:[]LoadBalancerIngress
LoadBalancerIngress ip?=IP:string hostname?:string ipMode?=IPMode:*LoadBalancerIPMode ports?:[]PortStatus
PortStatus port:int32 protocol:Protocol error?:*string
Condition type:string status:ConditionStatus observedGeneration?:int64 lastTransitionTime:Time reason:string message:string
Endpoints T metadata?=ObjectMeta:ObjectMeta subsets?:[]EndpointSubset
EndpointSubset addresses?:[]EndpointAddress notReadyAddresses?:[]EndpointAddress ports?:[]core.EndpointPort
EndpointAddress ip=IP:string hostname?#3:string nodeName?:*string targetRef?#2:*ObjectReference
ObjectReference kind?:string namespace?:string name?:string uid?=UID:UID apiVersion?=APIVersion:string resourceVersion?:string fieldPath?:string
core.EndpointPort name?:string port:int32 protocol?:Protocol appProtocol?:*string
ConfigMap T metadata?=ObjectMeta:ObjectMeta immutable?#4:*bool data?#2:{}string binaryData?:{}[]byte
Secret T metadata?=ObjectMeta:ObjectMeta immutable?#5:*bool data?#2:{}[]byte stringData?#4:{}string type?#3:SecretType
Node T metadata?=ObjectMeta:ObjectMeta spec?:NodeSpec status?:NodeStatus
NodeSpec podCIDR?:string podCIDRs?#7:[]string~ providerID?#3:string unschedulable?:bool taints?:[]Taint configSource?:*NodeConfigSource
  externalID?#2=DoNotUseExternalID:string
Taint key:string value?:string effect:TaintEffect timeAdded?:*Time
NodeConfigSource configMap?#2:*ConfigMapNodeConfigSource
ConfigMapNodeConfigSource namespace:string name:string uid?=UID:UID resourceVersion?:string kubeletConfigKey:string
NodeStatus capacity?:{}Quantity@ResourceName allocatable?:{}Quantity@ResourceName phase?:NodePhase conditions?:[]NodeCondition~type
  addresses?:[]NodeAddress~type daemonEndpoints?:NodeDaemonEndpoints nodeInfo?:NodeSystemInfo images?:[]ContainerImage volumesInUse?:[]UniqueVolumeName
  volumesAttached?:[]AttachedVolume config?:*NodeConfigStatus runtimeHandlers?:[]NodeRuntimeHandler features?:*NodeFeatures declaredFeatures?:[]string
NodeCondition type:NodeConditionType status:ConditionStatus lastHeartbeatTime?:Time lastTransitionTime?:Time reason?:string message?:string
NodeAddress type:NodeAddressType address:string
NodeDaemonEndpoints kubeletEndpoint?:DaemonEndpoint
DaemonEndpoint Port:int32
NodeSystemInfo machineID:string systemUUID:string bootID:string kernelVersion:string osImage=OSImage:string containerRuntimeVersion:string
  kubeletVersion:string kubeProxyVersion:string operatingSystem:string architecture:string swap?:*NodeSwapStatus
NodeSwapStatus capacity?:*int64
ContainerImage names:[]string sizeBytes?:int64
AttachedVolume name:UniqueVolumeName devicePath:string
NodeConfigStatus assigned?:*NodeConfigSource active?:*NodeConfigSource lastKnownGood?:*NodeConfigSource error?:string
NodeRuntimeHandler name:string features?:*NodeRuntimeHandlerFeatures
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts?:*bool userNamespaces?:*bool
NodeFeatures supplementalGroupsPolicy?:*bool
ServiceAccount T metadata?=ObjectMeta:ObjectMeta secrets?:[]ObjectReference~name imagePullSecrets?:[]LocalObjectReference
  automountServiceAccountToken?:*bool
Event T metadata?=ObjectMeta:ObjectMeta involvedObject:ObjectReference reason?:string message?:string source?:EventSource firstTimestamp?:Time
  lastTimestamp?:Time count?:int32 type?:string eventTime?:MicroTime series?:*EventSeries action?:string related?:*ObjectReference
  reportingComponent=ReportingController:string reportingInstance:string
EventSource component?:string host?:string
EventSeries count?:int32 lastObservedTime?:MicroTime
Binding T metadata?=ObjectMeta:ObjectMeta target:ObjectReference
PersistentVolumeClaim T metadata?=ObjectMeta:ObjectMeta spec?:PersistentVolumeClaimSpec status?:PersistentVolumeClaimStatus
PersistentVolumeClaimStatus phase?:PersistentVolumeClaimPhase accessModes?:[]PersistentVolumeAccessMode capacity?:{}Quantity@ResourceName
  conditions?:[]PersistentVolumeClaimCondition~type allocatedResources?:{}Quantity@ResourceName
  allocatedResourceStatuses?#7:{}ClaimResourceStatus@ResourceName currentVolumeAttributesClassName?:*string modifyVolumeStatus?:*ModifyVolumeStatus
PersistentVolumeClaimCondition type:PersistentVolumeClaimConditionType status:ConditionStatus lastProbeTime?:Time lastTransitionTime?:Time reason?:string
  message?:string
ModifyVolumeStatus targetVolumeAttributesClassName?:string status:PersistentVolumeClaimModifyVolumeStatus
DeleteOptions T gracePeriodSeconds?:*int64 preconditions?:*Preconditions orphanDependents?:*bool propagationPolicy?:*DeletionPropagation dryRun?:[]string
  ignoreStoreReadErrorWithClusterBreakingPotential?:*bool
Preconditions uid?=UID:*UID resourceVersion?:*string
ListMeta selfLink?:string resourceVersion?:string continue?:string remainingItemCount?:*int64 shardInfo?:*ShardInfo
ShardInfo selector:string
`;
