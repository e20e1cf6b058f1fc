/** Why ipvsadm gives up: its words on standard error, and its exit status (2 for what it cannot read, 255 for the kernel's no). */
export class Failure extends Error {
  constructor(
    message: string,
    readonly exit: number,
  ) {
    super(message);
  }
}

/** An option that popt cannot read: --restore says so and goes on with the next line. */
export class BadOption extends Failure {
  constructor(message: string) {
    super(message, 255);
  }
}

export const TRY_HELP = "Try `ipvsadm -h' or 'ipvsadm --help' for more information.";
