/**
 * The images a cluster can pull: the labs' own services, a web server, and the boxes people
 * debug with. The tools in them are given, since programs of bin/ are not known here.
 */
import type { Program } from "../host/proc";
import { PROTOCOLS_FILE, SERVICES_FILE } from "../wire/netbase";
import { echoServer } from "./echo";
import { grpcHealth } from "./grpc-health";
import type { Image } from "./image";
import { jsonApi } from "./json-api";
import { nginx, NGINX_ROOT, NGINX_VERSION, WELCOME } from "./nginx";
import { pause } from "./pause";
import { trafficClient } from "./traffic-client";

export type Toolbox = {
  /** A shell and the text tools. */
  readonly shell: readonly Program[];
  /** curl, nslookup, dig, ping, ip, ss, tcpdump, nc … */
  readonly network: readonly Program[];
  /** What BusyBox has in the place of some of them. */
  readonly busybox: readonly Program[];
};

const MIB = 1 << 20;

/** Services of the course's shop: name, port, and the tags that exist. */
const SERVICES: readonly (readonly [name: string, port: number, tags: readonly string[]])[] = [
  ["payments-api", 8080, ["1.2", "1.3", "1.4", "1.5"]],
  ["orders-api", 8080, ["2.0", "2.1", "2.2"]],
  ["catalog-api", 8080, ["3.0", "3.1"]],
  ["checkout", 8080, ["1.0", "1.1", "2.0"]],
  ["frontend", 8080, ["1.0", "1.1"]],
  ["inventory", 9090, ["1.0"]],
  ["billing", 8080, ["1.0", "1.1"]],
  ["users-api", 8080, ["1.0", "1.1"]],
];

export function defaultImages({ shell, network, busybox }: Toolbox): Image[] {
  return [...serviceImages(shell), ...webImages(shell), ...toolImages({ shell, network, busybox }), pauseImage()];
}

function serviceImages(shell: readonly Program[]): Image[] {
  return SERVICES.flatMap(([service, port, tags]) =>
    tags.map((version): Image => ({
      reference: `registry.example.com/${service}:${version}`,
      sizeBytes: 38 * MIB + 4096 * service.length,
      programs: [...shell, jsonApi({ service, version, port })],
      entrypoint: [`/usr/bin/${service}`],
      env: { SERVICE_NAME: service, SERVICE_VERSION: version },
    })),
  );
}

function webImages(shell: readonly Program[]): Image[] {
  const files = { [`${NGINX_ROOT}/index.html`]: WELCOME };
  const nginxes = ["latest", "1.29", NGINX_VERSION, "1.27", "alpine", "stable"].map(
    (tag): Image => ({ reference: `docker.io/library/nginx:${tag}`, sizeBytes: 63 * MIB, programs: [...shell, nginx], files, entrypoint: ["/usr/bin/nginx"], cmd: ["-g", "daemon off;"], env: { NGINX_VERSION } }),
  );
  const echo: Image = { reference: "registry.example.com/echo-server:1.0", sizeBytes: 6 * MIB, programs: [...shell, echoServer], entrypoint: ["/usr/bin/echo-server"] };
  const health: Image = { reference: "registry.example.com/grpc-health:1.0", sizeBytes: 11 * MIB, programs: [...shell, grpcHealth], entrypoint: ["/usr/bin/grpc-health"] };
  return [...nginxes, echo, health];
}

function toolImages({ shell, network, busybox }: Toolbox): Image[] {
  const all = [...shell, ...network];
  const box = (reference: string, sizeBytes: number, programs: readonly Program[], command: readonly string[]): Image => ({ reference, sizeBytes, programs, entrypoint: [], cmd: command });
  const netbase = { "/etc/protocols": PROTOCOLS_FILE, "/etc/services": SERVICES_FILE };
  const named = (names: readonly string[]) => network.filter(({ name }) => names.includes(name));
  return [
    ...["registry.example.com/netshoot:1.0", "docker.io/nicolaka/netshoot:latest", "docker.io/nicolaka/netshoot:v0.14"].map((reference): Image => ({ ...box(reference, 192 * MIB, all, ["bash"]), files: netbase })),
    ...["latest", "1.36", "1.37"].map((tag) => box(`docker.io/library/busybox:${tag}`, 2 * MIB, [...shell, ...busybox, ...named(["ip", "traceroute"])], ["sh"])),
    ...["12", "bookworm", "latest"].map((tag) => box(`docker.io/library/debian:${tag}`, 48 * MIB, shell, ["bash"])),
    { reference: "docker.io/curlimages/curl:8.21.0", sizeBytes: 10 * MIB, programs: [...shell, ...named(["curl"])], entrypoint: ["/usr/bin/curl"] },
    { reference: "registry.example.com/traffic-client:1.0", sizeBytes: 6 * MIB, programs: [...shell, trafficClient], entrypoint: ["/usr/bin/traffic-client"] },
  ];
}

export function pauseImage(): Image {
  return { reference: "registry.k8s.io/pause:3.10.1", sizeBytes: 320_448, programs: [pause], entrypoint: ["/usr/bin/pause"] };
}
