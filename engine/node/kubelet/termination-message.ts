/**
 * What a container leaves behind to say why it ended: the file at terminationMessagePath, or, where
 * the policy says so and it failed, the end of its log (kuberuntime's getTerminationMessage).
 */
import { text, utf8 } from "../../core/bytes";
import type { Container } from "../../kube/types";
import type { Run } from "./container";

const MOST_OF_FILE = 4096;
const MOST_OF_LOG = 2048;
const MOST_LINES = 80;

export function terminationMessage({ terminationMessagePath: path, terminationMessagePolicy }: Container, run: Run, exitCode: number): string | undefined {
  const { machine, log } = run;
  // A file system that nobody has looked into holds nothing that somebody has written.
  const written = path && machine.hasFiles && machine.fs.exists(path) ? lastBytes(machine.fs.readText(path), MOST_OF_FILE) : "";
  if (written !== "") return written;
  if (terminationMessagePolicy !== "FallbackToLogsOnError" || exitCode === 0) return undefined;
  const lines = log.from(Math.max(0, log.end - MOST_LINES)).map((line) => `${line.text}${line.partial ? "" : "\n"}`);
  return lastBytes(lines.join(""), MOST_OF_LOG) || undefined;
}

function lastBytes(whole: string, most: number): string {
  const bytes = utf8(whole);
  return bytes.length <= most ? whole : text(bytes.subarray(bytes.length - most));
}
