/** Gives a namespace its IP Virtual Server: what loading the module ip_vs does. */
import type { Netns } from "../net/netns";
import type { VirtualLookup } from "../netfilter/attach";
import { portsOf } from "./connection-table";
import { hooksOf } from "./hooks";
import { Ipvs } from "./ipvs";
import { ipvsFiles } from "./proc-files";

/** Once; asking again returns the same. */
export function attachIpvs(ns: Netns): Ipvs {
  const known = ipvsOf(ns);
  if (known !== undefined) return known;
  const ipvs = new Ipvs(ns);
  ipvs.registerHooks = () => {
    // Netfilter may have come later than the module.
    if (ipvs.netfilter !== undefined) ipvs.netfilter.virtual = lookupIn(ipvs);
    const leave = hooksOf(ipvs).map((hook) => ns.hooks.register(hook));
    return () => {
      for (const go of leave) go();
    };
  };
  ns.ipvs = ipvs;
  ns.procFiles = ipvsFiles(ipvs);
  return ipvs;
}

/** For -m ipvs: by where the packet is going now, and whose it is. */
function lookupIn({ table }: Ipvs): VirtualLookup {
  return {
    connectionOf({ packet }) {
      const ports = portsOf(packet);
      const entry = ports && table.fromServer(packet.proto, packet.src, ports.sport, packet.dst, ports.dport);
      return entry && { address: entry.virtual, port: entry.virtualPort, forwarding: entry.forwarding, controlPort: entry.control?.virtualPort };
    },
  };
}

export function ipvsOf(ns: Netns): Ipvs | undefined {
  return ns.ipvs instanceof Ipvs ? ns.ipvs : undefined;
}
