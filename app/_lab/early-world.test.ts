import { describe, expect, test } from "vitest";
import { findLab } from "@/app/_cli/lab-files";
import { openSession, type Output } from "@/engine";
import type { LabFiles } from "@/engine/page";
import { allTools } from "@/engine/tools";
import { EarlyWorld } from "./early-world";

const { files } = findLab(process.cwd(), "payments");

/** A Pod that asks for a tool by itself, some time after it has begun. */
const GREPS = `apiVersion: v1
kind: Pod
metadata: {name: greps, namespace: production}
spec:
  containers:
  - {name: shell, image: debian, command: [sh, -c, "sleep 12; grep -c . /etc/hosts; sleep 1000"]}
`;

function drawn(outputs: readonly Output[]): string {
  return outputs.flatMap((output) => (output.kind === "screen" ? [output.text] : [])).join("");
}

/** Opened and lived for `earlyMs` without tools, then to the end with them. */
function early(lab: LabFiles, earlyMs: number, thenMs: number): { readonly world: EarlyWorld; readonly screen: string } {
  const world = new EarlyWorld({ files: lab, seed: 7 }, undefined);
  world.session?.apply({ kind: "open", terminal: "t1", place: "bastion", columns: 80, rows: 24 });
  let screen = "";
  const live = (ms: number) => {
    const until = (world.session?.nowMs ?? 0) + ms;
    while (world.session && world.session.nowMs < until) screen += drawn(world.run(Math.min(16, until - world.session.nowMs), 1_000_000).outputs);
  };
  live(earlyMs);
  world.bring(allTools);
  live(thenMs - ((world.session?.nowMs ?? 0) - start(lab)));
  return { world, screen };
}

const start = (lab: LabFiles): number => openSession(lab, { seed: 7 }).nowMs;

function late(lab: LabFiles, ms: number): { readonly hash: string; readonly screen: string } {
  const session = openSession(lab, { seed: 7 });
  session.apply({ kind: "open", terminal: "t1", place: "bastion", columns: 80, rows: 24 });
  const { outputs } = session.run(ms);
  return { hash: session.stateHash(), screen: drawn(outputs) };
}

describe("a world that begins without its tools", () => {
  test("shows its prompt, and is the same world as one that had them", () => {
    const { world, screen } = early(files, 200, 2000);
    expect({ hash: world.session?.stateHash(), screen }).toEqual(late(files, 2000));
    expect(screen).toContain("root@bastion:~#");
  });

  test("that needs one by itself waits for it, and goes on from where it was", () => {
    const lab = { ...files, "manifests/greps.yaml": GREPS };
    const world = new EarlyWorld({ files: lab, seed: 7 }, undefined);
    for (let i = 0; i < 5000 && world.session; i++) world.run(16, 1_000_000);
    expect(world.session).toBeUndefined();
    const both = early(lab, 20_000, 21_000);
    expect({ hash: both.world.session?.stateHash(), screen: both.screen }).toEqual(late(lab, 21_000));
  });

  test("whose author broke it with one is opened when it is there", () => {
    const lab = { ...files, "break.transcript": `${files["break.transcript"]}bastion$ ssh node-1 ip link set lo mtu 1400\n` };
    const world = new EarlyWorld({ files: lab, seed: 7 }, undefined);
    expect(world.session).toBeUndefined();
    world.bring(allTools);
    expect(world.session?.stateHash()).toBe(openSession(lab, { seed: 7 }).stateHash());
  });

  test("whose nodes work in a rarer mode of kube-proxy is opened when that is there", () => {
    const lab = { ...files, "lab.yaml": `${files["lab.yaml"]}`.replace("proxyMode: iptables", "proxyMode: nftables") };
    const world = new EarlyWorld({ files: lab, seed: 7 }, undefined);
    expect(world.session).toBeUndefined();
    world.bring(allTools);
    expect(world.session?.stateHash()).toBe(openSession(lab, { seed: 7 }).stateHash());
  });

  test("that somebody was in already is opened when they are there", () => {
    const before = openSession(files, { seed: 7 });
    before.apply({ kind: "line", place: "bastion", text: "kubectl get pods" });
    before.run(500);
    const world = new EarlyWorld({ files, seed: 7, journal: before.journal() }, undefined);
    expect(world.session).toBeUndefined();
    world.bring(allTools);
    expect(world.session?.stateHash()).toBe(before.stateHash());
  });

  test("does not hide a mistake of its author", () => {
    expect(() => new EarlyWorld({ files: { ...files, "break.transcript": "bastion$ kubectl patch\n" }, seed: 7 }, undefined)).toThrow("break.transcript");
  });
});
