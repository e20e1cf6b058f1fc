/** What a terminal sends, cut into keys: xterm's escape sequences, control characters, pasted text. */
export type Key =
  | { readonly kind: "text"; readonly text: string }
  /** A name as in emacs' key descriptions: C-a, M-b, up, home, delete, C-left. */
  | { readonly kind: "key"; readonly name: string }
  | { readonly kind: "paste"; readonly text: string };

const SEQUENCES: Readonly<Record<string, string>> = {
  "[A": "up", "[B": "down", "[C": "right", "[D": "left", "[H": "home", "[F": "end", OA: "up", OB: "down", OC: "right", OD: "left", OH: "home", OF: "end",
  "[1~": "home", "[3~": "delete", "[4~": "end", "[5~": "page-up", "[6~": "page-down", "[7~": "home", "[8~": "end",
  "[1;5C": "M-f", "[1;5D": "M-b", "[1;3C": "M-f", "[1;3D": "M-b", "[5C": "M-f", "[5D": "M-b", "[3;5~": "M-d", "[Z": "backtab", "[1;5A": "up", "[1;5B": "down",
};
const PASTE_START = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** Keys, and what is left because a sequence is not yet complete. */
export function readKeys(input: string): { readonly keys: readonly Key[]; readonly rest: string } {
  const keys: Key[] = [];
  let at = 0;
  while (at < input.length) {
    const char = input[at] as string;
    if (char === "\x1b") {
      const escape = readEscape(input, at);
      if (escape === undefined) return { keys, rest: input.slice(at) };
      if (escape.key) keys.push(escape.key);
      at = escape.end;
    } else if (char < " " || char === "\x7f") {
      keys.push({ kind: "key", name: controlName(char) });
      at++;
    } else {
      let end = at + 1;
      while (end < input.length && (input[end] as string) >= " " && input[end] !== "\x7f") end++;
      keys.push({ kind: "text", text: input.slice(at, end) });
      at = end;
    }
  }
  return { keys, rest: "" };
}

function controlName(char: string): string {
  switch (char) {
    case "\r":
    case "\n":
      return "enter";
    case "\t":
      return "tab";
    case "\x7f":
    case "\b":
      return "backspace";
    case "\x1f":
      return "C-_";
  }
  return `C-${String.fromCharCode(char.charCodeAt(0) + 96)}`;
}

function readEscape(input: string, at: number): { readonly key: Key | undefined; readonly end: number } | undefined {
  if (input.startsWith(PASTE_START, at)) {
    const end = input.indexOf(PASTE_END, at);
    if (end < 0) return undefined;
    return { key: { kind: "paste", text: input.slice(at + PASTE_START.length, end) }, end: end + PASTE_END.length };
  }
  const rest = input.slice(at + 1, at + 32);
  if (rest === "") return undefined;
  const sequence = /^(?:\[[0-9;?<=>]*[ -/]*[@-~]|O[@-~])/.exec(rest)?.[0];
  if (sequence !== undefined) {
    const name = Object.hasOwn(SEQUENCES, sequence) ? SEQUENCES[sequence] : undefined;
    return { key: name === undefined ? undefined : { kind: "key", name }, end: at + 1 + sequence.length };
  }
  if (/^[[O][0-9;?<=>]*$/.test(rest) && rest.length < 31) return undefined;
  const char = rest[0] as string;
  return { key: { kind: "key", name: char === "\x7f" || char === "\b" ? "M-backspace" : `M-${char.toLowerCase()}` }, end: at + 2 };
}
