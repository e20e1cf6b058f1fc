/**
 * A lab in your own terminal: raw keys go in, the screen comes out, and the world's time follows
 * the clock on the wall. `kubectl edit` opens your own editor. Ctrl-D at an empty prompt (or `exit`) leaves.
 */
import { LabProblem, type Output, type Session } from "@/engine";
import { editHere } from "./edit-here";

const FRAME_MS = 16;
const TERMINAL = "t1";
const EVENTS_PER_FRAME = 100_000;

type EditRequest = Extract<Output, { readonly kind: "edit" }>;

export async function interact(session: Session, place: string): Promise<number> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) throw new LabProblem("this is not a terminal; use --run FILE (or --run - for standard input)");
  printStory(session);
  session.apply({ kind: "open", terminal: TERMINAL, place, columns: stdout.columns, rows: stdout.rows });
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  const keys = (text: string): void => session.apply({ kind: "keys", terminal: TERMINAL, text });
  const resize = (): void => session.apply({ kind: "resize", terminal: TERMINAL, columns: stdout.columns, rows: stdout.rows });
  const edit = (request: EditRequest): void => {
    stdin.setRawMode(false);
    const text = editHere(request);
    stdin.setRawMode(true);
    session.apply({ kind: "edited", id: request.id, text });
  };
  stdin.on("data", keys);
  stdout.on("resize", resize);
  try {
    await untilEnded(session, edit);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stdin.off("data", keys);
    stdout.off("resize", resize);
  }
  process.stdout.write(`\n${checklist(session)}`);
  return 0;
}

function untilEnded(session: Session, edit: (request: EditRequest) => void): Promise<void> {
  return new Promise((resolve) => {
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const { outputs } = session.run(Math.min(250, now - last), EVENTS_PER_FRAME);
      last = now;
      const ended = outputs.map(show).includes("ended");
      for (const output of outputs) if (output.kind === "edit") edit(output);
      if (!ended) return;
      clearInterval(timer);
      resolve();
    }, FRAME_MS);
  });
}

function show(output: Output): "ended" | undefined {
  switch (output.kind) {
    case "screen":
      process.stdout.write(output.text);
      return undefined;
    case "ended":
      return "ended";
    case "goals":
      process.stdout.write(`\u001b]0;podpath: ${output.goals.filter(({ met }) => met).length} of ${output.goals.length} goals\u0007`);
      return undefined;
    default:
      return undefined;
  }
}

function printStory(session: Session): void {
  process.stdout.write(`${session.lab.title}\n\n${forTerminal(session.lab.story)}\n${checklist(session)}\n`);
}

/** The story's Markdown as a terminal shows it: what is strong is bold, or plain where there is no terminal. */
function forTerminal(markdown: string): string {
  return markdown.replace(/\*\*([^*]+)\*\*/g, process.stdout.isTTY ? "\x1b[1m$1\x1b[22m" : "$1");
}

function checklist(session: Session): string {
  return session.goals().map(({ met, title }) => `  [${met ? "x" : " "}] ${title}\n`).join("");
}
