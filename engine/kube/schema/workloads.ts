/**
 * apps/v1, batch/v1, policy/v1, autoscaling/v1, scheduling.k8s.io/v1 and rbac.authorization.k8s.io/v1.
 * One type a line, in the words of grammar.ts; the order of the fields is the real API's own.
 */
export const WORKLOADS = `
Deployment T metadata?=ObjectMeta:ObjectMeta spec?:DeploymentSpec status?:DeploymentStatus
DeploymentSpec replicas?:*int32 selector:*LabelSelector template:PodTemplateSpec strategy?:DeploymentStrategy~! minReadySeconds?:int32
  revisionHistoryLimit?:*int32 paused?:bool progressDeadlineSeconds?#9:*int32
DeploymentStrategy type?:DeploymentStrategyType rollingUpdate?:*RollingUpdateDeployment
RollingUpdateDeployment maxUnavailable?:*IntOrString maxSurge?:*IntOrString
DeploymentStatus observedGeneration?:int64 replicas?:int32 updatedReplicas?:int32 readyReplicas?#7:int32 availableReplicas?#4:int32
  unavailableReplicas?:int32 terminatingReplicas?#9:*int32 conditions?#6:[]DeploymentCondition~type collisionCount?#8:*int32
DeploymentCondition type:DeploymentConditionType status:ConditionStatus lastUpdateTime?#6:Time lastTransitionTime?:Time reason?#4:string message?:string
ReplicaSet T metadata?=ObjectMeta:ObjectMeta spec?:ReplicaSetSpec status?:ReplicaSetStatus
ReplicaSetSpec replicas?:*int32 minReadySeconds?#4:int32 selector#2:*LabelSelector template?:PodTemplateSpec
ReplicaSetStatus replicas:int32 fullyLabeledReplicas?:int32 readyReplicas?#4:int32 availableReplicas?:int32 terminatingReplicas?#7:*int32
  observedGeneration?#3:int64 conditions?#6:[]ReplicaSetCondition~type
ReplicaSetCondition type:ReplicaSetConditionType status:ConditionStatus lastTransitionTime?:Time reason?:string message?:string
StatefulSet T metadata?=ObjectMeta:ObjectMeta spec?:StatefulSetSpec status?:StatefulSetStatus
StatefulSetSpec replicas?:*int32 selector:*LabelSelector template:PodTemplateSpec volumeClaimTemplates?:[]PersistentVolumeClaim serviceName:string
  podManagementPolicy?:PodManagementPolicyType updateStrategy?:StatefulSetUpdateStrategy revisionHistoryLimit?:*int32 minReadySeconds?:int32
  persistentVolumeClaimRetentionPolicy?:*StatefulSetPersistentVolumeClaimRetentionPolicy ordinals?:*StatefulSetOrdinals
StatefulSetUpdateStrategy type?:StatefulSetUpdateStrategyType rollingUpdate?:*RollingUpdateStatefulSetStrategy
RollingUpdateStatefulSetStrategy partition?:*int32 maxUnavailable?:*IntOrString
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted?:PersistentVolumeClaimRetentionPolicyType whenScaled?:PersistentVolumeClaimRetentionPolicyType
StatefulSetOrdinals start:int32
StatefulSetStatus observedGeneration?:int64 replicas:int32 readyReplicas?:int32 currentReplicas?:int32 updatedReplicas?:int32 currentRevision?:string
  updateRevision?:string collisionCount?#9:*int32 conditions?:[]StatefulSetCondition~type availableReplicas:int32
StatefulSetCondition type:StatefulSetConditionType status:ConditionStatus lastTransitionTime?:Time reason?:string message?:string
DaemonSet T metadata?=ObjectMeta:ObjectMeta spec?:DaemonSetSpec status?:DaemonSetStatus
DaemonSetSpec selector:*LabelSelector template:PodTemplateSpec updateStrategy?:DaemonSetUpdateStrategy minReadySeconds?:int32
  revisionHistoryLimit?#6:*int32
DaemonSetUpdateStrategy type?:DaemonSetUpdateStrategyType rollingUpdate?:*RollingUpdateDaemonSet
RollingUpdateDaemonSet maxUnavailable?:*IntOrString maxSurge?:*IntOrString
DaemonSetStatus currentNumberScheduled:int32 numberMisscheduled:int32 desiredNumberScheduled:int32 numberReady:int32 observedGeneration?:int64
  updatedNumberScheduled?:int32 numberAvailable?:int32 numberUnavailable?:int32 collisionCount?:*int32 conditions?:[]DaemonSetCondition~type
DaemonSetCondition type:DaemonSetConditionType status:ConditionStatus lastTransitionTime?:Time reason?:string message?:string
ControllerRevision T metadata?=ObjectMeta:ObjectMeta data?:Raw revision:int64
Job T metadata?=ObjectMeta:ObjectMeta spec?:JobSpec status?:JobStatus
JobSpec parallelism?:*int32 completions?:*int32 activeDeadlineSeconds?:*int64 podFailurePolicy?#11:*PodFailurePolicy successPolicy?#16:*SuccessPolicy
  backoffLimit?#7:*int32 backoffLimitPerIndex?#12:*int32 maxFailedIndexes?:*int32 selector?#4:*LabelSelector manualSelector?:*bool template:PodTemplateSpec
  ttlSecondsAfterFinished?#8=TTLSecondsAfterFinished:*int32 completionMode?:*CompletionMode suspend?:*bool podReplacementPolicy?#14:*PodReplacementPolicy
  managedBy?:*string
PodFailurePolicy rules:[]PodFailurePolicyRule
PodFailurePolicyRule action:PodFailurePolicyAction onExitCodes?:*PodFailurePolicyOnExitCodesRequirement
  onPodConditions?:[]PodFailurePolicyOnPodConditionsPattern
PodFailurePolicyOnExitCodesRequirement containerName?:*string operator:PodFailurePolicyOnExitCodesOperator values:[]int32
PodFailurePolicyOnPodConditionsPattern type:PodConditionType status:ConditionStatus
SuccessPolicy rules:[]SuccessPolicyRule
SuccessPolicyRule succeededIndexes?:*string succeededCount?:*int32
JobStatus conditions?:[]JobCondition~type startTime?:*Time completionTime?:*Time active?:int32 succeeded?:int32 failed?:int32 terminating?#11:*int32
  completedIndexes?#7:string failedIndexes?#10:*string uncountedTerminatedPods?#8:*UncountedTerminatedPods ready?:*int32
JobCondition type:JobConditionType status:ConditionStatus lastProbeTime?:Time lastTransitionTime?:Time reason?:string message?:string
UncountedTerminatedPods succeeded?:[]UID failed?:[]UID
PodDisruptionBudget T metadata?=ObjectMeta:ObjectMeta spec?:PodDisruptionBudgetSpec status?:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec minAvailable?:*IntOrString selector?:*LabelSelector~replace maxUnavailable?:*IntOrString
  unhealthyPodEvictionPolicy?:*UnhealthyPodEvictionPolicyType
PodDisruptionBudgetStatus observedGeneration?:int64 disruptedPods?:{}Time disruptionsAllowed:int32 currentHealthy:int32 desiredHealthy:int32
  expectedPods:int32 conditions?:[]Condition~type
Eviction T metadata?=ObjectMeta:ObjectMeta deleteOptions?:*DeleteOptions
Role T metadata?=ObjectMeta:ObjectMeta rules:[]PolicyRule
PolicyRule verbs:[]string apiGroups?=APIGroups:[]string resources?:[]string resourceNames?:[]string nonResourceURLs?:[]string
RoleBinding T metadata?=ObjectMeta:ObjectMeta subjects?:[]Subject roleRef:RoleRef
Subject kind:string apiGroup?=APIGroup:string name:string namespace?:string
RoleRef apiGroup=APIGroup:string kind:string name:string
ClusterRole T metadata?=ObjectMeta:ObjectMeta rules:[]PolicyRule aggregationRule?:*AggregationRule
AggregationRule clusterRoleSelectors?:[]LabelSelector
ClusterRoleBinding T metadata?=ObjectMeta:ObjectMeta subjects?:[]Subject roleRef:RoleRef
PriorityClass T metadata?=ObjectMeta:ObjectMeta value:int32 globalDefault?:bool description?:string preemptionPolicy?:*PreemptionPolicy
Scale T metadata?=ObjectMeta:ObjectMeta spec?:ScaleSpec status?:ScaleStatus
ScaleSpec replicas?:int32
ScaleStatus replicas:int32 selector?:string
`;
