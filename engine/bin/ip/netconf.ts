/** `ip netconf`: some sysctls of each device, as netlink tells them (ipnetconf.c). */
import { type IpContext, deviceOr } from "./context";
import { IpFailure, type Words, matches } from "./words";

export function showNetconf(words: Words, context: IpContext): void {
  const { ns, options, out } = context;
  const word = words.take();
  if (word !== undefined && !["show", "list", "lst"].some((name) => matches(word, name))) throw new IpFailure(`Command "${word}" is unknown, try "ip netconf help".\n`, 255);
  let only: string | undefined;
  while (words.more) if (words.need() === "dev") only = deviceOr(ns, words.need()).name;
  if (options.family === "inet6") return;
  const names = only === undefined ? [...ns.devices.all().map(({ name }) => name), "all", "default"] : [only];
  for (const name of names) out.push(lineOf(name, context));
}

function lineOf(name: string, { ns }: IpContext): string {
  const value = (key: string): number => ns.sysctl.number(`net/ipv4/conf/${name}/${key}`);
  const on = (key: string): string => (value(key) === 0 ? "off" : "on");
  const filter = ["off", "strict", "loose"][value("rp_filter")] ?? "unknown mode";
  return `inet ${name} forwarding ${on("forwarding")} rp_filter ${filter} mc_forwarding off proxy_neigh ${on("proxy_arp")} ignore_routes_with_linkdown ${on("ignore_routes_with_linkdown")} \n`;
}
