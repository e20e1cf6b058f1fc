/** if, for, while, until, case, ( ), { }, (( )) and [[ ]]. */
import type { CaseItem, Clause, Compound, Condition, Script, Word } from "./ast";
import type { Parser } from "./parser";
import { ShellSyntaxError } from "./syntax-error";

export function parseCompound(parser: Parser): Compound {
  if (parser.operator() === "(") return parenthesis(parser);
  const keyword = parser.keyword();
  switch (keyword) {
    case "{": {
      parser.take();
      const body = parser.list();
      parser.expectWord("}");
      return { kind: "group", body };
    }
    case "if":
      return conditional(parser);
    case "for":
      return loop(parser);
    case "while":
    case "until": {
      parser.take();
      const condition = parser.list();
      return { kind: "while", until: keyword === "until", condition, body: doGroup(parser) };
    }
    case "case":
      return choice(parser);
    case "[[":
      return bracketed(parser);
  }
  throw new ShellSyntaxError(`not modelled: ${keyword}`, parser.peek().line, false);
}

function parenthesis(parser: Parser): Compound {
  const token = parser.take();
  if (parser.lexer.text[token.end] === "(") {
    const expression = parser.lexer.at === token.end ? parser.lexer.arithmetic(token.end + 1) : undefined;
    if (expression) return { kind: "arithmetic", expression };
  }
  const body = parser.list();
  parser.expectOperator(")");
  return { kind: "subshell", body };
}

function doGroup(parser: Parser): Script {
  parser.expectWord("do");
  const body = parser.list();
  parser.expectWord("done");
  return body;
}

function conditional(parser: Parser): Compound {
  const clauses: Clause[] = [];
  do {
    parser.take();
    const condition = parser.list();
    parser.expectWord("then");
    clauses.push({ condition, body: parser.list() });
  } while (parser.keyword() === "elif");
  let otherwise: Script | undefined;
  if (parser.keyword() === "else") {
    parser.take();
    otherwise = parser.list();
  }
  parser.expectWord("fi");
  return { kind: "if", clauses, otherwise };
}

function loop(parser: Parser): Compound {
  parser.take();
  const token = parser.peek();
  if (token.kind === "operator" && token.text === "(" && parser.lexer.text[token.end] === "(") return arithmeticLoop(parser);
  const name = parser.take();
  if (name.kind !== "word") throw parser.unexpected(name);
  if (!/^[A-Za-z_]\w*$/.test(name.word.raw)) throw new ShellSyntaxError(`\`${name.word.raw}': not a valid identifier`, name.line, false);
  const words = loopWords(parser);
  if (parser.keyword() === "{") {
    parser.take();
    const body = parser.list();
    parser.expectWord("}");
    return { kind: "for", name: name.word.raw, words, body };
  }
  return { kind: "for", name: name.word.raw, words, body: doGroup(parser) };
}

function loopWords(parser: Parser): readonly Word[] | undefined {
  parser.newlines();
  if (parser.operator() === ";") {
    parser.take();
    parser.newlines();
    return undefined;
  }
  if (parser.keyword() !== "in") return undefined;
  parser.take();
  const words: Word[] = [];
  for (let token = parser.peek(); token.kind === "word"; token = parser.peek()) {
    words.push(token.word);
    parser.take();
  }
  const end = parser.peek();
  if (end.kind !== "newline" && parser.operator() !== ";") throw parser.unexpected();
  parser.take();
  parser.newlines();
  return words;
}

function arithmeticLoop(parser: Parser): Compound {
  const token = parser.take();
  const { lexer } = parser;
  const whole = lexer.arithmetic(token.end + 1);
  const pieces = whole?.raw.split(";") ?? [];
  if (pieces.length !== 3) throw new ShellSyntaxError("syntax error: arithmetic expression required", token.line, false);
  const [start, test, step] = pieces.map((piece) => lexer.sub(piece, "double")) as [Word, Word, Word];
  if (parser.operator() === ";") parser.take();
  parser.newlines();
  if (parser.keyword() === "{") {
    parser.take();
    const body = parser.list();
    parser.expectWord("}");
    return { kind: "for-arithmetic", start, test, step, body };
  }
  return { kind: "for-arithmetic", start, test, step, body: doGroup(parser) };
}

function choice(parser: Parser): Compound {
  parser.take();
  const token = parser.take();
  if (token.kind !== "word") throw parser.unexpected(token);
  parser.newlines();
  parser.expectWord("in");
  const items: CaseItem[] = [];
  for (parser.newlines(); parser.keyword() !== "esac"; parser.newlines()) items.push(caseItem(parser));
  parser.take();
  return { kind: "case", word: token.word, items };
}

function caseItem(parser: Parser): CaseItem {
  if (parser.operator() === "(") parser.take();
  const patterns: Word[] = [];
  for (;;) {
    const token = parser.take();
    if (token.kind !== "word") throw parser.unexpected(token);
    patterns.push(token.word);
    if (parser.operator() !== "|") break;
    parser.take();
  }
  parser.expectOperator(")");
  const body = parser.list(true);
  const end = parser.operator();
  if (end === ";;" || end === ";&" || end === ";;&") {
    parser.take();
    return { patterns, body, end };
  }
  if (parser.keyword() !== "esac") throw parser.unexpected();
  return { patterns, body, end: ";;" };
}

// [[ … ]]

const UNARY = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const BINARY = ["=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];

function bracketed(parser: Parser): Compound {
  parser.take();
  parser.newlines();
  const test = either(parser);
  parser.newlines();
  if (parser.keyword() !== "]]") throw conditionError(parser);
  parser.take();
  return { kind: "condition", test };
}

function conditionError(parser: Parser): ShellSyntaxError {
  const token = parser.peek();
  if (token.kind === "end") return parser.unexpected();
  const shown = token.kind === "newline" ? "newline" : token.kind === "operator" ? token.text : token.word.raw;
  return new ShellSyntaxError(`syntax error in conditional expression: unexpected token \`${shown}'`, token.line, false);
}

function either(parser: Parser): Condition {
  let left = both(parser);
  while (parser.operator() === "||") {
    parser.take();
    parser.newlines();
    left = { kind: "or", left, right: both(parser) };
  }
  return left;
}

function both(parser: Parser): Condition {
  let left = primary(parser);
  while (parser.operator() === "&&") {
    parser.take();
    parser.newlines();
    left = { kind: "and", left, right: primary(parser) };
  }
  return left;
}

function primary(parser: Parser): Condition {
  if (parser.keyword() === "!") {
    parser.take();
    parser.lexer.deeper();
    const operand = primary(parser);
    parser.lexer.depth--;
    return { kind: "not", operand };
  }
  if (parser.operator() === "(") {
    parser.take();
    parser.lexer.deeper();
    const inner = either(parser);
    parser.lexer.depth--;
    if (parser.operator() !== ")") throw conditionError(parser);
    parser.take();
    return inner;
  }
  return comparison(parser);
}

function comparison(parser: Parser): Condition {
  const token = parser.peek();
  if (token.kind !== "word" || parser.keyword() === "]]") throw conditionError(parser);
  const operator = parser.keyword();
  parser.take();
  const next = parser.peek();
  if (operator !== undefined && UNARY.test(operator) && next.kind === "word" && parser.keyword() !== "]]" && !BINARY.includes(parser.keyword() ?? "")) {
    parser.take();
    return { kind: "unary", operator, operand: next.word };
  }
  const between = parser.operator() ?? parser.keyword() ?? "";
  if (next.kind === "word" && between !== "]]" && between !== "=~" && !BINARY.includes(between)) throw new ShellSyntaxError("conditional binary operator expected", next.line, false);
  if (between === "=~") {
    parser.rewind(next, next.end);
    return { kind: "binary", operator: "=~", left: token.word, right: parser.lexer.regexWord() };
  }
  if (!BINARY.includes(between) && between !== "<" && between !== ">") return { kind: "word", word: token.word };
  parser.take();
  if (parser.keyword() === "]]") throw new ShellSyntaxError("unexpected argument `]]' to conditional binary operator", next.line, false);
  const right = parser.take();
  if (right.kind !== "word") throw conditionError(parser);
  return { kind: "binary", operator: between, left: token.word, right: right.word };
}
