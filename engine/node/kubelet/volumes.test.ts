import { expect, test } from "vitest";
import { makeCluster, type TestCluster } from "../cluster.test-support";

function start(): TestCluster {
  const t = makeCluster({ dnsReplicas: 0 });
  t.run(5);
  t.store.create({ kind: "ConfigMap", metadata: { name: "conf", namespace: "default" }, data: { a: "1", b: "x" } });
  t.store.create({ kind: "Secret", metadata: { name: "sec", namespace: "default" }, data: { pw: "aHVudGVyMg==" } });
  const volumes = [
    { name: "conf", configMap: { name: "conf", items: [{ key: "a", path: "a" }, { key: "b", path: "deep/b", mode: 0o600 }] } },
    { name: "sec", secret: { secretName: "sec", defaultMode: 0o400 } },
    { name: "info", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
    { name: "room", emptyDir: {} },
  ];
  const volumeMounts = [{ name: "conf", mountPath: "/etc/conf" }, { name: "conf", mountPath: "/etc/one", subPath: "a" }, { name: "sec", mountPath: "/sec" }, { name: "info", mountPath: "/info" }, { name: "room", mountPath: "/room" }, { name: "room", mountPath: "/look", readOnly: true }];
  t.pod("web", { command: ["sleep", "10000"], volumeMounts }, { nodeName: "node-1", volumes }, { labels: { tier: "back" } });
  t.run(3);
  return t;
}

const refused = (act: () => void): string => {
  try {
    act();
    return "";
  } catch (problem) {
    return (problem as Error).message;
  }
};

test("The files of a ConfigMap are links through ..data, and turn all at once.", () => {
  const t = start();
  const { fs } = t.machine("web");
  const [folder = "", ...rest] = fs.list("/etc/conf").sort();
  expect(folder).toMatch(/^\.\.2026_11_21_09_00_\d\d\.\d+$/);
  expect(rest).toEqual(["..data", "a", "deep"]);
  expect([fs.readlink("/etc/conf/..data"), fs.readlink("/etc/conf/a"), fs.readlink("/etc/conf/deep")]).toEqual([folder, "..data/a", "..data/deep"]);
  expect([fs.stat("/etc/conf").mode, fs.stat("/etc/conf/a").mode, fs.stat("/etc/conf/deep/b").mode].map((mode) => mode.toString(8))).toEqual(["777", "644", "600"]);
  t.store.modify("ConfigMap", "conf", "default", (map) => void (map.data = { a: "2", b: "x" }));
  t.run(60);
  expect([fs.readText("/etc/conf/a"), fs.readText("/etc/one"), fs.list("/etc/conf").length]).toEqual(["2", "1", 4]);
  expect(fs.readlink("/etc/conf/..data")).not.toBe(folder);
});

test("A Secret's files have the mode that was asked for, on a file system in memory.", () => {
  const { fs } = start().machine("web");
  expect([fs.stat("/sec").mode, fs.stat("/sec/pw").mode].map((mode) => mode.toString(8))).toEqual(["1777", "400"]);
});

test("What the kubelet writes nobody else does; a mount may be read-only, and its volume not.", () => {
  const { fs } = start().machine("web");
  const why = "Read-only file system";
  expect([refused(() => fs.writeFile("/etc/conf/new", "")), refused(() => fs.writeFile("/sec/pw", "")), refused(() => fs.unlink("/info/labels")), refused(() => fs.writeFile("/etc/one", "")), refused(() => fs.chmod("/sec/pw", 0o777))]).toEqual([why, why, why, why, why]);
  fs.writeFile("/room/note", "hello");
  expect([fs.readText("/look/note"), refused(() => fs.writeFile("/look/note", ""))]).toEqual(["hello", why]);
});

test("The downward API follows the Pod's labels.", () => {
  const t = start();
  const { fs } = t.machine("web");
  expect(fs.readText("/info/labels")).toBe('tier="back"');
  t.store.modify("Pod", "web", "default", (pod) => void (pod.metadata.labels = { tier: "front" }));
  t.run(60);
  expect(fs.readText("/info/labels")).toBe('tier="front"');
});
