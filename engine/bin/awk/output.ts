/** awk's output: standard output, and the files and commands that `print >` and `print |` keep open. */
import { utf8 } from "../../core/bytes";
import type { Task } from "../../core/task";
import { makePipe } from "../../host/pipe";
import type { Child, OpenFile, Proc } from "../../host/proc";

type Stream = { readonly file: OpenFile; readonly child: Child | undefined };

const BUFFER = 8192;

export class Outputs {
  readonly #streams = new Map<string, Stream>();
  #pending = "";

  constructor(private readonly proc: Proc) {}

  *print(text: string): Task {
    this.#pending += text;
    if (this.#pending.length > BUFFER) yield* this.flush();
  }

  *flush(): Task {
    if (this.#pending === "") return;
    const text = this.#pending;
    this.#pending = "";
    yield* this.proc.out(text);
  }

  /** The first use opens (and for ">" empties) the file; later ones go on writing. */
  *printTo(to: ">" | ">>" | "|", target: string, text: string): Task {
    let stream = this.#streams.get(target);
    if (stream === undefined) {
      yield* this.flush();
      stream = to === "|" ? this.#command(target) : { file: this.proc.open(target, to === ">" ? "w" : "a"), child: undefined };
      this.#streams.set(target, stream);
    }
    yield* stream.file.write(utf8(text));
  }

  #command(command: string): Stream {
    const pipe = makePipe(this.proc.machine.kernel.nextPipe());
    const child = this.proc.spawn(["sh", "-c", command], { files: new Map([[0, pipe.reader], [1, this.proc.file(1)], [2, this.proc.file(2)]]) });
    pipe.reader.release();
    return { file: pipe.writer, child };
  }

  /** -1 when nothing of that name is open. */
  *close(target: string): Task<number> {
    const stream = this.#streams.get(target);
    if (stream === undefined) return -1;
    this.#streams.delete(target);
    stream.file.release();
    return stream.child === undefined ? 0 : yield* stream.child.wait();
  }

  *closeAll(): Task {
    yield* this.flush();
    for (const target of [...this.#streams.keys()]) yield* this.close(target);
  }
}
