/** The syntax tree of an awk program (POSIX.1-2017, XCU awk). */
export type Expr =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  /** /ere/ alone matches $0; as an operand of ~ it is the pattern. */
  | { readonly kind: "regex"; readonly source: string }
  | { readonly kind: "field"; readonly index: Expr }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "element"; readonly name: string; readonly keys: readonly Expr[] }
  | { readonly kind: "assign"; readonly op: string; readonly to: Expr; readonly value: Expr }
  | { readonly kind: "binary"; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "unary"; readonly op: "!" | "-" | "+"; readonly of: Expr }
  | { readonly kind: "step"; readonly op: "++" | "--"; readonly prefix: boolean; readonly of: Expr }
  | { readonly kind: "and" | "or"; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "cond"; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  | { readonly kind: "match"; readonly negate: boolean; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "in"; readonly keys: readonly Expr[]; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expr[] }
  | { readonly kind: "getline"; readonly to: Expr | undefined; readonly from: "input" | "file" | "command"; readonly source: Expr | undefined };

export type Redirect = { readonly to: ">" | ">>" | "|"; readonly target: Expr };

export type Stmt =
  | { readonly kind: "expr"; readonly expr: Expr }
  | { readonly kind: "print"; readonly args: readonly Expr[]; readonly redirect: Redirect | undefined }
  | { readonly kind: "printf"; readonly args: readonly Expr[]; readonly redirect: Redirect | undefined }
  | { readonly kind: "block"; readonly body: readonly Stmt[] }
  | { readonly kind: "if"; readonly test: Expr; readonly yes: Stmt; readonly no: Stmt | undefined }
  | { readonly kind: "while"; readonly test: Expr; readonly body: Stmt }
  | { readonly kind: "do"; readonly body: Stmt; readonly test: Expr }
  | { readonly kind: "for"; readonly first: Stmt | undefined; readonly test: Expr | undefined; readonly step: Stmt | undefined; readonly body: Stmt }
  | { readonly kind: "forin"; readonly variable: string; readonly array: string; readonly body: Stmt }
  | { readonly kind: "delete"; readonly name: string; readonly keys: readonly Expr[] | undefined }
  | { readonly kind: "exit" | "return"; readonly value: Expr | undefined }
  | { readonly kind: "next" | "nextfile" | "break" | "continue" };

export type Rule = { readonly kind: "begin" | "end" | "main"; readonly from: Expr | undefined; readonly to: Expr | undefined; readonly body: Stmt | undefined };
export type Fn = { readonly name: string; readonly params: readonly string[]; readonly body: Stmt };
export type Awk = { readonly rules: readonly Rule[]; readonly functions: ReadonlyMap<string, Fn> };

export class AwkProblem extends Error {}
