/** A jq program as a tree: the grammar of jq 1.6's manual. */
import type { Json } from "./value";

export type Filter =
  | { readonly kind: "identity" | "recurse" }
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "field"; readonly of: Filter; readonly name: Filter }
  | { readonly kind: "slice"; readonly of: Filter; readonly from: Filter | undefined; readonly to: Filter | undefined }
  | { readonly kind: "iterate"; readonly of: Filter }
  | { readonly kind: "try"; readonly body: Filter; readonly handler: Filter | undefined }
  | { readonly kind: "pipe" | "comma" | "alternative" | "and" | "or"; readonly left: Filter; readonly right: Filter }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Filter; readonly right: Filter }
  | { readonly kind: "negate"; readonly of: Filter }
  | { readonly kind: "assign"; readonly operator: string; readonly left: Filter; readonly right: Filter }
  | { readonly kind: "if"; readonly condition: Filter; readonly then: Filter; readonly otherwise: Filter }
  | { readonly kind: "reduce"; readonly source: Filter; readonly pattern: Pattern; readonly start: Filter; readonly update: Filter }
  | { readonly kind: "foreach"; readonly source: Filter; readonly pattern: Pattern; readonly start: Filter; readonly update: Filter; readonly extract: Filter | undefined }
  | { readonly kind: "bind"; readonly source: Filter; readonly patterns: readonly Pattern[]; readonly body: Filter }
  | { readonly kind: "variable"; readonly name: string; /** Where it stands in the program. */ readonly at: number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Filter[]; readonly at: number }
  | { readonly kind: "define"; readonly definition: Definition; readonly body: Filter }
  | { readonly kind: "array"; readonly of: Filter | undefined }
  | { readonly kind: "object"; readonly entries: readonly { readonly key: Filter; readonly value: Filter }[] }
  | { readonly kind: "text"; readonly format: string | undefined; readonly parts: readonly (string | Filter)[] }
  | { readonly kind: "format"; readonly name: string }
  | { readonly kind: "label"; readonly name: string; readonly body: Filter }
  | { readonly kind: "break"; readonly name: string };

export type Definition = { readonly name: string; readonly parameters: readonly string[]; readonly body: Filter };

export type Pattern =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "array"; readonly items: readonly Pattern[] }
  | { readonly kind: "object"; readonly entries: readonly { readonly key: Filter; readonly bind: string | undefined; readonly value: Pattern | undefined }[] };
