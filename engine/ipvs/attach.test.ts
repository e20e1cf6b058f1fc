import { expect, test } from "vitest";
import { newWorld } from "../../test/support/world";
import { Netns } from "../net/netns";
import { attachNetfilter } from "../netfilter/attach";
import { ip } from "../wire/ip";
import { PROTO } from "../wire/packet";
import { attachIpvs } from "./attach";
import { addService } from "./control";

test.each(["netfilter", "ipvs"])("-m ipvs finds IPVS, when %s is there first", (first) => {
  const ns = new Netns(newWorld(), "host", { initial: true });
  const ipvs = first === "ipvs" ? attachIpvs(ns) : undefined;
  const netfilter = attachNetfilter(ns);
  addService(ipvs ?? attachIpvs(ns), { protocol: PROTO.tcp, address: ip("10.96.0.10"), port: 80, fwmark: 0, scheduler: "rr", persistentSeconds: undefined, netmask: 0xffff_ffff, onePacket: false, flags: 0 });
  expect(netfilter.virtual).toBeDefined();
});
