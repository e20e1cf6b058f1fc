/** The steps of a scenario: connections that stay open, rules that change in between, commands. */
import { text, utf8 } from "../core/bytes";
import { SysError } from "../core/errno";
import type { Listeners } from "./scenario-listeners";
import { type OpenConnection, type Outcome, Probes, sendSegment } from "./scenario-probes";
import { normalisedConnections, saved } from "./scenario-report";
import { type SetupNote, restoreRules, setSysctl } from "./scenario-setup";
import { ScenarioProblem, type StepSpec } from "./scenario-spec";
import type { ScenarioWorld } from "./scenario-world";
import type { Shells } from "./scenario-exec";

export class Steps {
  readonly #open = new Map<string, OpenConnection>();
  /** The time-out a connection's socket was last given. */
  readonly #patience = new Map<OpenConnection, number>();
  readonly #probes: Probes;

  constructor(
    private readonly world: ScenarioWorld,
    private readonly listeners: Listeners,
    private readonly shells: Shells,
    private readonly notes: SetupNote[],
  ) {
    this.#probes = new Probes(world, listeners);
  }

  run(step: StepSpec): Outcome {
    const { world } = this;
    switch (step.op ?? "probe") {
      case "probe":
        return this.#probe(step);
      case "open":
        return this.#connect(step);
      case "send":
        return this.#send(step);
      case "recv":
        return this.#receive(step);
      case "close":
        return this.#close(step);
      case "inject":
        return this.#inject(step);
      case "restore": {
        const { exit, stderr } = restoreRules(world, world.host(step.host), step.rules ?? "", step);
        return { rc: exit, stderr };
      }
      case "exec":
        return this.shells.run(world.host(step.host), step);
      case "sysctl":
        setSysctl(world.host(step.host), step.key ?? "", step.value ?? "", this.notes);
        return {};
      case "root_sysctl": {
        const old = world.root.sysctl.get((step.key ?? "").replaceAll(".", "/")) ?? "";
        setSysctl({ ns: world.root }, step.key ?? "", step.value ?? "", this.notes);
        return { old };
      }
      case "sleep":
        world.sleep(step.ms ?? 0);
        return {};
      case "save":
        return { save: saved(world, world.host(step.host)) };
      case "conntrack":
        return { entries: normalisedConnections(world, world.host(step.host)) };
      case "listen":
        if (step.listener) this.listeners.add(step.listener, this.notes);
        return {};
      case "unlisten":
        this.listeners.remove(step.id ?? "");
        return {};
      default:
        throw new ScenarioProblem(`not modelled: op ${step.op}`);
    }
  }

  #probe(step: StepSpec): Outcome {
    const count = step.count ?? 1;
    const { count: _, ...once } = step;
    const results: Outcome[] = [];
    for (let repetition = 0; repetition < count; repetition++) {
      results.push(this.#probes.run({ ...(count === 1 ? once : step), repetition }));
      this.world.sleep(this.#paceOf(step));
    }
    return count === 1 && step.count === undefined ? (results[0] as Outcome) : { results };
  }

  #paceOf({ proto = "tcp", mode }: StepSpec): number {
    const { pace, scenario } = this.world;
    return proto === "tcp" && (mode ?? scenario.tcp_mode) === "exchange" ? pace.exchangeMs : pace.probeMs[proto];
  }

  #timeoutOf(step: StepSpec): number {
    return step.timeout_ms ?? this.world.timeoutMs;
  }

  #connect(step: StepSpec): Outcome {
    const { open, outcome } = this.#probes.connect({ ...step, repetition: 0 }, this.#timeoutOf(step));
    if (outcome.outcome === "connected") {
      const event = this.listeners.wait(({ proto }) => proto === "tcp", this.world.timeoutMs);
      if (event) Object.assign(outcome, { outcome: "answered" }, this.#probes.view(event, open.sport));
    }
    this.#open.set(step.name ?? "", open);
    this.world.sleep(this.world.pace.openMs);
    return outcome;
  }

  #named(step: StepSpec): OpenConnection {
    const open = this.#open.get(step.name ?? "");
    if (open === undefined) throw new ScenarioProblem(`no open connection: ${step.name}`);
    return open;
  }

  #send(step: StepSpec): Outcome {
    const named = this.#named(step);
    const timeoutMs = this.#timeoutOf(step);
    this.#complaints(named, this.#patience.get(named) ?? 0);
    const said = this.#say(named, step);
    this.#patience.set(named, timeoutMs);
    return { ...said, ...this.#complaints(named, timeoutMs) };
  }

  /**
   * Looking for ICMP errors on a socket that has been given a time-out takes the recorder all of that time: a poll for something
   * that never comes, begun anew after each that does. Who takes the last one off the queue takes the socket's own error with
   * it (sock_dequeue_err_skb). Only a connection that never stood keeps any.
   */
  #complaints({ socket, heard }: OpenConnection, timeoutMs: number): Outcome {
    if (socket.connection.wasEstablished) {
      this.world.sleep(timeoutMs);
      return {};
    }
    for (let last: Outcome = {}; ; ) {
      const next = this.world.until(timeoutMs, () => {
        const found = heard();
        return Object.keys(found).length > 0 ? found : undefined;
      });
      if (next === undefined) return last;
      socket.takeError();
      last = next;
    }
  }

  #say({ socket }: OpenConnection, step: StepSpec): Outcome {
    try {
      const line = utf8(`ECHO ${step.data ?? "hello"}\n`);
      // A connection that does not stand yet takes nothing: the sender waits for it.
      const sent = this.world.until(this.#timeoutOf(step), () => (socket.trySend(line) > 0 ? true : undefined));
      if (sent === undefined) return { outcome: "timeout" };
      const got = this.world.until(this.#timeoutOf(step), () => (socket.hasInput ? { data: socket.tryRecv(4096) } : undefined));
      if (got === undefined || got.data === "later") return { outcome: "timeout" };
      return got.data === undefined ? { outcome: "FIN", data: "" } : { outcome: "echoed", data: text(got.data) };
    } catch (error) {
      if (error instanceof SysError) return { outcome: "error", errno: error.code };
      throw error;
    }
  }

  #receive(step: StepSpec): Outcome {
    const named = this.#named(step);
    const { socket } = named;
    this.#patience.set(named, this.#timeoutOf(step));
    try {
      const got = this.world.until(this.#timeoutOf(step), () => (socket.hasInput ? { data: socket.tryRecv(4096) } : undefined));
      if (got === undefined || got.data === "later") return { outcome: "nothing" };
      return { outcome: got.data === undefined ? "FIN" : "data", data: got.data === undefined ? "" : text(got.data) };
    } catch (error) {
      if (error instanceof SysError) return { outcome: "error", errno: error.code };
      throw error;
    }
  }

  #close(step: StepSpec): Outcome {
    const { socket } = this.#named(step);
    this.#open.delete(step.name ?? "");
    if (step.rst) socket.setOptions({ lingerZero: true });
    socket.close();
    this.world.sleep(5);
    return {};
  }

  /** A hand-made segment of an open connection, with numbers relative to what its client expects. */
  #inject(step: StepSpec): Outcome {
    const { connection } = this.#named(step).socket;
    const { rcvNxt, writeSeq } = connection;
    const toClient = (step.direction ?? "to-client") === "to-client";
    const [seq, ack] = toClient ? [rcvNxt + (step.seq_off ?? 0), writeSeq + (step.ack_off ?? 0)] : [writeSeq + (step.seq_off ?? 0), rcvNxt + (step.ack_off ?? 0)];
    sendSegment(this.world.host(step.from), { src: step.src ?? "0.0.0.0", dst: step.dst ?? "", sport: step.sport ?? 0, dport: step.dport ?? 0, flags: step.flags ?? "", seq, ack, window: 64240, payload: step.payload ?? "" });
    this.world.sleep(10);
    return {};
  }
}
