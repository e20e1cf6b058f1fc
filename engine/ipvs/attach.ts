/** Gives a namespace its IP Virtual Server: what loading the module ip_vs does. */
import type { Netns } from "../net/netns";
import { hooksOf } from "./hooks";
import { Ipvs } from "./ipvs";

/** Once; asking again returns the same. */
export function attachIpvs(ns: Netns): Ipvs {
  const known = ipvsOf(ns);
  if (known !== undefined) return known;
  const ipvs = new Ipvs(ns);
  ipvs.registerHooks = () => {
    const leave = hooksOf(ipvs).map((hook) => ns.hooks.register(hook));
    return () => {
      for (const go of leave) go();
    };
  };
  ns.ipvs = ipvs;
  return ipvs;
}

export function ipvsOf(ns: Netns): Ipvs | undefined {
  return ns.ipvs instanceof Ipvs ? ns.ipvs : undefined;
}
