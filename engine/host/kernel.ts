/**
 * What the processes of one node share besides its files: the kernel's log (dmesg), its modules,
 * the moment it booted, its size. Containers have no kernel of their own, they have their node's.
 */
import { Signal } from "../core/task";
import { type World, wallMs } from "../core/world";

export type LogLine = { readonly sinceBootMs: number; readonly level: number; readonly text: string };
export type Module = { readonly name: string; readonly sizeBytes: number; users: string[]; uses: number };

/** How much the ring keeps: log_buf_len of 256 KiB. */
const LOG_BYTES = 262_144;

export class Kernel {
  readonly release = "6.1.0-43-amd64";
  readonly version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.162-1 (2026-02-08)";
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly bootMs: number;
  readonly logged = new Signal();
  readonly modules = new Map<string, Module>();
  #log: LogLine[] = [];
  #logBytes = 0;
  #pipes = 1000;
  #lines = 0;

  constructor(
    readonly world: World,
    options: { readonly cpus?: number; readonly memoryBytes?: number } = {},
  ) {
    this.cpus = options.cpus ?? 2;
    this.memoryBytes = options.memoryBytes ?? 4 * 2 ** 30;
    this.bootMs = world.scheduler.nowMs;
  }

  get uptimeMs(): number {
    return this.world.scheduler.nowMs - this.bootMs;
  }

  /** When the wall clock showed the boot. */
  get bootedAtMs(): number {
    return wallMs(this.world) - this.uptimeMs;
  }

  /** printk(): one line into the ring; 4 is a warning, 6 an information. */
  log(text: string, level = 6): void {
    this.#log.push({ sinceBootMs: this.uptimeMs, level, text });
    this.#logBytes += text.length + 16;
    this.#lines++;
    while (this.#logBytes > LOG_BYTES) this.#logBytes -= (this.#log.shift()?.text.length ?? 0) + 16;
    this.logged.notify();
  }

  get messages(): readonly LogLine[] {
    return this.#log;
  }

  /** How many lines were ever logged: what `dmesg -w` goes on from. */
  get lines(): number {
    return this.#lines;
  }

  clearLog(): void {
    this.#log = [];
    this.#logBytes = 0;
  }

  loadModule(name: string, sizeBytes = 16_384, needs: readonly string[] = []): void {
    if (this.modules.has(name)) return;
    this.modules.set(name, { name, sizeBytes, users: [], uses: 0 });
    for (const needed of needs) {
      this.loadModule(needed);
      this.modules.get(needed)?.users.unshift(name);
    }
  }

  nextPipe(): number {
    return ++this.#pipes;
  }
}

/** `[   12.345678] text`, as dmesg prints a line. */
export function printLogLine(line: LogLine): string {
  const us = Math.round(line.sinceBootMs * 1000);
  return `[${String(Math.floor(us / 1e6)).padStart(5)}.${String(us % 1e6).padStart(6, "0")}] ${line.text}`;
}
