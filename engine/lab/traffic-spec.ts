/**
 * Who sends what to whom, how often: the customers, hostile probes and health checks of a
 * lab's world. It is traffic like any other; goals look at what became of it.
 */
import type { Shape } from "./shape";

/** Where a flow starts: a Pod that is there at the time, or a host outside the cluster. */
export type FlowSource = { readonly kind: "pod"; readonly namespace: string; readonly selector: string } | { readonly kind: "host"; readonly host: string };

export type Flow = {
  readonly id: string;
  readonly title: string;
  readonly from: FlowSource;
  readonly everyMs: number;
  /** An http URL; names are resolved by the source's own resolver at every request. */
  readonly url: string;
  readonly timeoutMs: number;
  /** What counts as the right answer. */
  readonly status: number;
  readonly contains: string | undefined;
};

export function readFlow(shape: Shape): Flow {
  const flow = shape.fields(["id", "title", "from", "every", "url", "timeout", "expect"]);
  const expect = flow.expect.fields(["status", "contains"]);
  const url = flow.url.text();
  if (!/^http:\/\/[^/]+/.test(url)) flow.url.fail("expected an http:// URL");
  return {
    id: flow.id.text(),
    title: flow.title.text(),
    from: readSource(flow.from),
    everyMs: Math.max(10, flow.every.duration(500)),
    url,
    timeoutMs: flow.timeout.duration(2000),
    status: expect.status.number(200),
    contains: expect.contains.optionalText(),
  };
}

function readSource(shape: Shape): FlowSource {
  const from = shape.fields(["pod", "host"]);
  if (!from.host.absent) return { kind: "host", host: from.host.text() };
  const pod = from.pod.fields(["namespace", "selector"]);
  return { kind: "pod", namespace: pod.namespace.text("default"), selector: pod.selector.text() };
}
