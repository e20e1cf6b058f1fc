/**
 * A client that never stops: one request to URL every INTERVAL_MS, each on a new connection,
 * with a line for each answer. What a monitoring probe or a busy customer looks like.
 */
import type { Program } from "../host/proc";
import { httpGet } from "./http-client";
import { GO_TERMINATED, Terminated } from "./terminated";

export const trafficClient: Program = {
  name: "traffic-client",
  summary: "asks one URL again and again",
  *run(proc) {
    const url = proc.args[0] ?? proc.env.get("URL");
    if (url === undefined) {
      yield* proc.err("traffic-client: no URL given (first argument or URL)\n");
      return 2;
    }
    const intervalMs = Number(proc.env.get("INTERVAL_MS") ?? 1000);
    const timeoutMs = Number(proc.env.get("TIMEOUT_MS") ?? 2000);
    if (!(intervalMs > 0) || !(timeoutMs > 0)) {
      yield* proc.err("traffic-client: INTERVAL_MS and TIMEOUT_MS must be positive numbers\n");
      return 2;
    }
    const terminated = new Terminated(proc);
    for (let nextMs = proc.nowMs; ; nextMs += intervalMs) {
      while (proc.nowMs < nextMs && !terminated.over) yield { on: terminated.asked, deadlineMs: nextMs };
      if (terminated.over) return GO_TERMINATED;
      const startMs = proc.nowMs;
      const got = yield* httpGet(proc, url, { timeoutMs, headers: [["User-Agent", "traffic-client/1.0"], ["Accept", "*/*"]] });
      const tookMs = Math.round(proc.nowMs - startMs);
      yield* proc.out(got.kind === "answered" ? `${got.status} ${tookMs}ms ${url}\n` : `--- ${tookMs}ms ${url}: ${got.why}\n`);
    }
  },
};
