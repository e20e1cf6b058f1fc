/**
 * lsns(8) of util-linux 2.38: which network namespaces there are, as the processes in /proc have them.
 * Differs: those of other types are not told apart here, and must not be asked for.
 */
import type { Task } from "../../core/task";
import { namespaceNumber } from "../../host/procfs";
import type { Proc } from "../../host/proc";
import type { Process } from "../../host/process";
import type { Netns } from "../../net/netns";
import { defineCommand } from "../command";
import { complain, optionsOf } from "./support";

const TYPES = ["mnt", "net", "ipc", "user", "pid", "uts", "cgroup", "time"];
const COLUMNS = ["NS", "TYPE", "PATH", "NPROCS", "PID", "PPID", "COMMAND", "UID", "USER", "NETNSID", "NSFS", "PNS", "ONS"] as const;
type Column = (typeof COLUMNS)[number];
const MODELLED: readonly Column[] = ["NS", "TYPE", "PATH", "NPROCS", "PID", "PPID", "COMMAND", "UID", "USER", "NETNSID", "NSFS"];
const DEFAULT: readonly Column[] = ["NS", "TYPE", "NPROCS", "PID", "USER", "NETNSID", "NSFS", "COMMAND"];
const RIGHT: readonly Column[] = ["NS", "NPROCS", "PID", "PPID", "UID", "NETNSID"];

export const lsns = defineCommand({
  name: "lsns",
  summary: "list namespaces",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "JlnruWV", values: "opt", long: { json: "J", list: "l", noheadings: "n", "output=": "o", "output-all": "all", "task=": "p", raw: "r", notruncate: "u", nowrap: "W", "type=": "t", "tree=?": "T", persistent: "P", version: "V" } });
    if (typeof options === "number") return options;
    if (options.has("V")) {
      yield* proc.out("lsns from util-linux 2.38.1\n");
      return 0;
    }
    const type = options.value("t");
    const [wanted] = options.rest;
    const task = options.value("p");
    if (type !== undefined && !TYPES.includes(type)) return yield* refuse(proc, `unknown namespace type: ${type}`, 1);
    if (task !== undefined && !/^\d+$/.test(task)) return yield* refuse(proc, `invalid PID argument: '${task}'`, 1);
    if (wanted !== undefined && !/^\d+$/.test(wanted)) return yield* refuse(proc, `invalid namespace argument: '${wanted}'`, 1);
    const columns = columnsOf(options.value("o"));
    if (typeof columns === "string") return yield* refuse(proc, columns, columns.startsWith("not modelled") ? 2 : 1);
    for (const key of ["J", "all", "T", "P"]) if (options.has(key)) return yield* refuse(proc, `not modelled: ${key.length === 1 ? `-${key}` : "--output-all"}`, 2);
    const rows = namespaces(proc).filter(({ number, processes }) => (wanted === undefined || number === Number(wanted)) && (task === undefined || processes.some(([pid]) => pid === Number(task))));
    if (wanted !== undefined && rows.length === 0) return yield* refuse(proc, `not found namespace: ${wanted}`, 1);
    if (wanted === undefined && type !== "net") return yield* refuse(proc, `not modelled: namespaces of type ${type ?? TYPES.filter((each) => each !== "net").join(", ")}; lsns -t net`, 2);
    yield* proc.out(table(proc, rows, columns, { raw: options.has("r"), headings: !options.has("n") }));
    return 0;
  },
});

function* refuse(proc: Proc, problem: string, status: number): Task<number> {
  yield* complain(proc, problem);
  return status;
}

function columnsOf(written: string | undefined): readonly Column[] | string {
  if (written === undefined) return DEFAULT;
  const names = (written.startsWith("+") ? written.slice(1) : written).split(",");
  const found: Column[] = written.startsWith("+") ? [...DEFAULT] : [];
  for (const name of names) {
    const column = COLUMNS.find((each) => each === name.toUpperCase());
    if (column === undefined) return `unknown column: ${name}`;
    if (!MODELLED.includes(column)) return `not modelled: column ${column}`;
    found.push(column);
  }
  return found;
}

type Namespace = { readonly number: number; readonly netns: Netns; /** By number, the lowest first. */ readonly processes: readonly (readonly [number, Process])[] };

function namespaces({ machine }: Proc): Namespace[] {
  const found = new Map<Netns, [number, Process][]>();
  for (const [pid, process] of [...machine.processes].sort(([a], [b]) => a - b)) {
    const { netns } = process.machine;
    found.set(netns, [...(found.get(netns) ?? []), [pid, process]]);
  }
  return [...found].map(([netns, processes]) => ({ number: namespaceNumber(processes[0]?.[1] as Process), netns, processes })).sort((a, b) => a.number - b.number);
}

function cell(proc: Proc, { number, netns, processes }: Namespace, column: Column): string {
  const [pid, process] = processes[0] as readonly [number, Process];
  switch (column) {
    case "NS":
      return String(number);
    case "TYPE":
      return "net";
    case "PATH":
      return `/proc/${pid}/ns/net`;
    case "NPROCS":
      return String(processes.length);
    case "PID":
      return String(pid);
    case "PPID":
      return String(process.ppid);
    case "COMMAND":
      return process.argv.join(" ");
    case "UID":
      return String(process.machine.user.uid);
    case "USER":
      return process.machine.user.name;
    case "NETNSID": {
      const known = proc.machine.netns.knownNsid(netns);
      return known === undefined ? "unassigned" : String(known);
    }
    case "NSFS":
      return [...proc.machine.netns.names].filter(([, each]) => each === netns).map(([name]) => `/run/netns/${name}`).join(",");
    case "PNS":
    case "ONS":
      return "";
  }
}

function table(proc: Proc, rows: readonly Namespace[], columns: readonly Column[], { raw, headings }: { readonly raw: boolean; readonly headings: boolean }): string {
  const body = rows.map((row) => columns.map((column) => cell(proc, row, column)));
  const lines = headings ? [[...columns], ...body] : body;
  if (raw) return lines.map((line) => `${line.join(" ")}\n`).join("");
  const widths = columns.map((column, at) => Math.max(headings || rows.length === 0 ? column.length : 0, ...body.map((line) => line[at]?.length ?? 0)));
  const laidOut = lines.map((line) => line.map((text, at) => (RIGHT.includes(columns[at] as Column) ? text.padStart(widths[at] ?? 0) : at === columns.length - 1 ? text : text.padEnd(widths[at] ?? 0))).join(" "));
  return laidOut.map((line) => `${line}\n`).join("");
}
