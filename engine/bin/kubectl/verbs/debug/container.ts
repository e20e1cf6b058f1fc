/** The container that debug makes, and its name when nobody gave one. */
import type { Task } from "../../../../core/task";
import { randomLetters } from "../../../../kube/names";
import type { Container } from "../../../../kube/types";
import type { Context } from "../../command";
import { Failure } from "../../errors";
import type { Debugging } from "./stay";

/** A container while it is being written. */
export type Draft = { -readonly [P in keyof Container]: Container[P] };

export function suffix({ proc }: Context): string {
  return randomLetters(proc.rng.fork(`kubectl debug ${proc.nowMs}`), 5);
}

/** The name given, or debugger-xxxxx, which is said. */
export function* debuggerName(context: Context): Task<string> {
  const { flags, proc } = context;
  const given = flags.string("container");
  if (given !== "") return given;
  const name = `debugger-${suffix(context)}`;
  if (!flags.bool("quiet")) yield* proc.out(`Defaulting debug container name to ${name}.\n`);
  return name;
}

/** What the flags say of it, laid over `from`. */
export function debugContainer({ flags }: Context, { command }: Debugging, from: Container): Draft {
  const made: Draft = { ...from };
  const image = flags.string("image");
  const policy = flags.string("image-pull-policy");
  const env = environment(flags.list("env"));
  if (command.length > 0 && flags.bool("arguments-only")) made.args = command;
  else if (command.length > 0) {
    made.command = command;
    delete made.args;
  }
  if (env.length > 0) made.env = env;
  if (image !== "") made.image = image;
  if (policy !== "") made.imagePullPolicy = policy;
  made.resources ??= {};
  made.terminationMessagePolicy ??= "File";
  for (const [field, flag] of [["stdin", "stdin"], ["tty", "tty"]] as const) {
    if (flags.bool(flag)) made[field] = true;
    else delete made[field];
  }
  return made;
}

function environment(words: readonly string[]): NonNullable<Container["env"]> {
  return words.map((word) => {
    const equals = word.indexOf("=");
    if (equals < 1) throw new Failure(`invalid env: ${word}`);
    return { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}
