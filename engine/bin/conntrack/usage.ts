/** How conntrack(8) gives up over its command line: exit_error() of conntrack.c with PARAMETER_PROBLEM. */
export class UsageError extends Error {}

/** Refused by name: exit status 2. */
export class NotModelledOption extends Error {}

/** It did not come to pass: exit status 1. */
export class Failed extends Error {
  constructor(
    message: string,
    readonly operation = true,
  ) {
    super(message);
  }
}

export function usage(message: string): never {
  throw new UsageError(message);
}
