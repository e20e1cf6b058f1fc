/** What Tab offers: commands, variables, file names, and whatever a program says about its own arguments. */
import { compare } from "../core/order";
import { builtins } from "./builtins/index";
import type { Completion } from "./readline";
import { attempt, type Shell } from "./shell";

const NOTHING: Completion = { replaced: 0, candidates: [], labels: [] };

/** `before` is the line up to the cursor. */
export function complete(shell: Shell, before: string): Completion {
  const words = splitWords(before);
  const current = words.at(-1) ?? { text: "", raw: "" };
  const variable = /\$(\{?)([A-Za-z_]\w*|)$/.exec(current.raw);
  if (variable) return variables(shell, variable[2] ?? "", variable[1] === "{");
  const command = words.slice(0, -1);
  while (/^[A-Za-z_]\w*=/.test(command[0]?.text ?? "")) command.shift();
  const [first] = command;
  if (first === undefined && !current.text.includes("/")) return commands(shell, current);
  const name = basename(first?.text ?? "");
  const program = shell.proc.machine.programs.find((each) => each.name === name);
  const own = program?.complete?.({ words: command.map(({ text }) => text), current: current.text, machine: shell.proc.machine, env: shell.variables.environment(), cwd: shell.proc.cwd });
  if (own !== undefined) return offered([...own].sort(compare), current.raw);
  return files(shell, current, name === "cd" || name === "rmdir" || name === "pushd", first === undefined);
}

function offered(words: readonly string[], raw: string): Completion {
  return { replaced: [...raw].length, candidates: words.map((word) => (/[=/:]$/.test(word) ? word : `${word} `)), labels: words };
}

type Typed = { readonly text: string; readonly raw: string };

/** The words of the command under the cursor; the last one is still being typed. */
function splitWords(line: string): Typed[] {
  let words: { text: string; raw: string }[] = [{ text: "", raw: "" }];
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const char = line[i] as string;
    const word = words[words.length - 1] as { text: string; raw: string };
    if (quote !== "") {
      word.raw += char;
      if (char === quote) quote = "";
      else word.text += char;
    } else if (char === "\\" && i + 1 < line.length) {
      word.raw += char + line[++i];
      word.text += line[i];
    } else if (char === '"' || char === "'") {
      quote = char;
      word.raw += char;
    } else if (/[;|&(\n]/.test(char)) words = [{ text: "", raw: "" }];
    else if (/[\s<>]/.test(char)) {
      if (word.raw !== "" || words.length === 1) {
        if (word.raw !== "") words.push({ text: "", raw: "" });
      }
    } else {
      word.raw += char;
      word.text += char;
    }
  }
  return words;
}

function commands(shell: Shell, { text, raw }: Typed): Completion {
  const names = new Set([...builtins.keys(), ...shell.functions.keys(), ...shell.aliases.keys(), "if", "for", "while", "until", "case", "function"]);
  for (const folder of (shell.get("PATH") ?? "").split(":")) {
    const listed = attempt(() => shell.proc.fs.list(folder));
    if ("value" in listed) for (const name of listed.value) names.add(name);
  }
  const fitting = [...names].filter((name) => name.startsWith(text)).sort(compare);
  const candidates = fitting.map((name) => `${name} `);
  return text === "" ? NOTHING : { replaced: [...raw].length, candidates, labels: fitting };
}

function variables(shell: Shell, prefix: string, braced: boolean): Completion {
  const fitting = shell.variables.names().filter((name) => name.startsWith(prefix));
  return { replaced: prefix.length, candidates: fitting.map((name) => (braced ? `${name}}` : name)), labels: fitting };
}

function files(shell: Shell, { text, raw }: Typed, onlyFolders: boolean, onlyPrograms: boolean): Completion {
  const cut = text.lastIndexOf("/") + 1;
  const [folder, prefix] = [text.slice(0, cut), text.slice(cut)];
  const real = folder.startsWith("~/") ? shell.home + folder.slice(1) : folder;
  const { fs } = shell.proc;
  const path = shell.proc.resolve(real === "" ? "." : real);
  const listed = attempt(() => fs.list(path));
  if ("error" in listed) return NOTHING;
  const names = listed.value.filter((name) => name.startsWith(prefix) && (prefix.startsWith(".") || !name.startsWith(".")));
  const isFolder = (name: string): boolean => fs.isDirectory(`${path}/${name}`);
  const fitting = names.filter((name) => isFolder(name) || (!onlyFolders && (!onlyPrograms || (fs.stat(`${path}/${name}`).mode & 0o111) !== 0)));
  const quote = /^["']/.exec(raw)?.[0] ?? "";
  const candidates = fitting.map((name) => {
    const word = quote === "" ? (folder + name).replace(/[\s"'\\$&;|<>()*?[\]!#`]/g, "\\$&") : quote + folder + name;
    return word + (isFolder(name) ? "/" : `${quote} `);
  });
  return { replaced: [...raw].length, candidates, labels: fitting.map((name) => (isFolder(name) ? `${name}/` : name)) };
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
