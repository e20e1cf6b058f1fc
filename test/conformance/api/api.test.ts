/**
 * The API server says what a real kube-apiserver says: to bad manifests, to forbidden changes, to
 * patches, and when all is well, what it makes of the object. Every line of cases/ was put to a real
 * one, and what it answered is in recorded/:
 *
 *   RECORD=1 PODPATH_APISERVER=https://127.0.0.1:6443 PODPATH_TOKEN=… npx vitest run test/conformance/api
 *
 * asks one anew: a kube-apiserver 1.36 with its default admission plugins, no controllers, Services
 * from 10.96.0.0/16, and a namespace to spoil. What differs stands in known-different.json with its
 * reason, and must differ still.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findLab } from "@/app/_cli/lab-files";
import { apiServer } from "@/app/_cli/serve/http";
import { openSession } from "@/engine";
import { caseFiles, readCases } from "./cases";
import knownDifferent from "./known-different.json";
import { type Answer, ask, plain, type Server, send } from "./requests";

type Recording = { readonly server: string; readonly answers: Readonly<Record<string, Answer>> };

const RECORDED = path.join(import.meta.dirname, "recorded");
const OUT = path.resolve(import.meta.dirname, "../../.out/api");
const known = knownDifferent as Readonly<Record<string, string>>;
const figures = { compared: 0, equal: 0 };
let own: Server & { readonly close: () => void };

/** A cluster whose time stands still: no controller comes between. */
beforeAll(async () => {
  const { cluster } = openSession(findLab(path.resolve(import.meta.dirname, "../../.."), "sandbox").files, { seed: 1 });
  if (cluster === undefined) throw new Error("a lab without Kubernetes");
  const http = apiServer(cluster, { onSlice: () => () => {}, settle: () => {}, step: () => {} } as never);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const close = (): void => {
    http.closeAllConnections();
    http.close();
  };
  own = { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, close };
  await prepare(own);
});
afterAll(() => {
  own?.close();
  console.log(`api: ${figures.compared} requests compared, ${figures.equal} answered equally, ${Object.keys(known).length} known to differ`);
});

async function prepare(server: Server): Promise<void> {
  await send(server, { method: "POST", path: "/api/v1/namespaces", text: JSON.stringify({ metadata: { name: "judge" } }) });
  await send(server, { method: "POST", path: "/api/v1/namespaces/judge/serviceaccounts", text: JSON.stringify({ metadata: { name: "default" } }) });
}

async function record(file: string, server: Server): Promise<void> {
  await prepare(server);
  const version = (await send(server, { method: "GET", path: "/version" })).body as { gitVersion: string };
  const answers: Record<string, Answer> = {};
  for (const one of readCases(file)) answers[keyOf(one)] = plain(await ask(server, one), one);
  mkdirSync(RECORDED, { recursive: true });
  const lines = Object.entries(answers).map(([key, answer]) => `  ${JSON.stringify(key)}: ${JSON.stringify(answer)}`);
  writeFileSync(path.join(RECORDED, `${file}.json`), `{ "server": "kube-apiserver ${version.gitVersion}", "answers": {\n${lines.join(",\n")}\n} }\n`);
}

function keyOf({ base, line }: { readonly base: { readonly kind?: unknown }; readonly line: string }): string {
  return `${JSON.stringify(base).length} ${String(base.kind)}: ${line}`;
}

function recordingOf(file: string): Recording {
  return JSON.parse(readFileSync(path.join(RECORDED, `${file}.json`), "utf8")) as Recording;
}

describe.each(caseFiles())("%s", (file) => {
  test("is answered as a real kube-apiserver answers it", { timeout: 120_000 }, async () => {
    const url = process.env.PODPATH_APISERVER;
    if (process.env.RECORD && url) await record(file, { url, token: process.env.PODPATH_TOKEN ?? "" });
    const { answers } = recordingOf(file);
    const different: { readonly key: string; readonly real: Answer | undefined; readonly own: Answer }[] = [];
    const same: string[] = [];
    for (const one of readCases(file)) {
      const key = keyOf(one);
      const said = plain(await ask(own, one), one);
      figures.compared++;
      if (JSON.stringify(said) === JSON.stringify(answers[key])) same.push(key);
      else different.push({ key, real: answers[key], own: said });
    }
    figures.equal += same.length;
    const unknown = different.filter(({ key }) => known[key] === undefined);
    mkdirSync(OUT, { recursive: true });
    writeFileSync(path.join(OUT, `${file}.json`), JSON.stringify(unknown, null, 1));
    expect(unknown.map(({ key, own: said }) => ({ key, ...said }))).toEqual(unknown.map(({ key, real }) => ({ key, ...real })));
    expect(same.filter((key) => known[key] !== undefined), "these agree now: take them off known-different.json").toEqual([]);
  });

  test("was recorded line by line", () => {
    expect(existsSync(path.join(RECORDED, `${file}.json`))).toBe(true);
    expect(Object.keys(recordingOf(file).answers)).toEqual(readCases(file).map(keyOf));
  });
});

test("every known difference is about a line that is asked", () => {
  const asked = new Set(caseFiles().flatMap((file) => readCases(file).map(keyOf)));
  expect(Object.keys(known).filter((key) => !asked.has(key))).toEqual([]);
});
