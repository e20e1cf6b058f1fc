/**
 * Go templates, as far as `-o go-template` needs them (text/template): actions, pipelines,
 * variables, if/else, range/else, with, and trim marks. define, block and template are refused.
 */

export class TemplateError extends Error {
  constructor(
    message: string,
    readonly parsing: boolean,
  ) {
    super(message);
  }
}

export type Operand =
  | { readonly kind: "path"; readonly names: readonly string[]; readonly where: string }
  | { readonly kind: "variable"; readonly name: string; readonly names: readonly string[] }
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "call"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline; readonly names: readonly string[] };

/** Commands, each given the one before it as its last argument. */
export type Pipeline = { readonly declare: readonly string[]; readonly assign: boolean; readonly commands: readonly (readonly Operand[])[] };

export type Statement =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: Pipeline }
  | { readonly kind: "if" | "range" | "with"; readonly pipeline: Pipeline; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[] }
  | { readonly kind: "break" | "continue" };

/** `before` is the source up to an action's text: where a mistake is, is counted from it. */
type Piece = { readonly kind: "text"; readonly text: string } | { readonly kind: "action"; readonly text: string; readonly before: string };

export function parseGoTemplate(source: string): readonly Statement[] {
  const pieces = cut(source);
  const [body, stop, next] = statements(pieces, 0);
  if (stop !== "") throw new TemplateError(`1: unexpected {{${stop}}}`, true);
  void next;
  return body;
}

function cut(source: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at < source.length) {
    const open = source.indexOf("{{", at);
    const raw = source.slice(at, open < 0 ? undefined : open);
    const trimRight = open >= 0 && /^\{\{- /.test(source.slice(open, open + 4));
    let text = trimNext ? raw.trimStart() : raw;
    if (trimRight) text = text.trimEnd();
    if (text !== "") pieces.push({ kind: "text", text });
    if (open < 0) break;
    const close = closing(source, open + 2);
    const inside = source.slice(open + 2 + (trimRight ? 1 : 0), close);
    trimNext = / -$/.test(inside);
    const action = (trimNext ? inside.slice(0, -1) : inside).trim();
    const start = open + 2 + (trimRight ? 1 : 0) + (inside.length - inside.trimStart().length);
    if (!action.startsWith("/*")) pieces.push({ kind: "action", text: action, before: source.slice(0, start) });
    at = close + 2;
  }
  return pieces;
}

function closing(source: string, from: number): number {
  let mark = "";
  for (let i = from; i < source.length; i++) {
    const c = source.charAt(i);
    if (mark !== "") {
      if (c === "\\" && mark === '"') i++;
      else if (c === mark) mark = "";
    } else if (c === '"' || c === "`") mark = c;
    else if (source.startsWith("}}", i)) return i;
  }
  throw new TemplateError("1: unclosed action", true);
}

/** Statements up to {{end}} or {{else}}; which of the two, and where it stands. */
function statements(pieces: readonly Piece[], from: number): readonly [readonly Statement[], string, number] {
  const body: Statement[] = [];
  for (let i = from; i < pieces.length; i++) {
    const piece = pieces[i] as Piece;
    if (piece.kind === "text") {
      body.push({ kind: "text", text: piece.text });
      continue;
    }
    const [, word = "", rest = ""] = /^(\w*)\s*(.*)$/s.exec(piece.text) ?? [];
    if (word === "end" || word === "else") return [body, piece.text, i];
    if (word === "break" || word === "continue") body.push({ kind: word });
    else if (word === "if" || word === "range" || word === "with") {
      const [statement, next] = block(pieces, i, { kind: word, condition: rest, before: piece.before + piece.text.slice(0, piece.text.length - rest.length) });
      body.push(statement);
      i = next;
    } else if (word === "define" || word === "template" || word === "block") throw new TemplateError(`1: not modelled: {{${word}}}`, true);
    else body.push({ kind: "print", pipeline: parsePipeline(piece.text, piece.before) });
  }
  return [body, "", pieces.length];
}

type Head = { readonly kind: "if" | "range" | "with"; readonly condition: string; readonly before: string };

function block(pieces: readonly Piece[], at: number, { kind, condition, before }: Head): readonly [Statement, number] {
  const pipeline = parsePipeline(condition, before);
  const [body, stop, stopAt] = statements(pieces, at + 1);
  if (stop === "") throw new TemplateError("1: unexpected EOF", true);
  if (stop === "end") return [{ kind, pipeline, body, otherwise: [] }, stopAt];
  const nested = /^else\s+(if|with)\s+(.*)$/s.exec(stop);
  if (nested !== null) {
    const [inner, end] = block(pieces, stopAt, { kind: nested[1] as "if" | "with", condition: nested[2] ?? "", before: "" });
    return [{ kind, pipeline, body, otherwise: [inner] }, end];
  }
  const [otherwise, end, endAt] = statements(pieces, stopAt + 1);
  if (end !== "end") throw new TemplateError("1: unexpected EOF", true);
  return [{ kind, pipeline, body, otherwise }, endAt];
}

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)')|(:=|=(?!=)|[|(),])|(-?\d[\w.]*)|(\$?\w*(?:\.\w+)*\.?|\.))/y;

type Token = { readonly text: string; readonly where: string };

function parsePipeline(text: string, before: string): Pipeline {
  const tokens = tokenize(text, before);
  const declare: string[] = [];
  let assign = false;
  const mark = tokens.findIndex(({ text: token }) => token === ":=" || token === "=");
  if (mark > 0) {
    assign = tokens[mark]?.text === "=";
    for (const { text: token } of tokens.splice(0, mark + 1)) if (token.startsWith("$")) declare.push(token);
  }
  const [pipeline] = commands(tokens, 0);
  return { declare, assign, commands: pipeline };
}

/** "line:column" of what begins `offset` characters behind `before`, as text/template counts. */
function placeOf(before: string): string {
  const lines = before.split("\n");
  return `${lines.length}:${lines.at(-1)?.length ?? 0}`;
}

function tokenize(text: string, before: string): Token[] {
  const tokens: Token[] = [];
  const token = new RegExp(TOKEN);
  let at = 0;
  while (at < text.length && text.slice(at).trim() !== "") {
    token.lastIndex = at;
    const m = token.exec(text);
    if (m === null || m[0].trim() === "") throw new TemplateError(`1: unexpected ${JSON.stringify(text.slice(at).trim().charAt(0))} in command`, true);
    const begin = at + (m[0].length - m[0].trimStart().length);
    at += m[0].length;
    const glued = m[0] === m[0].trimStart() && tokens.at(-1)?.text === ")" && m[0].startsWith(".");
    // A chain of fields is found where its second begins.
    const second = m[0].trim().startsWith(".") ? Math.max(0, m[0].trim().indexOf(".", 1)) : 0;
    tokens.push({ text: glued ? `)${m[0]}` : m[0].trim(), where: placeOf(before + text.slice(0, begin + second)) });
  }
  return tokens;
}

function commands(tokens: readonly Token[], from: number): readonly [readonly (readonly Operand[])[], number] {
  const all: Operand[][] = [[]];
  let i = from;
  for (; i < tokens.length; i++) {
    const { text: token, where } = tokens[i] as Token;
    if (token === ")") break;
    if (token === "|") all.push([]);
    else if (token === "(") {
      const [inner, close] = commands(tokens, i + 1);
      const field = tokens[close + 1]?.text.startsWith(").") ? (tokens[close + 1] as Token).text.slice(2).split(".") : [];
      all.at(-1)?.push({ kind: "pipeline", pipeline: { declare: [], assign: false, commands: inner }, names: field });
      i = field.length > 0 ? close + 1 : close;
    } else all.at(-1)?.push(operand(token, where));
  }
  if (all.some((command) => command.length === 0)) throw new TemplateError("1: missing value for command", true);
  return [all, i];
}

function operand(token: string, where: string): Operand {
  if (token.startsWith('"')) return { kind: "literal", value: unquote(token) };
  if (token.startsWith("`")) return { kind: "literal", value: token.slice(1, -1) };
  if (token.startsWith("'")) return { kind: "literal", value: token.charCodeAt(1) };
  if (/^-?\d/.test(token)) return { kind: "literal", value: Number(token) };
  if (token === "true" || token === "false") return { kind: "literal", value: token === "true" };
  if (token === "nil") return { kind: "literal", value: null };
  if (token.startsWith(".")) return { kind: "path", names: token.split(".").filter((name) => name !== ""), where };
  const [name = "", ...names] = token.split(".");
  if (name.startsWith("$")) return { kind: "variable", name, names };
  return { kind: "call", name };
}

function unquote(token: string): string {
  return token.slice(1, -1).replaceAll(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { n: "\n", t: "\t", r: "\r" }[code] ?? code;
  });
}
