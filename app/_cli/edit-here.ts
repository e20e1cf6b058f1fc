/**
 * The editor of a lab in your own terminal: what `kubectl edit` asks for is put into a file for $KUBE_EDITOR, $VISUAL, $EDITOR or vi,
 * the first of them that is set. The world stands still meanwhile.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** What was saved; null when the editor could not be started or ended badly. */
export function editHere({ text, language }: { readonly text: string; readonly language: string }): string | null {
  const { KUBE_EDITOR, VISUAL, EDITOR } = process.env;
  const editor = KUBE_EDITOR || VISUAL || EDITOR || "vi";
  const folder = mkdtempSync(path.join(tmpdir(), "podpath-"));
  const file = path.join(folder, `edit.${language}`);
  try {
    writeFileSync(file, text, { mode: 0o600 });
    const { status } = spawnSync("sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" });
    if (status === 0) return readFileSync(file, "utf8");
    process.stderr.write(`podpath: the editor "${editor}" ended with status ${status ?? "unknown"}; set EDITOR to the one you use\r\n`);
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
