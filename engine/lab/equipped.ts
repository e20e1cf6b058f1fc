/**
 * Worlds with every tool at hand from the beginning: the command line, the tests, and the server,
 * which have all of the engine at once. A page, which fetches it, opens by page.ts.
 */
import { allTools } from "../bin/index";
import { Later } from "../core/later";
import { parseYaml } from "../core/yaml";
import type { Journal, LabFiles, LabSummary, Session, SessionOptions, Verification } from "./contract";
import { readLab } from "./lab";
import { openSession as open, verifyJournal as verify } from "./session";

export { allTools };

/** Throws LabProblem. */
export function labSummary(files: LabFiles): LabSummary {
  return readLab(files, parseYaml).summary;
}

/** Boots the lab, replays the journal if there is one. Throws LabProblem. */
export function openSession(files: LabFiles, options: SessionOptions): Session {
  return open(files, options, new Later(allTools));
}

/** Replays a journal and looks at the goals itself: a claim counts for nothing. Throws LabProblem. */
export function verifyJournal(files: LabFiles, journal: Journal, maxEvents?: number): Verification {
  return verify(files, journal, new Later(allTools), maxEvents);
}
