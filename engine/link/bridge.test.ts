import { expect, test } from "vitest";
import { newWorld } from "../../test/support/world";
import type { World } from "../core/world";
import { BROADCAST_MAC, type Mac, mac } from "../wire/mac";
import type { Frame } from "../wire/packet";
import { BridgeDevice } from "./bridge";
import { type VethDevice, vethPair } from "./veth";

const A = mac("02:00:00:00:00:0a");
const B = mac("02:00:00:00:00:0b");
const C = mac("02:00:00:00:00:0c");

function frame(src: Mac, dst: Mac): Frame {
  return { src, dst, payload: { kind: "arp", op: 1, senderMac: src, senderIp: 0 as never, targetMac: dst, targetIp: 0 as never } };
}

/** A bridge whose ports p1, p2 … have somebody at the other end; `heard` lists who received what. */
function bridged(world: World, ports: number): { bridge: BridgeDevice; ends: VethDevice[]; heard: string[] } {
  const bridge = new BridgeDevice(world, "br0", mac("02:00:00:00:01:00"));
  const heard: string[] = [];
  bridge.onReceive = ({ src }) => heard.push(`br0 ${(src % 256).toString(16)}`);
  const ends = Array.from({ length: ports }, (_, i) => {
    const [port, end] = vethPair(world, `p${i + 1}`, mac(`02:00:00:00:02:0${i + 1}`), `e${i + 1}`, mac(`02:00:00:00:03:0${i + 1}`));
    end.onReceive = ({ src }) => heard.push(`e${i + 1} ${(src % 256).toString(16)}`);
    bridge.addPort(port);
    port.setUp(true);
    end.setUp(true);
    return end;
  });
  bridge.setUp(true);
  return { bridge, ends, heard };
}

/** Sends, lets the world settle, and says who heard it. */
function says(world: World, heard: string[], from: VethDevice, what: Frame): string[] {
  heard.length = 0;
  from.transmit(what);
  world.scheduler.run(0);
  return [...heard];
}

// Linux 6.18: a flood serves the port that was added last first; "tcpdump -i any" of an ARP request over four ports shows p4, p3, p2.
test("what nobody is known to have is flooded, and the answer goes straight back", () => {
  const world = newWorld();
  const { ends, heard } = bridged(world, 3);
  expect(says(world, heard, ends[0]!, frame(A, B))).toEqual(["e3 a", "e2 a"]);
  expect(says(world, heard, ends[1]!, frame(B, A))).toEqual(["e1 b"]);
  expect(says(world, heard, ends[0]!, frame(A, B))).toEqual(["e2 a"]);
});

test("a broadcast reaches all ports and the machine itself", () => {
  const world = newWorld();
  const { ends, heard } = bridged(world, 2);
  expect(says(world, heard, ends[0]!, frame(A, BROADCAST_MAC))).toEqual(["br0 a", "e2 a"]);
});

test("a frame for the bridge or for one of its ports' own addresses stays here", () => {
  const world = newWorld();
  const { bridge, ends, heard } = bridged(world, 2);
  expect(says(world, heard, ends[0]!, frame(A, bridge.mac))).toEqual(["br0 a"]);
  expect(says(world, heard, ends[0]!, frame(A, mac("02:00:00:00:02:02")))).toEqual(["br0 a"]);
});

test("what was learned is forgotten after 300 seconds", () => {
  const world = newWorld();
  const { ends, heard } = bridged(world, 3);
  says(world, heard, ends[1]!, frame(B, A));
  world.scheduler.run(299_000);
  expect(says(world, heard, ends[0]!, frame(A, B))).toEqual(["e2 a"]);
  world.scheduler.run(1_000);
  expect(says(world, heard, ends[0]!, frame(A, B))).toEqual(["e3 a", "e2 a"]);
});

test("a frame goes back by the port it came from only in hairpin mode", () => {
  const world = newWorld();
  const { bridge, ends, heard } = bridged(world, 2);
  says(world, heard, ends[0]!, frame(C, B));
  expect(says(world, heard, ends[0]!, frame(A, C))).toEqual([]);
  Object.assign(bridge.ports[0]!.flags, { hairpin: true });
  expect(says(world, heard, ends[0]!, frame(A, C))).toEqual(["e1 a"]);
});

test("isolated ports do not hear each other", () => {
  const world = newWorld();
  const { bridge, ends, heard } = bridged(world, 3);
  for (const port of bridge.ports.slice(0, 2)) port.flags.isolated = true;
  expect(says(world, heard, ends[0]!, frame(A, B))).toEqual(["e3 a"]);
});

test("a bridge takes the lowest address and the smallest MTU of its ports, and has no carrier without a live one", () => {
  const world = newWorld();
  const { bridge, ends } = bridged(world, 2);
  expect(bridge.mac).toBe(mac("02:00:00:00:02:01"));
  bridge.ports[1]!.device.mtu = 1400;
  bridge.ports[1]!.device.changed();
  expect([bridge.mtu, bridge.carrier]).toEqual([1400, true]);
  for (const end of ends) end.setUp(false);
  expect(bridge.carrier).toBe(false);
});
