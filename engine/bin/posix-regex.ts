/**
 * POSIX regular expressions (regex(7)) as JavaScript's: basic ones of grep and sed, extended
 * ones of grep -E and awk, with bracket classes and GNU's \< \> \w \s \b.
 * Differs: alternatives match the first that fits, not the longest.
 */
export class RegexProblem extends Error {}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: " \\t\\n\\r\\f\\v",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  print: " -~",
  graph: "!-~",
  cntrl: "\\x00-\\x1f\\x7f",
  xdigit: "0-9A-Fa-f",
};

/** Throws RegexProblem with glibc's words. `flags` are JavaScript's: "i", "g", "m". */
export function posixRegex(source: string, syntax: "basic" | "extended", flags = ""): RegExp {
  const translated = syntax === "extended" ? extended(source) : basic(source);
  try {
    return new RegExp(translated, flags);
  } catch {
    throw new RegexProblem(/[{}]/.test(source) ? "Invalid preceding regular expression" : "Unmatched ( or \\(");
  }
}

function extended(source: string): string {
  let out = "";
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string;
    if (char === "[") {
      const [set, next] = bracket(source, i);
      out += set;
      i = next - 1;
    } else if (char === "\\") {
      if (i + 1 === source.length) throw new RegexProblem("Trailing backslash");
      out += escaped(source[++i] as string);
    } else if (char === "{" && !/^\{\d*,?\d*\}/.test(source.slice(i))) out += "\\{";
    else if (char === "{" && source.startsWith("{,", i)) {
      out += "{0,";
      i++;
    } else if (char === "}" && !/\{\d*,?\d*$/.test(source.slice(0, i))) out += "\\}";
    else if ((char === "*" || char === "+" || char === "?") && startsBranch(out)) out += char === "*" ? "\\*" : "";
    else {
      if (char === "(") depth++;
      if (char === ")" && depth-- === 0) {
        out += "\\)";
        depth = 0;
        continue;
      }
      out += char;
    }
  }
  if (depth > 0) throw new RegexProblem("Unmatched ( or \\(");
  return out;
}

function startsBranch(out: string): boolean {
  return out === "" || /(^|[^\\])[(|^]$/.test(out);
}

function basic(source: string): string {
  let out = "";
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string;
    if (char === "[") {
      const [set, next] = bracket(source, i);
      out += set;
      i = next - 1;
    } else if (char === "\\") {
      if (i + 1 === source.length) throw new RegexProblem("Trailing backslash");
      const next = source[++i] as string;
      // In basic syntax the backslash is what makes these special.
      if (next === "(") depth++;
      if (next === ")" && --depth < 0) throw new RegexProblem("Unmatched ) or \\)");
      out += "(){}|+?".includes(next) ? next : escaped(next);
    } else if ("(){}|+?".includes(char)) out += `\\${char}`;
    else if (char === "*") out += startsBranch(out) ? "\\*" : "*";
    else if (char === "^") out += out === "" || /(^|[^\\])[(|]$/.test(out) ? "^" : "\\^";
    else if (char === "$") out += i + 1 === source.length || /^\\[)|]/.test(source.slice(i + 1)) ? "$" : "\\$";
    else out += char;
  }
  if (depth > 0) throw new RegexProblem("Unmatched ( or \\(");
  return out;
}

function escaped(char: string): string {
  switch (char) {
    case "<":
      return "\\b(?=\\w)";
    case ">":
      return "\\b(?<=\\w)";
    case "`":
      return "^";
    case "'":
      return "$";
    case "y":
      return "\\b";
    default:
      return /[A-Za-z0-9]/.test(char) ? (/[wWsSbBntrfv1-9]/.test(char) ? `\\${char}` : char) : /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
  }
}

/** "[^[:alpha:]_-]" from its opening bracket on: JavaScript's set, and where it ends. */
function bracket(source: string, from: number): readonly [string, number] {
  let i = from + 1;
  let set = "[";
  if (source[i] === "^") {
    set += "^";
    i++;
  }
  const first = i;
  for (; i < source.length; i++) {
    const char = source[i] as string;
    if (char === "]" && i > first) return [set === "[^" ? "[^]" : `${set}]`, i + 1];
    const named = /^\[:(\w+):\]/.exec(source.slice(i));
    if (named) {
      const inside = CLASSES[named[1] ?? ""];
      if (inside === undefined) throw new RegexProblem("Invalid character class name");
      set += inside;
      i += named[0].length - 1;
    } else if (char === "\\" && /[ntrfv\\/\]"]/.test(source[i + 1] ?? "")) set += `\\${source[++i]}`;
    else set += /[\\[\]^]/.test(char) ? `\\${char}` : char;
  }
  throw new RegexProblem("Unmatched [, [^, [:, [., or [=");
}
