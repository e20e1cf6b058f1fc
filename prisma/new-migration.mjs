// node prisma/new-migration.mjs NAME: writes the next migration from schema.prisma, with Prisma's own schema engine in its WASM
// build and a scratch database in memory; needs no network. Run with --check it writes nothing, and fails when one is missing.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const folder = join(here, "migrations");
const filters = { externalTables: [], externalEnums: [] };

globalThis.PRISMA_WASM_PANIC_REGISTRY ??= {
  set_message(message) {
    console.error(message);
  },
};

/** The engine sends a whole migration through executeRaw, which better-sqlite3 refuses for more than one statement. */
function forScripts(factory) {
  const mend = (adapter) => {
    const executeRaw = adapter.executeRaw.bind(adapter);
    adapter.executeRaw = async (query) => {
      if (query.args.length > 0) return executeRaw(query);
      await adapter.executeScript(query.sql);
      return 0;
    };
    return adapter;
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => mend(await factory.connect()),
    connectToShadowDb: async () => mend(await factory.connectToShadowDb()),
  };
}

async function engineFor(schema) {
  const glue = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const wasm = join(dirname(require.resolve("@prisma/schema-engine-wasm")), "schema_engine_bg.wasm");
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm), { "./schema_engine_bg.js": glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  const factory = bindMigrationAwareSqlAdapterFactory(forScripts(new PrismaBetterSqlite3({ url: ":memory:" })));
  return glue.SchemaEngine.new({ datamodels: [["schema.prisma", schema]] }, () => {}, factory);
}

function migrationsList() {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return {
    baseDir: folder,
    shadowDbInitScript: "",
    lockfile: { path: "migration_lock.toml", content: null },
    migrationDirectories: names
      .map((entry) => entry.name)
      .sort()
      .map((path) => ({ path, migrationFile: { path: "migration.sql", content: { tag: "ok", value: readFileSync(join(folder, path, "migration.sql"), "utf8") } } })),
  };
}

const [name = "change"] = process.argv.slice(2);
const schema = readFileSync(join(here, "schema.prisma"), "utf8");
const engine = await engineFor(schema);
await engine.applyMigrations({ migrationsList: migrationsList(), filters });
const found = await engine.devDiagnostic({ migrationsList: migrationsList(), filters }); // Also fills the cache createMigration reads.
if (found.action.tag === "reset") throw new Error(`the migrations do not add up: ${found.action.reason}`);
const made = await engine.createMigration({
  draft: false,
  migrationName: name,
  migrationsList: migrationsList(),
  schema: { files: [{ path: "schema.prisma", content: schema }] },
  filters,
});
if (name === "--check") {
  if (made.migrationScript) console.error(`schema.prisma has changed without a migration:\n${made.migrationScript}`);
  process.exit(made.migrationScript ? 1 : 0);
}
if (made.migrationScript) {
  mkdirSync(join(folder, made.generatedMigrationName), { recursive: true });
  writeFileSync(join(folder, made.generatedMigrationName, "migration.sql"), made.migrationScript);
}
console.log(made.migrationScript ? `wrote prisma/migrations/${made.generatedMigrationName}` : "no change");
process.exit(0);
