/** nfacct(8) 1.0.2: named counters that -m nfacct counts in, as kube-proxy's rules have two. */
import type { Task } from "../core/task";
import type { Proc, Program } from "../host/proc";
import { type Accounting, type Netfilter, netfilterOf } from "../netfilter/attach";
import { defineCommand } from "./command";

const VERSION = "nfacct v1.0.2";

const LICENSE = `${VERSION}: utility for the Netfilter extended accounting infrastructure
Copyright (C) 2011 Pablo Neira Ayuso <pablo@netfilter.org>
Copyright (C) 2011 Intra2net AG <http://www.intra2net.com>
This program comes with ABSOLUTELY NO WARRANTY.
This is free software, and you are welcome to redistribute it under certain 
conditions; see LICENSE file distributed in this package for details.
`;

type Result = { readonly stdout?: string; readonly stderr?: string; readonly exit?: number };

function line(name: string, { packets, bytes }: Accounting): string {
  return `{ pkts = ${String(packets).padStart(20, "0")}, bytes = ${String(bytes).padStart(20, "0")} } = ${name};\n`;
}

const fails = (why: string): Result => ({ stderr: `${VERSION}: ${why}\n`, exit: 1 });

function list({ accounting }: Netfilter, words: readonly string[]): Result {
  const unknown = words.find((word) => word !== "reset");
  if (unknown !== undefined) return { stderr: `nfacct: not modelled: list ${unknown}\n`, exit: 2 };
  const stdout = [...accounting].map(([name, counts]) => line(name, counts)).join("");
  if (words.includes("reset")) for (const counts of accounting.values()) Object.assign(counts, { packets: 0, bytes: 0 });
  return { stdout };
}

function onOne(netfilter: Netfilter, verb: string, [name, ...rest]: readonly string[]): Result {
  const { accounting } = netfilter;
  if (name === undefined) return fails("missing object name");
  const known = accounting.get(name);
  if (verb === "add") {
    if (rest.length > 0) return { stderr: `nfacct: not modelled: add ${rest.join(" ")}\n`, exit: 2 };
    if (known) return fails("error: Device or resource busy");
    accounting.set(name, { packets: 0, bytes: 0 });
    return {};
  }
  if (known === undefined) return fails("error: No such file or directory");
  if (verb === "del") {
    accounting.delete(name);
    return {};
  }
  return { stdout: line(name, known) };
}

export function runNfacct(netfilter: Netfilter, [verb, ...words]: readonly string[]): Result {
  switch (verb) {
    case undefined:
      return { stderr: "Usage: nfacct command [parameters]...\n", exit: 1 };
    case "list":
      return list(netfilter, words);
    case "add":
    case "del":
    case "delete":
    case "get":
      return onOne(netfilter, verb === "delete" ? "del" : verb, words);
    case "flush":
      netfilter.accounting.clear();
      return {};
    case "version":
      return { stdout: LICENSE };
    case "restore":
    case "help":
      return { stderr: `nfacct: not modelled: ${verb}\n`, exit: 2 };
    default:
      return { stderr: `${VERSION}: Unknown command: ${verb}\nUsage: nfacct command [parameters]...\n`, exit: 1 };
  }
}

export const nfacct: Program = defineCommand({
  name: "nfacct",
  summary: "show and change netfilter's named counters",
  *run(proc: Proc): Task<number> {
    const netfilter = netfilterOf(proc.machine.netns);
    if (netfilter === undefined) {
      yield* proc.err(`${VERSION}: error: Protocol not supported\n`);
      return 1;
    }
    const { stdout = "", stderr = "", exit = 0 } = runNfacct(netfilter, proc.args);
    if (stdout !== "") yield* proc.out(stdout);
    if (stderr !== "") yield* proc.err(stderr);
    return exit;
  },
});
