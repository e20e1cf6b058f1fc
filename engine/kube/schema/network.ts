/**
 * networking.k8s.io/v1, discovery.k8s.io/v1, coordination.k8s.io/v1, events.k8s.io/v1.
 * One type a line, in the words of grammar.ts; the order of the fields is the real API's own.
 */
export const NETWORK = `
EndpointSlice T metadata?=ObjectMeta:ObjectMeta addressType#4:AddressType endpoints#2:[]Endpoint ports:[]EndpointPort
Endpoint addresses:[]string conditions?:EndpointConditions hostname?:*string targetRef?:*ObjectReference deprecatedTopology?:{}string nodeName?:*string
  zone?:*string hints?:*EndpointHints
EndpointConditions ready?:*bool serving?:*bool terminating?:*bool
EndpointHints forZones?:[]ForZone forNodes?:[]ForNode
ForZone name:string
ForNode name:string
EndpointPort name?:*string protocol?:*Protocol port?:*int32 appProtocol?:*string
Ingress T metadata?=ObjectMeta:ObjectMeta spec?:IngressSpec status?:IngressStatus
IngressSpec ingressClassName?#4:*string defaultBackend?#1:*IngressBackend tls?=TLS:[]IngressTLS rules?:[]IngressRule
IngressBackend service?#4:*IngressServiceBackend resource?#3:*TypedLocalObjectReference
IngressServiceBackend name:string port?:ServiceBackendPort
ServiceBackendPort name?:string number?:int32
IngressTLS hosts?:[]string secretName?:string
IngressRule host?:string <IngressRuleValue http?=HTTP:*HTTPIngressRuleValue >
HTTPIngressRuleValue paths:[]HTTPIngressPath
HTTPIngressPath path?:string pathType#3:*PathType backend#2:IngressBackend
IngressStatus loadBalancer?:IngressLoadBalancerStatus
IngressLoadBalancerStatus ingress?:[]IngressLoadBalancerIngress
IngressLoadBalancerIngress ip?=IP:string hostname?:string ports?#4:[]IngressPortStatus
IngressPortStatus port:int32 protocol:Protocol error?:*string
IngressClass T metadata?=ObjectMeta:ObjectMeta spec?:IngressClassSpec
IngressClassSpec controller?:string parameters?:*IngressClassParametersReference
IngressClassParametersReference apiGroup?=APIGroup:*string kind:string name:string scope:*string namespace?:*string
NetworkPolicy T metadata?=ObjectMeta:ObjectMeta spec?:NetworkPolicySpec
NetworkPolicySpec podSelector:LabelSelector ingress?:[]NetworkPolicyIngressRule egress?:[]NetworkPolicyEgressRule policyTypes?:[]PolicyType
NetworkPolicyIngressRule ports?:[]NetworkPolicyPort from?:[]NetworkPolicyPeer
NetworkPolicyPort protocol?:*Protocol port?:*IntOrString endPort?:*int32
NetworkPolicyPeer podSelector?:*LabelSelector namespaceSelector?:*LabelSelector ipBlock?=IPBlock:*IPBlock
IPBlock cidr=CIDR:string except?:[]string
NetworkPolicyEgressRule ports?:[]NetworkPolicyPort to?:[]NetworkPolicyPeer
Lease T metadata?=ObjectMeta:ObjectMeta spec?:LeaseSpec
LeaseSpec holderIdentity?:*string leaseDurationSeconds?:*int32 acquireTime?:*MicroTime renewTime?:*MicroTime leaseTransitions?:*int32
  strategy?:*CoordinatedLeaseStrategy preferredHolder?:*string
events.Event T metadata?=ObjectMeta:ObjectMeta eventTime:MicroTime series?:*EventSeries reportingController?:string reportingInstance?:string
  action?:string reason?:string regarding?:ObjectReference related?:*ObjectReference note?:string type?:string deprecatedSource?:EventSource
  deprecatedFirstTimestamp?:Time deprecatedLastTimestamp?:Time deprecatedCount?:int32
EventSeries count:int32 lastObservedTime:MicroTime
`;
