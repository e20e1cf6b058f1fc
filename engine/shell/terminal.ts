/**
 * A terminal window with a shell in it: what the workbench's xterm, `podpath lab` and the tests open.
 * Keys go in, text comes out; everything between is the tty's and the shell's business.
 */
import type { Machine } from "../host/machine";
import type { OpenFile, Program } from "../host/proc";
import type { Process } from "../host/process";
import { Tty } from "../host/tty";
import { bash } from "./bash";

export type TerminalInit = {
  readonly machine: Machine;
  readonly onOutput: (text: string) => void;
  readonly columns?: number;
  readonly rows?: number;
  /** What runs in it; a login shell where nothing is said. */
  readonly program?: Program;
  readonly argv?: readonly string[];
  readonly env?: ReadonlyMap<string, string>;
  readonly cwd?: string;
  /** PS1 of the shell, where it is not Debian's. */
  readonly prompt?: string;
  /** A name such as /dev/pts/1. */
  readonly name?: string;
};

export class Terminal {
  readonly tty: Tty;
  readonly process: Process;

  constructor(init: TerminalInit) {
    this.tty = new Tty(init.machine.world, init.name ?? "/dev/pts/0");
    this.tty.onOutput = init.onOutput;
    this.tty.resize(init.columns ?? 80, init.rows ?? 24);
    const env = new Map<string, string>([["TERM", "xterm-256color"], ...(init.prompt === undefined ? [] : [["PS1", init.prompt] as const]), ...(init.env ?? [])]);
    const file = this.tty.file();
    const files = new Map<number, OpenFile>([[0, file], [1, file], [2, file]]);
    this.process = init.machine.start(init.program ?? bash, init.argv ?? ["bash"], { files, env, cwd: init.cwd ?? init.machine.user.home, tty: this.tty, newGroup: true });
    file.release();
    this.tty.foreground = this.process.group;
  }

  get exited(): boolean {
    return this.process.exited;
  }

  /** What the person types or pastes, as a terminal sends it. */
  input(keys: string): void {
    this.tty.input(keys);
  }

  resize(columns: number, rows: number): void {
    this.tty.resize(columns, rows);
  }

  /** The window is closed. */
  close(): void {
    this.tty.hangUp();
  }
}
