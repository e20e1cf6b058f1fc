/**
 * Seed and journal are the whole world: whatever was typed, at whatever moments, and in
 * whatever slices the world was run, a replay leads to the same state, bit for bit.
 */
import path from "node:path";
import { expect, test } from "vitest";
import { findLab } from "@/app/_cli/lab-files";
import { openSession, type Session } from "@/engine";
import { Rng } from "@/engine/core/rng";

const { files } = findLab(path.resolve(import.meta.dirname, "../.."), "payments");

const LINES = [
  "kubectl get pods -o wide",
  "kubectl exec debug-pod -- curl -s -m 1 http://catalog/health",
  `kubectl patch svc payments -p '{"spec":{"selector":{"app":"payments"}}}'`,
  "kubectl delete pod -l app=catalog --wait=false",
  "kubectl scale deployment payments --replicas=5",
  "ssh node-1 iptables -t nat -F KUBE-SERVICES",
  "ssh node-2 ip link set cni0 down",
  "for i in 1 2 3; do kubectl exec debug-pod -- nslookup payments; done",
  "yes | head -3000 | wc -l",
  "sleep 5 &",
];

/** Types at random and runs in random slices, some of them cut short by a budget of events. */
function live(session: Session, rng: Rng): void {
  session.apply({ kind: "open", terminal: "t", place: "bastion", columns: 100, rows: 30 });
  for (let i = 0; i < 12; i++) {
    const line = LINES[rng.below(LINES.length)] ?? "";
    if (rng.below(2) === 0) session.apply({ kind: "line", place: "bastion", text: line });
    else for (const key of `${line}\n`) session.apply({ kind: "keys", terminal: "t", text: key });
    if (rng.below(4) === 0) session.apply({ kind: "keys", terminal: "t", text: "\u0003" });
    for (let j = rng.below(4); j >= 0; j--) session.run(rng.below(4000), 1 + rng.below(3000));
  }
}

test.each([1, 2, 3, 4, 5, 6])("a replay ends in the same state (seed %i)", (seed) => {
  const session = openSession(files, { seed });
  live(session, new Rng(seed));
  const again = openSession(files, { seed, journal: session.journal() });
  expect(again.stateHash()).toBe(session.stateHash());
  expect(again.journal()).toEqual(session.journal());
});

test("another seed is another world", () => {
  expect(openSession(files, { seed: 1 }).stateHash()).not.toBe(openSession(files, { seed: 2 }).stateHash());
});
