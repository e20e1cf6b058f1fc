/** Over HTTP: what is wrong is refused in upstream's words, nothing is lost and nothing gets stuck. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, type Served, serveLab } from "@/test/support/served";

const MAPS = "/api/v1/namespaces/default/configmaps";
let served: Served;

beforeAll(async () => {
  served = await serveLab();
}, 30_000);
afterAll(() => served?.close());

type Status = { readonly message: string; readonly reason: string; readonly code: number };

async function send(method: string, path: string, body?: string | Buffer, contentType = "application/json"): Promise<{ readonly status: number; readonly body: Status & Record<string, never> }> {
  const answer = await fetch(served.url + path, { method, ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)), headers: { "Content-Type": contentType } }) });
  return { status: answer.status, body: (await answer.json()) as Status & Record<string, never> };
}

test.each([
  ["half an object", "POST", MAPS, '{"metadata":', "application/json", 400, 'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"metadata":)'],
  ["no object", "POST", MAPS, "hello", "application/json", 400, "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value (68656c6c6f)"],
  ["half a merge patch", "PATCH", `${MAPS}/kube-root-ca.crt`, "{", "application/merge-patch+json", 400, "error decoding patch: unexpected end of JSON input"],
  ["half a strategic patch", "PATCH", `${MAPS}/kube-root-ca.crt`, "{", "application/strategic-merge-patch+json", 400, "unexpected end of JSON input"],
  ["a patch of no known type", "PATCH", `${MAPS}/kube-root-ca.crt`, "{}", "application/json", 415, "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml, application/apply-patch+cbor"],
  ["another kind", "POST", MAPS, '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}', "application/json", 400, 'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion'],
  ["another namespace", "POST", MAPS, '{"metadata":{"name":"a","namespace":"other"}}', "application/json", 400, "the namespace of the provided object does not match the namespace sent on the request"],
  ["a name that is none", "POST", MAPS, '{"metadata":{"name":"A_b"}}', "application/json", 422, /^ConfigMap "A_b" is invalid: metadata\.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of/],
  ["nothing there", "DELETE", `${MAPS}/nothing`, undefined, "application/json", 404, 'configmaps "nothing" not found'],
  ["protobuf that is none", "POST", MAPS, "k8s\0\x08", "application/vnd.kubernetes.protobuf", 400, "unexpected EOF"],
] as const)("%s", async (_what, method, path, body, contentType, status, message) => {
  const answer = await send(method, path, body, contentType);
  expect(answer.status).toBe(status);
  expect(answer.body.message).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
  expect(answer.body).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure", code: status });
});

test("of two who write what they read before, one is told of the conflict", async () => {
  const made = (await send("POST", MAPS, JSON.stringify({ metadata: { name: "shared" }, data: { n: "0" } }))).body as unknown as { metadata: object };
  const [first, second] = await Promise.all(["1", "2"].map((n) => send("PUT", `${MAPS}/shared`, JSON.stringify({ ...made, data: { n } }))));
  expect([first?.status, second?.status].sort()).toEqual([200, 409]);
  const loser = first?.status === 409 ? first : second;
  expect(loser?.body).toMatchObject({ reason: "Conflict", message: 'Operation cannot be fulfilled on configmaps "shared": the object has been modified; please apply your changes to the latest version and try again' });
});

test("an object of a megabyte is kept and watched; one that etcd would refuse is refused", async () => {
  const data = { text: "x".repeat(1_000_000) };
  const watch = await follow(`${MAPS}?watch=1&fieldSelector=metadata.name%3Dbig`);
  expect((await send("POST", MAPS, JSON.stringify({ metadata: { name: "big" }, data }))).status).toBe(201);
  const read = (await send("GET", `${MAPS}/big`)).body as unknown as { data: { text: string } };
  expect(read.data.text.length).toBe(1_000_000);
  await eventually(() => watch.events.length === 1, "the big one was seen");
  expect((watch.events[0] as { object: { data: { text: string } } }).object.data.text.length).toBe(1_000_000);
  expect((await send("POST", MAPS, JSON.stringify({ metadata: { name: "bigger" }, data: { text: "x".repeat(1_100_000) } }))).body.message).toMatch(/^ConfigMap "bigger" is invalid: \[?.*Too long: may not be more than 1048576 bytes/);
  expect((await send("POST", MAPS, JSON.stringify({ metadata: { name: "bigger", annotations: { a: "x".repeat(3_200_000) } } }))).status).toBe(413);
  watch.stop();
});

test("what is deleted while it is watched is seen to go, and the watch goes on", async () => {
  const watch = await follow(`${MAPS}?watch=1&labelSelector=seen%3Dyes`);
  const labels = { seen: "yes" };
  await send("POST", MAPS, JSON.stringify({ metadata: { name: "gone", labels } }));
  await send("DELETE", `${MAPS}/gone`);
  await send("POST", MAPS, JSON.stringify({ metadata: { name: "gone", labels } }));
  await send("PATCH", `${MAPS}/gone`, JSON.stringify({ metadata: { labels: { seen: "no" } } }), "application/merge-patch+json");
  await send("POST", MAPS, JSON.stringify({ metadata: { name: "next", labels } }));
  await eventually(() => watch.events.length === 5, "five events");
  expect(watch.events.map((event) => (event as { type: string }).type)).toEqual(["ADDED", "DELETED", "ADDED", "DELETED", "ADDED"]);
  watch.stop();
});

test("a watch on a revision that is forgotten, or was never, says so and ends", async () => {
  const future = await follow(`${MAPS}?watch=1&resourceVersion=nonsense`);
  expect(future.status).toBe(400);
  const quiet = await follow(`${MAPS}?watch=1&timeoutSeconds=1`);
  await eventually(() => quiet.ended, "the watch's time is over");
});

test("a client that goes away in the middle leaves nothing behind", async () => {
  for (let i = 0; i < 50; i++) (await follow(`${MAPS}?watch=1`)).stop();
  expect((await send("GET", "/version")).status).toBe(200);
});

type Followed = { readonly status: number; readonly events: unknown[]; readonly ended: boolean; readonly stop: () => void };

async function follow(path: string): Promise<Followed> {
  const abort = new AbortController();
  const answer = await fetch(served.url + path, { signal: abort.signal });
  const state = { status: answer.status, events: [] as unknown[], ended: false, stop: () => abort.abort() };
  void (async () => {
    let rest = "";
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      rest += Buffer.from(chunk).toString("utf8");
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      state.events.push(...lines.map((line) => JSON.parse(line) as unknown));
    }
    state.ended = true;
  })().catch(() => {});
  return state;
}
