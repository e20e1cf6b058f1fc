/** What is wrong with a script, in bash's words; `incomplete` when more lines could still make it right. */
export class ShellSyntaxError extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly incomplete: boolean,
    /** bash shows the line itself under some of its complaints. */
    readonly showsLine: boolean = false,
  ) {
    super(message);
  }
}
