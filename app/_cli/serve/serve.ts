/** `podpath lab SLUG --serve`: this world's Kubernetes API for real clients, until Ctrl-C. */
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { type LabFiles, LabProblem, openSession, type Session } from "@/engine";
import { WorldClock } from "./clock";
import { Descriptions } from "./descriptions";
import { apiServer } from "./http";

/** More than any lab's boot takes: so long ago the served world began. */
const BEGAN_AGO_MS = 60_000;

/** A world whose clocks show what the client's own show: a real kubectl works out ages by itself. */
export function openServed(files: LabFiles, seed: number): Session {
  const epochMs = Date.now() - BEGAN_AGO_MS;
  const session = openSession(files, { seed, epochMs });
  session.run(Math.max(0, Date.now() - epochMs - session.nowMs));
  return session;
}

export type ServeOptions = { readonly port: number; readonly kubeconfig: string };

export async function serve(session: Session, { port, kubeconfig }: ServeOptions): Promise<number> {
  if (session.cluster === undefined) throw new LabProblem(`there is no Kubernetes in "${session.lab.id}"`);
  const clock = new WorldClock(session);
  const descriptions = new Descriptions();
  const server = apiServer(session.cluster, clock, (path, body) => descriptions.onto(path, body));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (problem) => reject(new LabProblem(`cannot listen on 127.0.0.1:${port}: ${problem.message}`)));
    server.listen(port, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(kubeconfig, kubeconfigFor(url, session.lab.namespace));
  clock.start();
  console.log(`${session.lab.title}: the Kubernetes API is at ${url}\nexport KUBECONFIG=${kubeconfig}`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  clock.stop();
  server.closeAllConnections();
  server.close();
  return 0;
}

function kubeconfigFor(url: string, namespace: string): string {
  return `apiVersion: v1
kind: Config
current-context: podpath
clusters:
- name: podpath
  cluster:
    server: ${url}
    # Some clients want to hear that this is meant before they speak plain HTTP.
    insecure-skip-tls-verify: true
contexts:
- name: podpath
  context:
    cluster: podpath
    namespace: ${namespace}
    user: admin
users:
- name: admin
  user: {}
`;
}
