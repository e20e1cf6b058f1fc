/**
 * The built-in kubectl says what the real one says, byte for byte: standard output, standard
 * error and exit status of every line in sessions/, on the same state of the same world.
 *
 * Where the machine has a kubectl 1.36 or newer it runs here and now against the served API;
 * elsewhere what one said before is taken from recorded/ (RECORD=1 writes it anew). What differs
 * stands in known-different.json with its reason, and must differ still.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import knownDifferent from "./known-different.json";
import { findKubectl, type RealKubectl } from "./real-kubectl";
import { readSession, sessionNames } from "./sessions";
import { bringTo, builtIn, openTwin, RealSide, type Said } from "./twins";

type Spoken = Said & { readonly line: string; readonly beginMs: number; readonly endMs: number };
type Recording = { readonly kubectl: string; readonly epochMs: number; readonly lines: readonly Spoken[] };

const RECORDED = path.join(import.meta.dirname, "recorded");
/** What differs and is not known to, for whoever mends it. */
const OUT = path.resolve(import.meta.dirname, "../../.out/kubectl");
/** So long before now the worlds begin: more than passes in them before a session says "= now". */
const BEGAN_AGO_MS = 32 * 60_000;
/** Events are dated in whole seconds: a real client that starts this early in one works out the same ages. */
const EARLY_MS = [20, 400] as const;
const MOST_AGAIN = 4;
const REST_MS = 300;
const real = findKubectl();
const known = knownDifferent as Readonly<Record<string, string>>;
const figures = { compared: 0, equal: 0 };

function recordingOf(session: string): Recording {
  return JSON.parse(readFileSync(path.join(RECORDED, `${session}.json`), "utf8")) as Recording;
}

/** Both kubectls through a whole session; `heard` is called with what each said to each line. */
async function live({ path: kubectl, version }: RealKubectl, session: string, heard: (line: string, real: Said, own: Said) => void): Promise<Recording> {
  const epochMs = Math.floor((Date.now() - BEGAN_AGO_MS) / 1000) * 1000;
  const own = openTwin(epochMs);
  const side = await RealSide.open(openTwin(epochMs), kubectl);
  const lines: Spoken[] = [];
  const bothTo = (ms: number): void => [own, side.session].forEach((twin) => bringTo(twin, ms));
  let clocked = false;
  for (const step of readSession(session)) {
    if (step.kind === "now") clocked = true;
    else if (step.kind === "wait") bothTo(own.nowMs + step.ms);
    else {
      let beginMs = own.nowMs;
      const both = async (): Promise<readonly [Said, Said]> => {
        if (clocked) bothTo((await earlyInASecond(epochMs + own.nowMs)) - epochMs);
        beginMs = own.nowMs;
        return [await side.run(step.text), builtIn(own, step.text)];
      };
      let [said, ownSaid] = await both();
      // Where the machine was too slow for the second to be the same one. These lines only read.
      for (let again = 0; clocked && again < MOST_AGAIN && known[step.text] === undefined && !isSame(said, ownSaid); again++) [said, ownSaid] = await both();
      heard(step.text, said, ownSaid);
      // What a line has set going comes to rest: otherwise the next line meets one world in the middle of it and the other not yet.
      bothTo(Math.max(own.nowMs, side.session.nowMs) + (clocked ? 0 : REST_MS));
      lines.push({ line: step.text, ...said, beginMs, endMs: own.nowMs });
    }
  }
  side.close();
  return { kubectl: version, epochMs, lines };
}

function isSame(a: Said, b: Said): boolean {
  return a.stdout === b.stdout && inOneOrder(a.stderr) === inOneOrder(b.stderr) && a.exit === b.exit;
}

/** `set env --from` walks a Go map, which begins anywhere: these lines come in any order. */
function inOneOrder(stderr: string): string {
  const lines = stderr.split("\n");
  return lines.every((line) => line === "" || /^Warning: key .* transferred to /.test(line)) ? lines.sort().join("\n") : stderr;
}

/** A recording outlives a server that writes once more or once less: its counters and its dice are left out. */
function withoutNumbers({ stdout, stderr, exit }: Said): Said {
  const plain = (text: string): string =>
    text
      .replace(/(resourceVersion"?: ?"?)\d+/g, "$1N")
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UID")
      .replace(/(containerd:\/\/|Container ID: +\S+\/\/|exec \\?")[0-9a-f]{64}/g, "$1ID");
  return { stdout: plain(stdout), stderr: plain(stderr), exit };
}

/** Not before `leastMs`: a world that is ahead waits for the machine. */
async function earlyInASecond(leastMs: number): Promise<number> {
  for (;;) {
    const now = Date.now();
    if (now >= leastMs && now % 1000 >= EARLY_MS[0] && now % 1000 <= EARLY_MS[1]) return now;
    await new Promise((resolve) => setTimeout(resolve, now % 1000 < EARLY_MS[0] ? EARLY_MS[0] : 1000 - (now % 1000) + EARLY_MS[0]));
  }
}

function replay({ epochMs, lines }: Recording, session: string, heard: (line: string, real: Said, own: Said) => void): void {
  const own = openTwin(epochMs);
  let next = 0;
  for (const step of readSession(session)) {
    if (step.kind !== "line") continue;
    const recorded = lines[next++];
    if (recorded?.line !== step.text) throw new Error(`sessions/${session}.txt is not what was recorded: record again`);
    bringTo(own, recorded.beginMs);
    heard(step.text, recorded, builtIn(own, step.text));
    bringTo(own, recorded.endMs);
  }
}

describe.each(sessionNames())("%s", (session) => {
  test(`${real?.version ?? "a recorded kubectl"} and the built-in one say the same`, { timeout: 240_000 }, async () => {
    const same: string[] = [];
    const different: { line: string; real: Said; own: Said }[] = [];
    const heard = (line: string, { stdout, stderr, exit }: Said, own: Said): void => {
      figures.compared++;
      const said = { stdout, stderr, exit };
      if (real === undefined ? isSame(withoutNumbers(said), withoutNumbers(own)) : isSame(said, own)) same.push(line);
      else different.push({ line, real: said, own });
    };
    if (real === undefined) replay(recordingOf(session), session, heard);
    else {
      const recording = await live(real, session, heard);
      if (process.env.RECORD) {
        mkdirSync(RECORDED, { recursive: true });
        writeFileSync(path.join(RECORDED, `${session}.json`), `${JSON.stringify(recording, null, 1)}\n`);
      }
    }
    figures.equal += same.length;
    const unknown = different.filter(({ line }) => known[line] === undefined);
    mkdirSync(OUT, { recursive: true });
    writeFileSync(path.join(OUT, `${session}.json`), JSON.stringify(unknown, null, 1));
    expect(unknown.map(({ own, line }) => ({ line, ...own }))).toEqual(unknown.map(({ real: said, line }) => ({ line, ...said })));
    expect(same.filter((line) => known[line] !== undefined), "these agree now: take them off known-different.json").toEqual([]);
  });
});

test("every known difference is about a line that is typed", () => {
  const typed = new Set(sessionNames().flatMap((name) => readSession(name).map((step) => (step.kind === "line" ? step.text : ""))));
  expect(Object.keys(known).filter((line) => !typed.has(line))).toEqual([]);
});

test.each(sessionNames())("the recording of %s has its lines (fetch.sh, then RECORD=1, makes another)", (name) => {
  expect(existsSync(path.join(RECORDED, `${name}.json`))).toBe(true);
  expect(recordingOf(name).lines.map(({ line }) => line)).toEqual(readSession(name).flatMap((step) => (step.kind === "line" ? [step.text] : [])));
});

afterAll(() => console.log(`kubectl: ${figures.compared} invocations compared, ${figures.equal} equal, ${Object.keys(known).length} known to differ`));
