/**
 * Two namespaces joined by a veth pair, as most socket tests need them: a is 10.244.1.5, b is
 * 10.244.1.11, both /24. What travels is recorded the way tcpdump -n would print it, briefly.
 */
import { Rng } from "../../engine/core/rng";
import { Scheduler } from "../../engine/core/scheduler";
import type { Task } from "../../engine/core/task";
import { Trace } from "../../engine/core/trace";
import type { World } from "../../engine/core/world";
import type { BaseDevice } from "../../engine/link/base";
import { CableDevice, Cable } from "../../engine/link/cable";
import { vethPair } from "../../engine/link/veth";
import { Netns } from "../../engine/net/netns";
import { ip, printIp } from "../../engine/wire/ip";
import { mac } from "../../engine/wire/mac";
import { type Packet, TCP } from "../../engine/wire/packet";
import { printTcpFlags } from "../../engine/wire/print";

export const A = ip("10.244.1.5");
export const B = ip("10.244.1.11");

export function newWorld(seed = 1): World {
  return { scheduler: new Scheduler(), rng: new Rng(seed), trace: new Trace(), epochMs: Date.UTC(2026, 10, 21, 9) };
}

export type Lan = {
  readonly world: World;
  readonly a: Netns;
  readonly b: Netns;
  readonly devA: BaseDevice;
  readonly devB: BaseDevice;
  /** Lines "ms src > dst what" of all that a's device saw. */
  readonly seen: string[];
  /** Decides what b's end never gets to see. */
  drop: (packet: Packet) => boolean;
  run: (forMs?: number) => void;
  /** Runs a Task to its end, however long that takes inside the world. */
  finish: <T>(task: Task<T>, withinMs?: number) => T;
};

export function address(ns: Netns, dev: BaseDevice, written: string): void {
  const [left = "", bits = "32"] = written.split("/");
  const local = ip(left);
  ns.addresses.add({ dev, local, peer: local, bits: Number(bits), broadcast: undefined, label: dev.name, scope: 0, metric: 0, noPrefixRoute: false, secondary: false, validSeconds: undefined, preferredSeconds: undefined, addedMs: 0, protocol: 0 });
}

/** With a latency, a cable instead of a veth. */
export function lan(options: { readonly seed?: number; readonly mtu?: number; readonly latencyMs?: number } = {}): Lan {
  const world = newWorld(options.seed);
  const a = new Netns(world, "a");
  const b = new Netns(world, "b");
  const [devA, devB] = options.latencyMs === undefined ? vethPair(world, "eth0", mac("02:00:00:00:00:05"), "eth0", mac("02:00:00:00:00:0b")) : cablePair(world, options.latencyMs);
  for (const [ns, dev, cidr] of [[a, devA, "10.244.1.5/24"], [b, devB, "10.244.1.11/24"]] as const) {
    dev.mtu = options.mtu ?? 1500;
    ns.devices.add(dev);
    ns.lo.up || (ns.lo as BaseDevice).setUp(true);
    dev.setUp(true);
    address(ns, ns.lo as BaseDevice, "127.0.0.1/8");
    address(ns, dev, cidr);
  }
  for (const dev of [devA, devB]) dev.onChange?.();
  const made: Lan = {
    world,
    a,
    b,
    devA,
    devB,
    seen: [],
    drop: () => false,
    run: (forMs = 1000) => void world.scheduler.run(forMs),
    finish: (task, withinMs = 1_000_000) => finish(world, task, withinMs),
  };
  a.taps.add((frame, _direction, device) => {
    if (device !== devA || frame.payload.kind === "arp") return;
    made.seen.push(`${world.scheduler.nowMs} ${brief(frame.payload)}`);
  });
  b.hooks.register({ name: "test drop", at: "PREROUTING", priority: -1000, run: (skb) => (made.drop(skb.packet) ? "DROP" : "ACCEPT") });
  return made;
}

function cablePair(world: World, latencyMs: number): readonly [BaseDevice, BaseDevice] {
  const cable = new Cable(world, world.rng.fork("cable"), { latencyMs });
  const a = new CableDevice(world, "eth0", mac("02:00:00:00:00:05"), cable);
  const b = new CableDevice(world, "eth0", mac("02:00:00:00:00:0b"), cable);
  a.other = b;
  b.other = a;
  return [a, b];
}

export function finish<T>(world: World, task: Task<T>, withinMs = 1_000_000): T {
  let failure: unknown;
  let failed = false;
  function* guarded(): Task<T | undefined> {
    try {
      return yield* task;
    } catch (error) {
      failure = error;
      failed = true;
      return undefined;
    }
  }
  let ended = false;
  const handle = world.scheduler.spawn(guarded(), () => {
    ended = true;
  });
  const until = world.scheduler.nowMs + withinMs;
  while (!ended) {
    const next = world.scheduler.nextMs;
    if (next === undefined || next > until) throw new Error("the task waits for ever");
    world.scheduler.runUntil(next, 1);
  }
  if (failed) throw failure;
  return handle.result as T;
}

/** As short as it can be: flags, sequence numbers relative to nothing, length. */
function brief({ src, dst, payload }: Packet): string {
  const from = `${printIp(src)}`;
  const to = `${printIp(dst)}`;
  if (payload.kind === "tcp") return `${from === printIp(A) ? "a>b" : "b>a"} [${printTcpFlags(payload.flags)}]${payload.data.length > 0 ? ` ${payload.data.length}` : ""}${payload.flags & TCP.syn ? ` win ${payload.window}` : ""}`;
  if (payload.kind === "udp") return `${from}.${payload.sport} > ${to}.${payload.dport} udp ${payload.data.length}`;
  return `${from} > ${to} ${payload.kind}`;
}
