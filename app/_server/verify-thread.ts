/** The thread of verify.ts: one journal in, one verification out. */
import { parentPort, workerData } from "node:worker_threads";
import { checkJournal, type Journal, type LabFiles, verifyJournal } from "@/engine";

/** A learner's afternoon is some five million events; a journal made to keep the server busy is more. */
const MOST_EVENTS = 50_000_000;

const { files, journal } = workerData as { files: LabFiles; journal: Journal };
try {
  parentPort?.postMessage({ shown: verifyJournal(files, checkJournal(journal), MOST_EVENTS) });
} catch (problem) {
  parentPort?.postMessage({ problem: problem instanceof Error ? problem.message : String(problem) });
}
