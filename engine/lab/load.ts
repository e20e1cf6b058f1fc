/**
 * Load for the benchmark: connections and requests from one Pod through a ClusterIP to others,
 * made by a program inside the world. Whoever measures brings the clock.
 */
import { parseYaml } from "../core/yaml";
import { allTools } from "../bin/index";
import { Later } from "../core/later";
import type { Task } from "../core/task";
import type { Machine } from "../host/machine";
import type { Proc, Program } from "../host/proc";
import { encodeRequest, HttpParser } from "../wire/http";
import { type Ip, parseIp } from "../wire/ip";
import { type LabFiles, LabProblem } from "./contract";
import { readLab } from "./lab";
import { fieldAt } from "./goals";
import { Stage } from "./stage";

const EVENTS_AT_ONCE = 1_000_000;

export class Load {
  readonly #stage: Stage;
  readonly #client: Machine;
  readonly #address: Ip;

  /** A lab whose Service answers on port 80, and a Pod to ask from. Throws LabProblem. */
  constructor(files: LabFiles, namespace: string, service: string, pod: string) {
    this.#stage = new Stage({ ...readLab(files, parseYaml), flows: [], breaking: [] }, 1, new Later(allTools));
    const client = this.#stage.ground.podMachine(namespace, pod);
    const found = this.#stage.ground.list("Service", { namespace }).find(({ metadata }) => metadata.name === service);
    const address = parseIp(String(fieldAt(found, "spec.clusterIP")));
    if (client === undefined || address === undefined) throw new LabProblem(`there is no Pod ${pod} or Service ${service} in ${namespace}`);
    this.#client = client;
    this.#address = address;
  }

  /** Opens and closes so many connections, one after the other. */
  connections(count: number): void {
    const address = this.#address;
    this.#run(function* (proc) {
      for (let i = 0; i < count; i++) {
        const socket = proc.tcp();
        yield* socket.connect(address, 80);
        socket.abort();
      }
    });
  }

  /** Sends so many requests for /health, spread over kept-alive connections. */
  requests(count: number, connections: number): void {
    const address = this.#address;
    const each = Math.ceil(count / connections);
    const request = encodeRequest({ method: "GET", target: "/health", headers: [["Host", "bench"]] });
    this.#run(function* (proc) {
      const children = Array.from({ length: connections }, () => proc.start({ name: "asker", summary: "one connection of many requests", run: (child) => ask(child, address, request, each) }, ["asker"]));
      for (const child of children) yield* child.wait();
    });
  }

  #run(work: (proc: Proc) => Task): void {
    const program: Program = {
      name: "load",
      summary: "the benchmark's client",
      *run(proc) {
        yield* work(proc);
        return 0;
      },
    };
    const process = this.#client.start(program);
    const { scheduler } = this.#stage.world;
    while (!process.exited) {
      const next = scheduler.nextMs;
      if (next === undefined) throw new LabProblem("the load came to rest before its end");
      scheduler.runUntil(next + 10, EVENTS_AT_ONCE);
    }
    if (process.status !== 0) throw new LabProblem(`the load ended with ${process.status}`);
  }
}

function* ask(proc: Proc, address: Ip, request: Uint8Array, count: number): Task<number> {
  const socket = proc.tcp();
  yield* socket.connect(address, 80);
  const parser = new HttpParser("response");
  for (let i = 0; i < count; i++) {
    yield* socket.send(request);
    for (let ended = false; !ended; ) {
      const event = parser.next();
      if (event === undefined) {
        const bytes = yield* socket.recv();
        if (bytes === undefined) return 1;
        parser.push(bytes);
      } else if (event.kind === "end") ended = true;
      else if (event.kind === "error") return 1;
    }
  }
  socket.close();
  return 0;
}
