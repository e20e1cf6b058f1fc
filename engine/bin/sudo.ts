/**
 * sudo(8) 1.9.13, on machines where everybody is root already: it goes on as the command. Users other
 * than root, lists and edits are not modelled, and say so.
 */
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import type { Proc } from "../host/proc";
import { defineCommand, notModelled } from "./command";
import { parseOptions } from "./options";

const USAGE = `usage: sudo -h | -K | -k | -V
usage: sudo -v [-ABkNnS] [-g group] [-h host] [-p prompt] [-u user]
usage: sudo -l [-ABkNnS] [-g group] [-h host] [-p prompt] [-U user] [-u user]
            [command [arg ...]]
usage: sudo [-ABbEHkNnPS] [-r role] [-t type] [-C num] [-D directory] [-g
            group] [-h host] [-p prompt] [-R directory] [-T timeout] [-u user]
            [VAR=value] [-i | -s] [command [arg ...]]
usage: sudo -e [-ABkNnS] [-r role] [-t type] [-C num] [-D directory] [-g group]
            [-h host] [-p prompt] [-R directory] [-T timeout] [-u user] file ...
`;
const SPEC = { flags: "EHKknPSisvVlebAB", values: "ugp", long: { user: "u", group: "g", login: "i", shell: "s", "preserve-env": "E", "set-home": "H", "non-interactive": "n", "reset-timestamp": "k", "remove-timestamp": "K", validate: "v", version: "V", list: "l", edit: "e", prompt: "p" }, stopAtOperand: true };
/** Nothing to change for somebody who is root, is asked for no password and has one home. */
const MEANINGLESS = new Set("EHKknPSvup");

export const sudo = defineCommand({
  name: "sudo",
  summary: "execute a command as another user",

  *run(proc): Task<number> {
    const options = parseOptions(proc.args, SPEC);
    if ("error" in options) {
      yield* proc.err(`sudo: ${options.error}\n${USAGE}`);
      return 1;
    }
    const user = options.value("u") ?? "root";
    if (user !== "root" && user !== "#0") return yield* notModelled(proc, `-u ${user}`);
    if (options.has("V")) {
      yield* proc.out("Sudo version 1.9.13p3\n");
      return 0;
    }
    const strange = options.given.find(([key]) => !MEANINGLESS.has(key) && key !== "i" && key !== "s");
    if (strange) return yield* notModelled(proc, `-${strange[0]}`);
    const env = new Map(proc.env);
    const rest = [...options.rest];
    for (let at = assignment(rest[0]); at; at = assignment(rest[0])) {
      env.set(at.name, at.value);
      rest.shift();
    }
    const shell = options.has("i") ? ["bash", "-l"] : options.has("s") ? ["bash"] : [];
    const words = shell.length > 0 ? [...shell, ...(rest.length > 0 ? ["-c", rest.join(" ")] : [])] : rest;
    if (words.length > 0) return yield* become(proc, words, env);
    if (["k", "K", "v"].some((key) => options.has(key))) return 0;
    yield* proc.err(USAGE);
    return 1;
  },
});

function assignment(word: string | undefined): { readonly name: string; readonly value: string } | undefined {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word ?? "") ?? [];
  return name === undefined || value === undefined ? undefined : { name, value };
}

function* become(proc: Proc, words: readonly string[], env: ReadonlyMap<string, string>): Task<number> {
  try {
    return yield* proc.exec(words, env);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    yield* proc.err(`sudo: ${words[0]}: command not found\n`);
    return 1;
  }
}
