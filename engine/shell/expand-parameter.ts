/** $name, ${name…}, "$@": what each operator of parameter expansion gives. */
import type { Task } from "../core/task";
import type { Parameter, ParameterOperation } from "./ast";
import { ExpansionError } from "./control";
import { arithmetic, expandPattern, expandPieces, expandText, setElement, type Piece } from "./expand";
import { compilePattern, findPattern, matches, matchPrefix, matchSuffix, type Pattern } from "./pattern";
import { transform } from "./transform";
import type { Shell } from "./shell";

/** What a parameter holds: one text or none, or a list ("$@", "${a[@]}") with how it joins. */
type Found = { readonly values: readonly string[]; readonly list: "@" | "*" | undefined };

export function* expandParameter(shell: Shell, parameter: Parameter, quoted: boolean): Task<readonly Piece[]> {
  const { name, operation } = parameter;
  if (name === "") throw new ExpansionError(`${parameter.raw}: bad substitution`, true);
  if (operation.kind === "names") {
    const names = shell.variables.names().filter((each) => each.startsWith(name) && shell.variables.find(each)?.isSet);
    return pieces(shell, { values: names, list: parameter.raw.includes("@") ? "@" : "*" }, quoted);
  }
  if (operation.kind === "indirect") return yield* expandParameter(shell, indirect(shell, parameter), quoted);
  if (operation.kind === "keys") return pieces(shell, { values: shell.variables.find(name)?.keys ?? [], list: parameter.index?.raw === "@" ? "@" : "*" }, quoted);
  const found = yield* look(shell, parameter);
  if (operation.kind === "default") return yield* defaulted(shell, parameter, operation, found, quoted);
  if (operation.kind === "length") {
    if (found.list) return [one(String(found.values.length), quoted)];
    if (found.values.length === 0 && shell.flags.nounset) throw unbound(parameter);
    return [one(String([...(found.values[0] ?? "")].length), quoted)];
  }
  if (found.values.length === 0 && shell.flags.nounset && found.list === undefined) throw unbound(parameter);
  return pieces(shell, yield* apply(shell, parameter, operation, found), quoted);
}

function unbound({ name, index }: Parameter): ExpansionError {
  return new ExpansionError(`${/^\d+$/.test(name) ? `$${name}` : name}${index ? `[${index.raw}]` : ""}: unbound variable`, true, 127);
}

function indirect(shell: Shell, { name, index, raw }: Parameter): Parameter {
  const target = shell.parameter(name) ?? "";
  const m = /^([A-Za-z_]\w*|\d+|[@*#?$!-])(?:\[(.*)\])?$/.exec(target);
  if (!m) throw new ExpansionError(target === "" ? `${name}: invalid indirect expansion` : `${target}: invalid variable name`, true);
  const inner = m[2] === undefined ? index : { parts: [{ kind: "quoted" as const, text: m[2] }], raw: m[2] };
  return { name: m[1] ?? "", index: inner, operation: { kind: "plain" }, raw };
}

function* look(shell: Shell, { name, index }: Parameter): Task<Found> {
  if (name === "@" || name === "*") return { values: shell.positional, list: name };
  if (index === undefined) return single(shell.parameter(name));
  if (name === "PIPESTATUS") return fromList(shell.pipeStatus.map(String), index.raw);
  if (name === "FUNCNAME") return fromList([...shell.callers].reverse(), index.raw);
  const variable = shell.variables.find(name);
  if (index.raw === "@" || index.raw === "*") return { values: variable?.elements ?? [], list: index.raw };
  if (variable?.associative) return single(variable.associative.get(yield* expandText(shell, index)));
  let at = Number(yield* arithmetic(shell, index));
  if (variable?.array === undefined) return single(at === 0 || at === -1 ? shell.get(name) : undefined);
  if (at < 0) at += 1 + Math.max(-1, ...variable.array.keys());
  if (at < 0) throw new ExpansionError(`${name}: bad array subscript`, false);
  return single(variable.array.get(at));
}

function fromList(values: readonly string[], index: string): Found {
  return index === "@" || index === "*" ? { values, list: index } : single(values[Number(index)]);
}

function single(value: string | undefined): Found {
  return { values: value === undefined ? [] : [value], list: undefined };
}

function one(text: string, quoted: boolean): Piece {
  return { text, quoted, splits: !quoted };
}

function pieces(shell: Shell, { values, list }: Found, quoted: boolean): readonly Piece[] {
  if (list === undefined) return [one(values[0] ?? "", quoted)];
  if (quoted && list === "*") return [one(values.join((shell.get("IFS") ?? " ").slice(0, 1)), true)];
  if (values.length === 0) return quoted ? ["nothing"] : [];
  return values.flatMap((value, i): Piece[] => (i === 0 ? [one(value, quoted)] : ["break", one(value, quoted)]));
}

type Default = Extract<ParameterOperation, { kind: "default" }>;

function* defaulted(shell: Shell, parameter: Parameter, operation: Default, found: Found, quoted: boolean): Task<readonly Piece[]> {
  const { operator, orEmpty, word } = operation;
  const empty = found.values.length === 0 || (orEmpty && found.values.every((value) => value === "") && found.values.length <= 1);
  if (operator === "+") return empty ? (quoted ? [one("", true)] : []) : yield* alternative(shell, operation, quoted);
  if (!empty) return pieces(shell, found, quoted);
  switch (operator) {
    case "-":
      return yield* alternative(shell, operation, quoted);
    case "=": {
      const value = yield* expandText(shell, word);
      if (!/^[A-Za-z_]/.test(parameter.name)) throw new ExpansionError(`$${parameter.name}: cannot assign in this way`, true);
      if (parameter.index) setElement(shell, parameter.name, yield* expandText(shell, parameter.index), value);
      else shell.set(parameter.name, value);
      return [one(value, quoted)];
    }
    case "?": {
      const words = yield* expandText(shell, word);
      throw new ExpansionError(`${parameter.name}: ${words === "" ? (orEmpty ? "parameter null or not set" : "parameter not set") : words}`, true, 127);
    }
  }
}

/** The word of ${x:-word}: its own quotes hold, the rest is split like any expansion. */
function* alternative(shell: Shell, { word }: Default, quoted: boolean): Task<readonly Piece[]> {
  const made = yield* expandPieces(shell, word.parts, quoted ? "double" : "text");
  if (quoted) return made.length === 0 ? [one("", true)] : made;
  return made.map((piece) => (typeof piece === "string" || piece.quoted ? piece : { ...piece, splits: true }));
}

function* apply(shell: Shell, parameter: Parameter, operation: ParameterOperation, found: Found): Task<Found> {
  const each = (change: (value: string) => string): Found => ({ values: found.values.map(change), list: found.list });
  switch (operation.kind) {
    case "trim": {
      const pattern = compilePattern(yield* expandPattern(shell, operation.pattern));
      return each((value) => trim(value, pattern, operation.side, operation.longest));
    }
    case "replace": {
      const pattern = compilePattern(yield* expandPattern(shell, operation.pattern));
      const replacement = yield* expandText(shell, operation.replacement);
      return each((value) => replace(value, pattern, replacement, operation));
    }
    case "slice":
      return yield* slice(shell, parameter, operation, found);
    case "case": {
      const source = yield* expandPattern(shell, operation.pattern);
      const pattern = source === "" ? undefined : compilePattern(source);
      return each((value) => changeCase(value, operation.to, operation.all, pattern));
    }
    case "transform":
      return each((value) => transform(shell, parameter.name, value, operation.letter));
    case "plain":
    case "length":
    case "indirect":
    case "names":
    case "keys":
    case "default":
      return found;
  }
}

function trim(value: string, pattern: Pattern, side: "#" | "%", longest: boolean): string {
  if (side === "#") return value.slice(matchPrefix(pattern, value, longest) ?? 0);
  const start = matchSuffix(pattern, value, longest);
  return start === undefined ? value : value.slice(0, start);
}

function replace(value: string, pattern: Pattern, replacement: string, { all, anchor }: { readonly all: boolean; readonly anchor: string }): string {
  if (anchor === "#") {
    const length = matchPrefix(pattern, value, true);
    return length === undefined ? value : replacement + value.slice(length);
  }
  if (anchor === "%") {
    const start = matchSuffix(pattern, value, true);
    return start === undefined ? value : value.slice(0, start) + replacement;
  }
  let out = "";
  let at = 0;
  for (let found = findPattern(pattern, value, at); found; found = findPattern(pattern, value, at)) {
    out += value.slice(at, found.start) + replacement;
    at = found.end;
    if (!all) break;
  }
  return out + value.slice(at);
}

function changeCase(value: string, to: "upper" | "lower", all: boolean, pattern: Pattern | undefined): string {
  const change = (char: string): string => (pattern !== undefined && !matches(pattern, char) ? char : to === "upper" ? char.toUpperCase() : char.toLowerCase());
  const chars = [...value];
  return chars.map((char, i) => (all || i === 0 ? change(char) : char)).join("");
}

type Slice = Extract<ParameterOperation, { kind: "slice" }>;

function* slice(shell: Shell, { name }: Parameter, operation: Slice, found: Found): Task<Found> {
  const offset = Number(yield* arithmetic(shell, operation.offset));
  const length = operation.length === undefined ? undefined : Number(yield* arithmetic(shell, operation.length));
  if (found.list) {
    const positional = name === "@" || name === "*";
    const values = positional ? [shell.name, ...found.values] : found.values;
    const start = offset < 0 ? values.length + offset : offset;
    if (length !== undefined && length < 0) throw new ExpansionError(`${operation.length?.raw}: substring expression < 0`, true);
    return { values: start < 0 ? [] : values.slice(start, length === undefined ? undefined : start + length), list: found.list };
  }
  const chars = [...(found.values[0] ?? "")];
  const start = offset < 0 ? chars.length + offset : offset;
  if (start < 0 || start > chars.length) return { values: [""], list: undefined };
  const end = length === undefined ? chars.length : length < 0 ? chars.length + length : start + length;
  if (end < start) throw new ExpansionError(`${operation.length?.raw}: substring expression < 0`, true);
  return { values: [chars.slice(start, end).join("")], list: undefined };
}
