/**
 * Go templates, as far as `-o go-template` needs them (text/template): actions, pipelines,
 * variables, if/else, range/else, with, define, block and template, and trim marks.
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
  | { readonly kind: "call"; readonly name: string; readonly where: string; readonly command: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline; readonly names: readonly string[] };

/** Commands, each given the one before it as its last argument. */
export type Pipeline = { readonly declare: readonly string[]; readonly assign: boolean; readonly commands: readonly (readonly Operand[])[] };

export type Statement =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: Pipeline }
  | { readonly kind: "if" | "range" | "with"; readonly pipeline: Pipeline; readonly body: readonly Statement[]; readonly otherwise: readonly Statement[] }
  | { readonly kind: "template"; readonly name: string; readonly pipeline: Pipeline | undefined }
  | { readonly kind: "break" | "continue" };

/** What a template says, and the named ones that {{define}} and {{block}} make. */
export type Parsed = { readonly body: readonly Statement[]; readonly named: ReadonlyMap<string, readonly Statement[]> };

/** `before` is the source up to an action's text: where a mistake is, is counted from it. */
type Piece = { readonly kind: "text"; readonly text: string } | { readonly kind: "action"; readonly text: string; readonly before: string };

export function parseGoTemplate(source: string): Parsed {
  const named = new Map<string, readonly Statement[]>();
  const [body, stop] = statements(cut(source), 0, { templates: named, ranging: false });
  if (stop !== "") throw new TemplateError(`1: unexpected {{${stop}}}`, true);
  return { body, named };
}

/** What statements know of what is around them: whether a {{range}} is, and which templates have a name. */
type Named = { readonly templates: Map<string, readonly Statement[]>; readonly ranging: boolean };

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
    if (mark === '"' && c === "\n") break;
    if (mark !== "") {
      if (c === "\\" && mark === '"') i++;
      else if (c === mark) mark = "";
    } else if (c === '"' || c === "`") mark = c;
    else if (source.startsWith("}}", i)) return i;
  }
  throw new TemplateError(mark === '"' ? "1: unterminated quoted string" : mark === "`" ? "1: unterminated raw quoted string" : "1: unclosed action", true);
}

/** Statements up to {{end}} or {{else}}; which of the two, and where it stands. */
function statements(pieces: readonly Piece[], from: number, named: Named): readonly [readonly Statement[], string, number] {
  const body: Statement[] = [];
  for (let i = from; i < pieces.length; i++) {
    const piece = pieces[i] as Piece;
    if (piece.kind === "text") {
      body.push({ kind: "text", text: piece.text });
      continue;
    }
    const [, word = "", rest = ""] = /^(\w*)\s*(.*)$/s.exec(piece.text) ?? [];
    if (word === "end" || word === "else") return [body, piece.text, i];
    if ((word === "break" || word === "continue") && !named.ranging) throw new TemplateError(`1: {{${word}}} outside {{range}}`, true);
    if (word === "break" || word === "continue") body.push({ kind: word });
    else if (word === "if" || word === "range" || word === "with") {
      if (rest.trim() === "") throw new TemplateError(`1: missing value for ${word}`, true);
      const [statement, next] = block(pieces, i, named, { kind: word, condition: rest, before: piece.before + piece.text.slice(0, piece.text.length - rest.length) });
      body.push(statement);
      i = next;
    } else if (word === "template") body.push(templateCall(rest, piece));
    else if (word === "define" || word === "block") {
      const [inner, stop, stopAt] = statements(pieces, i + 1, named);
      if (stop !== "end") throw new TemplateError("1: unexpected EOF", true);
      const call = templateCall(rest, piece);
      named.templates.set(call.name, inner);
      if (word === "block") body.push(call);
      i = stopAt;
    }
    else body.push({ kind: "print", pipeline: parsePipeline(piece.text, piece.before) });
  }
  return [body, "", pieces.length];
}

/** "name" and what it is given. */
function templateCall(rest: string, piece: Extract<Piece, { kind: "action" }>): Extract<Statement, { kind: "template" }> {
  const m = /^("(?:[^"\\]|\\.)*"|`[^`]*`)\s*(.*)$/s.exec(rest);
  if (m === null) throw new TemplateError(`1: unexpected ${JSON.stringify(rest.charAt(0))} in template clause`, true);
  const [, written = "", given = ""] = m;
  const name = written.startsWith("`") ? written.slice(1, -1) : unquote(written);
  return { kind: "template", name, pipeline: given === "" ? undefined : parsePipeline(given, piece.before + piece.text.slice(0, piece.text.length - given.length)) };
}

type Head = { readonly kind: "if" | "range" | "with"; readonly condition: string; readonly before: string };

function block(pieces: readonly Piece[], at: number, named: Named, { kind, condition, before }: Head): readonly [Statement, number] {
  const pipeline = parsePipeline(condition, before);
  const [body, stop, stopAt] = statements(pieces, at + 1, kind === "range" ? { ...named, ranging: true } : named);
  if (stop === "") throw new TemplateError("1: unexpected EOF", true);
  if (stop === "end") return [{ kind, pipeline, body, otherwise: [] }, stopAt];
  const nested = /^else\s+(if|with)\s+(.*)$/s.exec(stop);
  if (nested !== null) {
    const [inner, end] = block(pieces, stopAt, named, { kind: nested[1] as "if" | "with", condition: nested[2] ?? "", before: "" });
    return [{ kind, pipeline, body, otherwise: [inner] }, end];
  }
  const [otherwise, end, endAt] = statements(pieces, stopAt + 1, named);
  if (end !== "end") throw new TemplateError(end === "" ? "1: unexpected EOF" : `1: expected end; found {{${end}}}`, true);
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
    } else {
      const first = all.at(-1)?.length === 0;
      all.at(-1)?.push(operand(token, where, first ? commandText(tokens, i) : token));
    }
  }
  if (all.some((command) => command.length === 0)) throw new TemplateError("1: missing value for command", true);
  return [all, i];
}

/** A command as an error shows it: its words up to the next | or the parenthesis it stands in. */
function commandText(tokens: readonly Token[], from: number): string {
  let text = "";
  for (let depth = 0, i = from; i < tokens.length; i++) {
    const { text: token } = tokens[i] as Token;
    if (depth === 0 && (token === "|" || token === ")")) break;
    depth += token === "(" ? 1 : token === ")" ? -1 : 0;
    text += text === "" || text.endsWith("(") || token.startsWith(")") ? token : ` ${token}`;
  }
  return text;
}

function operand(token: string, where: string, command: string): Operand {
  if (token.startsWith('"')) return { kind: "literal", value: unquote(token) };
  if (token.startsWith("`")) return { kind: "literal", value: token.slice(1, -1) };
  if (token.startsWith("'")) return { kind: "literal", value: token.charCodeAt(1) };
  if (/^-?\d/.test(token)) return { kind: "literal", value: Number(token) };
  if (token === "true" || token === "false") return { kind: "literal", value: token === "true" };
  if (token === "nil") return { kind: "literal", value: null };
  if (token.startsWith(".")) return { kind: "path", names: token.split(".").filter((name) => name !== ""), where };
  const [name = "", ...names] = token.split(".");
  if (name.startsWith("$")) return { kind: "variable", name, names };
  return { kind: "call", name, where, command };
}

function unquote(token: string): string {
  return token.slice(1, -1).replaceAll(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { n: "\n", t: "\t", r: "\r" }[code] ?? code;
  });
}
