import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { concat, NO_BYTES, text, utf8 } from "../../core/bytes";
import { ArchiveReader, encodeMember, endOfArchive, type Member } from "./format";

/** tar (GNU tar) 1.34: tar --sort=name --owner=root:0 --group=root:0 --mtime=@1795248000 -cf - d */
const RECORDED = new Uint8Array(gunzipSync(Buffer.from("H4sIAAAAAAACA+3WTQ6CMBAF4K49RU9A/ztbD8AlTCBqJDQBTPT2VnawAAwpUXnfpqSw4nWmUwiWnIzIuX6Nxmv/rJyRUlvy/T4RWcYd28C97U4N56wJoZv6bu79jypEda1vG+RPtDx/pUjH/HUdurJF/mnzT/+T3wF7ayfy9+P8pTWMS9R/cpeyqsKBwU4V4rGCWFz/H93/2itlcP9vIROZOOahPufpxoC5/q/IDs5C7P9eOsZz5P/t9f9cAc13J/nPz3962P+Np7iF+W8DT8x+AAAAAAAAAAAAAAB/5wWbq7IkACgAAA==", "base64")));
const [X, Y] = ["x".repeat(60), "y".repeat(60)];
const MEMBERS: readonly Member[] = ([
  { name: "d/", kind: "directory", mode: 0o755 },
  { name: "d/link", kind: "symlink", mode: 0o777, target: "notes" },
  { name: "d/notes", kind: "file", mode: 0o644, data: utf8("hello\n") },
  { name: `d/${X}/`, kind: "directory", mode: 0o755 },
  { name: `d/${X}/${Y}`, kind: "file", mode: 0o644, data: utf8("y\n") },
] as const).map((member) => ({ mtime: 1_795_248_000, data: NO_BYTES, target: "", ...member }));

test("archives are written as GNU tar writes them, byte for byte", () => {
  const members = concat(MEMBERS.map(encodeMember));
  expect(Buffer.from(concat([members, endOfArchive(members.length)])).equals(Buffer.from(RECORDED))).toBe(true);
});

test("and read, in whatever pieces they come", () => {
  const reader = new ArchiveReader();
  const read: Member[] = [];
  for (let at = 0; at < RECORDED.length; at += 100) {
    reader.push(RECORDED.slice(at, at + 100));
    for (let member = reader.next(); member !== undefined; member = reader.next()) read.push(member);
  }
  expect(read.map(({ name, kind, mode, target, data }) => [name, kind, mode, target, text(data)])).toEqual(MEMBERS.map(({ name, kind, mode, target, data }) => [name, kind, mode, target, text(data)]));
  expect([reader.ended, reader.broken]).toEqual([true, false]);
  const other = new ArchiveReader();
  other.push(utf8("junk".repeat(200)));
  expect([other.next(), other.broken]).toEqual([undefined, true]);
});
