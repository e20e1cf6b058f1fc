import { expect, test } from "vitest";
import { newWorld } from "../../test/support/world";
import { SysError } from "../core/errno";
import { Netns } from "../net/netns";
import { attachIpvs } from "./attach";

test("net.ipv4.vs: levels end at 3, sync_version at 1, sync_ports is a power of two; what is refused changes nothing", () => {
  const ns = new Netns(newWorld(), "n");
  attachIpvs(ns);
  const set = (name: string, value: string): string | undefined => {
    try {
      ns.sysctl.set(`net.ipv4.vs.${name}`, value);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
    return ns.sysctl.get(`net.ipv4.vs.${name}`);
  };
  expect([set("drop_entry", "3"), set("drop_entry", "4"), set("secure_tcp", "-1")]).toEqual(["3", "3", "0"]);
  expect([set("sync_version", "0"), set("sync_version", "2")]).toEqual(["0", "0"]);
  expect([set("sync_ports", "64"), set("sync_ports", "0"), set("sync_ports", "300")]).toEqual(["64", "64", "64"]);
  expect([set("sync_threshold", "5 60"), set("sync_threshold", "60 50")]).toEqual(["5\t60", "5\t60"]);
  expect(set("conn_reuse_mode", "5")).toBe("5");
});
