/** A database of one's own for a test: migrated, empty, gone with the process. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deploy } from "@/prisma/deploy.mjs";

export function freshDatabase(): string {
  const url = `file:${join(mkdtempSync(join(tmpdir(), "podpath-")), "test.db")}`;
  deploy(url);
  return url;
}
