import { expect, test } from "vitest";
import { testMachine } from "@/test/support/machine";
import { FileSystem } from "./fs";

const code = (run: () => unknown): string => {
  try {
    run();
    return "fine";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

function tree() {
  const fs = new FileSystem(testMachine([]).world);
  fs.mkdir("/a/b", { parents: true });
  fs.writeFile("/a/file", "hello");
  fs.symlink("/a/file", "/link");
  fs.symlink("b", "/a/rel");
  fs.symlink("loop2", "/loop1");
  fs.symlink("loop1", "/loop2");
  return fs;
}

test.each([
  ["reading nothing", "ENOENT", (fs: FileSystem) => fs.readFile("/nope")],
  ["a file as a folder", "ENOTDIR", (fs: FileSystem) => fs.readFile("/a/file/x")],
  ["a trailing slash on a file", "ENOTDIR", (fs: FileSystem) => fs.readFile("/a/file/")],
  ["reading a folder", "EISDIR", (fs: FileSystem) => fs.readFile("/a")],
  ["links in a circle", "ELOOP", (fs: FileSystem) => fs.readFile("/loop1")],
  ["making what exists", "EEXIST", (fs: FileSystem) => fs.mkdir("/a")],
  ["making where there is no parent", "ENOENT", (fs: FileSystem) => fs.mkdir("/x/y")],
  ["removing a full folder", "ENOTEMPTY", (fs: FileSystem) => fs.rmdir("/a")],
  ["unlinking a folder", "EISDIR", (fs: FileSystem) => fs.unlink("/a")],
  ["removing a file as a folder", "ENOTDIR", (fs: FileSystem) => fs.rmdir("/a/file")],
  ["removing the root", "ENOTEMPTY", (fs: FileSystem) => fs.rmdir("/")],
  ["moving into itself", "EINVAL", (fs: FileSystem) => fs.rename("/a", "/a/b/c")],
  ["a name too long", "ENAMETOOLONG", (fs: FileSystem) => fs.writeFile(`/${"x".repeat(256)}`, "")],
  ["a hard link to a folder", "EPERM", (fs: FileSystem) => fs.link("/a", "/z")],
  ["filling the disk", "ENOSPC", (fs: FileSystem) => fs.writeFile("/big", new Uint8Array(17 << 20))],
  ["reading a link that is none", "EINVAL", (fs: FileSystem) => fs.readlink("/a/file")],
] as const)("%s is %s", (_, expected, run) => {
  expect(code(() => run(tree()))).toBe(expected);
});

test("paths go through links and dots", () => {
  const fs = tree();
  expect([fs.readText("/link"), fs.readText("/a/../a/./b/../file"), fs.realpath("/a/rel/../file"), fs.isDirectory("/a/rel"), fs.list("/a")]).toEqual(["hello", "hello", "/a/file", true, ["b", "file", "rel"]]);
});

test("all files together are bounded, and removing gives the room back", () => {
  const fs = tree();
  for (let i = 0; i < 4; i++) fs.writeFile(`/big${i}`, new Uint8Array(15 << 20));
  expect(code(() => fs.writeFile("/big4", new Uint8Array(15 << 20)))).toBe("ENOSPC");
  fs.unlink("/big0");
  expect(code(() => fs.writeFile("/big4", new Uint8Array(15 << 20)))).toBe("fine");
});

test("programs of an image cost nothing until somebody looks, and can be removed", () => {
  const machine = testMachine([{ name: "tool", summary: "", *run() { return 0; } }]);
  expect(machine.fs.list("/bin")).toEqual(["tool"]);
  machine.fs.unlink("/usr/bin/tool");
  expect([machine.fs.list("/bin"), code(() => machine.spawn(["tool"]))]).toEqual([[], "ENOENT"]);
});

test("/proc shows the processes, the kernel and its knobs, and writes reach the stack", () => {
  const machine = testMachine([{ name: "tool", summary: "", *run(proc) { yield* proc.sleep(1e6); return 0; } }]);
  const process = machine.spawn(["tool", "an arg"]);
  const { fs } = machine;
  expect(fs.readText(`/proc/${process.pid}/cmdline`)).toBe("tool\0an arg\0");
  fs.writeFile("/proc/sys/net/ipv4/ip_forward", "1\n");
  expect([machine.netns.sysctl.get("net.ipv4.ip_forward"), fs.readText("/proc/sys/net/ipv4/ip_forward")]).toEqual(["1", "1\n"]);
  expect(code(() => fs.writeFile("/proc/sys/kernel/osrelease", "7"))).toBe("EACCES");
  expect(code(() => fs.writeFile("/proc/version", "7"))).toBe("EACCES");
  expect(fs.list("/proc").includes("version")).toBe(true);
});
