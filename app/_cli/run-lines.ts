/** Types a file's lines into a lab and prints what the terminal shows, without prompts. */
import { isCompleteLine, type Session, typeLine } from "@/engine";

/** Returns the exit status of the last line. */
export function runLines(session: Session, place: string, text: string, json: boolean): number {
  let status = 0;
  for (const line of joined(text)) {
    const at = session.nowMs;
    const { stdout, stderr, exit } = typeLine(session, place, line, json ? () => {} : show);
    status = exit;
    if (json) console.log(JSON.stringify({ line, at, stdout, stderr, exit }));
  }
  return status;
}

function show(stdout: string, stderr: string): void {
  if (stdout !== "") process.stdout.write(stdout);
  if (stderr !== "") process.stderr.write(stderr);
}

/** Lines as a shell reads them: an incomplete one takes the next along. Blank lines and remarks are skipped. */
function* joined(text: string): Generator<string> {
  let pending = "";
  for (const line of text.replace(/\n$/, "").split("\n")) {
    if (pending === "" && (line.trim() === "" || line.trimStart().startsWith("#"))) continue;
    pending = pending === "" ? line : `${pending}\n${line}`;
    if (!isCompleteLine(pending)) continue;
    yield pending;
    pending = "";
  }
  if (pending !== "") yield pending;
}
