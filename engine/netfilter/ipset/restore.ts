/**
 * `ipset restore`: line by line. Additions to one set (and deletions from it) that follow each
 * other travel in one message of at most a page; what is still waiting when a line cannot be
 * understood is lost, and -exist is a matter of the message it begins.
 */
import { readEnvironment, splitLine } from "./arguments";
import { type Change, commandOf, perform, prepareChange, type Session } from "./command";
import { Failure, usage } from "./problem";

/** Room in a message after its head, and what libmnl keeps free for an attribute that may come. */
const PAGE = 4096;
const HEAD = 40;
const SPARE = 32;
/** A comment is given room for the longest. */
const SPARE_COMMENT = 252;

type Waiting = { readonly change: Change; readonly line: number };

class Batch {
  #waiting: Waiting[] = [];
  #exist = false;
  #bytes = HEAD;

  push(change: Change, line: number, exist: boolean): void {
    const [first] = this.#waiting;
    const fits = this.#bytes + change.weight + SPARE + (change.comment ? SPARE_COMMENT : 0) <= PAGE;
    if (first && (first.change.set !== change.set || first.change.command !== change.command || !fits)) this.commit();
    if (this.#waiting.length === 0) this.#exist = exist;
    this.#waiting.push({ change, line });
    this.#bytes += change.weight;
  }

  commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = HEAD;
    for (const { change, line } of waiting) inLine(line, () => change.apply(this.#exist));
  }
}

/** Facts tell the line; what is wrong with the words does not. */
function inLine<T>(line: number, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Failure && error.kind === "fact") throw new Failure(`Error in line ${line}: ${error.message}`);
    throw error;
  }
}

export function restore(session: Session, text: string): void {
  const batch = new Batch();
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (/^\s*(#|$)/.test(line)) continue;
    if (line.startsWith("COMMIT")) {
      batch.commit();
      continue;
    }
    const words = inLine(number, () => readEnvironment(splitLine(line), session.environment));
    const name = commandOf(words);
    if (["restore", "version", "help"].includes(name)) throw usage(`Command \`${name}' is invalid in restore mode.`);
    if (name === "quit") break;
    if (name === "add" || name === "del") {
      const change = inLine(number, () => prepareChange(session, name, words.slice(1)));
      batch.push(change, number, session.environment.exist);
      continue;
    }
    batch.commit();
    inLine(number, () => perform(session, name, words.slice(1)));
    // An element found is reported as a warning, which ends the restore.
    if (name === "test") return;
  }
  batch.commit();
}
