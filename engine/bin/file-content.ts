/** The files that rules are read from. */
import { text } from "../core/bytes";
import { SysError } from "../core/errno";
import type { Proc } from "../host/proc";

/** What is in a file, as the process sees it; undefined when it cannot be read. */
export function contentOf(proc: Proc, path: string): string | undefined {
  try {
    return text(proc.fs.readFile(proc.resolve(path)));
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}
