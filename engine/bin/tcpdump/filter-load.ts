/** Makes a filter's test: names of hosts that the expression mentions are looked up when the parser comes to them. */
import type { Task } from "../../core/task";
import { readProtocols, readServices } from "../../host/netdb";
import type { Proc } from "../../host/proc";
import { lookup } from "../../host/resolver";
import type { Ip } from "../../wire/ip";
import type { Test } from "./filter-node";
import { type FilterContext, parseFilter } from "./filter-parse";

class Unresolved extends Error {}

export function* filterOf(proc: Proc, expression: string, link: Pick<FilterContext, "cooked" | "saved" | "netmask" | "optimize">): Task<Test> {
  const services = readServices(proc.fs);
  const protocols = readProtocols(proc.fs);
  const addresses = new Map<string, readonly Ip[]>();
  const addressesOf = (name: string): readonly Ip[] => {
    const found = addresses.get(name);
    if (found === undefined) throw new Unresolved(name);
    return found;
  };
  for (;;) {
    try {
      return parseFilter(expression, { ...link, addressesOf, portOf: (name, protocol) => services.port(name, protocol), protocolOf: (name) => protocols.number(name) });
    } catch (problem) {
      if (!(problem instanceof Unresolved)) throw problem;
      const found = yield* lookup(proc, problem.message, { family: "inet" });
      addresses.set(problem.message, "error" in found ? [] : found.addresses);
    }
  }
}
