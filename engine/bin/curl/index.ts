/**
 * curl 7.88.1: transfers a URL. Its words, numbers and exit statuses are the real tool's; what they
 * tell happened to packets of this world. Differs: http only; no proxies, cookies files or forms.
 */
import { text, utf8 } from "../../core/bytes";
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { defineCommand } from "../command";
import { type Config, emptyConfig, readArguments } from "./config";
import { Connections } from "./connect";
import { readInput } from "./data";
import { HELP, VERSION_TEXT } from "./help";
import { Meter } from "./meter";
import { BodyOutput, Verbose, warning } from "./output";
import { withQuery } from "./request";
import { ticking } from "./ticking";
import { type Outcome, type Session, Transfer } from "./transfer";
import { globbed, globProblem } from "./url";
import { writeOut } from "./write-out";

const HINT = "curl: try 'curl --help' or 'curl --manual' for more information\n";
const MAX_RETRY_WAIT_MS = 600_000;

export const curl = defineCommand({
  name: "curl",
  summary: "transfer a URL",

  *run(proc) {
    const config = emptyConfig();
    if (proc.args.length === 0) {
      yield* proc.err(HINT);
      return 2;
    }
    const problem = yield* readArguments(proc, config);
    if (problem) {
      yield* proc.err(`${problem.message}\n${problem.hint ? HINT : ""}`);
      return problem.exit;
    }
    if (config.flags.has("help")) return yield* say(proc, HELP);
    if (config.flags.has("version")) return yield* say(proc, VERSION_TEXT);
    if (config.flags.has("manual")) return yield* say(proc, "curl: not modelled: --manual\n");
    if (config.urls.length === 0) {
      yield* proc.err(`curl: no URL specified!\n${HINT}`);
      return 2;
    }
    if (config.flags.has("head") && config.data !== undefined && !config.flags.has("get")) {
      if (!config.flags.has("silent")) yield* proc.err(warning("You can only select one HTTP request method! You asked for both POST (-d, --data) and HEAD (-I, --head)."));
      return 2;
    }
    return yield* transferAll(proc, config);
  },
});

function* say(proc: Proc, words: string): Task<number> {
  yield* proc.out(words);
  return 0;
}

/** Options that change what follows from them. */
function* prepare(proc: Proc, config: Config): Task<string> {
  if (config.flags.has("show-error") && config.flags.has("fail-with-body")) config.flags.delete("fail");
  const format = config.values.get("write-out") ?? "";
  if (!format.startsWith("@")) return format;
  const read = yield* readInput(proc, format.slice(1));
  if (read === undefined) yield* proc.err(`Warning: Failed to read ${format.slice(1)}`);
  return read === undefined ? "" : text(read);
}

function* transferAll(proc: Proc, config: Config): Task<number> {
  const format = yield* prepare(proc, config);
  let exit = 0;
  let number = 0;
  let session: Session | undefined;
  for (const [i, pattern] of config.urls.entries()) {
    const urls = config.flags.has("globoff") ? [pattern] : globbed(pattern);
    if (urls === undefined) {
      const { words, at } = globProblem(pattern);
      exit = yield* complain(proc, config, 3, `${words} in URL position ${at}:\n${pattern}\n${" ".repeat(at - 1)}^`);
      continue;
    }
    for (const url of urls) {
      const written = withQuery(config, url, config.data && text(config.data));
      const target = outputFor(config, i, written);
      if (target === "no name") {
        exit = yield* complain(proc, config, 23, "Failed writing received data to disk/application");
        continue;
      }
      const toTerminal = target === undefined && proc.file(1).tty !== undefined;
      session ??= yield* open(proc, config, toTerminal);
      if (session === undefined) return 49;
      exit = yield* withRetries(session, written, target, { format, number: number++, toTerminal });
      if (exit !== 0 && config.flags.has("fail-early")) return exit;
    }
  }
  return exit;
}

function* open(proc: Proc, config: Config, toTerminal: boolean): Task<Session | undefined> {
  const verbose = new Verbose(proc, config.flags.has("verbose"), toTerminal);
  const connections = new Connections(proc, config, verbose);
  for (const entry of config.resolve) {
    if (yield* connections.addResolve(entry)) continue;
    yield* complain(proc, config, 49, `Couldn't parse CURLOPT_RESOLVE entry '${entry}'`);
    return undefined;
  }
  return { proc, config, verbose, connections };
}

function* complain(proc: Proc, config: Config, exit: number, message: string): Task<number> {
  if (!config.flags.has("silent") || config.flags.has("show-error")) yield* proc.err(exit === -2 ? `curl: ${message}\n` : `curl: (${exit}) ${message}\n`);
  return exit === -2 ? 2 : exit;
}

/** A file's name, or undefined for standard output. */
function outputFor(config: Config, i: number, url: string): string | undefined | "no name" {
  const asked = config.outputs[i] ?? (config.remoteNameAll ? "remote-name" : undefined);
  const folder = config.values.get("output-dir");
  let name = asked;
  if (asked === "remote-name") {
    name = /^(?:[a-z]+:\/\/)?[^/]*\/(?:.*\/)?([^/?#]*)/.exec(url)?.[1] ?? "";
    if (name === "") return "no name";
  }
  return name === undefined || name === "-" || folder === undefined ? name : `${folder}/${name}`;
}

type How = { readonly format: string; readonly number: number; readonly toTerminal: boolean };

function* withRetries(session: Session, url: string, target: string | undefined, how: How): Task<number> {
  const { proc, config } = session;
  const seconds = (name: string): number => Number(config.values.get(name) ?? 0);
  const startMs = proc.nowMs;
  let left = seconds("retry");
  let waitMs = 1000;
  for (let again = false; ; again = true) {
    const outcome = yield* once(session, url, target, how, again);
    const why = left > 0 ? retryReason(config, outcome) : undefined;
    const asked = Number(outcome.head?.headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1] ?? Number.NaN);
    const pauseMs = seconds("retry-delay") > 0 ? seconds("retry-delay") * 1000 : Number.isNaN(asked) ? waitMs : asked * 1000;
    const most = seconds("retry-max-time") * 1000;
    if (why === undefined || (most > 0 && proc.nowMs + pauseMs - startMs > most)) {
      yield* report(session, outcome, target, how);
      return outcome.exit;
    }
    if (!config.flags.has("silent")) yield* proc.err(warning(`Problem ${why}. Will retry in ${Math.floor(pauseMs / 1000)} seconds. ${left} retries left.`));
    yield* proc.sleep(pauseMs);
    left--;
    waitMs = Math.min(waitMs * 2, MAX_RETRY_WAIT_MS);
  }
}

const RETRY_STATUS = new Set([408, 429, 500, 502, 503, 504]);

function retryReason({ flags }: Config, { exit, status, head }: Outcome): string | undefined {
  if (flags.has("retry-all-errors") && exit !== 0) return "(retrying all errors)";
  if (exit === 28) return ": timeout";
  if (exit === 7) return flags.has("retry-connrefused") ? ": connection refused" : undefined;
  return head && RETRY_STATUS.has(status) && (exit === 0 || exit === 22) ? ": HTTP error" : undefined;
}

/** One attempt, with its meter and its error line. */
function* once(session: Session, url: string, target: string | undefined, how: How, again: boolean): Task<Outcome> {
  const { proc, config } = session;
  const output = new BodyOutput(proc, target, config.flags.has("no-buffer"));
  const dumpTo = config.values.get("dump-header");
  const dump = dumpTo === undefined ? undefined : new BodyOutput(proc, dumpTo, true);
  const meter = new Meter(proc.nowMs, again);
  const shows = !config.flags.has("silent") && !how.toTerminal && !config.flags.has("no-progress-meter");
  const transfer = new Transfer(session, url, output, meter, dump);
  if (shows) yield* proc.err(meter.show(proc.nowMs));
  const outcome = yield* ticking(transfer.run(), () => (shows ? meter.nextMs : Number.POSITIVE_INFINITY), () => proc.err(meter.show(proc.nowMs)));
  if (shows && outcome.exit !== -2) yield* proc.err(meter.show(proc.nowMs, true));
  if (outcome.exit === 0 && config.flags.has("fail-with-body") && outcome.status >= 400) {
    outcome.exit = 22;
    outcome.message = `The requested URL returned error: ${outcome.status}`;
  }
  if (outcome.exit !== 0) outcome.exit = yield* complain(proc, config, outcome.exit, outcome.message);
  yield* output.close();
  yield* dump?.close() ?? nothing();
  return outcome;
}

function* report({ proc }: Session, outcome: Outcome, target: string | undefined, { format, number }: How): Task {
  if (format === "") return;
  for (const [where, words] of writeOut(format, outcome, { urlNumber: number, file: target ?? "" })) {
    if (words === "") continue;
    yield* proc.file(where === "out" ? 1 : 2).write(utf8(words));
  }
}

function* nothing(): Task {}
