/** The committed migrations: applied once, never edited, and as the schema has it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deploy } from "@/prisma/deploy.mjs";

const MIGRATIONS = join(import.meta.dirname, "../../prisma/migrations");

function copied(): { readonly folder: string; readonly url: string } {
  const place = mkdtempSync(join(tmpdir(), "podpath-"));
  cpSync(MIGRATIONS, join(place, "migrations"), { recursive: true });
  return { folder: join(place, "migrations"), url: `file:${join(place, "data/test.db")}` };
}

function addMigration(folder: string, name: string, sql: string): void {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "migration.sql"), sql);
}

test("a second deployment has nothing to do", () => {
  const { folder, url } = copied();
  expect(deploy(url, folder).length).toBeGreaterThan(0);
  expect(deploy(url, folder)).toEqual([]);
});

test("a migration that was changed after it was applied is refused", () => {
  const { folder, url } = copied();
  addMigration(folder, "29990101000000_more", 'CREATE TABLE "More" ("id" TEXT);');
  expect(deploy(url, folder)).toContain("29990101000000_more");
  writeFileSync(join(folder, "29990101000000_more/migration.sql"), 'CREATE TABLE "Other" ("id" TEXT);');
  expect(() => deploy(url, folder)).toThrow("the migration 29990101000000_more was changed after it was applied");
});

test("a migration that fails leaves nothing behind", () => {
  const { folder, url } = copied();
  deploy(url, folder);
  addMigration(folder, "29990101000000_broken", 'CREATE TABLE "Half" ("id" TEXT); CREATE TABLE "Half" ("id" TEXT);');
  expect(() => deploy(url, folder)).toThrow("Half");
  writeFileSync(join(folder, "29990101000000_broken/migration.sql"), 'CREATE TABLE "Half" ("id" TEXT);');
  expect(deploy(url, folder)).toEqual(["29990101000000_broken"]);
});

test("a database of a newer version is left alone", () => {
  const { folder, url } = copied();
  addMigration(folder, "29990101000000_future", 'CREATE TABLE "Future" ("id" TEXT);');
  deploy(url, folder);
  expect(() => deploy(url)).toThrow("the database is newer than this version of Podpath: it has the migration 29990101000000_future");
});

test("the schema has no change without a migration", () => {
  expect(() => execFileSync(process.execPath, ["prisma/new-migration.mjs", "--check"], { stdio: "pipe" })).not.toThrow();
});
