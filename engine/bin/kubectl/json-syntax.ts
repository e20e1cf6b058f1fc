/** What is wrong with a JSON text, as Go's encoding/json says it; undefined when nothing is. */

export function jsonProblem(text: string): string | undefined {
  return jsonMistake(text)?.message;
}

/** The same with how many bytes had been read by then; `ended`: the text stops too early. */
export function jsonMistake(text: string): { readonly message: string; readonly offset: number; readonly ended: boolean } | undefined {
  const scanner = new Scanner(text);
  try {
    scanner.value("looking for beginning of value");
    scanner.blanks();
    if (scanner.here !== undefined) scanner.unexpected("after top-level value");
    return undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { message: error.message, offset: scanner.offset, ended: scanner.here === undefined };
    throw error;
  }
}

class JsonSyntaxError extends Error {}

class Scanner {
  #at = 0;

  constructor(readonly text: string) {}

  get offset(): number {
    return this.#at + 1;
  }

  get here(): string | undefined {
    return this.text[this.#at];
  }

  #expect(wanted: string, where: string): void {
    if (this.here !== wanted) this.unexpected(where);
  }

  blanks(): void {
    while (/[ \t\r\n]/.test(this.here ?? "")) this.#at++;
  }

  unexpected(where: string): never {
    const c = this.here;
    if (c === undefined) throw new JsonSyntaxError("unexpected end of JSON input");
    const shown = c === "'" ? "'\\''" : c === '"' ? "'\"'" : `'${JSON.stringify(c).slice(1, -1)}'`;
    throw new JsonSyntaxError(`invalid character ${shown} ${where}`);
  }

  value(where: string): void {
    this.blanks();
    const c = this.here;
    if (c === "{") this.#object();
    else if (c === "[") this.#array();
    else if (c === '"') this.#string();
    else if (c === "t") this.#word("true");
    else if (c === "f") this.#word("false");
    else if (c === "n") this.#word("null");
    else if (c !== undefined && /[-\d]/.test(c)) this.#number();
    else this.unexpected(where);
  }

  #object(): void {
    this.#at++;
    this.blanks();
    if (this.here === "}") return void this.#at++;
    for (;;) {
      this.blanks();
      this.#expect('"', "looking for beginning of object key string");
      this.#string();
      this.blanks();
      this.#expect(":", "after object key");
      this.#at++;
      this.value("looking for beginning of value");
      this.blanks();
      if (this.here === "}") return void this.#at++;
      if (this.here !== ",") this.unexpected("after object key:value pair");
      this.#at++;
    }
  }

  #array(): void {
    this.#at++;
    this.blanks();
    if (this.here === "]") return void this.#at++;
    for (;;) {
      this.value("looking for beginning of value");
      this.blanks();
      if (this.here === "]") return void this.#at++;
      if (this.here !== ",") this.unexpected("after array element");
      this.#at++;
    }
  }

  #string(): void {
    for (this.#at++; this.here !== '"'; this.#at++) {
      if (this.here === undefined || this.here < " ") this.unexpected("in string literal");
      if (this.here !== "\\") continue;
      this.#at++;
      if (!/["\\/bfnrtu]/.test(this.here ?? "")) this.unexpected("in string escape code");
    }
    this.#at++;
  }

  #word(word: string): void {
    for (const letter of word) {
      if (this.here !== letter) this.unexpected(`in literal ${word} (expecting '${letter}')`);
      this.#at++;
    }
  }

  #number(): void {
    if (this.here === "-") this.#at++;
    if (!/\d/.test(this.here ?? "")) this.unexpected("in numeric literal");
    while (/[\d.eE+-]/.test(this.here ?? "")) this.#at++;
  }
}
