/**
 * The Pod template: PodSpec and all beneath it (core/v1).
 * One type a line, in the words of grammar.ts; the order of the fields is the real API's own.
 */
export const POD = `
PodSpec volumes?:[]Volume~!name initContainers?#20:[]Container~name containers#2:[]Container~name ephemeralContainers?#34:[]EphemeralContainer~name
  restartPolicy?#3:RestartPolicy terminationGracePeriodSeconds?:*int64 activeDeadlineSeconds?:*int64 dnsPolicy?=DNSPolicy:DNSPolicy nodeSelector?:{}string
  serviceAccountName?:string serviceAccount?=DeprecatedServiceAccount:string automountServiceAccountToken?#21:*bool nodeName?#10:string hostNetwork?:bool
  hostPID?:bool hostIPC?:bool shareProcessNamespace?#27:*bool securityContext?#14:*PodSecurityContext imagePullSecrets?:[]LocalObjectReference~name
  hostname?:string subdomain?:string affinity?:*Affinity schedulerName?:string tolerations?#22:[]Toleration hostAliases?:[]HostAlias~ip
  priorityClassName?:string priority?:*int32 dnsConfig?=DNSConfig:*PodDNSConfig readinessGates?#28:[]PodReadinessGate runtimeClassName?:*string
  enableServiceLinks?:*bool preemptionPolicy?:*PreemptionPolicy overhead?:{}Quantity@ResourceName
  topologySpreadConstraints?:[]TopologySpreadConstraint~topologyKey setHostnameAsFQDN?#35:*bool os?=OS:*PodOS hostUsers?:*bool
  schedulingGates?:[]PodSchedulingGate~name resourceClaims?:[]PodResourceClaim~!name resources?:*ResourceRequirements hostnameOverride?:*string
  schedulingGroup?#43:*PodSchedulingGroup
Volume name:string <VolumeSource hostPath?:*HostPathVolumeSource emptyDir?:*EmptyDirVolumeSource
  gcePersistentDisk?=GCEPersistentDisk:*GCEPersistentDiskVolumeSource awsElasticBlockStore?=AWSElasticBlockStore:*AWSElasticBlockStoreVolumeSource
  gitRepo?:*GitRepoVolumeSource secret?:*SecretVolumeSource nfs?=NFS:*NFSVolumeSource iscsi?=ISCSI:*ISCSIVolumeSource glusterfs?:*GlusterfsVolumeSource
  persistentVolumeClaim?:*PersistentVolumeClaimVolumeSource rbd?=RBD:*RBDVolumeSource flexVolume?:*FlexVolumeSource cinder?:*CinderVolumeSource
  cephfs?=CephFS:*CephFSVolumeSource flocker?:*FlockerVolumeSource downwardAPI?:*DownwardAPIVolumeSource fc?=FC:*FCVolumeSource
  azureFile?:*AzureFileVolumeSource configMap?:*ConfigMapVolumeSource vsphereVolume?:*VsphereVirtualDiskVolumeSource quobyte?:*QuobyteVolumeSource
  azureDisk?:*AzureDiskVolumeSource photonPersistentDisk?:*PhotonPersistentDiskVolumeSource projected?#26:*ProjectedVolumeSource
  portworxVolume?#24:*PortworxVolumeSource scaleIO?:*ScaleIOVolumeSource storageos?#27=StorageOS:*StorageOSVolumeSource csi?=CSI:*CSIVolumeSource
  ephemeral?:*EphemeralVolumeSource image?:*ImageVolumeSource >
HostPathVolumeSource path:string type?:*HostPathType
EmptyDirVolumeSource medium?:StorageMedium sizeLimit?:*Quantity
GCEPersistentDiskVolumeSource pdName=PDName:string fsType?=FSType:string partition?:int32 readOnly?:bool
AWSElasticBlockStoreVolumeSource volumeID:string fsType?=FSType:string partition?:int32 readOnly?:bool
GitRepoVolumeSource repository:string revision?:string directory?:string
SecretVolumeSource secretName?:string items?:[]KeyToPath defaultMode?:*int32 optional?:*bool
KeyToPath key:string path:string mode?:*int32
NFSVolumeSource server:string path:string readOnly?:bool
ISCSIVolumeSource targetPortal:string iqn=IQN:string lun:int32 iscsiInterface?=ISCSIInterface:string fsType?=FSType:string readOnly?:bool portals?:[]string
  chapAuthDiscovery?=DiscoveryCHAPAuth:bool chapAuthSession?#11=SessionCHAPAuth:bool secretRef?#10:*LocalObjectReference initiatorName?#12:*string
LocalObjectReference name?:string
GlusterfsVolumeSource endpoints=EndpointsName:string path:string readOnly?:bool
PersistentVolumeClaimVolumeSource claimName:string readOnly?:bool
RBDVolumeSource monitors=CephMonitors:[]string image=RBDImage:string fsType?=FSType:string pool?=RBDPool:string user?=RadosUser:string keyring?:string
  secretRef?:*LocalObjectReference readOnly?:bool
FlexVolumeSource driver:string fsType?=FSType:string secretRef?:*LocalObjectReference readOnly?:bool options?:{}string
CinderVolumeSource volumeID:string fsType?=FSType:string readOnly?:bool secretRef?:*LocalObjectReference
CephFSVolumeSource monitors:[]string path?:string user?:string secretFile?:string secretRef?:*LocalObjectReference readOnly?:bool
FlockerVolumeSource datasetName?:string datasetUUID?:string
DownwardAPIVolumeSource items?:[]DownwardAPIVolumeFile defaultMode?:*int32
DownwardAPIVolumeFile path:string fieldRef?:*ObjectFieldSelector resourceFieldRef?:*ResourceFieldSelector mode?:*int32
ObjectFieldSelector apiVersion?=APIVersion:string fieldPath:string
ResourceFieldSelector containerName?:string resource:string divisor?:Quantity
FCVolumeSource targetWWNs?:[]string lun?:*int32 fsType?=FSType:string readOnly?:bool wwids?=WWIDs:[]string
AzureFileVolumeSource secretName:string shareName:string readOnly?:bool
ConfigMapVolumeSource <LocalObjectReference name?:string > items?:[]KeyToPath defaultMode?:*int32 optional?:*bool
VsphereVirtualDiskVolumeSource volumePath:string fsType?=FSType:string storagePolicyName?:string storagePolicyID?:string
QuobyteVolumeSource registry:string volume:string readOnly?:bool user?:string group?:string tenant?:string
AzureDiskVolumeSource diskName:string diskURI=DataDiskURI:string cachingMode?:*AzureDataDiskCachingMode fsType?=FSType:*string readOnly?:*bool
  kind?:*AzureDataDiskKind
PhotonPersistentDiskVolumeSource pdID:string fsType?=FSType:string
ProjectedVolumeSource sources:[]VolumeProjection defaultMode?:*int32
VolumeProjection secret?:*SecretProjection downwardAPI?:*DownwardAPIProjection configMap?:*ConfigMapProjection
  serviceAccountToken?:*ServiceAccountTokenProjection clusterTrustBundle?:*ClusterTrustBundleProjection podCertificate?:*PodCertificateProjection
SecretProjection <LocalObjectReference name?:string > items?:[]KeyToPath optional?#4:*bool
DownwardAPIProjection items?:[]DownwardAPIVolumeFile
ConfigMapProjection <LocalObjectReference name?:string > items?:[]KeyToPath optional?#4:*bool
ServiceAccountTokenProjection audience?:string expirationSeconds?:*int64 path:string
ClusterTrustBundleProjection name?:*string signerName?:*string labelSelector?:*LabelSelector optional?#5:*bool path#4:string
PodCertificateProjection signerName?:string keyType?:string maxExpirationSeconds?:*int32 credentialBundlePath?:string keyPath?:string
  certificateChainPath?:string userAnnotations?:{}string
PortworxVolumeSource volumeID:string fsType?=FSType:string readOnly?:bool
ScaleIOVolumeSource gateway:string system:string secretRef:*LocalObjectReference sslEnabled?=SSLEnabled:bool protectionDomain?:string storagePool?:string
  storageMode?:string volumeName?:string fsType?=FSType:string readOnly?:bool
StorageOSVolumeSource volumeName?:string volumeNamespace?:string fsType?=FSType:string readOnly?:bool secretRef?:*LocalObjectReference
CSIVolumeSource driver:string readOnly?:*bool fsType?=FSType:*string volumeAttributes?:{}string nodePublishSecretRef?:*LocalObjectReference
EphemeralVolumeSource volumeClaimTemplate?:*PersistentVolumeClaimTemplate
PersistentVolumeClaimTemplate metadata?=ObjectMeta:ObjectMeta spec:PersistentVolumeClaimSpec
PersistentVolumeClaimSpec accessModes?:[]PersistentVolumeAccessMode selector?#4:*LabelSelector resources?#2:VolumeResourceRequirements volumeName?:string
  storageClassName?#5:*string volumeMode?:*PersistentVolumeMode dataSource?:*TypedLocalObjectReference dataSourceRef?:*TypedObjectReference
  volumeAttributesClassName?:*string
VolumeResourceRequirements limits?:{}Quantity@ResourceName requests?:{}Quantity@ResourceName
TypedLocalObjectReference apiGroup=APIGroup:*string kind:string name:string
TypedObjectReference apiGroup=APIGroup:*string kind:string name:string namespace?:*string
ImageVolumeSource reference?:string pullPolicy?:PullPolicy
Container name:string image?:string command?:[]string args?:[]string workingDir?:string ports?:[]ContainerPort~containerPort envFrom?#19:[]EnvFromSource
  env?#7:[]EnvVar~name resources?:ResourceRequirements resizePolicy?#23:[]ContainerResizePolicy restartPolicy?:*ContainerRestartPolicy
  restartPolicyRules?:[]ContainerRestartRule volumeMounts?#9:[]VolumeMount~mountPath volumeDevices?#21:[]VolumeDevice~devicePath livenessProbe?#10:*Probe
  readinessProbe?:*Probe startupProbe?#22:*Probe lifecycle?#12:*Lifecycle terminationMessagePath?:string
  terminationMessagePolicy?#20:TerminationMessagePolicy imagePullPolicy?#14:PullPolicy securityContext?:*SecurityContext stdin?:bool stdinOnce?:bool
  tty?=TTY:bool
ContainerPort name?:string hostPort?:int32 containerPort:int32 protocol?:Protocol hostIP?:string
EnvFromSource prefix?:string configMapRef?:*ConfigMapEnvSource secretRef?:*SecretEnvSource
ConfigMapEnvSource <LocalObjectReference name?:string > optional?:*bool
SecretEnvSource <LocalObjectReference name?:string > optional?:*bool
EnvVar name:string value?:string valueFrom?:*EnvVarSource
EnvVarSource fieldRef?:*ObjectFieldSelector resourceFieldRef?:*ResourceFieldSelector configMapKeyRef?:*ConfigMapKeySelector
  secretKeyRef?:*SecretKeySelector fileKeyRef?:*FileKeySelector
ConfigMapKeySelector <LocalObjectReference name?:string > key:string optional?:*bool
SecretKeySelector <LocalObjectReference name?:string > key:string optional?:*bool
FileKeySelector volumeName:string path:string key:string optional?:*bool
ResourceRequirements limits?:{}Quantity@ResourceName requests?:{}Quantity@ResourceName claims?:[]ResourceClaim
ResourceClaim name:string request?:string
ContainerResizePolicy resourceName:ResourceName restartPolicy:ResourceResizeRestartPolicy
ContainerRestartRule action?:ContainerRestartRuleAction exitCodes?:*ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes operator?:ContainerRestartRuleOnExitCodesOperator values?:[]int32
VolumeMount name:string readOnly?:bool recursiveReadOnly?#7:*RecursiveReadOnlyMode mountPath#3:string subPath?:string
  mountPropagation?:*MountPropagationMode subPathExpr?:string
VolumeDevice name:string devicePath:string
Probe <ProbeHandler exec?:*ExecAction httpGet?=HTTPGet:*HTTPGetAction tcpSocket?=TCPSocket:*TCPSocketAction grpc?=GRPC:*GRPCAction >
  initialDelaySeconds?:int32 timeoutSeconds?:int32 periodSeconds?:int32 successThreshold?:int32 failureThreshold?:int32
  terminationGracePeriodSeconds?:*int64
ExecAction command?:[]string
HTTPGetAction path?:string port:IntOrString host?:string scheme?:URIScheme httpHeaders?=HTTPHeaders:[]HTTPHeader
HTTPHeader name:string value:string
TCPSocketAction port:IntOrString host?:string
GRPCAction port:int32 service:*string
Lifecycle postStart?:*LifecycleHandler preStop?:*LifecycleHandler stopSignal?:*Signal
LifecycleHandler exec?:*ExecAction httpGet?=HTTPGet:*HTTPGetAction tcpSocket?=TCPSocket:*TCPSocketAction sleep?:*SleepAction
SleepAction seconds:int64
SecurityContext capabilities?:*Capabilities privileged?:*bool seLinuxOptions?=SELinuxOptions:*SELinuxOptions
  windowsOptions?#10:*WindowsSecurityContextOptions runAsUser?#4:*int64 runAsGroup?#8:*int64 runAsNonRoot?#5:*bool readOnlyRootFilesystem?:*bool
  allowPrivilegeEscalation?:*bool procMount?#9:*ProcMountType seccompProfile?#11:*SeccompProfile appArmorProfile?:*AppArmorProfile
Capabilities add?:[]Capability drop?:[]Capability
SELinuxOptions user?:string role?:string type?:string level?:string
WindowsSecurityContextOptions gmsaCredentialSpecName?=GMSACredentialSpecName:*string gmsaCredentialSpec?=GMSACredentialSpec:*string runAsUserName?:*string
  hostProcess?:*bool
SeccompProfile type:SeccompProfileType localhostProfile?:*string
AppArmorProfile type:AppArmorProfileType localhostProfile?:*string
EphemeralContainer <EphemeralContainerCommon name:string image?:string command?:[]string args?:[]string workingDir?:string
  ports?:[]ContainerPort~containerPort envFrom?#19:[]EnvFromSource env?#7:[]EnvVar~name resources?:ResourceRequirements
  resizePolicy?#23:[]ContainerResizePolicy restartPolicy?:*ContainerRestartPolicy restartPolicyRules?:[]ContainerRestartRule
  volumeMounts?#9:[]VolumeMount~mountPath volumeDevices?#21:[]VolumeDevice~devicePath livenessProbe?#10:*Probe readinessProbe?:*Probe
  startupProbe?#22:*Probe lifecycle?#12:*Lifecycle terminationMessagePath?:string terminationMessagePolicy?#20:TerminationMessagePolicy
  imagePullPolicy?#14:PullPolicy securityContext?:*SecurityContext stdin?:bool stdinOnce?:bool tty?=TTY:bool > targetContainerName?:string
PodSecurityContext seLinuxOptions?=SELinuxOptions:*SELinuxOptions windowsOptions?#8:*WindowsSecurityContextOptions runAsUser?#2:*int64 runAsGroup?#6:*int64
  runAsNonRoot?#3:*bool supplementalGroups?:[]int64 supplementalGroupsPolicy?#12:*SupplementalGroupsPolicy fsGroup?#5=FSGroup:*int64 sysctls?#7:[]Sysctl
  fsGroupChangePolicy?#9=FSGroupChangePolicy:*PodFSGroupChangePolicy seccompProfile?:*SeccompProfile appArmorProfile?:*AppArmorProfile
  seLinuxChangePolicy?#13=SELinuxChangePolicy:*PodSELinuxChangePolicy
Sysctl name:string value:string
Affinity nodeAffinity?:*NodeAffinity podAffinity?:*PodAffinity podAntiAffinity?:*PodAntiAffinity
NodeAffinity requiredDuringSchedulingIgnoredDuringExecution?:*NodeSelector preferredDuringSchedulingIgnoredDuringExecution?:[]PreferredSchedulingTerm
NodeSelector nodeSelectorTerms:[]NodeSelectorTerm
NodeSelectorTerm matchExpressions?:[]NodeSelectorRequirement matchFields?:[]NodeSelectorRequirement
NodeSelectorRequirement key:string operator:NodeSelectorOperator values?:[]string
PreferredSchedulingTerm weight:int32 preference:NodeSelectorTerm
PodAffinity requiredDuringSchedulingIgnoredDuringExecution?:[]PodAffinityTerm preferredDuringSchedulingIgnoredDuringExecution?:[]WeightedPodAffinityTerm
PodAffinityTerm labelSelector?:*LabelSelector namespaces?:[]string topologyKey:string namespaceSelector?:*LabelSelector matchLabelKeys?:[]string
  mismatchLabelKeys?:[]string
WeightedPodAffinityTerm weight:int32 podAffinityTerm:PodAffinityTerm
PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution?:[]PodAffinityTerm
  preferredDuringSchedulingIgnoredDuringExecution?:[]WeightedPodAffinityTerm
Toleration key?:string operator?:TolerationOperator value?:string effect?:TaintEffect tolerationSeconds?:*int64
HostAlias ip=IP:string hostnames?:[]string
PodDNSConfig nameservers?:[]string searches?:[]string options?:[]PodDNSConfigOption
PodDNSConfigOption name?:string value?:*string
PodReadinessGate conditionType:PodConditionType
TopologySpreadConstraint maxSkew:int32 topologyKey:string whenUnsatisfiable:UnsatisfiableConstraintAction labelSelector?:*LabelSelector minDomains?:*int32
  nodeAffinityPolicy?:*NodeInclusionPolicy nodeTaintsPolicy?:*NodeInclusionPolicy matchLabelKeys?:[]string
PodOS name:OSName
PodSchedulingGate name:string
PodResourceClaim name:string resourceClaimName?#3:*string resourceClaimTemplateName?:*string
PodSchedulingGroup podGroupName?:*string
Namespace T metadata?=ObjectMeta:ObjectMeta spec?:NamespaceSpec status?:NamespaceStatus
NamespaceSpec finalizers?:[]FinalizerName
NamespaceStatus phase?:NamespacePhase conditions?:[]NamespaceCondition~type
NamespaceCondition type:NamespaceConditionType status:ConditionStatus lastTransitionTime?#4:Time reason?:string message?:string
PodTemplateSpec metadata?=ObjectMeta:ObjectMeta spec?:PodSpec
`;
