/**
 * Custom resources the course uses: the Gateway API (gateway.networking.k8s.io/v1) and the
 * address pools of a bare-metal load balancer (metallb.io/v1beta1). In a real cluster these come
 * with their controllers as CustomResourceDefinitions; here the API server knows them from the start.
 */
import type * as metav1 from "kubernetes-types/meta/v1";
import type { DeepReadonly, Stored } from "./types";

type Meta = { metadata?: metav1.ObjectMeta };
type Conditions = { conditions?: metav1.Condition[] };

export type GatewayClass = Stored<
  Meta & { spec?: { controllerName: string; description?: string; parametersRef?: { group: string; kind: string; name: string; namespace?: string } }; status?: Conditions },
  "spec",
  "GatewayClass"
>;

type SecretReference = { group?: string; kind?: string; name: string; namespace?: string };
type RouteGroupKind = { group?: string; kind: string };

export type GatewayListener = {
  name: string;
  hostname?: string;
  port: number;
  protocol: string;
  tls?: { mode?: string; certificateRefs?: SecretReference[]; options?: Record<string, string> };
  allowedRoutes?: { namespaces?: { from?: string; selector?: metav1.LabelSelector }; kinds?: RouteGroupKind[] };
};

export type Gateway = Stored<
  Meta & {
    spec?: {
      gatewayClassName: string;
      listeners: GatewayListener[];
      addresses?: { type?: string; value?: string }[];
      infrastructure?: { labels?: Record<string, string>; annotations?: Record<string, string>; parametersRef?: { group: string; kind: string; name: string } };
    };
    status?: Conditions & {
      addresses?: { type?: string; value: string }[];
      listeners?: (Conditions & { name: string; supportedKinds?: RouteGroupKind[]; attachedRoutes: number })[];
    };
  },
  "spec",
  "Gateway"
>;

export type ParentReference = { group?: string; kind?: string; namespace?: string; name: string; sectionName?: string; port?: number };
type BackendObjectReference = { group?: string; kind?: string; name: string; namespace?: string; port?: number };
type HeaderValue = { name: string; value: string };
type HeaderFilter = { set?: HeaderValue[]; add?: HeaderValue[]; remove?: string[] };
type PathModifier = { type: string; replaceFullPath?: string; replacePrefixMatch?: string };

export type HTTPRouteFilter = {
  type: string;
  requestHeaderModifier?: HeaderFilter;
  responseHeaderModifier?: HeaderFilter;
  requestMirror?: { backendRef: BackendObjectReference; percent?: number; fraction?: { numerator: number; denominator?: number } };
  requestRedirect?: { scheme?: string; hostname?: string; path?: PathModifier; port?: number; statusCode?: number };
  urlRewrite?: { hostname?: string; path?: PathModifier };
};

export type HTTPRouteMatch = {
  path?: { type?: string; value?: string };
  headers?: { type?: string; name: string; value: string }[];
  queryParams?: { type?: string; name: string; value: string }[];
  method?: string;
};

export type HTTPRouteRule = {
  name?: string;
  matches?: HTTPRouteMatch[];
  filters?: HTTPRouteFilter[];
  backendRefs?: (BackendObjectReference & { weight?: number; filters?: HTTPRouteFilter[] })[];
  timeouts?: { request?: string; backendRequest?: string };
};

export type HTTPRoute = Stored<
  Meta & {
    spec?: { parentRefs?: ParentReference[]; hostnames?: string[]; rules?: HTTPRouteRule[] };
    status?: { parents: (Conditions & { parentRef: ParentReference; controllerName: string })[] };
  },
  "spec",
  "HTTPRoute"
>;

export type ReferenceGrant = Stored<
  Meta & {
    spec?: { from: { group: string; kind: string; namespace: string }[]; to: { group: string; kind: string; name?: string }[] };
  },
  "spec",
  "ReferenceGrant"
>;

export type IPAddressPool = Stored<
  Meta & {
    spec?: { addresses: string[]; autoAssign?: boolean; avoidBuggyIPs?: boolean; serviceAllocation?: { priority?: number; namespaces?: string[] } };
  },
  "spec",
  "IPAddressPool"
>;

export type L2Advertisement = Stored<
  Meta & { spec?: { ipAddressPools?: string[]; nodeSelectors?: metav1.LabelSelector[]; interfaces?: string[] } },
  "spec",
  "L2Advertisement"
>;

export type Listener = DeepReadonly<GatewayListener>;
