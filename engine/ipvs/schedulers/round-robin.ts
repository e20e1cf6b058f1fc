/**
 * rr and wrr: turn by turn through the list of servers, which begins with the one added last
 * (ip_vs_rr.c, ip_vs_wrr.c).
 */
import type { Scheduler, Server, Service } from "../service";

class RoundRobin implements Scheduler {
  readonly name = "rr";
  /** Whose turn it was; undefined: the list's head. */
  #last: Server | undefined;

  constructor(private readonly service: Service) {}

  choose(): Server | undefined {
    const { servers } = this.service;
    const count = servers.length;
    const start = this.#last === undefined ? -1 : servers.indexOf(this.#last);
    // Once round from the last one, itself included.
    for (let step = 1; step <= count; step++) {
      const server = servers[(start + step) % count] as Server;
      if (server.overloaded || server.weight <= 0) continue;
      this.#last = server;
      return server;
    }
    return undefined;
  }

  removed(server: Server, before: Server | undefined): void {
    if (this.#last === server) this.#last = before;
  }
}

export const roundRobin = (service: Service): Scheduler => new RoundRobin(service);

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The greatest common divisor of the weights, at least 1. */
export function commonWeight(weights: readonly number[]): number {
  return weights.filter((weight) => weight > 0).reduce(gcd, 0);
}

/**
 * Round and round for those whose weight reaches a mark that sinks by the common divisor each
 * time. When the list changes, the walk begins at its head, but the mark stays if it can: so the
 * first rounds after configuration are those of the *smallest* weights.
 */
export function weightedRoundRobin(service: Service): Scheduler {
  const state = { current: undefined as Server | undefined, mark: 0, top: 0, step: 1 };
  const measure = (): void => {
    const weights = service.servers.map(({ weight }) => weight);
    state.step = commonWeight(weights) || 1;
    state.top = Math.max(0, ...weights) - (state.step - 1);
  };
  measure();
  state.mark = state.top;
  const changed = (): void => {
    measure();
    state.current = undefined;
    if (state.mark > state.top || state.mark === 0) state.mark = state.top;
    else if (state.step > 1) state.mark = Math.floor(state.mark / state.step) * state.step + 1;
  };
  return { name: "wrr", choose: () => walk(service, state), added: changed, updated: changed, removed: changed };
}

/** ip_vs_wrr_schedule(). */
function walk({ servers }: Service, state: { current: Server | undefined; mark: number; top: number; step: number }): Server | undefined {
  if (state.top === 0) return undefined;
  const last = state.current;
  let stop: Server | undefined;
  let restarted = false;
  let lastPass = false;
  for (let at = last === undefined ? -1 : servers.indexOf(last); ; at = -1) {
    for (at++; at < servers.length; at++) {
      const server = servers[at] as Server;
      const taken = !server.overloaded && server.weight >= state.mark;
      if (taken || server === stop) state.current = server;
      if (taken) return server;
      if (server === stop) return undefined;
    }
    state.mark -= state.step;
    if (state.mark <= 0) {
      state.mark = state.top;
      if (lastPass || last === undefined) break;
      restarted = true;
    }
    lastPass = state.mark <= state.step;
    // The first time round was only for those behind `last`: now for those up to it.
    if (lastPass && restarted && last !== undefined) stop = last;
  }
  state.current = undefined;
  return undefined;
}
