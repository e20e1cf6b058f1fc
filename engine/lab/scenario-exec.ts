/** Commands that a scenario runs on a host: the emulator's own bash and tools, in the host's namespace. */
import { concat, text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import { sleepUntil, type Task } from "../core/task";
import { allPrograms } from "../bin/index";
import { Kernel } from "../host/kernel";
import { Machine } from "../host/machine";
import { Description } from "../host/open-file";
import type { OpenFile, Program } from "../host/proc";
import { rootFiles } from "../host/root-files";
import { bash, sh } from "../shell/index";
import { hasIpvs } from "./scenario-pace";
import type { Outcome } from "./scenario-probes";
import { normalised } from "./scenario-report";
import { ScenarioProblem, type StepSpec } from "./scenario-spec";
import type { Host, ScenarioWorld } from "./scenario-world";

/** Scripts that the recorder's machine does not have. */
const ABSENT = ["ipvsadm-save", "ipvsadm-restore"];
const LEGACY: Readonly<Record<string, string>> = { iptables: "iptables-legacy", "iptables-save": "iptables-legacy-save", "iptables-restore": "iptables-legacy-restore" };

/** Of the programs of that machine these are tools of their own; the others are applets of one small busybox. */
const TOOLS = ["bash", "ip", "bridge", "ss", "nstat", "ipvsadm", "ipset", "conntrack", "nft", "curl", "nc", "tcpdump", "socat", "ping", "wget"];
const isTool = (name: string): boolean => TOOLS.includes(name) || name.startsWith("iptables");

/** Keeps what is written to it. */
class Collector extends Description {
  readonly #chunks: Uint8Array[] = [];

  get text(): string {
    return text(concat([new Uint8Array(0), ...this.#chunks]));
  }

  // Never yields: nobody makes it wait
  *write(bytes: Uint8Array): Task {
    this.#chunks.push(bytes.slice());
  }

  read(): Task<Uint8Array | undefined> {
    throw new SysError("EBADF");
  }

  protected closed(): void {}
}

/** Standard input that has been given in advance. */
class Given extends Description {
  #rest: Uint8Array | undefined;

  constructor(content: string) {
    super("pipe:[1]");
    this.#rest = utf8(content);
  }

  // Never yields: it is all there
  *read(): Task<Uint8Array | undefined> {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest?.length === 0 ? undefined : rest;
  }

  write(): Task {
    throw new SysError("EBADF");
  }

  protected closed(): void {}
}

export class Shells {
  readonly #machines = new Map<Host, Machine>();
  readonly #kernel: Kernel;

  constructor(private readonly world: ScenarioWorld) {
    this.#kernel = new Kernel(world.world);
    for (const line of world.logLines) this.#kernel.log(line);
    world.onLog = (line) => this.#kernel.log(line);
  }

  #machineOf(host: Host): Machine {
    const known = this.#machines.get(host);
    if (known !== undefined) return known;
    const machine = new Machine({ world: this.world.world, hostname: host.name, netns: host.ns, kernel: this.#kernel, programs: [...this.#programs(), bash, sh], fs: (made) => rootFiles(made) });
    machine.fs.writeFile("/etc/hosts", utf8("127.0.0.1 localhost\n"));
    machine.fs.writeFile("/etc/nsswitch.conf", utf8("hosts: files\n"));
    this.#machines.set(host, machine);
    return machine;
  }

  #programs(): Program[] {
    return allPrograms.filter(({ name }) => !ABSENT.includes(name)).map((program) => this.#slowed(this.#chosen(program)));
  }

  /** In the machine that IPVS is recorded in, `iptables` is iptables-legacy. */
  #chosen(program: Program): Program {
    const legacy = hasIpvs(this.world.scenario) ? LEGACY[program.name] : undefined;
    const other = allPrograms.find(({ name }) => name === legacy);
    return other === undefined ? program : { ...other, name: program.name };
  }

  /** A program as the recorder's machine starts it. */
  #slowed(program: Program): Program {
    const { world } = this;
    const programMs = isTool(program.name) ? world.pace.programMs : world.pace.appletMs;
    if (programMs === 0) return program;
    return {
      ...program,
      *run(proc) {
        yield* sleepUntil(world.nowMs + programMs);
        return yield* program.run(proc);
      },
    };
  }

  run(host: Host, step: StepSpec): Outcome {
    const argv = step.argv ?? ["bash", "-c", step.sh ?? ""];
    const [stdout, stderr] = [new Collector("stdout"), new Collector("stderr")];
    const files = new Map<number, OpenFile>([[1, stdout], [2, stderr]]);
    if (step.stdin !== undefined) files.set(0, new Given(step.stdin));
    const startedMs = this.world.nowMs;
    // A real shell and a real tool take their time to start.
    this.world.sleep(this.world.pace.shellMs);
    let rc: number | "timeout";
    try {
      const process = this.#machineOf(host).spawn(argv, { files });
      rc = this.world.until((step.timeout ?? 10) * 1000, () => (process.exited ? (process.status ?? 0) : undefined)) ?? "timeout";
    } catch (error) {
      if (error instanceof SysError) throw new ScenarioProblem(`not modelled: exec ${argv[0]}`);
      throw error;
    }
    refuseGuesses(stderr.text);
    this.world.sleep(this.world.pace.endMs);
    const outcome: Outcome = { rc, stdout: stdout.text, stderr: rc === "timeout" ? "" : stderr.text };
    const comparable = this.#comparable(stdout.text);
    if (comparable !== stdout.text) outcome.stdout_cmp = comparable;
    if (step.time) outcome.seconds = Math.round((this.world.nowMs - startedMs) / 10) / 100;
    return outcome;
  }

  /** What may be compared of it: without what time and chance decide. */
  #comparable(printed: string): string {
    const lines = printed.split("\n").map((line) => {
      if (/^(tcp|udp|icmp|unknown) +\d/.test(line)) return normalised(this.world, line);
      return line.replace(/initval 0x[0-9a-f]+/g, "initval 0xRND").replace(/\b4\d{9}\b/g, "N");
    });
    return lines.join("\n").replace(/(Nov|Dec|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct) +\d+ [\d:]+/g, "DATE");
  }
}

/** A tool that is not there, or says itself that it does not model something, must not look like an answer. */
function refuseGuesses(stderr: string): void {
  const guess = /^.*(?:not modelled: .*|command not found)$/m.exec(stderr);
  if (guess !== null && !ABSENT.some((name) => guess[0].endsWith(`${name}: command not found`))) throw new ScenarioProblem(guess[0].includes("not modelled") ? guess[0] : `not modelled: ${guess[0]}`);
}
