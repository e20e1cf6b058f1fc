import { describe, expect, test } from "vitest";
import { ip } from "../../wire/ip";
import { PROTO } from "../../wire/packet";
import { Server, Service, type SchedulingPacket } from "../service";
import { schedulerFor } from "./index";

const CLOCK = { nowMs: () => 0, expirationMs: () => 86_400_000 };
const PACKET: SchedulingPacket = { src: ip("10.9.1.2"), dst: ip("10.96.0.10"), sport: 40001 };

/** Servers 1, 2 and 3, added in this order; each choice leaves an open connection. */
function balance(name: string, weights: readonly number[], rounds: number, change: (servers: Server[], round: number) => void = () => {}): string {
  const service = new Service({ protocol: PROTO.tcp, address: ip("10.96.0.10"), port: 80, fwmark: 0, scheduler: name, persistentSeconds: undefined, netmask: 0xffff_ffff, onePacket: false, flags: 0 });
  service.scheduler = schedulerFor(name, service, CLOCK);
  const servers = weights.map((weight, i) => {
    const server = new Server(service, ip(`10.9.3.${11 + i}`), 8080);
    Object.assign(server, { weight, lastWeight: weight, available: true });
    service.servers = [server, ...service.servers];
    service.scheduler?.added?.();
    return server;
  });
  let chosen = "";
  for (let round = 0; round < rounds; round++) {
    change(servers, round);
    const server = service.scheduler?.choose(PACKET);
    chosen += server === undefined ? "-" : servers.indexOf(server) + 1;
    if (server) server.active++;
  }
  return chosen;
}

describe("who takes the next connection", () => {
  test.each([
    ["rr begins with the server added last", "rr", [1, 1, 1], "321321321"],
    ["rr passes by who has weight 0", "rr", [1, 0, 1], "313131"],
    ["wrr begins with everybody, then favours the heavy", "wrr", [3, 2, 1], "321121321121"],
    ["wrr steps by the common divisor", "wrr", [10, 20, 30], "321332321332"],
    ["lc does not look at weights", "lc", [2, 2, 1], "321321"],
    ["wlc does", "wlc", [3, 2, 1], "321121321121"],
    ["sed counts the connection that is to come", "sed", [3, 2, 1], "121321121321"],
    ["nq takes an idle server first", "nq", [1, 2, 3], "321332323"],
    ["fo keeps to the heaviest", "fo", [3, 2, 1], "1111"],
    ["ovf flows over when it is full", "ovf", [3, 2, 1], "111122233-"],
    ["dh looks at the destination only", "dh", [1, 1, 1], "111"],
    ["sh looks at the source only", "sh", [1, 1, 1], "222"],
    ["lblc leaves a server that is too busy", "lblc", [1, 1, 1], "332211111"],
    ["nobody can when all weights are 0", "rr", [0, 0, 0], "--"],
  ])("%s", (_, name, weights, sequence) => {
    expect(balance(name, weights, sequence.length)).toBe(sequence);
  });

  test("an overloaded server is passed by", () => {
    expect(balance("rr", [1, 1, 1], 4, (servers, round) => Object.assign(servers[1] as Server, { overloaded: round > 0 }))).toBe("3131");
  });

  test("there is no scheduler of another name", () => {
    expect(() => balance("nosuch", [1], 1)).not.toThrow();
    expect(balance("nosuch", [1], 1)).toBe("-");
  });
});
