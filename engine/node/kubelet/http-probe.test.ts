import { expect, test } from "vitest";
import { HttpServer } from "../../apps/http-server";
import { serveUntilTerminated } from "../../apps/shutdown";
import { utf8 } from "../../core/bytes";
import type { Program } from "../../host/proc";
import { TcpSocket } from "../../net/socket";
import { ANY } from "../../wire/ip";
import { makeCluster, type TestCluster } from "../cluster.test-support";

/** "/N" leads to "/N-1" and so on to "/0", which is well; "/away" leads elsewhere, "/other" to another port. */
const redirecting: Program = {
  name: "redirecting",
  summary: "answers with redirects",
  *run(proc) {
    const server = new HttpServer(proc, {
      port: 8080,
      // Never yields: an answer at hand
      *handle({ path, local }) {
        const to = (location: string) => ({ status: 302, headers: [["Location", location] as const], body: utf8("moved\n") });
        if (path === "/away") return to("http://example.org/");
        if (path === "/secure") return to(`https://${local}/`);
        if (path === "/nowhere") return to(`http://${local}:81/x`);
        if (path === "/bare") return { status: 304 };
        const steps = Number(path.slice(1));
        return steps > 0 ? to(steps % 2 === 0 ? `/${steps - 1}` : `http://${local}:8080/${steps - 1}`) : { status: steps === 0 ? 200 : 404 };
      },
    });
    server.listen();
    return yield* serveUntilTerminated(proc, server, "drain");
  },
};

function start(path: string): TestCluster {
  const image = { reference: "registry.example.com/redirecting:1.0", sizeBytes: 1_000_000, programs: [redirecting], entrypoint: ["/usr/bin/redirecting"] };
  const t = makeCluster({ dnsReplicas: 0, images: [image] });
  t.run(5);
  t.pod("web", { image: image.reference, readinessProbe: { httpGet: { path, port: 8080 } } }, { nodeName: "node-1" });
  t.run(3);
  return t;
}

test.each([
  ["/0", true, []],
  ["/3", true, []],
  ["/9", true, []],
  ["/10", false, ['Unhealthy: Readiness probe failed: Get "/0": stopped after 10 redirects']],
  ["/x", false, ["Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404"]],
  ["/away", true, ["ProbeWarning: Readiness probe warning: Probe terminated redirects, Response body: moved\n"]],
  ["/secure", false, ['Unhealthy: Readiness probe failed: Get "https://10.244.1.2/": dial tcp 10.244.1.2:443: connect: connection refused']],
  ["/bare", true, ["ProbeWarning: Readiness probe warning: Probe terminated redirects, Response body: "]],
  ["/nowhere", false, ['Unhealthy: Readiness probe failed: Get "http://10.244.1.2:81/x": dial tcp 10.244.1.2:81: connect: connection refused']],
])("a probe of %s: redirects on the same host are followed, others end it well", (path, ready, events) => {
  const t = start(path);
  expect(t.read("web").status.containerStatuses?.[0]?.ready).toBe(ready);
  expect(t.events("web").filter((line) => /^(Unhealthy|ProbeWarning)/.test(line)).map((line) => line.replace(/ \(x\d+\)$/, ""))).toEqual(events);
});

/** Takes a call and does with it what its first argument says. */
const rude: Program = {
  name: "rude",
  summary: "answers badly",
  *run(proc) {
    const server = new TcpSocket(proc.machine.netns);
    server.bind(ANY, 8080);
    server.listen(8);
    for (;;) {
      const call = yield* server.accept();
      if (call === undefined) continue;
      yield* call.recv();
      if (proc.args[0] === "reset") call.abort();
      if (proc.args[0] === "greet") yield* call.send(utf8("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
      if (proc.args[0] !== "wait") call.close();
    }
  },
};

test.each([
  ["wait", 'Get "http://10.244.1.2:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'],
  ["close", 'Get "http://10.244.1.2:8080/": EOF'],
  ["reset", 'Get "http://10.244.1.2:8080/": read tcp 10.244.1.1:PORT->10.244.1.2:8080: read: connection reset by peer'],
  ["greet", 'Get "http://10.244.1.2:8080/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH_9.2"'],
])("a server that can only %s is told of in net/http's words", (how, words) => {
  const image = { reference: "registry.example.com/rude:1.0", sizeBytes: 1_000_000, programs: [rude], entrypoint: ["/usr/bin/rude", how] };
  const t = makeCluster({ dnsReplicas: 0, images: [image] });
  t.run(5);
  t.pod("web", { image: image.reference, readinessProbe: { httpGet: { port: 8080 } } }, { nodeName: "node-1" });
  t.run(4);
  const [said = ""] = t.events("web").filter((line) => line.startsWith("Unhealthy"));
  expect(said.replace(/:\d+->/, ":PORT->")).toBe(`Unhealthy: Readiness probe failed: ${words}`);
});
