// What `npm start` and `npm test` run. It starts with nothing but Node: every step before serving or testing is done here, and
// only when it is needed. Other arguments of `npm test -- …` go to vitest.
import { problem, prepareBuild, prepareClient, prepareDatabase, preparePackages } from "./setup.mjs";
import { serve } from "./serve-site.mjs";
import { test } from "./test-all.mjs";

const [command = "start", ...rest] = process.argv.slice(2);

try {
  preparePackages.mustBeNewEnough();
  if (command === "start") await start();
  else if (command === "test") process.exitCode = await test(rest);
  else if (command === "setup") await setUp();
  else throw problem(`up.mjs knows start, test and setup, not "${command}".`);
} catch (error) {
  if (!error.isProblem) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

async function setUp() {
  await preparePackages();
  await prepareClient();
  await prepareDatabase();
  await prepareBuild();
}

async function start() {
  const address = { port: Number(process.env.PORT ?? 3000), host: process.env.HOST ?? "127.0.0.1" };
  await serve.mustBeFree(address);
  await setUp();
  await serve(address);
}
