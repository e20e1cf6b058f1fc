/** The world beyond the router: a client, a name server, and a web server on the Internet. */
import type { World } from "../core/world";
import { echoServer } from "../apps/echo";
import { nginx, NGINX_ROOT } from "../apps/nginx";
import { zoneServer } from "../apps/zone-server";
import type { Machine } from "../host/machine";
import type { Program } from "../host/proc";
import { makeHost } from "./host";
import type { Network } from "./network";

export const RESOLVER = "203.0.113.53";
const CLIENT = "203.0.113.9";
const INTERNET = "198.51.100.10";

const ZONES = {
  "example.com.": [INTERNET],
  "www.example.com.": [INTERNET],
  "api.example.com.": [INTERNET],
  "example.org.": [INTERNET],
  "www.example.org.": [INTERNET],
  "registry.example.com.": [INTERNET],
};

export class Outside {
  readonly client: Machine;
  readonly resolver: Machine;
  readonly internet: Machine;

  constructor(world: World, network: Network, programs: readonly Program[]) {
    const resolvConf = `nameserver ${RESOLVER}\n`;
    this.client = makeHost(world, { name: "client", programs, resolvConf });
    this.resolver = makeHost(world, { name: "resolver", programs, resolvConf });
    this.internet = makeHost(world, { name: "internet", programs, resolvConf, files: { [`${NGINX_ROOT}/index.html`]: "<!doctype html>\n<title>Example Domain</title>\n<h1>Example Domain</h1>\n" } });
    network.joinOutside(this.client.netns, CLIENT);
    network.joinOutside(this.resolver.netns, RESOLVER);
    network.joinOutside(this.internet.netns, INTERNET);
    this.resolver.start(zoneServer(ZONES));
    this.internet.start(nginx);
    this.internet.start(echoServer);
  }

  /** By name: "client", "resolver", "internet". */
  get machines(): readonly Machine[] {
    return [this.client, this.resolver, this.internet];
  }
}
