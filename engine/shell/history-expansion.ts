/** !! !$ !* !n !-n !prefix !?text and ^old^new: "HISTORY EXPANSION" in bash(1), for lines typed at a prompt. */
export type Expanded = { readonly line: string; readonly changed: boolean } | { readonly error: string };

export function expandHistory(line: string, history: readonly string[]): Expanded {
  const quick = /^\^([^^]+)\^([^^]*)\^?$/.exec(line);
  if (quick) {
    const last = history.at(-1);
    if (!last?.includes(quick[1] ?? "")) return { error: `:s${line}: substitution failed` };
    return { line: last.replace(quick[1] ?? "", () => quick[2] ?? ""), changed: true };
  }
  if (!line.includes("!")) return { line, changed: false };
  let out = "";
  let quoted = false;
  let changed = false;
  for (let at = 0; at < line.length; ) {
    const char = line[at] as string;
    if (char === "\\" && !quoted) {
      out += line.slice(at, at + 2);
      at += 2;
      continue;
    }
    if (char === "'") quoted = !quoted;
    const designator = char === "!" && !quoted ? /^!(!|\$|\*|\^|-?\d+|\?[^?\n]+\??|[A-Za-z][^\s:;|&<>()"'`$]*)/.exec(line.slice(at)) : null;
    if (!designator || /[$"({[]$/.test(out.slice(-1)) && out.endsWith("[")) {
      out += char;
      at++;
      continue;
    }
    const found = lookUp(designator[1] ?? "", history);
    if (found === undefined) return { error: `${designator[0]}: event not found` };
    out += found;
    changed = true;
    at += designator[0].length;
  }
  return { line: out, changed };
}

function lookUp(what: string, history: readonly string[]): string | undefined {
  const last = history.at(-1);
  const words = last?.trim().split(/\s+/) ?? [];
  if (what === "!") return last;
  if (what === "$") return words.at(-1);
  if (what === "^") return words[1];
  if (what === "*") return last === undefined ? undefined : words.slice(1).join(" ");
  if (/^-?\d+$/.test(what)) return Number(what) < 0 ? history.at(Number(what)) : history[Number(what) - 1];
  const backwards = [...history].reverse();
  if (what.startsWith("?")) return backwards.find((line) => line.includes(what.slice(1).replace(/\?$/, "")));
  return backwards.find((line) => line.startsWith(what));
}
