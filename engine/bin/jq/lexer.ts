/** Cuts a jq program into tokens; a string with \(…) in it becomes parts. */
export type Token =
  | { readonly kind: "operator" | "identifier" | "keyword" | "field" | "variable" | "format" | "number" | "invalid"; readonly text: string; readonly at: number }
  | { readonly kind: "string"; readonly parts: readonly (string | readonly Token[])[]; readonly at: number; readonly text: string }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

/** `column`: jq shows the program with that many blanks behind it. */
export class JqSyntaxError extends Error {
  constructor(
    message: string,
    readonly column = 0,
  ) {
    super(message);
  }
}

const KEYWORDS = ["def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try", "catch", "label", "import", "include", "and", "or", "__loc__"];
const OPERATORS = ["?//=", "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", ".", "[", "]", "{", "}", "(", ")", "|", ",", ":", ";", "=", "<", ">", "+", "-", "*", "/", "%", "?", "$"];
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "/": "/", "\\": "\\", '"': '"' };

export function tokenize(source: string): readonly Token[] {
  return new Lexer(source).all("");
}

class Lexer {
  #at = 0;
  #lastAt = 0;
  readonly #brackets: string[] = [];

  constructor(private readonly source: string) {}

  /** Up to the end, or to the parenthesis that closes \(. */
  all(closer: "" | ")"): readonly Token[] {
    const tokens: Token[] = [];
    let open = 0;
    for (;;) {
      this.#blank();
      const char = this.source[this.#at];
      if (char === undefined) {
        if (closer !== "") throw new JqSyntaxError("syntax error, unexpected $end", Math.max(0, this.#lastAt));
        return [...tokens, { kind: "end", text: "", at: this.#at }];
      }
      if (closer !== "" && char === ")" && open === 0) {
        this.#at++;
        return [...tokens, { kind: "end", text: "", at: this.#at }];
      }
      if (char === "(") open++;
      if (char === ")") open--;
      this.#lastAt = this.#at;
      if ("([{".includes(char)) this.#brackets.push(char);
      if (")]}".includes(char) && this.#brackets.pop() !== { ")": "(", "]": "[", "}": "{" }[char]) {
        tokens.push({ kind: "invalid", text: "INVALID_CHARACTER", at: this.#at });
        this.#at = this.source.length;
        continue;
      }
      tokens.push(this.#token(char));
    }
  }

  #blank(): void {
    for (;;) {
      while (/\s/.test(this.source[this.#at] ?? "")) this.#at++;
      if (this.source[this.#at] !== "#") return;
      while (this.#at < this.source.length && this.source[this.#at] !== "\n") this.#at++;
    }
  }

  #token(char: string): Token {
    const at = this.#at;
    const rest = this.source.slice(at, at + 300);
    const take = (kind: Exclude<Token["kind"], "string" | "end">, text: string, length = text.length): Token => {
      this.#at += length;
      return { kind, text, at };
    };
    if (char === '"') return this.#string();
    const number = /^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/.exec(rest);
    if (number) return take("number", number[0]);
    const field = /^\.([A-Za-z_]\w*)/.exec(rest);
    if (field) return take("field", field[1] ?? "", field[0].length);
    const variable = /^\$\s*((?:[A-Za-z_]\w*::)*[A-Za-z_]\w*)/.exec(rest);
    if (variable) return take("variable", variable[1] ?? "", variable[0].length);
    const format = /^@\w+/.exec(rest);
    if (format) return take("format", format[0]);
    const word = /^(?:[A-Za-z_]\w*::)*[A-Za-z_]\w*/.exec(rest);
    if (word) return take(KEYWORDS.includes(word[0]) ? "keyword" : "identifier", word[0]);
    const operator = OPERATORS.find((each) => rest.startsWith(each));
    if (operator === undefined) {
      this.#at++;
      return { kind: "invalid", text: "INVALID_CHARACTER", at };
    }
    return take("operator", operator);
  }

  #string(): Token {
    const at = this.#at++;
    const parts: (string | readonly Token[])[] = [];
    let text = "";
    for (;;) {
      const char = this.source[this.#at++];
      if (char === undefined) throw new JqSyntaxError("syntax error, unexpected $end, expecting QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END", this.#at - 1 > at + 1 ? at + 1 : at);
      if (char === '"') break;
      if (char !== "\\") {
        text += char;
        continue;
      }
      const next = this.source[this.#at++] ?? "";
      if (next === "(") {
        this.#lastAt = this.#at - 2;
        this.#brackets.push("(");
        parts.push(text, this.all(")"));
        this.#brackets.pop();
        text = "";
      } else if (next === "u") {
        text += String.fromCharCode(Number.parseInt(this.source.slice(this.#at, this.#at + 4), 16));
        this.#at += 4;
      } else if (ESCAPES[next] !== undefined) text += ESCAPES[next];
      else throw new JqSyntaxError("syntax error, unexpected INVALID_CHARACTER");
    }
    return { kind: "string", parts: [...parts, text], at, text: this.source.slice(at, this.#at) };
  }
}
