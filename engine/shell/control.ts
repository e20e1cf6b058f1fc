/** What leaves the ordinary order of commands: break, continue, return, exit, and an interrupt. */
export class LoopJump {
  constructor(
    readonly kind: "break" | "continue",
    public levels: number,
  ) {}
}

export class FunctionReturn {
  constructor(readonly status: number) {}
}

/** The whole shell (or subshell) ends. */
export class ShellExit {
  constructor(readonly status: number) {}
}

/** ^C reached the shell itself: everything up to the prompt is given up. */
export class Interrupt {}

/** An expansion that cannot be made: "x: unbound variable". `fatal` ends a shell that is not interactive. */
export class ExpansionError extends Error {
  constructor(
    message: string,
    readonly fatal: boolean,
    readonly status = 1,
  ) {
    super(message);
  }
}
