/**
 * What comes as CustomResourceDefinitions in a real cluster: gateway.networking.k8s.io/v1 and the
 * address pools of metallb.io/v1beta1. The types are in gateway-types.ts; this is what may be in them.
 */
export const CUSTOM = `
GatewayClass T metadata?=ObjectMeta:ObjectMeta spec:GatewayClassSpec status?:*GatewayClassStatus
GatewayClassSpec controllerName:string parametersRef?:*ParametersReference description?:*string
GatewayClassStatus conditions?:[]Condition~type
ParametersReference group:string kind:string name:string namespace?:*string
Gateway T metadata?=ObjectMeta:ObjectMeta spec:GatewaySpec status?:*GatewayStatus
GatewaySpec gatewayClassName:string listeners:[]GatewayListener~name addresses?:[]GatewayAddress infrastructure?:*GatewayInfrastructure
GatewayListener name:string hostname?:*string port:int32 protocol:string tls?:*GatewayTLSConfig allowedRoutes?:*AllowedRoutes
GatewayTLSConfig mode?:*string certificateRefs?:[]SecretObjectReference options?:{}string
SecretObjectReference group?:*string kind?:*string name:string namespace?:*string
AllowedRoutes namespaces?:*RouteNamespaces kinds?:[]RouteGroupKind
RouteNamespaces from?:*string selector?:*LabelSelector
RouteGroupKind group?:*string kind:string
GatewayAddress type?:*string value:string
GatewayInfrastructure labels?:{}string annotations?:{}string parametersRef?:*ParametersReference
GatewayStatus addresses?:[]GatewayAddress conditions?:[]Condition~type listeners?:[]GatewayListenerStatus~name
GatewayListenerStatus name:string supportedKinds?:[]RouteGroupKind attachedRoutes:int32 conditions?:[]Condition~type
HTTPRoute T metadata?=ObjectMeta:ObjectMeta spec:HTTPRouteSpec status?:*HTTPRouteStatus
HTTPRouteSpec parentRefs?:[]ParentReference hostnames?:[]string rules?:[]HTTPRouteRule
ParentReference group?:*string kind?:*string namespace?:*string name:string sectionName?:*string port?:*int32
HTTPRouteRule name?:*string matches?:[]HTTPRouteMatch filters?:[]HTTPRouteFilter backendRefs?:[]HTTPBackendRef timeouts?:*HTTPRouteTimeouts
HTTPRouteMatch path?:*HTTPPathMatch headers?:[]HTTPHeaderMatch~name queryParams?:[]HTTPHeaderMatch~name method?:*string
HTTPPathMatch type?:*string value?:*string
HTTPHeaderMatch type?:*string name:string value:string
HTTPRouteFilter type:string requestHeaderModifier?:*HTTPHeaderFilter responseHeaderModifier?:*HTTPHeaderFilter
  requestMirror?:*HTTPRequestMirrorFilter requestRedirect?:*HTTPRequestRedirectFilter urlRewrite?:*HTTPURLRewriteFilter
HTTPHeaderFilter set?:[]HTTPHeaderValue~name add?:[]HTTPHeaderValue~name remove?:[]string
HTTPHeaderValue name:string value:string
HTTPRequestMirrorFilter backendRef:BackendObjectReference percent?:*int32 fraction?:*GatewayFraction
GatewayFraction numerator:int32 denominator?:*int32
HTTPRequestRedirectFilter scheme?:*string hostname?:*string path?:*HTTPPathModifier port?:*int32 statusCode?:*int
HTTPURLRewriteFilter hostname?:*string path?:*HTTPPathModifier
HTTPPathModifier type:string replaceFullPath?:*string replacePrefixMatch?:*string
BackendObjectReference group?:*string kind?:*string name:string namespace?:*string port?:*int32
HTTPBackendRef group?:*string kind?:*string name:string namespace?:*string port?:*int32 weight?:*int32 filters?:[]HTTPRouteFilter
HTTPRouteTimeouts request?:*string backendRequest?:*string
HTTPRouteStatus parents:[]RouteParentStatus
RouteParentStatus parentRef:ParentReference controllerName:string conditions?:[]Condition~type
ReferenceGrant T metadata?=ObjectMeta:ObjectMeta spec:ReferenceGrantSpec
ReferenceGrantSpec from:[]ReferenceGrantFrom to:[]ReferenceGrantTo
ReferenceGrantFrom group:string kind:string namespace:string
ReferenceGrantTo group:string kind:string name?:*string
IPAddressPool T metadata?=ObjectMeta:ObjectMeta spec:IPAddressPoolSpec
IPAddressPoolSpec addresses:[]string autoAssign?:*bool avoidBuggyIPs?:bool serviceAllocation?:*IPAddressPoolServiceAllocation
IPAddressPoolServiceAllocation priority?:int namespaces?:[]string
L2Advertisement T metadata?=ObjectMeta:ObjectMeta spec?:L2AdvertisementSpec
L2AdvertisementSpec ipAddressPools?:[]string nodeSelectors?:[]LabelSelector interfaces?:[]string
`;
