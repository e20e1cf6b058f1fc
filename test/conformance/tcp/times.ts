/** Two recordings of the same moments: a time counts as the same when the kernel's own clock does not tell it apart. */

const WIRE = /^( {2})([\d.]+)( .*)$/;
const RESULT = /^(.* )()([\d.]+)$/;
const SAID = /^(.* after )(\d+)( m.*)$/;

/** A jiffy, and what a busy machine is late by. */
const SLACK_MS = 12;
/** Timers of the wheel are late by up to an eighth of their length (kernel/time/timer.c). */
const WHEEL = 1 / 8;
/** A timer may have been set by an earlier command; those of up to 16 s have buckets of so long. */
const BUCKET_MS = 256;
/** How long programs take to start is no part of what is compared. */
const PROGRAM_MS = 300;

/** `ours`, with the times of `real` where they are the same. */
export function withTimesOf(command: string, sinceStartMs: number, real: readonly string[], ours: readonly string[]): string[] {
  const program = /^(sh|drop) /.test(command);
  return ours.map((line, i) => merged(real[i] ?? "", line, program ? PROGRAM_MS : SLACK_MS + Math.min(sinceStartMs * WHEEL, BUCKET_MS)));
}

function merged(real: string, ours: string, slackMs: number): string {
  const [theirs, mine] = [parse(real), parse(ours)];
  if (theirs === undefined || mine === undefined) return ours;
  if (Math.abs(theirs.ms - mine.ms) > slackMs + theirs.ms * WHEEL) return ours;
  return mine.with(theirs.written);
}

function parse(line: string): { readonly ms: number; readonly written: string; readonly with: (time: string) => string } | undefined {
  const wire = WIRE.exec(line);
  if (wire !== null) return { ms: Number(wire[2]), written: wire[2] as string, with: (time) => `  ${time}${wire[3]}` };
  const said = SAID.exec(line);
  if (said !== null) return { ms: Number(said[2]), written: said[2] as string, with: (time) => `${said[1]}${time}${said[3]}` };
  const result = RESULT.exec(line);
  if (result !== null) return { ms: Number(result[3]), written: result[3] as string, with: (time) => `${result[1]}${time}` };
  return undefined;
}
