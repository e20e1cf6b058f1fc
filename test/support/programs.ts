/** Runs one program on a small machine of its own and says what it printed: what tests of commands are made of. */
import { concat, text, utf8 } from "@/engine/core/bytes";
import { FileSystem } from "@/engine/host/fs";
import { Kernel } from "@/engine/host/kernel";
import { Machine } from "@/engine/host/machine";
import { makePipe } from "@/engine/host/pipe";
import type { OpenFile, Program } from "@/engine/host/proc";
import type { Task } from "@/engine/core/task";
import { Netns } from "@/engine/net/netns";
import { newWorld } from "./world";

export type Ran = { readonly stdout: string; readonly stderr: string; readonly exit: number };
export type Surroundings = { readonly stdin?: string; readonly files?: Readonly<Record<string, string>>; readonly programs?: readonly Program[]; readonly forMs?: number };

export function runProgram(program: Program, args: readonly string[], { stdin = "", files = {}, programs = [], forMs = 60_000 }: Surroundings = {}): Ran {
  const world = newWorld();
  const machine = new Machine({ world, hostname: "test", netns: new Netns(world, "test"), kernel: new Kernel(world), programs: [program, ...programs], fs: () => tree(world, files) });
  const input = makePipe(1, Number.POSITIVE_INFINITY);
  world.scheduler.spawn(feed(input.writer, stdin));
  const [out, err] = [collector(world, 2), collector(world, 3)];
  const process = machine.start(program, [program.name, ...args], { files: new Map([[0, input.reader], [1, out.file], [2, err.file]]), cwd: "/tmp" });
  for (const file of [input.reader, out.file, err.file]) file.release();
  world.scheduler.run(forMs, 5_000_000);
  if (!process.exited) throw new Error(`${program.name} ${args.join(" ")} did not end`);
  return { stdout: out.text(), stderr: err.text(), exit: process.status ?? -1 };
}

function tree(world: ReturnType<typeof newWorld>, files: Readonly<Record<string, string>>): FileSystem {
  const fs = new FileSystem(world);
  fs.mkdir("/tmp", { parents: true });
  fs.mkdir("/dev", { parents: true });
  fs.writeFile("/dev/null", "");
  for (const [path, content] of Object.entries(files)) fs.writeFile(`/tmp/${path}`, content);
  return fs;
}

function* feed(writer: OpenFile, stdin: string): Task {
  if (stdin !== "") yield* writer.write(utf8(stdin));
  writer.release();
}

function collector(world: ReturnType<typeof newWorld>, number: number) {
  const pipe = makePipe(number);
  const chunks: Uint8Array[] = [];
  world.scheduler.spawn(
    (function* (): Task {
      for (;;) {
        const chunk = yield* pipe.reader.read();
        if (chunk === undefined) return;
        chunks.push(chunk);
      }
    })(),
  );
  return { file: pipe.writer, text: () => text(concat(chunks)) };
}
