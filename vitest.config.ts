import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, ""), "server-only": fileURLToPath(new URL("./test/support/server-only.ts", import.meta.url)) } },
  test: {
    environment: "node",
    include: ["{app,engine,test}/**/*.test.ts"],
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
