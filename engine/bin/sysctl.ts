/**
 * sysctl(8) of procps-ng 4: shows and sets the kernel's knobs of this network namespace.
 *
 * Differs: only net.* exists here; the rest of /proc/sys (kernel, vm, fs) is not shown by -a.
 */
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import type { Proc, Program } from "../host/proc";
import { dottedOf, pathOf } from "../net/sysctl";
import type { Sysctls } from "../net/sysctl";
import { defineCommand } from "./command";
import { parseOptions } from "./options";

const USAGE = `
Usage:
 sysctl [options] [variable[=value] ...]

Options:
  -a, --all            display all variables
  -A                   alias of -a
  -X                   alias of -a
      --deprecated     include deprecated parameters to listing
      --dry-run        Print the key and values but do not write
  -b, --binary         print value without new line
  -e, --ignore         ignore unknown variables errors
  -N, --names          print variable names without values
  -n, --values         print only values of the given variable(s)
  -p, --load[=<file>]  read values from file
  -f                   alias of -p
      --system         read values from all system directories
  -r, --pattern <expression>
                       select setting that match expression
  -q, --quiet          do not echo variable set
  -w, --write          enable writing a value to variable
  -o                   does nothing
  -x                   does nothing
  -d                   alias of -h

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see sysctl(8).
`;

type Style = { readonly values: boolean; readonly names: boolean; readonly binary: boolean; readonly ignore: boolean; readonly quiet: boolean; readonly write: boolean; readonly dryRun: boolean; readonly pattern: RegExp | undefined };
type Output = { out: string; err: string; exit: number };

function show(path: string, value: string, { values, names, binary }: Style): string {
  if (names) return `${dottedOf(path)}\n`;
  if (binary) return value;
  return values ? `${value}\n` : `${dottedOf(path)} = ${value}\n`;
}

const fitting = (path: string, { pattern }: Style): boolean => pattern === undefined || pattern.test(dottedOf(path));

/** One key, or all below a directory. */
function read(knobs: Sysctls, key: string, style: Style, output: Output): void {
  const path = pathOf(key.replace(/\/$/, ""));
  const value = knobs.get(path);
  if (value !== undefined && fitting(path, style)) output.out += show(path, value, style);
  if (knobs.exists(path)) return; // One that can only be written is passed over in silence.
  const below = knobs.paths().filter((other) => other.startsWith(`${path}/`));
  if (below.length > 0) {
    for (const each of below) if (knobs.get(each) !== undefined && fitting(each, style)) output.out += show(each, knobs.get(each) ?? "", style);
    return;
  }
  if (style.ignore) return;
  output.err += `sysctl: cannot stat /proc/sys/${path}: No such file or directory\n`;
  output.exit = 1;
}

function write(knobs: Sysctls, setting: string, style: Style, output: Output): void {
  const equals = setting.indexOf("=");
  const name = setting.slice(0, equals).trim();
  const optional = name.startsWith("-");
  const key = optional ? name.slice(1) : name;
  const path = pathOf(key);
  const value = setting.slice(equals + 1).trim();
  if (key === "") {
    output.err += "sysctl: Path is not under /proc/sys/: /proc/sys/\n";
    output.exit = 1;
    return;
  }
  if (!style.dryRun) {
    try {
      knobs.set(path, value);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      // "-" in front forgives what cannot be written, not what is not there (procps-ng 4.0.2).
      return refused(error, path, knobs.exists(path), style.ignore || (optional && error.code !== "ENOENT"), output);
    }
  }
  if (style.quiet) return;
  output.out += style.values ? `${value}\n` : style.names ? `${dottedOf(path)}\n` : `${dottedOf(path)} = ${value}\n`;
}

function refused(error: SysError, path: string, isThere: boolean, ignore: boolean, output: Output): void {
  if (error.code === "ENOENT" && !isThere) {
    if (ignore) return;
    output.err += `sysctl: cannot stat /proc/sys/${path}: No such file or directory\n`;
    output.exit = 1;
  } else if (error.code === "EACCES") {
    // Nobody may write it: sysctl(8) sees that from its mode, does not try, speaks of an error long past and is content.
    output.err += `sysctl: setting key "${dottedOf(path)}": Invalid argument\n`;
  } else {
    output.err += `sysctl: setting key "${dottedOf(path)}": ${error.message}\n`;
    output.exit = 1;
  }
}

function load(knobs: Sysctls, text: string, file: string, style: Style, output: Output): void {
  // The whole file is read before anything is set.
  const settings: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith(";")) continue;
    if (!trimmed.includes("=")) output.err += `sysctl: ${file}(${index + 1}): invalid syntax, continuing...\n`;
    else settings.push(trimmed);
  }
  for (const setting of settings) write(knobs, setting, style, output);
}

const FILES = ["/run/sysctl.d", "/etc/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"];

function fileText(proc: Proc, file: string): string | undefined {
  try {
    return proc.fs.readText(proc.resolve(file));
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

/** --system: every *.conf once, by its name, and /etc/sysctl.conf last. */
function loadSystem(proc: Proc, style: Style, output: Output): void {
  const found = new Map<string, string>();
  for (const directory of FILES) {
    for (const name of namesIn(proc, directory)) if (name.endsWith(".conf") && !found.has(name)) found.set(name, `${directory}/${name}`);
  }
  const files = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  for (const file of [...files, "/etc/sysctl.conf"]) {
    const content = fileText(proc, file);
    if (content === undefined) continue;
    output.out += `* Applying ${file} ...\n`;
    load(proc.machine.netns.sysctl, content, file, style, output);
  }
}

function namesIn(proc: Proc, directory: string): readonly string[] {
  try {
    return proc.fs.list(directory);
  } catch (error) {
    if (error instanceof SysError) return [];
    throw error;
  }
}

export const sysctl: Program = defineCommand({
  name: "sysctl",
  summary: "show and change kernel parameters",
  *run(proc: Proc): Task<number> {
    const options = parseOptions(proc.args, {
      flags: "aAXbeNnqwoxdhV",
      values: "r",
      long: { all: "a", "deprecated": "D", "dry-run": "Y", binary: "b", ignore: "e", names: "N", values: "n", "load=?": "p", system: "S", "pattern=": "r", quiet: "q", write: "w", help: "h", version: "V" },
    });
    const shorthand = proc.args.findIndex((word) => word === "-p" || word === "-f");
    if (shorthand >= 0) return yield* loadFile(proc, proc.args.filter((_, i) => i !== shorthand));
    if ("error" in options) {
      yield* proc.err(`sysctl: ${options.error}\n`);
      yield* proc.out(USAGE);
      return 0;
    }
    if (options.has("V")) {
      yield* proc.out("sysctl from procps-ng 4.0.2\n");
      return 0;
    }
    if (options.has("h") || options.has("d")) {
      yield* proc.out(USAGE);
      return 0;
    }
    const output: Output = { out: "", err: "", exit: 0 };
    const pattern = options.value("r");
    const style: Style = { values: options.has("n"), names: options.has("N"), binary: options.has("b"), ignore: options.has("e"), quiet: options.has("q"), write: options.has("w"), dryRun: options.has("Y"), pattern: pattern === undefined ? undefined : new RegExp(pattern) };
    const knobs = proc.machine.netns.sysctl;
    if (options.has("S")) loadSystem(proc, style, output);
    else if (options.has("p")) return yield* loadFile(proc, options.value("p") ? [options.value("p") as string] : []);
    else if (options.has("a") || options.has("A") || options.has("X")) {
      for (const path of knobs.paths()) if (knobs.get(path) !== undefined && (style.pattern === undefined || style.pattern.test(dottedOf(path)))) output.out += show(path, knobs.get(path) ?? "", style);
    } else if (options.rest.length === 0) {
      yield* proc.err(style.write ? "sysctl: no variables specified\nTry `sysctl --help' for more information.\n" : USAGE);
      return 1;
    }
    settle(options.rest, knobs, style, output);
    if (output.out !== "") yield* proc.out(output.out);
    if (output.err !== "") yield* proc.err(output.err);
    return output.exit;
  },
});

function settle(words: readonly string[], knobs: Sysctls, style: Style, output: Output): void {
  for (const word of words) {
    if (word.includes("=") && word !== "=") write(knobs, word, style, output);
    else if (style.write) {
      // A single character is read as an empty line, which is passed over.
      if (word.length > 1) output.err += "sysctl: command line(0): invalid syntax, continuing...\n";
      output.exit = 1;
    } else read(knobs, word, style, output);
  }
}

/** -p FILE…, or /etc/sysctl.conf. */
function* loadFile(proc: Proc, files: readonly string[]): Task<number> {
  const output: Output = { out: "", err: "", exit: 0 };
  const style: Style = { values: false, names: false, binary: false, ignore: files.includes("-e") || files.includes("--ignore"), quiet: files.includes("-q") || files.includes("--quiet"), write: true, dryRun: false, pattern: undefined };
  const named = files.filter((file) => file === "-" || !file.startsWith("-"));
  for (const file of named.length === 0 ? ["/etc/sysctl.conf"] : named) {
    const content = file === "-" ? yield* proc.readAll() : fileText(proc, file);
    if (content === undefined) {
      output.err += `sysctl: cannot open "${file}": No such file or directory\n`;
      output.exit = 1;
    } else load(proc.machine.netns.sysctl, content, file, style, output);
  }
  if (output.out !== "") yield* proc.out(output.out);
  if (output.err !== "") yield* proc.err(output.err);
  return output.exit;
}
