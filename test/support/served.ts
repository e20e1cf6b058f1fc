/** For tests: the API of a lab's world behind HTTP, with time as on the wall, until it is closed. */
import type { AddressInfo } from "node:net";
import path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { findLab } from "@/app/_cli/lab-files";
import { WorldClock } from "@/app/_cli/serve/clock";
import { apiServer } from "@/app/_cli/serve/http";
import { type ApiRequest, type ApiResponse, type LabFiles, openSession, type Session } from "@/engine";

export type Served = {
  readonly session: Session;
  readonly url: string;
  readonly config: KubeConfig;
  /** The same API without HTTP. */
  readonly request: (method: ApiRequest["method"], path: string, body?: unknown, more?: Partial<ApiRequest>) => ApiResponse;
  /** Cuts every connection, as a network does. */
  readonly cut: () => void;
  readonly close: () => void;
};

export async function serveLab(files: LabFiles = findLab(path.resolve(import.meta.dirname, "../.."), "sandbox").files, seed = 1): Promise<Served> {
  const session = openSession(files, { seed });
  const { cluster } = session;
  if (cluster === undefined) throw new Error("a lab without Kubernetes");
  const clock = new WorldClock(session);
  const server = apiServer(cluster, clock);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  clock.start();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: "podpath", server: url, skipTLSVerify: true }, { name: "admin" });
  return {
    session,
    url,
    config,
    request: (method, at, body, more) => cluster.api.request({ method, path: at, body, contentType: "application/json", ...more }),
    cut: () => server.closeAllConnections(),
    close: () => {
      clock.stop();
      server.closeAllConnections();
      server.close();
    },
  };
}

export async function eventually(met: () => boolean, what: string, withinMs = 10_000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!met()) {
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
