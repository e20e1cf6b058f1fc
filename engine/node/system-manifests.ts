/**
 * What kubeadm and flannel's manifest put into a new cluster: kube-proxy and flannel as
 * DaemonSets, CoreDNS as a Deployment behind the Service kube-dns, and their configuration.
 */
import type { Draft, Kind } from "../kube/types";

export const CLUSTER_NETWORK = "10.244.0.0/16";
export const CLUSTER_DNS = "10.96.0.10";

export const IMAGES = {
  kubeProxy: "registry.k8s.io/kube-proxy:v1.36.0",
  flannel: "ghcr.io/flannel-io/flannel:v0.28.1",
  coreDns: "registry.k8s.io/coredns/coredns:v1.14.2",
} as const;

export const COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;

export const kubeProxyConfig = (mode: string): string => `apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
clusterCIDR: ${CLUSTER_NETWORK}
conntrack:
  maxPerCore: null
  min: null
  tcpBeLiberal: false
  tcpCloseWaitTimeout: null
  tcpEstablishedTimeout: null
healthzBindAddress: ""
iptables:
  localhostNodePorts: null
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 1s
  syncPeriod: 30s
ipvs:
  excludeCIDRs: null
  minSyncPeriod: 0s
  scheduler: ""
  strictARP: false
  syncPeriod: 0s
  tcpFinTimeout: 0s
  tcpTimeout: 0s
  udpTimeout: 0s
kind: KubeProxyConfiguration
metricsBindAddress: ""
mode: ${mode === "iptables" ? '""' : mode}
nftables:
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
`;

/** In the order they are made. */
export function systemManifests(proxyMode: string, replicas: number): readonly Draft<Kind>[] {
  return [
    { kind: "Namespace", metadata: { name: "kube-flannel", labels: { "k8s-app": "flannel", "pod-security.kubernetes.io/enforce": "privileged" } } },
    configMap("kube-system", "kube-proxy", { "config.conf": kubeProxyConfig(proxyMode) }, { app: "kube-proxy" }),
    configMap("kube-system", "coredns", { Corefile: COREFILE }),
    configMap("kube-flannel", "kube-flannel-cfg", { "cni-conf.json": CNI_CONF, "net-conf.json": NET_CONF }, { app: "flannel", "k8s-app": "flannel", tier: "node" }),
    flannelDaemonSet(),
    kubeProxyDaemonSet(),
    kubeDnsService(),
    coreDnsDeployment(replicas),
  ];
}

const NET_CONF = `{
  "Network": "${CLUSTER_NETWORK}",
  "EnableNFTables": false,
  "Backend": {
    "Type": "vxlan"
  }
}
`;

const CNI_CONF = `{
  "name": "cbr0",
  "cniVersion": "0.3.1",
  "plugins": [
    {
      "type": "flannel",
      "delegate": {
        "hairpinMode": true,
        "isDefaultGateway": true
      }
    },
    {
      "type": "portmap",
      "capabilities": {
        "portMappings": true
      }
    }
  ]
}
`;

function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>, labels?: Readonly<Record<string, string>>): Draft<"ConfigMap"> {
  return { kind: "ConfigMap", metadata: { namespace, name, ...(labels && { labels }) }, data };
}

function kubeProxyDaemonSet(): Draft<"DaemonSet"> {
  const labels = { "k8s-app": "kube-proxy" };
  return {
    kind: "DaemonSet",
    metadata: { namespace: "kube-system", name: "kube-proxy", labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "kube-proxy",
              image: IMAGES.kubeProxy,
              imagePullPolicy: "IfNotPresent",
              command: ["/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf", "--hostname-override=$(NODE_NAME)", "--v=2"],
              env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "spec.nodeName" } } }],
              volumeMounts: [{ name: "kube-proxy", mountPath: "/var/lib/kube-proxy" }],
            },
          ],
          hostNetwork: true,
          priorityClassName: "system-node-critical",
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [{ operator: "Exists" }],
          volumes: [{ name: "kube-proxy", configMap: { name: "kube-proxy" } }],
        },
      },
    },
  };
}

function flannelDaemonSet(): Draft<"DaemonSet"> {
  const labels = { app: "flannel", "k8s-app": "flannel", tier: "node" };
  return {
    kind: "DaemonSet",
    metadata: { namespace: "kube-flannel", name: "kube-flannel-ds", labels },
    spec: {
      selector: { matchLabels: { app: "flannel", "k8s-app": "flannel" } },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "kube-flannel",
              image: IMAGES.flannel,
              command: ["/opt/bin/flanneld"],
              args: ["--ip-masq", "--kube-subnet-mgr"],
              env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "spec.nodeName" } } }],
              volumeMounts: [{ name: "flannel-cfg", mountPath: "/etc/kube-flannel/" }],
            },
          ],
          hostNetwork: true,
          priorityClassName: "system-node-critical",
          tolerations: [{ effect: "NoSchedule", operator: "Exists" }],
          volumes: [{ name: "flannel-cfg", configMap: { name: "kube-flannel-cfg" } }],
        },
      },
    },
  };
}

function kubeDnsService(): Draft<"Service"> {
  return {
    kind: "Service",
    metadata: { namespace: "kube-system", name: "kube-dns", labels: { "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" }, annotations: { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" } },
    spec: {
      clusterIP: CLUSTER_DNS,
      selector: { "k8s-app": "kube-dns" },
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
        { name: "metrics", port: 9153, protocol: "TCP", targetPort: 9153 },
      ],
    },
  };
}

function coreDnsDeployment(replicas: number): Draft<"Deployment"> {
  const labels = { "k8s-app": "kube-dns" };
  return {
    kind: "Deployment",
    metadata: { namespace: "kube-system", name: "coredns", labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: "25%" } },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "coredns",
              image: IMAGES.coreDns,
              imagePullPolicy: "IfNotPresent",
              args: ["-conf", "/etc/coredns/Corefile"],
              ports: [
                { name: "dns", containerPort: 53, protocol: "UDP" },
                { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
                { name: "metrics", containerPort: 9153, protocol: "TCP" },
                { name: "liveness-probe", containerPort: 8080, protocol: "TCP" },
                { name: "readiness-probe", containerPort: 8181, protocol: "TCP" },
              ],
              livenessProbe: { httpGet: { path: "/health", port: "liveness-probe", scheme: "HTTP" }, initialDelaySeconds: 60, timeoutSeconds: 5, periodSeconds: 10, successThreshold: 1, failureThreshold: 5 },
              readinessProbe: { httpGet: { path: "/ready", port: "readiness-probe", scheme: "HTTP" }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
              resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
              volumeMounts: [{ name: "config-volume", mountPath: "/etc/coredns", readOnly: true }],
            },
          ],
          dnsPolicy: "Default",
          priorityClassName: "system-cluster-critical",
          nodeSelector: { "kubernetes.io/os": "linux" },
          tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
          volumes: [{ name: "config-volume", configMap: { name: "coredns", items: [{ key: "Corefile", path: "Corefile" }] } }],
        },
      },
    },
  };
}
