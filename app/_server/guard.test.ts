import { expect, test } from "vitest";
import { z } from "zod";
import { accept, fromHere } from "./guard";

const schema = z.strictObject({ lab: z.string() });

function request(headers: Readonly<Record<string, string>>, body: BodyInit = '{"lab":"payments"}'): Request {
  return new Request("http://podpath.example.org/api/attempts", { method: "POST", headers: { host: "podpath.example.org", ...headers }, body, ...(body instanceof ReadableStream ? { duplex: "half" } : {}) } as RequestInit);
}

test.each([
  [{ origin: "http://podpath.example.org" }, true],
  [{ origin: "https://podpath.example.org" }, true],
  [{ origin: "http://podpath.example.org:8080" }, false],
  [{ origin: "http://evil.example.com" }, false],
  [{ origin: "null" }, false],
  [{}, false],
  [{ "sec-fetch-site": "same-origin" }, true],
  [{ "sec-fetch-site": "cross-site" }, false],
  [{ origin: "https://learn.example.com", "x-forwarded-host": "learn.example.com" }, true],
])("a request with %o comes from here: %s", (headers, expected) => {
  expect(fromHere(request(headers))).toBe(expected);
});

test("what comes from another site is refused before it is read", async () => {
  await expect(accept(request({ origin: "http://evil.example.com" }), schema, 100)).rejects.toMatchObject({ status: 403 });
});

const here = { origin: "http://podpath.example.org" };

test("too much is refused, also when its length is not announced", async () => {
  await expect(accept(request(here, "x".repeat(200)), schema, 100)).rejects.toMatchObject({ status: 413 });
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode("x".repeat(64))) });
  await expect(accept(request(here, endless), schema, 100)).rejects.toMatchObject({ status: 413 });
});

test.each([
  ["{", "The body is not JSON."],
  ["{}", "lab: "],
  ['{"lab":"a","more":1}', "Unrecognized key"],
])("%s is refused with a reason", async (body, message) => {
  await expect(accept(request(here, body), schema, 100)).rejects.toMatchObject({ status: 400, message: expect.stringContaining(message) });
});

test("the rest is taken", async () => {
  expect(await accept(request(here), schema, 100)).toEqual({ lab: "payments" });
});
