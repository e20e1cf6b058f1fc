// The engine as a page fetches it: the worker, and beside it the tools it fetches while its world boots. Written to .cache/engine
// in files named by what is in them, each also compressed once and well, with a list of them in engine.json.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";

const LIST = "engine.json";

export const engineFolder = (root) => path.join(root, ".cache/engine");

/** The files by name, the worker's own first, without writing anything. */
export async function bundleEngine(root) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { worker: "app/_lab/engine.worker.ts" },
    outdir: "engine",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    legalComments: "none",
    alias: { "@": root },
    logLevel: "error",
  });
  const texts = new Map(outputFiles.map((file) => [path.basename(file.path), file.contents]));
  const outputs = Object.entries(metafile.outputs).map(([at, output]) => ({ name: path.basename(at), entryPoint: output.entryPoint, imports: output.imports.filter(({ external }) => !external) }));
  const worker = outputs.find(({ entryPoint }) => entryPoint === "app/_lab/engine.worker.ts");
  const named = (name) => ({ name, text: texts.get(name) });
  // What the worker imports at once is needed before a world can boot; the rest comes while it does.
  const first = [worker.name, ...worker.imports.filter(({ kind }) => kind === "import-statement").map((each) => path.basename(each.path))];
  return { first: first.map(named), later: [...texts.keys()].filter((name) => !first.includes(name)).map(named) };
}

/** Bundles, compresses and writes; the list comes last, so that whoever reads it finds everything. */
export async function writeEngine(root) {
  const folder = engineFolder(root);
  const { first, later } = await bundleEngine(root);
  const files = [...first, ...later];
  await mkdir(folder, { recursive: true });
  await Promise.all(files.map(({ name, text }) => writeWith(folder, name, text)));
  const list = { worker: first[0].name, first: first.map(({ name }) => name), later: later.map(({ name }) => name) };
  const aside = path.join(folder, `${LIST}.${process.pid}`);
  await writeFile(aside, JSON.stringify(list));
  await rename(aside, path.join(folder, LIST));
  const kept = new Set([LIST, ...files.flatMap(({ name }) => [name, `${name}.gz`, `${name}.br`])]);
  for (const name of await readdir(folder)) if (!kept.has(name)) await rm(path.join(folder, name), { force: true });
  return list;
}

/** What was written last, or undefined. */
export async function readEngineList(root) {
  try {
    return JSON.parse(await readFile(path.join(engineFolder(root), LIST), "utf8"));
  } catch {
    return undefined;
  }
}

async function writeWith(folder, name, text) {
  const [gz, br] = await Promise.all([promisify(gzip)(text, { level: 9 }), promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } })]);
  const file = path.join(folder, name);
  await Promise.all([writeFile(file, text), writeFile(`${file}.gz`, gz), writeFile(`${file}.br`, br)]);
}
