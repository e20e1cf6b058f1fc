/** The small ones: echo, printf, true, false, test, pwd, env, yes, seq, sleep, date, basename, dirname, id, hostname, uname and so on. */
import { civil } from "../../core/date";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import type { Proc, Program } from "../../host/proc";
import { TestError, testWords } from "../../shell/condition";
import { echoText } from "../../shell/builtins/output";
import { formatPrintf } from "../../shell/printf";
import { strftime } from "../../shell/strftime";
import { defineCommand } from "../command";
import { dateOf } from "./file-operations";
import { sleep } from "./sleep";
import { basename as baseOf, complain, nameOf, nameOfId, optionsOf, Output, usage } from "./support";

const echo = defineCommand({
  name: "echo",
  summary: "display a line of text",
  *run(proc) {
    yield* proc.out(echoText(proc.args));
    return 0;
  },
});

const printf = defineCommand({
  name: "printf",
  summary: "format and print data",
  *run(proc) {
    const [format, ...args] = proc.args;
    if (format === undefined) return yield* usage(proc, "missing operand");
    const { text, errors, status } = formatPrintf(format, args);
    yield* proc.out(text);
    for (const error of errors) yield* complain(proc, error.replace(/^(.*): invalid number$/, "'$1': expected a numeric value"));
    return status;
  },
});

function constant(name: string, status: number, summary: string): Program {
  return defineCommand({
    name,
    summary,
    *run() {
      return status;
    },
  });
}

function tester(name: "test" | "["): Program {
  return defineCommand({
    name,
    summary: "check file types and compare values",
    *run(proc) {
      if (name === "[" && proc.args.at(-1) !== "]") {
        yield* complain(proc, "missing ']'");
        return 2;
      }
      try {
        return testWords(proc, name === "[" ? proc.args.slice(0, -1) : proc.args) ? 0 : 1;
      } catch (error) {
        if (!(error instanceof TestError)) throw error;
        yield* complain(proc, error.message);
        return 2;
      }
    },
  });
}

const pwd = defineCommand({
  name: "pwd",
  summary: "print name of current/working directory",
  *run(proc) {
    yield* proc.out(`${proc.args.includes("-L") ? proc.cwd : proc.fs.realpath(proc.cwd)}\n`);
    return 0;
  },
});

const env = defineCommand({
  name: "env",
  summary: "run a program in a modified environment",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "i0v", values: "uCS", long: { "ignore-environment": "i", null: "0", unset: "u", chdir: "C" }, stopAtOperand: true }, 125);
    if (typeof options === "number") return options;
    const words = [...options.rest];
    const next = options.has("i") || words[0] === "-" ? new Map<string, string>() : new Map(proc.env);
    if (words[0] === "-") words.shift();
    for (const name of options.values("u")) next.delete(name);
    while (/^[^=]+=/.test(words[0] ?? "")) {
      const word = words.shift() as string;
      next.set(word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1));
    }
    if (words.length === 0) {
      const end = options.has("0") ? "\0" : "\n";
      yield* proc.out([...next].map(([name, value]) => `${name}=${value}${end}`).join(""));
      return 0;
    }
    const folder = options.value("C");
    if (folder !== undefined) proc.cwd = proc.resolve(folder);
    return yield* runInstead(proc, words, next);
  },
});

/** execvp(3) for env, nohup and the like: 127 when there is no such program, 126 when it cannot be run. */
export function* runInstead(proc: Proc, words: readonly string[], environment: ReadonlyMap<string, string> = proc.env): Task<number> {
  try {
    return yield* proc.exec(words, environment);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* complain(proc, nameOf(proc) === "env" ? `'${words[0]}': ${error.message}` : `failed to run command '${words[0]}': ${error.message}`);
    return error.code === "ENOENT" ? 127 : 126;
  }
}

const printenv = defineCommand({
  name: "printenv",
  summary: "print all or part of environment",
  *run(proc) {
    if (proc.args.length === 0) yield* proc.out([...proc.env].map(([name, value]) => `${name}=${value}\n`).join(""));
    let status = 0;
    for (const name of proc.args) {
      const value = proc.env.get(name);
      if (value === undefined) status = 1;
      else yield* proc.out(`${value}\n`);
    }
    return status;
  },
});

const yes = defineCommand({
  name: "yes",
  summary: "output a string repeatedly until killed",
  *run(proc) {
    const line = `${proc.args.length > 0 ? proc.args.join(" ") : "y"}\n`;
    const block = line.repeat(Math.max(1, Math.floor(1024 / line.length)));
    for (;;) yield* proc.out(block);
  },
});

const seq = defineCommand({
  name: "seq",
  summary: "print a sequence of numbers",
  *run(proc) {
    const words: string[] = [];
    let separator = "\n";
    let format: string | undefined;
    let equal = false;
    for (let i = 0; i < proc.args.length; i++) {
      const word = proc.args[i] as string;
      if (/^-\d|^-\.\d/.test(word) || !word.startsWith("-") || words.length > 0) words.push(word);
      else if (word === "-w" || word === "--equal-width") equal = true;
      else if (word.startsWith("-s")) separator = word.slice(2) || (proc.args[++i] ?? "");
      else if (word.startsWith("--separator=")) separator = word.slice(12);
      else if (word.startsWith("-f")) format = word.slice(2) || proc.args[++i];
      else return yield* usage(proc, word.startsWith("--") ? `unrecognized option '${word}'` : `invalid option -- '${word[1]}'`);
    }
    if (words.length === 0) return yield* usage(proc, "missing operand");
    if (words.length > 3) return yield* usage(proc, `extra operand '${words[3]}'`);
    const bad = words.find((word) => !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word));
    if (bad !== undefined) return yield* usage(proc, `invalid floating point argument: '${bad}'`);
    return yield* count(proc, words, separator, format, equal);
  },
});

function* count(proc: Proc, words: readonly string[], separator: string, format: string | undefined, equal: boolean): Task<number> {
  const numbers = words.map(Number);
  const [first, step, last] = numbers.length === 1 ? [1, 1, numbers[0] as number] : numbers.length === 2 ? [numbers[0] as number, 1, numbers[1] as number] : [numbers[0] as number, numbers[1] as number, numbers[2] as number];
  if (step === 0) return yield* usage(proc, `invalid Zero increment value: '${words[1]}'`);
  const decimals = Math.max(...(words.length === 1 ? [0] : words.slice(0, -1).map((word) => word.split(".")[1]?.length ?? 0)));
  const width = equal ? Math.max(first.toFixed(decimals).length, last.toFixed(decimals).length) : 0;
  const show = (value: number): string => {
    if (format !== undefined) return formatPrintf(format, [String(value)]).text;
    const text = value.toFixed(decimals);
    return text.startsWith("-") ? `-${text.slice(1).padStart(width - 1, "0")}` : text.padStart(width, "0");
  };
  const output = new Output(proc);
  const turns = Math.floor((last - first) / step + 1e-10);
  for (let i = 0; i <= turns; i++) yield* output.write(`${i === 0 ? "" : separator}${show(first + i * step)}`);
  if (turns >= 0) yield* output.write("\n");
  yield* output.flush();
  return 0;
}

const date = defineCommand({
  name: "date",
  summary: "print the system date and time",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "uR", values: "dIrs", long: { utc: "u", universal: "u", date: "d", "iso-8601=?": "iso", "rfc-3339=": "rfc", "rfc-email": "R", reference: "r", set: "s" } }, 1, proc.args.map((arg) => (arg === "-I" ? "-Idate" : arg)));
    if (typeof options === "number") return options;
    if (options.has("s")) {
      yield* complain(proc, "cannot set date: Operation not permitted");
      return 1;
    }
    const word = options.value("d");
    const at = options.has("r") ? proc.fs.stat(proc.resolve(options.value("r") ?? "")).mtimeMs : word === undefined ? wallMs(proc.world) : dateOf(proc, word);
    if (at === undefined) {
      yield* complain(proc, `invalid date '${word}'`);
      return 1;
    }
    const [operand] = options.rest;
    if (operand !== undefined && !operand.startsWith("+")) {
      yield* complain(proc, `invalid date '${operand}'`);
      return 1;
    }
    const iso: Readonly<Record<string, string>> = { "": "%Y-%m-%d", date: "%Y-%m-%d", hours: "%Y-%m-%dT%H+00:00", minutes: "%Y-%m-%dT%H:%M+00:00", seconds: "%Y-%m-%dT%H:%M:%S+00:00", ns: "%Y-%m-%dT%H:%M:%S,%N+00:00" };
    const asked = options.has("iso") ? options.value("iso") : options.value("I");
    const rfc = options.value("rfc");
    const format = operand?.slice(1) ?? (asked !== undefined ? iso[asked] : rfc !== undefined ? { date: "%Y-%m-%d", seconds: "%Y-%m-%d %H:%M:%S+00:00", ns: "%Y-%m-%d %H:%M:%S.%N+00:00" }[rfc] : options.has("R") ? "%a, %d %b %Y %H:%M:%S +0000" : "%a %b %e %H:%M:%S UTC %Y");
    if (format === undefined) return yield* usage(proc, `invalid argument '${asked ?? rfc}' for '--iso-8601'`);
    yield* proc.out(`${strftime(format, civil(at), at)}\n`);
    return 0;
  },
});

const basename = defineCommand({
  name: "basename",
  summary: "strip directory and suffix from filenames",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "az", values: "s", long: { multiple: "a", suffix: "s", zero: "z" } });
    if (typeof options === "number") return options;
    const { rest } = options;
    if (rest.length === 0) return yield* usage(proc, "missing operand");
    const many = options.has("a") || options.has("s");
    if (!many && rest.length > 2) return yield* usage(proc, `extra operand '${rest[2]}'`);
    const suffix = options.value("s") ?? (many ? "" : (rest[1] ?? ""));
    for (const name of many ? rest : rest.slice(0, 1)) {
      const base = baseOf(name);
      yield* proc.out(`${suffix !== "" && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base}\n`);
    }
    return 0;
  },
});

const dirname = defineCommand({
  name: "dirname",
  summary: "strip last component from file name",
  *run(proc) {
    if (proc.args.length === 0) return yield* usage(proc, "missing operand");
    for (const name of proc.args) {
      const trimmed = name.replace(/\/+$/, "");
      const cut = trimmed.lastIndexOf("/");
      yield* proc.out(`${trimmed === "" && name !== "" ? "/" : cut < 0 ? "." : trimmed.slice(0, cut).replace(/\/+$/, "") || "/"}\n`);
    }
    return 0;
  },
});

const id = defineCommand({
  name: "id",
  summary: "print real and effective user and group IDs",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "ugGnr", long: { user: "u", group: "g", groups: "G", name: "n" } });
    if (typeof options === "number") return options;
    const { uid, gid, name } = proc.machine.user;
    const group = nameOfId(proc, "/etc/group", gid);
    if (options.has("u")) yield* proc.out(`${options.has("n") ? name : uid}\n`);
    else if (options.has("g") || options.has("G")) yield* proc.out(`${options.has("n") ? group : gid}\n`);
    else yield* proc.out(`uid=${uid}(${name}) gid=${gid}(${group}) groups=${gid}(${group})\n`);
    return 0;
  },
});

function printer(name: string, summary: string, text: (proc: Proc) => string): Program {
  return defineCommand({
    name,
    summary,
    *run(proc) {
      const options = yield* optionsOf(proc, {});
      if (typeof options === "number") return options;
      yield* proc.out(`${text(proc)}\n`);
      return 0;
    },
  });
}

/** What gethostbyname() makes of the own name: the first name on its line of /etc/hosts. A Pod with a subdomain has its full one there. */
function canonicalName({ fs }: Proc, hostname: string): string {
  const lines = fs.exists("/etc/hosts") ? fs.readText("/etc/hosts").split("\n") : [];
  const names = lines.map((line) => (line.split("#")[0] ?? "").trim().split(/\s+/).slice(1));
  return names.find((own) => own.includes(hostname))?.[0] ?? hostname;
}

const hostname = defineCommand({
  name: "hostname",
  summary: "show or set the system's host name",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "sfdiIA", long: { short: "s", fqdn: "f", long: "f", domain: "d", "ip-address": "i", "all-ip-addresses": "I" } });
    if (typeof options === "number") return options;
    const [name] = options.rest;
    if (name !== undefined) {
      proc.machine.hostname = name;
      return 0;
    }
    if (options.has("I")) {
      const own = proc.machine.netns.addresses.all().filter(({ dev }) => dev.kind !== "loopback");
      yield* proc.out(`${own.map(({ local }) => `${dotted(local)} `).join("")}\n`);
      return 0;
    }
    if (options.has("i") || options.has("A")) {
      yield* complain(proc, `not modelled: -${options.has("i") ? "i" : "A"}`);
      return 2;
    }
    const { hostname } = proc.machine;
    const full = options.has("f") || options.has("d") ? canonicalName(proc, hostname) : hostname;
    yield* proc.out(`${options.has("s") ? full.split(".")[0] : options.has("d") ? full.split(".").slice(1).join(".") : full}\n`);
    return 0;
  },
});

function dotted(ip: number): string {
  return [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255).join(".");
}

const uname = defineCommand({
  name: "uname",
  summary: "print system information",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "asnrvmpio", long: { all: "a", "kernel-name": "s", nodename: "n", "kernel-release": "r", "kernel-version": "v", machine: "m", processor: "p", "hardware-platform": "i", "operating-system": "o" } });
    if (typeof options === "number") return options;
    const [extra] = options.rest;
    if (extra !== undefined) return yield* usage(proc, `extra operand '${extra}'`);
    const { kernel } = proc.machine;
    const parts: readonly (readonly [string, string])[] = [["s", "Linux"], ["n", proc.machine.hostname], ["r", kernel.release], ["v", kernel.version], ["m", "x86_64"], ["p", "unknown"], ["i", "unknown"], ["o", "GNU/Linux"]];
    const wanted = parts.filter(([letter]) => (options.has("a") ? letter !== "p" && letter !== "i" : options.has(letter) || (options.given.length === 0 && letter === "s")));
    yield* proc.out(`${wanted.map(([, text]) => text).join(" ")}\n`);
    return 0;
  },
});

const nproc = printer("nproc", "print the number of processing units available", (proc) => String(proc.machine.kernel.cpus));
const whoami = printer("whoami", "print effective user name", (proc) => proc.machine.user.name);
const arch = printer("arch", "print machine hardware name", () => "x86_64");
const groups = printer("groups", "print the groups a user is in", (proc) => nameOfId(proc, "/etc/group", proc.machine.user.gid));

const tty = defineCommand({
  name: "tty",
  summary: "print the file name of the terminal connected to standard input",
  *run(proc) {
    const terminal = proc.files.get(0)?.tty;
    yield* proc.out(`${terminal?.name ?? "not a tty"}\n`);
    return terminal ? 0 : 1;
  },
});

const uptime = defineCommand({
  name: "uptime",
  summary: "tell how long the system has been running",
  *run(proc) {
    const { uptimeMs } = proc.machine.kernel;
    const minutes = Math.floor(uptimeMs / 60_000);
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor(minutes / 60) % 24;
    const up = `${days > 0 ? `${days} day${days === 1 ? "" : "s"}, ` : ""}${hours > 0 ? `${String(hours).padStart(2)}:${String(minutes % 60).padStart(2, "0")}` : `${minutes % 60} min`}`;
    const now = wallMs(proc.world);
    if (proc.args[0] === "-p") yield* proc.out(`up ${[days > 0 ? `${days} day${days === 1 ? "" : "s"}` : "", hours > 0 ? `${hours} hour${hours === 1 ? "" : "s"}` : "", `${minutes % 60} minute${minutes % 60 === 1 ? "" : "s"}`].filter((part) => part !== "").join(", ")}\n`);
    else yield* proc.out(` ${strftime("%H:%M:%S", civil(now), now)} up ${up},  1 user,  load average: 0.00, 0.00, 0.00\n`);
    return 0;
  },
});

const nohup = defineCommand({
  name: "nohup",
  summary: "run a command immune to hangups",
  *run(proc) {
    if (proc.args.length === 0) return yield* usage(proc, "missing operand", 125);
    proc.onSignal("SIGHUP", "ignore");
    if (proc.files.get(1)?.tty) {
      yield* proc.err("nohup: ignoring input and appending output to 'nohup.out'\n");
      const file = proc.open("nohup.out", "a");
      proc.setFile(1, file);
      if (proc.files.get(2)?.tty) proc.setFile(2, file.retain());
      proc.setFile(0, proc.open("/dev/null"));
    }
    return yield* runInstead(proc, proc.args);
  },
});

const sync = constant("sync", 0, "synchronize cached writes to persistent storage");


export const small: readonly Program[] = [arch, basename, date, dirname, echo, env, constant("false", 1, "do nothing, unsuccessfully"), groups, hostname, id, nohup, nproc, printenv, printf, pwd, seq, sleep, sync, tester("["), tester("test"), constant("true", 0, "do nothing, successfully"), tty, uname, uptime, whoami, yes];
