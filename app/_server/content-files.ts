/** The texts under a folder, by their path in it; and a cheap answer to "has anything changed?". */
import "server-only";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

export type ContentFiles = Readonly<Record<string, string>>;

/** A lab may put any text into its learner's home directory, so it is pictures that are named here, not texts. */
const NOT_TEXT = /(^|\/)\.|\.(png|jpe?g|gif|webp|svg|pdf|woff2?)$/;

export async function readContent(root: string): Promise<ContentFiles> {
  const paths = await textsUnder(root);
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path), "utf8")] as const)));
}

/** Names, sizes and times of change: it differs when a file was edited, added or taken away. */
export async function signatureOf(root: string): Promise<string> {
  const paths = await textsUnder(root);
  const lines = await Promise.all(
    paths.map(async (path) => {
      const { size, mtimeMs } = await stat(join(root, path));
      return `${path} ${size} ${mtimeMs}`;
    }),
  );
  return lines.join("\n");
}

async function textsUnder(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  return paths.filter((path) => !NOT_TEXT.test(path)).sort();
}
