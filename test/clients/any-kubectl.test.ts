/**
 * Whatever kubectl the machine has, Debian's 1.20 included, works against the served API. Old ones
 * speak SPDY/3.1 for exec, and each of them does for port-forward.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findKubectl } from "@/test/conformance/kubectl/real-kubectl";
import { eventually, type Served, serveLab } from "@/test/support/served";

const kubectls = [...new Set([findKubectl()?.path, spawnSync("bash", ["-c", "command -v kubectl"], { encoding: "utf8" }).stdout.trim()])].filter((one): one is string => one !== undefined && one !== "");
const home = mkdtempSync(path.join(tmpdir(), "kubectl-"));
const children: ChildProcess[] = [];
let served: Served;

beforeAll(async () => {
  served = await serveLab();
  const containers = [{ name: "web", image: "registry.example.com/frontend:1.1" }];
  served.request("POST", "/api/v1/namespaces/default/pods", { metadata: { name: "box", labels: { app: "box" } }, spec: { containers } });
  await eventually(() => (served.request("GET", "/api/v1/namespaces/default/pods/box").body as { status: { phase?: string } }).status.phase === "Running", "the Pod runs", 20_000);
  const cluster = { name: "c", cluster: { server: served.url } };
  writeFileSync(path.join(home, "config"), JSON.stringify({ apiVersion: "v1", kind: "Config", "current-context": "c", clusters: [cluster], users: [{ name: "u", user: {} }], contexts: [{ name: "c", context: { cluster: "c", user: "u" } }] }));
}, 30_000);

afterAll(() => {
  for (const child of children) child.kill();
  served?.close();
  rmSync(home, { recursive: true, force: true });
});

type Said = { stdout: string; stderr: string; exit: number | null | undefined };

function start(kubectl: string, args: readonly string[], input?: string): { readonly said: Said; readonly ended: Promise<Said> } {
  const child = spawn(kubectl, args, { env: { ...process.env, HOME: home, KUBECONFIG: path.join(home, "config") } });
  children.push(child);
  const said: Said = { stdout: "", stderr: "", exit: undefined };
  child.stdout.on("data", (chunk: Buffer) => void (said.stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => void (said.stderr += chunk.toString("utf8")));
  if (input !== undefined) child.stdin.end(input);
  const ended = new Promise<Said>((resolve) => child.on("close", (exit) => resolve(Object.assign(said, { exit }))));
  return { said, ended };
}

test.skipIf(kubectls.length > 0)("there is no kubectl on this machine to try", () => expect(kubectls).toEqual([]));

describe.each(kubectls)("%s", (kubectl) => {
  const run = (args: readonly string[], input?: string): Promise<Said> => start(kubectl, args, input).ended;

  test("gets, makes, changes and deletes", async () => {
    expect((await run(["get", "pod", "box", "-o", "name"])).stdout).toBe("pod/box\n");
    expect((await run(["create", "configmap", "notes", "--from-literal=a=1"])).stdout).toBe("configmap/notes created\n");
    expect((await run(["patch", "configmap", "notes", "-p", '{"data":{"a":"2"}}'])).stdout).toBe("configmap/notes patched\n");
    expect((await run(["apply", "-f", "-"], "apiVersion: v1\nkind: Service\nmetadata: {name: box}\nspec: {selector: {app: box}, ports: [{port: 80, targetPort: 8080}]}\n")).stdout).toBe("service/box created\n");
    expect((await run(["delete", "configmap/notes", "service/box", "-o", "name"])).stdout).toBe("configmap/notes\nservice/box\n");
    expect(await run(["get", "pod", "nothing"])).toEqual({ stdout: "", stderr: 'Error from server (NotFound): pods "nothing" not found\n', exit: 1 });
  });

  test("validates what it sends, asks for dry runs and explains, by the server's OpenAPI of its own version", async () => {
    const service = (port: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: mistaken}\nspec: {selector: {app: box}, ${port}}\n`;
    expect((await run(["apply", "-f", "-"], service("prts: [{port: 80}]"))).stderr).toMatch(/unknown field "(spec\.)?prts"/);
    expect((await run(["apply", "-f", "-"], service("ports: [{port: eighty}]"))).exit).toBe(1);
    expect(await run(["apply", "--dry-run=server", "-f", "-"], service("ports: [{port: 80, targetPort: 8080}]"))).toEqual({ stdout: "service/mistaken created (server dry run)\n", stderr: "", exit: 0 });
    expect((await run(["explain", "service.spec.ports.targetPort"])).exit).toBe(0);
    expect((await run(["explain", "service.spec.nothing"])).stderr).toContain('"nothing" does not exist');
  });

  test("exec carries input, both outputs and the exit status", async () => {
    expect(await run(["exec", "-i", "box", "--", "sh", "-c", "cat; echo err >&2; exit 4"], "in\n")).toEqual({ stdout: "in\n", stderr: "err\ncommand terminated with exit code 4\n", exit: 4 });
    expect((await run(["exec", "box", "--", "nothing"])).stderr).toContain('exec: "nothing": executable file not found in $PATH: unknown');
  });

  test("port-forward carries requests, and says when nobody listens", async () => {
    const forwarding = start(kubectl, ["port-forward", "pod/box", ":8080", ":81"]);
    const ports = (): readonly string[] => [...forwarding.said.stdout.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port ?? "");
    await eventually(() => ports().length === 2, "it listens");
    for (let i = 0; i < 3; i++) expect(await (await fetch(`http://127.0.0.1:${ports()[0]}/health`)).json()).toMatchObject({ status: "ok", pod: "box" });
    await expect(fetch(`http://127.0.0.1:${ports()[1]}/`)).rejects.toThrow();
    await eventually(() => forwarding.said.stderr.includes("connection refused"), "the kubelet's words");
  });

  test("logs and watches go on as things happen", async () => {
    const watching = start(kubectl, ["get", "configmaps", "-w", "--no-headers", "-o", "name"]);
    await eventually(() => watching.said.stdout !== "", "what is there");
    served.request("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: `seen-${path.basename(kubectl)}-${watching.said.stdout.length}` } });
    await eventually(() => watching.said.stdout.includes("configmap/seen-"), "what came");
    expect((await run(["logs", "box"])).stdout).toContain("listening on :8080");
  });
});
