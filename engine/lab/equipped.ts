/**
 * Worlds with every tool at hand from the beginning: the command line, the tests, and the server,
 * which have all of the engine at once. A page, which fetches it, opens by page.ts.
 */
import { allTools } from "../bin/index";
import { Later } from "../core/later";
import type { Journal, LabFiles, Session, SessionOptions, Verification } from "./contract";
import { openSession as open, verifyJournal as verify } from "./session";

export { allTools };

/** Boots the lab, replays the journal if there is one. Throws LabProblem. */
export function openSession(files: LabFiles, options: SessionOptions): Session {
  return open(files, options, new Later(allTools));
}

/** Replays a journal and looks at the goals itself: a claim counts for nothing. Throws LabProblem. */
export function verifyJournal(files: LabFiles, journal: Journal, maxEvents?: number): Verification {
  return verify(files, journal, new Later(allTools), maxEvents);
}
