/**
 * What can go wrong, and how kubectl says it: pkg/cmd/util/helpers.go, checkErr().
 *
 * One class per way of speaking. Whoever throws need not know about "error: " in front; `describe`
 * below decides, once.
 */

/** metav1.Status, as the API answers a request it refuses. */
export type Status = {
  readonly kind?: string;
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
};

/** Said as "error: …", with this exit status. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly exit = 1,
  ) {
    super(message);
  }
}

/** Already said, or nothing to say: only the exit status. */
export class Exit extends Error {
  constructor(readonly exit: number) {
    super(`exit ${exit}`);
  }
}

/** A failure in the middle of printing: what was printed until then belongs to standard output. */
export class PrintFailure extends Failure {
  constructor(
    readonly printed: string,
    message: string,
  ) {
    super(message);
  }
}

/** Said without "error: " in front. */
export class PlainFailure extends Error {
  constructor(
    message: string,
    readonly exit = 1,
  ) {
    super(message);
  }
}

/** The API answered with a Status. */
export class ServerError extends Error {
  constructor(readonly status: Status) {
    super(status.message ?? "");
  }

  get reason(): string {
    return this.status.reason ?? "";
  }

  /** The same answer with "error when creating "x.yaml": " in front. */
  from(verb: string, source: string): ServerError {
    return new ServerError({ ...this.status, message: `error when ${verb} ${JSON.stringify(source)}: ${this.message}` });
  }
}

/** Several of them; each is said on a line of its own. */
export class Failures extends Error {
  constructor(readonly all: readonly Error[]) {
    super(all.map((one) => one.message).join(", "));
  }
}

/** Something real kubectl can do and this one cannot. */
export class NotModelled extends Error {
  constructor(readonly what: string) {
    super(`not modelled: ${what}`);
  }
}

/** "error: …" and a pointer to the help: cmdutil.UsageErrorf. */
export function usageFailure(command: string, message: string): Failure {
  return new Failure(`${message}\nSee '${command} -h' for help and examples`);
}

/** Files that could not be read, beside what went wrong with the others: as one, when there is more. */
export function aggregated(unread: readonly Error[], others: readonly Error[]): readonly Error[] {
  if (unread.length < 2 || others.length === 0) return unread;
  return [new Failure(`[${unread.map((one) => messageFor(one)).join(", ")}]`)];
}

export function throwAll(errors: readonly Error[]): void {
  const [first] = errors;
  if (first === undefined) return;
  throw errors.length === 1 ? first : new Failures(errors);
}

/** What to write to standard error, and the exit status; undefined if it is no error of ours. */
export function sayError(error: unknown): { readonly text: string; readonly exit: number } | undefined {
  if (error instanceof Failures && error.all.length === 1) return sayError(error.all[0]);
  if (error instanceof Exit) return { text: "", exit: error.exit };
  if (error instanceof NotModelled) return { text: `${error.message}\n`, exit: 2 };
  if (error instanceof PlainFailure) return { text: line(error.message), exit: error.exit };
  if (error instanceof Failures) return { text: error.all.map((one) => line(messageFor(one))).join(""), exit: 1 };
  if (error instanceof ServerError) return { text: line(error.reason === "Invalid" ? sayInvalid(error.status) : serverMessage(error)), exit: 1 };
  if (error instanceof Failure) return { text: line(error.message.startsWith("error: ") ? error.message : `error: ${error.message}`), exit: error.exit };
  return undefined;
}

/** One error in a list of several: messageForError(). */
export function messageFor(error: Error): string {
  if (error instanceof ServerError) return serverMessage(error);
  return error.message;
}

function serverMessage(error: ServerError): string {
  if (error.reason === "Unauthorized") return `error: You must be logged in to the server (${error.message})`;
  return error.reason === "" ? `Error from server: ${error.message}` : `Error from server (${error.reason}): ${error.message}`;
}

function sayInvalid(status: Status): string {
  const details = status.details;
  const named = details !== undefined && ((details.kind ?? "") !== "" || (details.name ?? "") !== "");
  const causes = causesOf(status);
  let said = named ? `The ${details.kind ?? ""} ${JSON.stringify(details.name ?? "")} is invalid` : "The request is invalid";
  if (!named && causes.length === 0 && (status.message ?? "") !== "") said += `: ${status.message}`;
  if (causes.length === 0) return said;
  if (causes.length === 1) return `${said}: ${causes[0]}\n`;
  return `${said}: \n${causes.map((cause) => `* ${cause}`).join("\n")}`;
}

/** "field: message", each once. */
export function causesOf(status: Status): readonly string[] {
  return [...new Set((status.details?.causes ?? []).map((cause) => `${cause.field ?? ""}: ${cause.message ?? ""}`))];
}

function line(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
