/** kubectl logs: the lines that were asked for, and with --follow those to come. */
import { utf8 } from "../../core/bytes";
import { civil, parseRfc3339 } from "../../core/date";
import type { Task } from "../../core/task";
import { type World, wallMs } from "../../core/world";
import type { LogOptions, LogSession } from "../../kube/runtime";
import { ByteQueue } from "./byte-queue";
import type { ContainerLog, LogLine } from "./log";

export function readLogs(world: World, log: ContainerLog, options: LogOptions): LogSession {
  const output = new ByteQueue();
  const sinceMs = options.sinceTime !== undefined ? (parseRfc3339(options.sinceTime) ?? 0) : options.sinceSeconds !== undefined ? wallMs(world) - options.sinceSeconds * 1000 : 0;
  let lines = log.from(0).filter(({ atMs }) => atMs >= sinceMs);
  if (options.tailLines !== undefined) lines = options.tailLines === 0 ? [] : lines.slice(-options.tailLines);
  const from = log.end;
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const write = (line: LogLine) => {
    const bytes = utf8(print(line, options.timestamps ?? false)).subarray(0, left);
    left -= bytes.length;
    output.write(bytes);
  };
  for (const line of lines) write(line);
  if (!options.follow || log.ended || left <= 0) {
    output.end();
    return { output, close: () => output.end() };
  }
  const handle = world.scheduler.spawn(follow(log, from, write, output));
  return {
    output,
    close: () => {
      handle.kill();
      output.end();
    },
  };
}

function* follow(log: ContainerLog, from: number, write: (line: LogLine) => void, output: ByteQueue): Task {
  for (let at = from; ; ) {
    for (const line of log.from(at)) write(line);
    at = log.end;
    if (log.ended) return output.end();
    yield { on: log.grown };
  }
}

function print({ atMs, text, partial }: LogLine, timestamps: boolean): string {
  const end = partial ? "" : "\n";
  if (!timestamps) return `${text}${end}`;
  const d = civil(atMs);
  const two = (n: number): string => String(n).padStart(2, "0");
  const nanos = String(Math.round((((atMs % 1000) + 1000) % 1000) * 1_000_000)).padStart(9, "0");
  return `${d.year}-${two(d.month)}-${two(d.day)}T${two(d.hour)}:${two(d.minute)}:${two(d.second)}.${nanos}Z ${text}${end}`;
}
