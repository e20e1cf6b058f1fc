/**
 * The Pod template: PodSpec and all beneath it (core/v1).
 * One type a line, in the words of grammar.ts; the order of the fields is the real API's own.
 */
export const POD = `
PodSpec volumes?:[]Volume~!name initContainers?:[]Container~name containers:[]Container~name ephemeralContainers?:[]EphemeralContainer~name
  restartPolicy?:RestartPolicy terminationGracePeriodSeconds?:*int64 activeDeadlineSeconds?:*int64 dnsPolicy?=DNSPolicy:DNSPolicy nodeSelector?:{}string
  serviceAccountName?:string serviceAccount?=DeprecatedServiceAccount:string automountServiceAccountToken?:*bool nodeName?:string hostNetwork?:bool
  hostPID?:bool hostIPC?:bool shareProcessNamespace?:*bool securityContext?:*PodSecurityContext imagePullSecrets?:[]LocalObjectReference~name
  hostname?:string subdomain?:string affinity?:*Affinity schedulerName?:string tolerations?:[]Toleration hostAliases?:[]HostAlias~ip
  priorityClassName?:string priority?:*int32 dnsConfig?=DNSConfig:*PodDNSConfig readinessGates?:[]PodReadinessGate runtimeClassName?:*string
  enableServiceLinks?:*bool preemptionPolicy?:*PreemptionPolicy overhead?:{}Quantity@ResourceName
  topologySpreadConstraints?:[]TopologySpreadConstraint~topologyKey setHostnameAsFQDN?:*bool os?=OS:*PodOS hostUsers?:*bool
  schedulingGates?:[]PodSchedulingGate~name resourceClaims?:[]PodResourceClaim~!name resources?:*ResourceRequirements hostnameOverride?:*string
  schedulingGroup?:*PodSchedulingGroup
Volume name:string <VolumeSource hostPath?:*HostPathVolumeSource emptyDir?:*EmptyDirVolumeSource
  gcePersistentDisk?=GCEPersistentDisk:*GCEPersistentDiskVolumeSource awsElasticBlockStore?=AWSElasticBlockStore:*AWSElasticBlockStoreVolumeSource
  gitRepo?:*GitRepoVolumeSource secret?:*SecretVolumeSource nfs?=NFS:*NFSVolumeSource iscsi?=ISCSI:*ISCSIVolumeSource glusterfs?:*GlusterfsVolumeSource
  persistentVolumeClaim?:*PersistentVolumeClaimVolumeSource rbd?=RBD:*RBDVolumeSource flexVolume?:*FlexVolumeSource cinder?:*CinderVolumeSource
  cephfs?=CephFS:*CephFSVolumeSource flocker?:*FlockerVolumeSource downwardAPI?:*DownwardAPIVolumeSource fc?=FC:*FCVolumeSource
  azureFile?:*AzureFileVolumeSource configMap?:*ConfigMapVolumeSource vsphereVolume?:*VsphereVirtualDiskVolumeSource quobyte?:*QuobyteVolumeSource
  azureDisk?:*AzureDiskVolumeSource photonPersistentDisk?:*PhotonPersistentDiskVolumeSource projected?:*ProjectedVolumeSource
  portworxVolume?:*PortworxVolumeSource scaleIO?:*ScaleIOVolumeSource storageos?=StorageOS:*StorageOSVolumeSource csi?=CSI:*CSIVolumeSource
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
  chapAuthDiscovery?=DiscoveryCHAPAuth:bool chapAuthSession?=SessionCHAPAuth:bool secretRef?:*LocalObjectReference initiatorName?:*string
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
SecretProjection <LocalObjectReference name?:string > items?:[]KeyToPath optional?:*bool
DownwardAPIProjection items?:[]DownwardAPIVolumeFile
ConfigMapProjection <LocalObjectReference name?:string > items?:[]KeyToPath optional?:*bool
ServiceAccountTokenProjection audience?:string expirationSeconds?:*int64 path:string
ClusterTrustBundleProjection name?:*string signerName?:*string labelSelector?:*LabelSelector optional?:*bool path:string
PodCertificateProjection signerName?:string keyType?:string maxExpirationSeconds?:*int32 credentialBundlePath?:string keyPath?:string
  certificateChainPath?:string userAnnotations?:{}string
PortworxVolumeSource volumeID:string fsType?=FSType:string readOnly?:bool
ScaleIOVolumeSource gateway:string system:string secretRef:*LocalObjectReference sslEnabled?=SSLEnabled:bool protectionDomain?:string storagePool?:string
  storageMode?:string volumeName?:string fsType?=FSType:string readOnly?:bool
StorageOSVolumeSource volumeName?:string volumeNamespace?:string fsType?=FSType:string readOnly?:bool secretRef?:*LocalObjectReference
CSIVolumeSource driver:string readOnly?:*bool fsType?=FSType:*string volumeAttributes?:{}string nodePublishSecretRef?:*LocalObjectReference
EphemeralVolumeSource volumeClaimTemplate?:*PersistentVolumeClaimTemplate
PersistentVolumeClaimTemplate metadata?=ObjectMeta:ObjectMeta spec:PersistentVolumeClaimSpec
PersistentVolumeClaimSpec accessModes?:[]PersistentVolumeAccessMode selector?:*LabelSelector resources?:VolumeResourceRequirements volumeName?:string
  storageClassName?:*string volumeMode?:*PersistentVolumeMode dataSource?:*TypedLocalObjectReference dataSourceRef?:*TypedObjectReference
  volumeAttributesClassName?:*string
VolumeResourceRequirements limits?:{}Quantity@ResourceName requests?:{}Quantity@ResourceName
TypedLocalObjectReference apiGroup=APIGroup:*string kind:string name:string
TypedObjectReference apiGroup=APIGroup:*string kind:string name:string namespace?:*string
ImageVolumeSource reference?:string pullPolicy?:PullPolicy
Container name:string image?:string command?:[]string args?:[]string workingDir?:string ports?:[]ContainerPort~containerPort envFrom?:[]EnvFromSource
  env?:[]EnvVar~name resources?:ResourceRequirements resizePolicy?:[]ContainerResizePolicy restartPolicy?:*ContainerRestartPolicy
  restartPolicyRules?:[]ContainerRestartRule volumeMounts?:[]VolumeMount~mountPath volumeDevices?:[]VolumeDevice~devicePath livenessProbe?:*Probe
  readinessProbe?:*Probe startupProbe?:*Probe lifecycle?:*Lifecycle terminationMessagePath?:string terminationMessagePolicy?:TerminationMessagePolicy
  imagePullPolicy?:PullPolicy securityContext?:*SecurityContext stdin?:bool stdinOnce?:bool tty?=TTY:bool
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
VolumeMount name:string readOnly?:bool recursiveReadOnly?:*RecursiveReadOnlyMode mountPath:string subPath?:string mountPropagation?:*MountPropagationMode
  subPathExpr?:string
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
SecurityContext capabilities?:*Capabilities privileged?:*bool seLinuxOptions?=SELinuxOptions:*SELinuxOptions windowsOptions?:*WindowsSecurityContextOptions
  runAsUser?:*int64 runAsGroup?:*int64 runAsNonRoot?:*bool readOnlyRootFilesystem?:*bool allowPrivilegeEscalation?:*bool procMount?:*ProcMountType
  seccompProfile?:*SeccompProfile appArmorProfile?:*AppArmorProfile
Capabilities add?:[]Capability drop?:[]Capability
SELinuxOptions user?:string role?:string type?:string level?:string
WindowsSecurityContextOptions gmsaCredentialSpecName?=GMSACredentialSpecName:*string gmsaCredentialSpec?=GMSACredentialSpec:*string runAsUserName?:*string
  hostProcess?:*bool
SeccompProfile type:SeccompProfileType localhostProfile?:*string
AppArmorProfile type:AppArmorProfileType localhostProfile?:*string
EphemeralContainer <EphemeralContainerCommon name:string image?:string command?:[]string args?:[]string workingDir?:string
  ports?:[]ContainerPort~containerPort envFrom?:[]EnvFromSource env?:[]EnvVar~name resources?:ResourceRequirements resizePolicy?:[]ContainerResizePolicy
  restartPolicy?:*ContainerRestartPolicy restartPolicyRules?:[]ContainerRestartRule volumeMounts?:[]VolumeMount~mountPath
  volumeDevices?:[]VolumeDevice~devicePath livenessProbe?:*Probe readinessProbe?:*Probe startupProbe?:*Probe lifecycle?:*Lifecycle
  terminationMessagePath?:string terminationMessagePolicy?:TerminationMessagePolicy imagePullPolicy?:PullPolicy securityContext?:*SecurityContext
  stdin?:bool stdinOnce?:bool tty?=TTY:bool > targetContainerName?:string
PodSecurityContext seLinuxOptions?=SELinuxOptions:*SELinuxOptions windowsOptions?:*WindowsSecurityContextOptions runAsUser?:*int64 runAsGroup?:*int64
  runAsNonRoot?:*bool supplementalGroups?:[]int64 supplementalGroupsPolicy?:*SupplementalGroupsPolicy fsGroup?=FSGroup:*int64 sysctls?:[]Sysctl
  fsGroupChangePolicy?=FSGroupChangePolicy:*PodFSGroupChangePolicy seccompProfile?:*SeccompProfile appArmorProfile?:*AppArmorProfile
  seLinuxChangePolicy?=SELinuxChangePolicy:*PodSELinuxChangePolicy
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
PodResourceClaim name:string resourceClaimName?:*string resourceClaimTemplateName?:*string
PodSchedulingGroup podGroupName?:*string
Namespace T metadata?=ObjectMeta:ObjectMeta spec?:NamespaceSpec status?:NamespaceStatus
NamespaceSpec finalizers?:[]FinalizerName
NamespaceStatus phase?:NamespacePhase conditions?:[]NamespaceCondition~type
NamespaceCondition type:NamespaceConditionType status:ConditionStatus lastTransitionTime?:Time reason?:string message?:string
PodTemplateSpec metadata?=ObjectMeta:ObjectMeta spec?:PodSpec
`;
