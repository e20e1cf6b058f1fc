/** sed: a stream editor (GNU sed 4.9). Options -n -e -f -E -r -i -s -u -z; the rest is refused in sed's own words. */
import { utf8 } from "../../core/bytes";
import { SysError } from "../../core/errno";
import type { Task } from "../../core/task";
import { LineReader } from "../../host/lines";
import type { OpenFile, Proc } from "../../host/proc";
import { defineCommand } from "../command";
import { parseOptions } from "../options";
import { RegexProblem } from "../posix-regex";
import { Editor } from "./editor";
import { type Command, parseScript, SedProblem } from "./script";

const USAGE = "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n";
const LONG = { quiet: "n", silent: "n", "regexp-extended": "E", "expression=": "e", "file=": "f", "in-place=?": "i", separate: "s", unbuffered: "u", help: "h", version: "V" } as const;

export const sed = defineCommand({
  name: "sed",
  summary: "stream editor for filtering and transforming text",

  *run(proc) {
    // -i takes its suffix only in the same word, which getopt would call an optional argument.
    const inPlace = proc.args.find((arg) => /^-[nEr]*i/.test(arg));
    const args = proc.args.map((arg) => (arg === inPlace ? arg.replace(/i.*/, "") : arg)).filter((arg) => arg !== "-");
    const options = parseOptions(args, { flags: "nErsu", values: "ef", long: LONG });
    if ("error" in options) {
      yield* proc.err(`sed: ${options.error}\n${USAGE}`);
      return 1;
    }
    const rest = [...options.rest];
    const sources = [...options.values("e"), ...options.values("f").map((file) => proc.fs.readText(proc.resolve(file)).replace(/\n$/, ""))];
    if (sources.length === 0) {
      const first = rest.shift();
      if (first === undefined) {
        yield* proc.err(USAGE);
        return 1;
      }
      sources.push(first);
    }
    try {
      const script = parseScript(sources.join("\n"), options.has("E") || options.has("r"));
      if (inPlace !== undefined || options.has("i")) return yield* editInPlace(proc, script, options.has("n"), rest, inPlace?.replace(/^-[nEr]*i/, "") ?? "");
      return yield* editStream(proc, script, options.has("n"), rest.length > 0 ? rest : ["-"]);
    } catch (error) {
      if (!(error instanceof SedProblem || error instanceof RegexProblem)) throw error;
      yield* proc.err(`sed: ${error instanceof RegexProblem ? `-e expression #1, char ${sources.join("\n").length}: ` : ""}${error.message}\n`);
      return error instanceof SedProblem ? error.exit : 1;
    }
  },
});

function* editStream(proc: Proc, script: readonly Command[], quiet: boolean, files: readonly string[]): Task<number> {
  const editor = new Editor(proc, script, quiet, (output) => proc.out(output));
  let status = 0;
  function* lines(): Task<LineReader | undefined> {
    for (;;) {
      const path = files[next++];
      if (path === undefined) return undefined;
      try {
        if (path !== "-" && proc.fs.isDirectory(proc.resolve(path))) throw new SysError("EISDIR");
        const file: OpenFile = path === "-" ? proc.file(0).retain() : proc.open(path);
        return new LineReader(file);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        yield* proc.err(error.code === "EISDIR" ? `sed: couldn't edit ${path}: not a regular file\n` : `sed: can't read ${path}: ${error.message}\n`);
        status = 2;
      }
    }
  }
  let next = 0;
  const exit = yield* editor.run(lines);
  return exit === 0 ? status : exit;
}

function* editInPlace(proc: Proc, script: readonly Command[], quiet: boolean, files: readonly string[], suffix: string): Task<number> {
  if (files.length === 0) {
    yield* proc.err("sed: no input files\n");
    return 1;
  }
  let status = 0;
  for (const path of files) {
    const full = proc.resolve(path);
    try {
      const before = proc.fs.readFile(full);
      const parts: string[] = [];
      const editor = new Editor(proc, script, quiet, function* (output) {
        parts.push(output);
      });
      let given = false;
      yield* editor.run(function* () {
        if (given) return undefined;
        given = true;
        return new LineReader(once(before));
      });
      if (suffix !== "") proc.fs.writeFile(full + suffix, before);
      proc.fs.writeFile(full, utf8(parts.join("")));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* proc.err(`sed: can't read ${path}: ${error.message}\n`);
      status = 2;
    }
  }
  return status;
}

function once(bytes: Uint8Array): { read(): Task<Uint8Array | undefined> } {
  let left: Uint8Array | undefined = bytes.length > 0 ? bytes : undefined;
  return {
    // Never yields: everything is there already
    *read() {
      const all = left;
      left = undefined;
      return all;
    },
  };
}

