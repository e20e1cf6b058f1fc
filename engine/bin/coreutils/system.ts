/** dmesg, free, nsenter, which, clear, mount's view: the machine itself. */
import { civil } from "../../core/date";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import { type LogLine, printLogLine } from "../../host/kernel";
import type { Machine } from "../../host/machine";
import type { Proc, Program } from "../../host/proc";
import { strftime } from "../../shell/strftime";
import { COOKED } from "../../host/tty";
import { absentTools } from "../absent";
import { defineCommand } from "../command";
import type { Options } from "../options";
import { lsns } from "./lsns";
import { moduleTools } from "./modules";
import { complain, humanSize, optionsOf, tried } from "./support";

const LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

const dmesg = defineCommand({
  name: "dmesg",
  summary: "print or control the kernel ring buffer",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "CcDEHTtwWxkurePpSLV", values: "lnfs", long: { clear: "C", "read-clear": "c", human: "H", ctime: "T", notime: "t", follow: "w", "follow-new": "W", decode: "x", level: "l", kernel: "k", nopager: "P", reltime: "e", "time-format=": "format", "color=?": "L", version: "V" } });
    if (typeof options === "number") return options;
    if (options.has("V")) {
      yield* proc.out("dmesg from util-linux 2.38.1\n");
      return 0;
    }
    for (const letter of "DEHruepSnfs") {
      if (!options.has(letter)) continue;
      yield* complain(proc, `not modelled: -${letter}`);
      return 2;
    }
    const { kernel } = proc.machine;
    if (options.has("C")) {
      kernel.clearLog();
      return 0;
    }
    const levels = options.value("l")?.split(",");
    const bad = levels?.find((level) => !LEVELS.includes(level));
    if (bad !== undefined) {
      yield* complain(proc, `unknown level '${bad}'`);
      return 1;
    }
    const show = (line: LogLine): string => (levels && !levels.includes(LEVELS[line.level] ?? "") ? "" : `${logLine(proc, options, line)}\n`);
    let told = options.has("W") ? kernel.lines : kernel.lines - kernel.messages.length;
    for (;;) {
      const news = kernel.lines - told;
      yield* proc.out((news > 0 ? kernel.messages.slice(-news) : []).map(show).join(""));
      told = kernel.lines;
      if (options.has("c")) kernel.clearLog();
      if (!options.has("w") && !options.has("W")) return 0;
      while (kernel.lines === told) yield { on: kernel.logged };
    }
  },
});

function logLine(proc: Proc, options: Options, line: LogLine): string {
  const at = proc.machine.kernel.bootedAtMs + line.sinceBootMs;
  const decoded = options.has("x") ? `kern  :${(LEVELS[line.level] ?? "info").padEnd(7)}: ` : "";
  if (options.has("t")) return decoded + line.text;
  if (options.has("T")) return `${decoded}[${strftime("%a %b %e %H:%M:%S %Y", civil(at), at)}] ${line.text}`;
  return decoded + printLogLine(line);
}

const free = defineCommand({
  name: "free",
  summary: "display amount of free and used memory in the system",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "bkmghtwv", long: { bytes: "b", kibi: "k", mebi: "m", gibi: "g", human: "h", total: "t", wide: "w" } });
    if (typeof options === "number") return options;
    const total = proc.machine.kernel.memoryBytes;
    const cached = proc.fs.usedBytes;
    const used = proc.machine.processes.size * 2_097_152;
    const unit = options.has("b") ? 1 : options.has("m") ? 1 << 20 : options.has("g") ? 1 << 30 : 1024;
    const show = (bytes: number): string => (options.has("h") ? (bytes < 1024 ? `${bytes}B` : `${humanSize(bytes)}i`) : String(Math.floor(bytes / unit)));
    const cells = (values: readonly number[]): string => values.map((value) => show(value).padStart(11)).join(" ");
    let text = "               total        used        free      shared  buff/cache   available\n";
    text += `Mem:     ${cells([total, used, total - used - cached, 0, cached, total - used])}\n`;
    text += `Swap:    ${cells([0, 0, 0])}\n`;
    if (options.has("t")) text += `Total:   ${cells([total, used, total - used - cached])}\n`;
    yield* proc.out(text);
    return 0;
  },
});

const nsenter = defineCommand({
  name: "nsenter",
  summary: "run program in different namespaces",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "aFZV", values: "tSG", long: { target: "t", all: "a", "mount=?": "m", "uts=?": "u", "ipc=?": "i", "net=?": "n", "pid=?": "p", "user=?": "U", "cgroup=?": "C", "wd=?": "w", "root=?": "r", "no-fork": "F", version: "V" }, stopAtOperand: true }, 1, spread(proc.args));
    if (typeof options === "number") return options;
    if (options.has("V")) {
      yield* proc.out("nsenter from util-linux 2.38.1\n");
      return 0;
    }
    const word = options.value("t");
    const named = options.value("n");
    if (word === undefined && !named) {
      yield* complain(proc, options.has("a") || options.given.length === 0 ? "no target PID specified for --all" : "neither filename nor target pid supplied for ns/net");
      return 1;
    }
    if (word !== undefined && !/^\d+$/.test(word)) {
      yield* complain(proc, `failed to parse pid: '${word}'`);
      return 1;
    }
    const file = named === undefined || named === "" ? undefined : /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(proc.resolve(named))?.[1];
    const byName = file === undefined ? undefined : proc.machine.netns.names.get(file);
    if (byName !== undefined && word === undefined) return yield* within(proc, options.rest, { netns: byName });
    if (named && word === undefined && !/^\/proc\/\d+\//.test(named)) {
      yield* complain(proc, proc.fs.exists(proc.resolve(named)) ? "reassociate to namespace 'ns/net' failed: Invalid argument" : `cannot open ${named}: No such file or directory`);
      return 1;
    }
    const pid = Number(word ?? /^\/proc\/(\d+)\//.exec(named ?? "")?.[1]);
    const target = proc.machine.processes.get(pid);
    if (target === undefined || target.exited) {
      yield* complain(proc, `cannot open /proc/${word ?? pid}/ns/net: No such file or directory`);
      return 1;
    }
    const all = options.has("a");
    const { machine } = target;
    const enters = (key: string): boolean => all || options.has(key);
    const view = proc.machine.view({ ...(enters("n") ? { netns: machine.netns } : {}), ...(enters("m") ? { fs: machine.fs } : {}), ...(enters("u") ? { hostname: machine.hostname } : {}), ...(enters("p") ? { pids: machine.pids } : {}) });
    if (enters("m")) proc.cwd = "/";
    // A new PID namespace is entered by children only.
    return yield* start(proc, options.rest, view, enters("p"));
  },
});

function within(proc: Proc, command: readonly string[], changes: Parameters<Machine["view"]>[0]): Task<number> {
  return start(proc, command, proc.machine.view(changes), false);
}

function* start(proc: Proc, command: readonly string[], machine: Machine, fork: boolean): Task<number> {
  const words = command.length > 0 ? command : [proc.env.get("SHELL") ?? "/bin/sh"];
  try {
    if (!fork) return yield* proc.exec(words, proc.env, machine);
    const child = proc.spawn(words, { machine, cwd: proc.cwd });
    return yield* child.wait();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* complain(proc, `failed to execute ${words[0]}: ${error.message}`);
    return error.code === "ENOENT" ? 127 : 126;
  }
}

/** -n and its kin take a value only when it is attached: -n/run/netns/x, but -n alone in "-t 7 -n ip a". */
function spread(args: readonly string[]): readonly string[] {
  const out: string[] = [];
  const names: Readonly<Record<string, string>> = { m: "mount", u: "uts", i: "ipc", n: "net", p: "pid", U: "user", C: "cgroup", w: "wd", r: "root" };
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (!word.startsWith("-")) return [...out, ...args.slice(i)];
    if (word === "-t" || word === "--target") {
      out.push(word, ...args.slice(i + 1, i + 2));
      i++;
    } else if (/^-[muinpUCwr]+$/.test(word)) out.push(...[...word.slice(1)].map((letter) => `--${names[letter]}`));
    else if (/^-[muinpUCwr]./.test(word)) out.push(`--${names[word[1] ?? ""]}=${word.slice(2).replace(/^=/, "")}`);
    else out.push(word);
  }
  return out;
}

const which = defineCommand({
  name: "which",
  summary: "locate a command",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "as" }, 2);
    if (typeof options === "number") return options;
    let status = 0;
    for (const name of options.rest) {
      const found = tried(() => proc.machine.find(name, proc.env, proc.cwd));
      if ("value" in found) yield* proc.out(`${found.value}\n`);
      else status = 1;
    }
    return options.rest.length === 0 ? 1 : status;
  },
});

const clear = defineCommand({
  name: "clear",
  summary: "clear the terminal screen",
  *run(proc) {
    yield* proc.out("\x1b[H\x1b[2J\x1b[3J");
    return 0;
  },
});

/** tput reset: what a terminal shows and how it behaves is as when it was opened. */
const reset = defineCommand({
  name: "reset",
  summary: "terminal initialization",
  *run(proc) {
    const screen = proc.files.get(1)?.tty;
    if (screen) screen.modes = COOKED;
    yield* proc.out("\x1bc\x1b[!p\x1b[?3;4l\x1b[4l\x1b>");
    return 0;
  },
});

const logger = defineCommand({
  name: "logger",
  summary: "enter messages into the system log",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "is", values: "pt", long: { tag: "t", priority: "p", stderr: "s" } });
    if (typeof options === "number") return options;
    const message = options.rest.length > 0 ? options.rest.join(" ") : (yield* proc.readAll()).trimEnd();
    const now = wallMs(proc.world);
    const line = `${strftime("%b %e %H:%M:%S", civil(now), now)} ${proc.machine.hostname} ${options.value("t") ?? proc.machine.user.name}: ${message}\n`;
    proc.fs.writeFile("/var/log/syslog", line, { append: true });
    if (options.has("s")) yield* proc.err(`<13>${line}`);
    return 0;
  },
});

export const systemTools: readonly Program[] = [...absentTools, clear, dmesg, free, logger, lsns, ...moduleTools, nsenter, reset, which];
