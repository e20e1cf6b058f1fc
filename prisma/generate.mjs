// Generates the Prisma client into prisma/generated, without the network: the command insists on a schema engine it would
// otherwise download, and never runs it, so any file that exists will do.
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);

execFileSync(process.execPath, [join(root, "node_modules/prisma/build/index.js"), "generate", "--schema", join(here, "schema.prisma")], {
  cwd: root,
  stdio: ["ignore", "ignore", "inherit"],
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" },
});
