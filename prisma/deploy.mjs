// Brings a database up to date: applies prisma/migrations/*/migration.sql in order and keeps the table _prisma_migrations as
// `prisma migrate` keeps it. All or nothing, safe when two processes start at once, and in need of nothing but better-sqlite3.
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";

const here = dirname(fileURLToPath(import.meta.url));

const KEPT = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" DATETIME, "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

function committed(folder) {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

/** Migrations not yet applied. One that was changed after it was applied is refused: nobody could say what the database is. */
function pending(migrations, applied) {
  const checksums = new Map(applied.map((row) => [row.migration_name, row.checksum]));
  const unknown = [...checksums.keys()].find((name) => !migrations.some((migration) => migration.name === name));
  if (unknown) throw new Error(`the database is newer than this version of Podpath: it has the migration ${unknown}`);
  for (const { name, checksum } of migrations) {
    if (checksums.has(name) && checksums.get(name) !== checksum) throw new Error(`the migration ${name} was changed after it was applied`);
  }
  return migrations.filter((migration) => !checksums.has(migration.name));
}

/** Applies what is missing to the database at `url` ("file:…") and returns the names of what was applied. */
export function deploy(url, folder = join(here, "migrations")) {
  const file = resolve(url.replace(/^file:/, ""));
  mkdirSync(dirname(file), { recursive: true });
  const database = new Database(file);
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("busy_timeout = 10000");
    database.pragma("foreign_keys = OFF"); // Before BEGIN: otherwise rebuilding a table would cascade its DROP.
    const apply = database.transaction(() => {
      database.exec(KEPT);
      const applied = database.prepare('SELECT migration_name, checksum FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL').all();
      const missing = pending(committed(folder), applied);
      const keep = database.prepare('INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "applied_steps_count") VALUES (?, ?, ?, ?, 1)');
      for (const { name, sql, checksum } of missing) {
        database.exec(sql);
        keep.run(randomUUID(), checksum, Date.now(), name);
      }
      const broken = database.pragma("foreign_key_check");
      if (broken.length > 0) throw new Error(`rows point nowhere after the migration: ${JSON.stringify(broken.slice(0, 3))}`);
      return missing.map((migration) => migration.name);
    });
    return apply.immediate();
  } finally {
    database.close();
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const applied = deploy(process.env.DATABASE_URL ?? "file:./data/podpath.db");
  if (applied.length > 0) console.log(`  applied ${applied.join(", ")}`);
}
