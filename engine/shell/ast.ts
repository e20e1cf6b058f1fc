/** What the parser makes of a script: the grammar of bash(1), as data. */
export type Part =
  /** Unquoted text: wildcards, tildes and braces in it are alive. */
  | { readonly kind: "literal"; readonly text: string }
  /** Text that means itself: '…', \x, $'…'. */
  | { readonly kind: "quoted"; readonly text: string }
  | { readonly kind: "double"; readonly parts: readonly Part[] }
  | { readonly kind: "parameter"; readonly parameter: Parameter }
  | { readonly kind: "command"; readonly script: Script }
  | { readonly kind: "arithmetic"; readonly parts: readonly Part[] }
  /** <(…) and >(…): the name of a pipe to a process. */
  | { readonly kind: "process"; readonly direction: "<" | ">"; readonly script: Script };

export type Word = { readonly parts: readonly Part[]; /** As it was typed. */ readonly raw: string };

export type Parameter = {
  readonly name: string;
  /** ${name[index]}; "@" and "*" are all elements. */
  readonly index: Word | undefined;
  readonly operation: ParameterOperation;
  readonly raw: string;
};

export type ParameterOperation =
  | { readonly kind: "plain" }
  | { readonly kind: "length" }
  /** ${!name} */
  | { readonly kind: "indirect" }
  /** ${!prefix*} */
  | { readonly kind: "names" }
  /** ${!array[@]} */
  | { readonly kind: "keys" }
  | { readonly kind: "default"; readonly operator: "-" | "=" | "?" | "+"; readonly orEmpty: boolean; readonly word: Word }
  | { readonly kind: "trim"; readonly side: "#" | "%"; readonly longest: boolean; readonly pattern: Word }
  | { readonly kind: "replace"; readonly all: boolean; readonly anchor: "" | "#" | "%"; readonly pattern: Word; readonly replacement: Word }
  | { readonly kind: "slice"; readonly offset: Word; readonly length: Word | undefined }
  | { readonly kind: "case"; readonly to: "upper" | "lower"; readonly all: boolean; readonly pattern: Word }
  | { readonly kind: "transform"; readonly letter: string };

export type Assignment = {
  readonly name: string;
  readonly index: Word | undefined;
  readonly append: boolean;
  readonly value: Word | readonly ArrayElement[];
};
export type ArrayElement = { readonly index: Word | undefined; readonly value: Word };

export type Redirect = {
  readonly descriptor: number | undefined;
  readonly operator: "<" | ">" | ">>" | ">|" | "<>" | "<&" | ">&" | "&>" | "&>>" | "<<<" | "<<";
  readonly target: Word;
  /** The text of a here-document, filled in when the lexer comes to it. */
  heredoc?: Word;
};

export type Script = { readonly items: readonly Item[] };
/** One list element, up to ; or & or a newline. */
export type Item = { readonly list: AndOr; readonly background: boolean };
export type AndOr = { readonly first: Pipeline; readonly rest: readonly { readonly operator: "&&" | "||"; readonly pipeline: Pipeline }[]; readonly text: string };
export type Pipeline = { readonly negated: boolean; readonly timed: boolean; readonly commands: readonly Command[]; readonly text: string };

export type Simple = { readonly kind: "simple"; readonly assignments: readonly Assignment[]; readonly words: readonly Word[]; readonly redirects: readonly Redirect[]; readonly line: number };

export type Clause = { readonly condition: Script; readonly body: Script };
export type CaseItem = { readonly patterns: readonly Word[]; readonly body: Script; readonly end: ";;" | ";&" | ";;&" };

export type Compound =
  | { readonly kind: "subshell"; readonly body: Script }
  | { readonly kind: "group"; readonly body: Script }
  | { readonly kind: "if"; readonly clauses: readonly Clause[]; readonly otherwise: Script | undefined }
  | { readonly kind: "for"; readonly name: string; readonly words: readonly Word[] | undefined; readonly body: Script }
  | { readonly kind: "for-arithmetic"; readonly start: Word; readonly test: Word; readonly step: Word; readonly body: Script }
  | { readonly kind: "while"; readonly until: boolean; readonly condition: Script; readonly body: Script }
  | { readonly kind: "case"; readonly word: Word; readonly items: readonly CaseItem[] }
  | { readonly kind: "arithmetic"; readonly expression: Word }
  | { readonly kind: "condition"; readonly test: Condition };

export type Command =
  | Simple
  | { readonly kind: "compound"; readonly compound: Compound; readonly redirects: readonly Redirect[]; readonly line: number }
  | { readonly kind: "function"; readonly name: string; readonly body: Command; readonly line: number; readonly text: string };

/** Inside [[ … ]]. */
export type Condition =
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "not"; readonly operand: Condition }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Word }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Word; readonly right: Word }
  | { readonly kind: "word"; readonly word: Word };
