/**
 * xtables_error(): how iptables gives up. The text and the exit status; the program's name, its
 * version and the hint at --help are put around it where it is printed (command.ts, restore.ts).
 */
export type ProblemKind = "parameter" | "version" | "other" | "bare" | "silent";

export const EXIT = { other: 1, parameter: 2, version: 3, resource: 4, bare: 1, silent: 2 } as const;

export class Problem extends Error {
  /** What had been said before it came to this. */
  warnings = "";
  constructor(
    message: string,
    readonly kind: ProblemKind = "parameter",
    readonly exit: number = EXIT[kind],
  ) {
    super(message);
  }
}

/** PARAMETER_PROBLEM: exit status 2, and the hint at --help. */
export function fail(message: string): never {
  throw new Problem(message);
}

/** What the emulation cannot do says so, in every tool the same. */
export class NotModelled extends Error {}

export function notModelled(what: string): never {
  throw new NotModelled(what);
}
