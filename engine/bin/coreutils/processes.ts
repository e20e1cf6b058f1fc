/** ps, pgrep, pkill, kill, pidof, top's refusal: who runs here. procps-ng 4.0's output. */
import { civil } from "../../core/date";
import { SysError } from "../../core/errno";
import { wallMs } from "../../core/world";
import type { Task } from "../../core/task";
import type { Proc, Program, SignalName } from "../../host/proc";
import type { Process } from "../../host/process";
import { stateLetter } from "../../host/procfs";
import { SIGNAL_LIST, signalNamed } from "../../host/signals";
import { compileRegex } from "../../shell/regex";
import { strftime } from "../../shell/strftime";
import { defineCommand } from "../command";
import { complain, nameOf, optionsOf } from "./support";

type Row = { readonly pid: number; readonly process: Process };
type Column = { readonly head: string; readonly width: number; readonly right: boolean; readonly text: (proc: Proc, row: Row) => string };

const column = (head: string, width: number, right: boolean, text: Column["text"]): Column => ({ head, width, right, text });
const userOf = ({ process }: Row): string => process.machine.user.name;
const parentOf = (proc: Proc, { process }: Row): string => String(process.parent?.pidIn(proc.machine.pids) ?? 0);
const command = (_: Proc, { process }: Row): string => (process.exited ? `[${process.program.name}] <defunct>` : process.argv.join(" "));
const name = (_: Proc, { process }: Row): string => `${process.program.name.slice(0, 15)}${process.exited ? " <defunct>" : ""}`;

function startOf(proc: Proc, { process }: Row): string {
  const at = proc.world.epochMs + process.startedMs;
  const sameDay = Math.floor(at / 86_400_000) === Math.floor(wallMs(proc.world) / 86_400_000);
  return strftime(sameDay ? "%H:%M" : "%b%d", civil(at), at);
}

function cpuTime({ process }: Row, colons = 2): string {
  const seconds = Math.floor(process.cpuUs / 1e6);
  const two = (n: number): string => String(n).padStart(2, "0");
  return colons === 1 ? `${Math.floor(seconds / 60)}:${two(seconds % 60)}` : `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function elapsed(proc: Proc, { process }: Row): string {
  const seconds = Math.floor((proc.nowMs - process.startedMs) / 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  return `${days > 0 ? `${days}-` : ""}${days > 0 || hours > 0 ? `${two(hours)}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

const terminal = ({ process }: Row): string => process.tty?.name.replace(/^\/dev\//, "") ?? "?";

const COLUMNS: Readonly<Record<string, Column>> = {
  pid: column("PID", 7, true, (_, row) => String(row.pid)),
  ppid: column("PPID", 7, true, parentOf),
  pgid: column("PGID", 7, true, (_, { process }) => String(process.group.id)),
  user: column("USER", 8, false, (_, row) => userOf(row)),
  uid: column("UID", 5, true, (_, { process }) => String(process.machine.user.uid)),
  comm: column("COMMAND", 15, false, name),
  args: column("COMMAND", 27, false, command),
  tty: column("TT", 8, false, (_, row) => terminal(row)),
  stat: column("STAT", 4, false, (_, { process }) => stateLetter(process)),
  etime: column("ELAPSED", 11, true, elapsed),
  time: column("TIME", 8, true, (_, row) => cpuTime(row)),
  stime: column("STIME", 5, true, startOf),
  pcpu: column("%CPU", 4, true, () => "0.0"),
  pmem: column("%MEM", 4, true, () => "0.0"),
};
const ALIASES: Readonly<Record<string, string>> = { cmd: "args", command: "args", ucmd: "comm", ucomm: "comm", tname: "tty", tt: "tty", s: "stat", state: "stat", "%cpu": "pcpu", "%mem": "pmem", euser: "user", ruser: "user", cputime: "time", start: "stime", start_time: "stime" };

const ps = defineCommand({
  name: "ps",
  summary: "report a snapshot of the current processes",
  *run(proc) {
    const wanted = parsePs(proc.args);
    if ("bad" in wanted) {
      yield* proc.err(`error: ${wanted.bad}\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n`);
      return 1;
    }
    const rows = selected(proc, wanted);
    const custom = wanted.format;
    const unknown = custom?.find(({ key }) => !Object.hasOwn(COLUMNS, key));
    if (unknown) {
      yield* proc.err(`error: unknown user-defined format specifier "${unknown.key}"\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1).\n`);
      return 1;
    }
    const columns = custom ? custom.map(({ key, head }) => ({ ...(COLUMNS[key] as Column), ...(head === undefined ? {} : { head }) })) : layout(wanted.style);
    const heads = columns.every(({ head }) => head === "") ? [] : [columns.map(({ head }) => head)];
    const body = rows.map((row) => columns.map(({ text }) => text(proc, row)));
    const widths = columns.map(({ width, head }, i) => Math.max(custom || !["aux", "full"].includes(wanted.style) ? Math.max(width, head.length) : width, ...(i === columns.length - 1 ? [0] : body.map((cells) => (cells[i] ?? "").length))));
    const limit = proc.files.get(1)?.tty?.columns;
    const print = (cells: readonly string[]): string => cells.map((cell, i) => (i === cells.length - 1 && !columns[i]?.right ? cell : columns[i]?.right ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join(" ");
    yield* proc.out([...heads, ...body].map((cells) => `${limit === undefined || wanted.wide ? print(cells) : print(cells).slice(0, limit)}\n`).join(""));
    return rows.length > 0 ? 0 : 1;
  },
});

function layout(style: "simple" | "full" | "aux" | "list"): readonly Column[] {
  const of = (key: string): Column => COLUMNS[key] as Column;
  switch (style) {
    case "full":
      return [column("UID", 8, false, (_, row) => userOf(row)), of("pid"), of("ppid"), column("C", 2, true, () => "0"), of("stime"), column("TTY", 8, false, (_, row) => terminal(row)), of("time"), column("CMD", 3, false, command)];
    case "aux":
      return [of("user"), of("pid"), of("pcpu"), of("pmem"), column("VSZ", 6, true, () => "0"), column("RSS", 5, true, () => "0"), column("TTY", 8, false, (_, row) => terminal(row)), of("stat"), column("START", 5, true, startOf), column("TIME", 6, true, (_, row) => cpuTime(row, 1)), column("COMMAND", 7, false, command)];
    case "list":
      return [of("pid"), column("TTY", 8, false, (_, row) => terminal(row)), of("stat"), column("TIME", 6, true, (_, row) => cpuTime(row, 1)), column("COMMAND", 7, false, command)];
    case "simple":
      return [of("pid"), column("TTY", 8, false, (_, row) => terminal(row)), of("time"), column("CMD", 3, false, name)];
  }
}

type Wanted = { all: boolean; wide: boolean; style: "simple" | "full" | "aux" | "list"; format: { key: string; head: string | undefined }[] | undefined; pids: number[] | undefined; names: string[] | undefined; parents: number[] | undefined };

function parsePs(args: readonly string[]): Wanted | { readonly bad: string } {
  const wanted: Wanted = { all: false, wide: false, style: "simple", format: undefined, pids: undefined, names: undefined, parents: undefined };
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (/^\d+(,\d+)*$/.test(word)) wanted.pids = [...(wanted.pids ?? []), ...word.split(",").map(Number)];
    else if (word === "--no-headers" || word === "--no-heading") wanted.format = wanted.format?.map(({ key }) => ({ key, head: "" }));
    else if (word === "--ppid") wanted.parents = (args[++i] ?? "").split(",").map(Number);
    else if (word === "--pid") wanted.pids = (args[++i] ?? "").split(",").map(Number);
    else if (word.startsWith("--")) return { bad: "unknown gnu long option" };
    else {
      const used = parseLetters(word, args[i + 1], wanted);
      if (typeof used === "string") return { bad: used };
      i += used;
    }
  }
  return wanted;
}

function parseLetters(word: string, next: string | undefined, wanted: Wanted): number | string {
  const dashed = word.startsWith("-");
  for (let at = dashed ? 1 : 0; at < word.length; at++) {
    const letter = word[at] as string;
    if ((letter === "o" || letter === "O" || letter === "p" || letter === "C") && (dashed || letter !== "C")) {
      const value = word.slice(at + 1) || next;
      if (value === undefined) return letter === "o" ? "format specification must follow -o" : "list of process IDs must follow -p";
      if (letter === "o") wanted.format = [...(wanted.format ?? []), ...formatOf(value)];
      else if (letter === "p") wanted.pids = value.split(/[, ]/).map(Number);
      else if (letter === "C") wanted.names = value.split(",");
      return word.slice(at + 1) === "" ? 1 : 0;
    }
    if (letter === "w") wanted.wide = true;
    else if (dashed && (letter === "e" || letter === "A")) wanted.all = true;
    else if (dashed && (letter === "f" || letter === "F")) wanted.style = "full";
    else if (!dashed && (letter === "a" || letter === "x")) {
      wanted.all = true;
      if (wanted.style === "simple") wanted.style = "list";
    } else if (!dashed && letter === "u") wanted.style = "aux";
    else if (!dashed && letter === "e") continue;
    else if (dashed && "ady".includes(letter)) wanted.all = true;
    else if (!dashed && letter === "f") continue;
    else return dashed ? "unsupported SysV option" : "unsupported option (BSD syntax)";
  }
  return 0;
}

function formatOf(value: string): { key: string; head: string | undefined }[] {
  const named = /^([\w%]+)=(.*)$/.exec(value);
  const keys = named && !named[2]?.includes("=") && !(named[1] ?? "").includes(",") ? [{ key: named[1] ?? "", head: named[2] }] : value.split(/[, ]/).map((each) => ({ key: each.replace(/=.*$/, ""), head: each.includes("=") ? each.slice(each.indexOf("=") + 1) : undefined }));
  return keys.map(({ key, head }) => ({ key: ALIASES[key] ?? key, head }));
}

function allRows(proc: Proc): Row[] {
  return [...proc.machine.processes].map(([pid, process]) => ({ pid, process })).sort((a, b) => a.pid - b.pid);
}

function selected(proc: Proc, { all, pids, names, parents }: Wanted): Row[] {
  const rows = allRows(proc);
  if (pids) return rows.filter(({ pid }) => pids.includes(pid));
  if (parents) return rows.filter((row) => parents.includes(Number(parentOf(proc, row))));
  if (names) return rows.filter(({ process }) => names.includes(process.program.name));
  return all ? rows : rows.filter(({ process }) => process.tty === proc.tty && (proc.tty !== undefined || process.group === proc.group || process.pidIn(proc.machine.pids) === proc.ppid));
}

// Signals by number and by name

const kill = defineCommand({
  name: "kill",
  summary: "send a signal to a process",
  *run(proc) {
    let args = proc.args;
    let signal: SignalName | undefined = "SIGTERM";
    const [first = ""] = args;
    if (first === "-l" || first === "-L") {
      yield* proc.out(`${SIGNAL_LIST.slice(1).join(" ")}\n`);
      return 0;
    }
    const word = first === "-s" || first === "-n" ? args[1] : /^-./.test(first) && first !== "--" ? first.slice(1) : undefined;
    if (word !== undefined) {
      args = args.slice(first === "-s" || first === "-n" ? 2 : 1);
      signal = signalNamed(word);
      if (signal === undefined && word !== "0") {
        yield* complain(proc, `unknown signal ${word}`);
        return 1;
      }
    }
    if (args[0] === "--") args = args.slice(1);
    if (args.length === 0) {
      yield* proc.err("\nUsage:\n kill [options] <pid> [...]\n");
      return 1;
    }
    let status = 0;
    for (const target of args) {
      if (!/^-?\d+$/.test(target)) {
        yield* complain(proc, `failed to parse argument: '${target}'`);
        status = 1;
      } else if (!(yield* send(proc, Number(target), signal))) status = 1;
    }
    return status;
  },
});

function* send(proc: Proc, pid: number, signal: SignalName | undefined): Task<boolean> {
  try {
    if (signal === undefined) {
      if (!proc.machine.processes.has(pid)) throw new SysError("ESRCH");
    } else proc.kill(pid, signal);
    return true;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`${nameOf(proc)}: (${pid}): ${error.message}\n`);
    return false;
  }
}

function finder(called: "pgrep" | "pkill"): Program {
  return defineCommand({
    name: called,
    summary: called === "pgrep" ? "look up processes based on name" : "signal processes based on name",
    *run(proc) {
      let signal: SignalName = "SIGTERM";
      const args = proc.args.filter((arg) => {
        const named = called === "pkill" && /^-([A-Z]{3,}|\d+)$/.test(arg) ? signalNamed(arg.slice(1)) : undefined;
        if (named) signal = named;
        return named === undefined;
      });
      const options = yield* optionsOf(proc, { flags: "acflnovxie", values: "dPgstuU", long: { full: "f", exact: "x", newest: "n", oldest: "o", "list-name": "l", "list-full": "a", count: "c", inverse: "v", "ignore-case": "i", parent: "P", delimiter: "d", signal: "s" } }, 2, args);
      if (typeof options === "number") return options;
      const [pattern] = options.rest;
      if (pattern === undefined && !options.has("P")) {
        yield* complain(proc, `no matching criteria specified\nTry \`${called} --help' for more information.`);
        return 2;
      }
      const regex = compileRegex(options.has("x") ? `^(${pattern ?? ""})$` : (pattern ?? ""), { extended: true, ignoreCase: options.has("i") });
      if ("error" in regex) {
        yield* complain(proc, `${regex.error}`);
        return 2;
      }
      const parents = options.value("P")?.split(",").map(Number);
      let rows = allRows(proc).filter((row) => row.process !== (proc as unknown as Process) && !row.process.exited && (regex.test(options.has("f") ? row.process.argv.join(" ") : row.process.program.name.slice(0, 15)) !== options.has("v")) && (parents === undefined || parents.includes(Number(parentOf(proc, row)))));
      if (options.has("n")) rows = rows.slice(-1);
      if (options.has("o")) rows = rows.slice(0, 1);
      if (called === "pgrep") {
        const lines = rows.map(({ pid, process }) => (options.has("a") ? `${pid} ${process.argv.join(" ")}` : options.has("l") ? `${pid} ${process.program.name}` : String(pid)));
        yield* proc.out(options.has("c") ? `${rows.length}\n` : lines.length > 0 ? `${lines.join(options.value("d") ?? "\n")}\n` : "");
      } else {
        signal = signalNamed(options.value("s") ?? "") ?? signal;
        for (const { pid } of rows) yield* send(proc, pid, signal);
      }
      return rows.length > 0 ? 0 : 1;
    },
  });
}

const pidof = defineCommand({
  name: "pidof",
  summary: "find the process ID of a running program",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "sxc" });
    if (typeof options === "number") return options;
    const found = allRows(proc).filter(({ process }) => !process.exited && options.rest.includes(process.program.name)).map(({ pid }) => pid).reverse();
    if (found.length === 0) return 1;
    yield* proc.out(`${(options.has("s") ? found.slice(0, 1) : found).join(" ")}\n`);
    return 0;
  },
});

const killall = defineCommand({
  name: "killall",
  summary: "kill processes by name",
  *run(proc) {
    const signal = signalNamed(proc.args.find((arg) => arg.startsWith("-"))?.slice(1) ?? "TERM") ?? "SIGTERM";
    let status = 0;
    for (const wanted of proc.args.filter((arg) => !arg.startsWith("-"))) {
      const rows = allRows(proc).filter(({ process }) => !process.exited && process.program.name === wanted);
      if (rows.length === 0) {
        yield* proc.err(`${wanted}: no process found\n`);
        status = 1;
      }
      for (const { pid } of rows) yield* send(proc, pid, signal);
    }
    return status;
  },
});

export const processTools: readonly Program[] = [kill, killall, finder("pgrep"), pidof, finder("pkill"), ps];

