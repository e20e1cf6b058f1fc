/**
 * From words to arguments: braces, tilde, parameters, commands, arithmetic, splitting, wildcards,
 * in the order of "EXPANSION" in bash(1). Text that came from quotes is remembered as such to the end.
 */
import { SysError } from "../core/errno";
import { LIMITS } from "../core/limits";
import type { Task } from "../core/task";
import type { ArrayElement, Part, Word } from "./ast";
import { type ArithmeticScope, evaluate } from "./arithmetic";
import { expandBraces } from "./brace";
import { ExpansionError } from "./control";
import { expandParameter } from "./expand-parameter";
import { glob } from "./glob";
import { escapePattern, hasWildcard, unescapePattern } from "./pattern";
import type { Shell } from "./shell";
import { substitute, processSubstitution } from "./substitution";

/** A stretch of text on its way: quoted text is safe; `splits` text is cut at IFS; a break ends a field. */
export type Piece = { readonly text: string; readonly quoted: boolean; readonly splits: boolean } | "break" | "nothing";

/** All arguments a list of words makes. */
export function* expandWords(shell: Shell, words: readonly Word[]): Task<string[]> {
  const all: string[] = [];
  let bytes = 0;
  for (const word of words) {
    const [only, more] = word.parts;
    if (only?.kind === "literal" && more === undefined && !/[*?[\]{}~\\]/.test(only.text)) {
      all.push(only.text);
      continue;
    }
    for (const made of shell.flags.braceexpand ? expandBraces(word) : [word]) {
      for (const field of yield* expandFields(shell, made)) {
        all.push(field);
        bytes += field.length + 1;
      }
    }
    if (bytes > LIMITS.wordBytes) throw new ExpansionError(new SysError("E2BIG").message, false, 126);
  }
  return all;
}

function* expandFields(shell: Shell, word: Word): Task<string[]> {
  const pieces = yield* expandPieces(shell, word.parts, "field");
  const fields = splitFields(pieces, shell.get("IFS") ?? " \t\n");
  return fields.flatMap((field) => (shell.flags.noglob ? [unescapePattern(field)] : globField(shell, field)));
}

function globField(shell: Shell, field: string): string[] {
  if (!hasWildcard(field)) return [unescapePattern(field)];
  const on = (name: string): boolean => shell.switches.get(name) ?? false;
  const found = glob(shell.proc, field, { dotglob: on("dotglob"), ignoreCase: on("nocaseglob"), globstar: on("globstar") });
  if (found.length > 0) return found;
  if (on("failglob")) throw new ExpansionError(`no match: ${unescapePattern(field)}`, false);
  return on("nullglob") ? [] : [unescapePattern(field)];
}

/** Without splitting and wildcards: assignments, here-documents, `case` words. */
export function* expandText(shell: Shell, word: Word, assignment = false): Task<string> {
  const [only, more] = word.parts;
  if (only === undefined) return "";
  if (more === undefined && (only.kind === "quoted" || (only.kind === "literal" && !only.text.includes("~")))) return only.text;
  return plain(yield* expandPieces(shell, word.parts, assignment ? "assignment" : "text"));
}

/** With its unquoted wildcards alive and everything quoted protected by backslashes. */
export function* expandPattern(shell: Shell, word: Word): Task<string> {
  const pieces = yield* expandPieces(shell, word.parts, "text");
  return pieces.map((piece) => (typeof piece === "string" ? (piece === "break" ? " " : "") : piece.quoted ? escapePattern(piece.text) : piece.text)).join("");
}

/** The right side of =~: what was quoted means itself. */
export function* expandRegex(shell: Shell, word: Word): Task<string> {
  const pieces = yield* expandPieces(shell, word.parts, "text");
  return pieces.map((piece) => (typeof piece === "string" ? "" : piece.quoted ? piece.text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&") : piece.text)).join("");
}

function plain(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (piece === "break" ? " " : piece === "nothing" ? "" : piece.text)).join("");
}

type Purpose = "field" | "text" | "assignment" | "double";

/** Expands parts in order; `purpose` says what tildes and "$@" mean here. */
export function* expandPieces(shell: Shell, parts: readonly Part[], purpose: Purpose): Task<Piece[]> {
  const pieces: Piece[] = [];
  for (const [i, part] of parts.entries()) {
    for (const piece of yield* expandPart(shell, part, purpose, i === 0, i === parts.length - 1)) pieces.push(piece);
  }
  return pieces;
}

function* expandPart(shell: Shell, part: Part, purpose: Purpose, first: boolean, last: boolean): Task<readonly Piece[]> {
  const quoted = purpose === "double";
  switch (part.kind) {
    case "literal":
      return quoted ? [{ text: part.text, quoted: true, splits: false }] : tilde(shell, part.text, purpose, first, last);
    case "quoted":
      return [{ text: part.text, quoted: true, splits: false }];
    case "double": {
      if (part.parts.length === 0) return [{ text: "", quoted: true, splits: false }];
      const inner = yield* expandPieces(shell, part.parts, "double");
      return inner.length === 0 ? [{ text: "", quoted: true, splits: false }] : inner;
    }
    case "parameter":
      return yield* expandParameter(shell, part.parameter, quoted);
    case "command":
      return [{ text: yield* substitute(shell, part.script), quoted, splits: !quoted }];
    case "arithmetic":
      return [{ text: String(yield* arithmetic(shell, { parts: part.parts, raw: "" })), quoted, splits: !quoted }];
    case "process":
      return [{ text: processSubstitution(shell, part.script, part.direction), quoted: true, splits: false }];
  }
}

function tilde(shell: Shell, text: string, purpose: Purpose, first: boolean, last: boolean): readonly Piece[] {
  const live = { text, quoted: false, splits: false };
  if (!text.includes("~")) return [live];
  const pieces: Piece[] = [];
  const segments = purpose === "assignment" ? text.split(/(?<=:)/) : [text];
  for (const [i, segment] of segments.entries()) {
    const m = (i > 0 || first) && /^~([A-Za-z_+-][\w-]*|)(?=\/|:|$)/.exec(segment);
    const ends = m && m[0].length === segment.length && i === segments.length - 1;
    const home = m && (last || !ends) ? homeOf(shell, m[1] ?? "") : undefined;
    if (m && home !== undefined) pieces.push({ text: home, quoted: true, splits: false }, { text: segment.slice(m[0].length), quoted: false, splits: false });
    else pieces.push({ text: segment, quoted: false, splits: false });
  }
  return pieces;
}

function homeOf(shell: Shell, user: string): string | undefined {
  if (user === "") return shell.home;
  if (user === "+") return shell.get("PWD");
  if (user === "-") return shell.get("OLDPWD");
  const { machine, fs } = shell.proc;
  if (user === machine.user.name) return machine.user.home;
  const passwd = fs.exists("/etc/passwd") ? fs.readText("/etc/passwd") : "";
  return passwd.split("\n").find((line) => line.startsWith(`${user}:`))?.split(":")[5];
}

/** Cuts pieces into fields; each field is a pattern, its quoted parts escaped. */
function splitFields(pieces: readonly Piece[], ifs: string): string[] {
  const fields: string[] = [];
  let field: string | undefined;
  const end = (): void => {
    if (field !== undefined) fields.push(field);
    field = undefined;
  };
  for (const piece of pieces) {
    if (piece === "nothing") continue;
    if (piece === "break") end();
    else if (piece.quoted) field = (field ?? "") + escapePattern(piece.text);
    else if (!piece.splits) {
      if (piece.text !== "") field = (field ?? "") + piece.text;
    } else field = splitText(piece.text, ifs, field, fields);
  }
  end();
  return fields;
}

/**
 * One unquoted expansion: white space of IFS gathers; any other separator ends a field even if
 * it is empty; white space beside such a separator belongs to it (POSIX 2.6.5).
 */
function splitText(text: string, ifs: string, begun: string | undefined, fields: string[]): string | undefined {
  let field = begun;
  /** White space has just ended a field: a separator that follows belongs to the same cut. */
  let afterSpace = false;
  for (const char of text) {
    if (!ifs.includes(char)) {
      field = (field ?? "") + (char === "\\" ? "\\\\" : char);
      afterSpace = false;
    } else if (char === " " || char === "\t" || char === "\n") {
      if (field === undefined) continue;
      fields.push(field);
      field = undefined;
      afterSpace = true;
    } else {
      if (field !== undefined) fields.push(field);
      else if (!afterSpace) fields.push("");
      field = undefined;
      afterSpace = false;
    }
  }
  return field;
}

// Arithmetic

export function* arithmetic(shell: Shell, word: Word): Task<bigint> {
  const text = yield* expandText(shell, { parts: word.parts.map((part): Part => (part.kind === "literal" ? { kind: "quoted", text: part.text } : part)), raw: word.raw });
  return evaluate(text, arithmeticScope(shell));
}

export function arithmeticScope(shell: Shell): ArithmeticScope {
  const scope: ArithmeticScope = {
    get(name, index) {
      if (index !== undefined) return elementOf(shell, name, index, scope);
      const value = shell.get(name);
      if (value === undefined && shell.flags.nounset) throw new ExpansionError(`${name}: unbound variable`, true, 127);
      return value;
    },
    set(name, index, value) {
      if (index === undefined) return shell.set(name, value);
      setElement(shell, name, index, value, scope);
    },
  };
  return scope;
}

function elementOf(shell: Shell, name: string, index: string, scope: ArithmeticScope): string | undefined {
  const variable = shell.variables.find(name);
  if (variable?.associative) return variable.associative.get(index);
  const at = Number(evaluate(index, scope));
  if (variable?.array) return variable.array.get(at < 0 ? at + 1 + Math.max(-1, ...variable.array.keys()) : at);
  return at === 0 ? variable?.value : undefined;
}

/** name[index]=value; the index is a text key or an expression, as the array has it. */
export function setElement(shell: Shell, name: string, index: string, value: string, scope = arithmeticScope(shell), variable = shell.variables.need(name)): void {
  shell.writable(name, variable);
  if (variable.associative) {
    variable.associative.set(index, variable.shaped(value));
    return;
  }
  let at = Number(evaluate(index, scope));
  variable.array ??= new Map(variable.value === undefined ? [] : [[0, variable.value]]);
  if (at < 0) at += 1 + Math.max(-1, ...variable.array.keys());
  if (at < 0) throw new ExpansionError(`${name}[${index}]: bad array subscript`, false);
  variable.value = undefined;
  variable.array.set(at, variable.shaped(value));
}

/** (a b [5]=c), as pairs; keys are absent where the next number is meant. */
export function* expandArray(shell: Shell, elements: readonly ArrayElement[]): Task<{ readonly key: string | undefined; readonly value: string }[]> {
  const pairs: { key: string | undefined; value: string }[] = [];
  for (const { index, value } of elements) {
    if (index) pairs.push({ key: yield* expandText(shell, index), value: yield* expandText(shell, value, true) });
    else for (const field of yield* expandWords(shell, [value])) pairs.push({ key: undefined, value: field });
  }
  return pairs;
}
