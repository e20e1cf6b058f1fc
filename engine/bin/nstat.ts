/**
 * nstat(8) of iproute2 6.1: the stack's counters, as what they have grown by since the last look
 * (kept in /tmp/.nstat.u0), or with -a in all.
 *
 * Differs: it knows the counters that this stack keeps; Linux has some three hundred more, which
 * are zero in a lab.
 */
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import type { Proc, Program } from "../host/proc";
import { counters } from "../net/snmp";
import { defineCommand, notModelled } from "./command";
import { parseOptions } from "./options";

const HISTORY = "/tmp/.nstat.u0";

const USAGE = `Usage: nstat [OPTION] [ PATTERN [ PATTERN ] ]
   -h, --help          this message
   -a, --ignore        ignore history
   -d, --scan=SECS     sample every statistics every SECS
   -j, --json          format output in JSON
   -n, --nooutput      do history only
   -p, --pretty        pretty print
   -r, --reset         reset history
   -s, --noupdate      don't update history
   -t, --interval=SECS report average over the last SECS
   -V, --version       output version information
   -z, --zeros         show entries with zero activity
`;

function history(proc: Proc): Map<string, number> {
  try {
    const lines = proc.fs.readText(HISTORY).split("\n");
    return new Map(lines.map((line) => line.split(/\s+/)).map(([name = "", value = "0"]) => [name, Number(value)]));
  } catch (error) {
    if (error instanceof SysError) return new Map();
    throw error;
  }
}

/** A shell pattern of stars and question marks. */
function matcher(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")}$`);
}

export const nstat: Program = defineCommand({
  name: "nstat",
  summary: "show the network stack's counters",
  *run(proc: Proc): Task<number> {
    const options = parseOptions(proc.args, { flags: "hajnprsVz", values: "dt", long: { help: "h", ignore: "a", "scan=": "d", json: "j", nooutput: "n", pretty: "p", reset: "r", noupdate: "s", "interval=": "t", version: "V", zeros: "z" } });
    if ("error" in options) {
      yield* proc.err(`nstat: ${options.error}\n${USAGE}`);
      return 255;
    }
    for (const key of ["d", "t", "p"]) if (options.has(key)) return yield* notModelled(proc, `-${key}`);
    if (options.has("V") || options.has("h")) {
      yield* proc.out(options.has("V") ? "nstat utility, iproute2-6.1.0\n" : USAGE);
      return options.has("V") ? 0 : 255;
    }
    const now = counters(proc.machine.netns.snmp);
    const before = options.has("a") || options.has("r") ? new Map<string, number>() : history(proc);
    const patterns = options.rest.map(matcher);
    const wanted = now.filter(([name]) => patterns.length === 0 || patterns.some((pattern) => pattern.test(name)));
    const shown = wanted.map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const).filter(([, value]) => value !== 0 || options.has("z"));
    if (!options.has("n")) {
      if (options.has("j")) yield* proc.out(`${JSON.stringify({ kernel: Object.fromEntries(shown) })}\n`);
      else yield* proc.out(`#kernel\n${shown.map(([name, value]) => `${name.padEnd(31)} ${String(value).padEnd(18)} 0.0\n`).join("")}`);
    }
    if (!options.has("s")) proc.fs.writeFile(HISTORY, `#kernel\n${now.map(([name, value]) => `${name.padEnd(31)} ${String(value).padEnd(18)} 0.0\n`).join("")}`);
    return 0;
  },
});
