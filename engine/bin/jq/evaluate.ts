/**
 * Runs a jq filter: every filter maps one input to a stream of outputs, here a generator. The same
 * walk can follow paths (for `path`, `|=`, `del`): then each output carries the way it was reached.
 */
import type { Definition, Filter, Pattern } from "./ast";
import { arithmetic } from "./arithmetic";
import { native, PRELUDE } from "./builtins";
import { formatted } from "./formats";
import { parseProgram } from "./parser";
import { deletePaths, getField, getPath, JqError, type Path, shown, slice, updatePath } from "./paths";
import { isArray, isObject, type Json, truthy, typeOf } from "./value";

/** A value and, when paths are followed, how it was reached; `path` is undefined otherwise. */
export type At = { readonly value: Json; readonly path: Path | undefined };

class Break {
  constructor(readonly label: object) {}
}

export class JqLimit extends Error {}

type Closure = { readonly definition: Definition; readonly scope: Scope };

/** What names mean at a place in the program. */
export class Scope {
  constructor(
    private readonly parent: Scope | undefined,
    private readonly variables: ReadonlyMap<string, Json> = new Map(),
    private readonly functions: ReadonlyMap<string, Closure> = new Map(),
    private readonly labels: ReadonlyMap<string, object> = new Map(),
  ) {}

  with(name: string, value: Json): Scope {
    return new Scope(this, new Map([[name, value]]));
  }

  withLabel(name: string, label: object): Scope {
    return new Scope(this, undefined, undefined, new Map([[name, label]]));
  }

  withFunctions(functions: ReadonlyMap<string, Closure>): Scope {
    return new Scope(this, undefined, functions);
  }

  variable(name: string): Json | undefined {
    for (let at: Scope | undefined = this; at; at = at.parent) if (at.variables.has(name)) return at.variables.get(name);
    return undefined;
  }

  call(name: string): Closure | undefined {
    for (let at: Scope | undefined = this; at; at = at.parent) if (at.functions.has(name)) return at.functions.get(name);
    return undefined;
  }

  label(name: string): object | undefined {
    for (let at: Scope | undefined = this; at; at = at.parent) if (at.labels.has(name)) return at.labels.get(name);
    return undefined;
  }
}

export type Surroundings = { readonly env: ReadonlyMap<string, string>; readonly nowSeconds: () => number; readonly nextInput: () => Json | undefined; readonly debug: (value: Json) => void; readonly inputLine: () => number };

/** Steps one run may take before it is given up. */
const MAX_STEPS = 20_000_000;

export class Evaluator {
  #steps = 0;
  readonly #prelude = new Map<string, Closure>();
  readonly root = new Scope(undefined);

  constructor(readonly around: Surroundings) {}

  *run(filter: Filter, value: Json, scope: Scope): Generator<Json> {
    for (const at of this.at(filter, { value, path: undefined }, scope)) yield at.value;
  }

  *at(filter: Filter, input: At, scope: Scope): Generator<At> {
    if (++this.#steps > MAX_STEPS) throw new JqLimit(`not modelled: more than ${MAX_STEPS} steps`);
    switch (filter.kind) {
      case "identity":
        yield input;
        return;
      case "recurse":
        yield* this.#recurse(input);
        return;
      case "field":
        for (const of of this.at(filter.of, input, scope)) for (const key of this.run(filter.name, input.value, scope)) yield step(of, key, getField(of.value, key));
        return;
      case "slice":
        yield* this.#slice(filter, input, scope);
        return;
      case "iterate":
        for (const of of this.at(filter.of, input, scope)) yield* iterate(of);
        return;
      case "pipe":
        for (const left of this.at(filter.left, input, scope)) yield* this.at(filter.right, left, scope);
        return;
      case "comma":
        yield* this.at(filter.left, input, scope);
        yield* this.at(filter.right, input, scope);
        return;
      case "try":
        yield* this.#try(filter, input, scope);
        return;
      case "alternative":
        yield* this.#alternative(filter, input, scope);
        return;
      case "if":
        for (const test of this.run(filter.condition, input.value, scope)) yield* this.at(truthy(test) ? filter.then : filter.otherwise, input, scope);
        return;
      case "bind":
        yield* this.#bind(filter, input, scope);
        return;
      case "reduce":
        yield* this.#reduce(filter, input, scope);
        return;
      case "foreach":
        yield* this.#foreach(filter, input, scope);
        return;
      case "define": {
        yield* this.at(filter.body, input, this.#defined(filter.definition, scope));
        return;
      }
      case "label":
        yield* this.#label(filter, input, scope);
        return;
      case "break": {
        const label = scope.label(filter.name);
        if (label === undefined) throw new JqError(`$*label-${filter.name} is not defined`);
        throw new Break(label);
      }
      case "call":
        yield* this.#call(filter, input, scope);
        return;
      case "literal":
      case "variable":
      case "and":
      case "or":
      case "binary":
      case "negate":
      case "assign":
      case "array":
      case "object":
      case "text":
      case "format":
        for (const value of this.#value(filter, input.value, scope)) {
          if (input.path !== undefined && !(filter.kind === "literal" && value === null)) throw new JqError(`Invalid path expression with result ${short(value)}`);
          yield { value, path: input.path === undefined ? undefined : [] };
        }
    }
  }

  /** Filters whose outputs are new values, which have no path. */
  *#value(filter: Filter, input: Json, scope: Scope): Generator<Json> {
    switch (filter.kind) {
      case "literal":
        yield filter.value;
        return;
      case "variable":
        yield this.#variable(filter.name, scope);
        return;
      case "and":
      case "or":
        for (const left of this.run(filter.left, input, scope)) {
          if (truthy(left) === (filter.kind === "or")) yield filter.kind === "or";
          else for (const right of this.run(filter.right, input, scope)) yield truthy(right);
        }
        return;
      case "binary":
        // The right side is the outer loop, as in jq.
        for (const right of this.run(filter.right, input, scope)) for (const left of this.run(filter.left, input, scope)) yield arithmetic(filter.operator, left, right);
        return;
      case "negate":
        for (const value of this.run(filter.of, input, scope)) {
          if (typeof value !== "number") throw new JqError(`${shown(value)} cannot be negated`);
          yield -value;
        }
        return;
      case "assign":
        yield* this.#assign(filter, input, scope);
        return;
      case "array":
        yield filter.of ? [...this.run(filter.of, input, scope)] : [];
        return;
      case "object":
        yield* this.#object(filter.entries, 0, new Map(), input, scope);
        return;
      case "text":
        yield* this.#text(filter, filter.parts.length - 1, "", input, scope);
        return;
      case "format":
        yield formatted(filter.name, input);
    }
  }

  #variable(name: string, scope: Scope): Json {
    if (name === "__loc__") return new Map<string, Json>([["file", "<top-level>"], ["line", 1]]);
    if (name === "ENV") return new Map(this.around.env);
    const value = scope.variable(name);
    if (value === undefined) throw new JqError(`$${name} is not defined`);
    return value;
  }

  *#recurse(at: At): Generator<At> {
    yield at;
    if (isArray(at.value) || isObject(at.value)) for (const inner of iterate(at)) yield* this.#recurse(inner);
  }

  *#slice(filter: Extract<Filter, { kind: "slice" }>, input: At, scope: Scope): Generator<At> {
    const nothing: Filter = { kind: "literal", value: null };
    for (const of of this.at(filter.of, input, scope)) {
      for (const to of this.run(filter.to ?? nothing, input.value, scope)) {
        for (const from of this.run(filter.from ?? nothing, input.value, scope)) yield step(of, new Map([["start", from], ["end", to]]), slice(of.value, from, to));
      }
    }
  }

  *#try({ body, handler }: Extract<Filter, { kind: "try" }>, input: At, scope: Scope): Generator<At> {
    const outputs = this.at(body, input, scope);
    for (;;) {
      let next: IteratorResult<At>;
      try {
        next = outputs.next();
      } catch (error) {
        if (!(error instanceof JqError)) throw error;
        if (isObject(error.value) && error.value.get("__jq") !== undefined) return;
        if (handler) yield* this.at(handler, { value: error.value, path: undefined }, scope);
        return;
      }
      if (next.done) return;
      yield next.value;
    }
  }

  *#alternative({ left, right }: { readonly left: Filter; readonly right: Filter }, input: At, scope: Scope): Generator<At> {
    let any = false;
    for (const at of this.at(left, input, scope)) {
      if (!truthy(at.value)) continue;
      any = true;
      yield at;
    }
    if (!any) yield* this.at(right, input, scope);
  }

  *#bind({ source, patterns, body }: Extract<Filter, { kind: "bind" }>, input: At, scope: Scope): Generator<At> {
    const names = patterns.length > 1 ? patterns.flatMap(namesOf) : [];
    const base = names.reduce((inner, name) => inner.with(name, null), scope);
    for (const value of this.run(source, input.value, scope)) {
      for (const [i, pattern] of patterns.entries()) {
        try {
          for (const bound of this.destructure(pattern, value, base)) yield* this.at(body, input, bound);
          break;
        } catch (error) {
          if (!(error instanceof JqError) || i === patterns.length - 1) throw error;
        }
      }
    }
  }

  *destructure(pattern: Pattern, value: Json, scope: Scope): Generator<Scope> {
    if (pattern.kind === "variable") {
      yield scope.with(pattern.name, value);
      return;
    }
    if (pattern.kind === "array") {
      if (value !== null && !isArray(value)) throw new JqError(`Cannot index ${typeOf(value)} with number`);
      yield* this.#destructureAll(pattern.items.map((item, i) => ({ pattern: item, key: i as Json })), value, scope, 0);
      return;
    }
    yield* this.#destructureObject(pattern.entries, 0, value, scope);
  }

  *#destructureAll(items: readonly { readonly pattern: Pattern; readonly key: Json }[], value: Json, scope: Scope, at: number): Generator<Scope> {
    const item = items[at];
    if (item === undefined) yield scope;
    else for (const bound of this.destructure(item.pattern, getField(value, item.key), scope)) yield* this.#destructureAll(items, value, bound, at + 1);
  }

  *#destructureObject(entries: Extract<Pattern, { kind: "object" }>["entries"], at: number, value: Json, scope: Scope): Generator<Scope> {
    const entry = entries[at];
    if (entry === undefined) {
      yield scope;
      return;
    }
    for (const key of this.run(entry.key, value, scope)) {
      const found = getField(value, key);
      const bound = entry.bind === undefined ? scope : scope.with(entry.bind, found);
      if (entry.value === undefined) yield* this.#destructureObject(entries, at + 1, value, bound);
      else for (const inner of this.destructure(entry.value, found, bound)) yield* this.#destructureObject(entries, at + 1, value, inner);
    }
  }

  *#reduce({ source, pattern, start, update }: Extract<Filter, { kind: "reduce" }>, input: At, scope: Scope): Generator<At> {
    for (const begun of this.at(start, input, scope)) {
      let state: At = begun;
      for (const value of this.run(source, input.value, scope)) {
        for (const bound of this.destructure(pattern, value, scope)) {
          let last: At = { value: null, path: state.path };
          for (const at of this.at(update, state, bound)) last = at;
          state = last;
        }
      }
      yield state;
    }
  }

  *#foreach({ source, pattern, start, update, extract }: Extract<Filter, { kind: "foreach" }>, input: At, scope: Scope): Generator<At> {
    for (const begun of this.at(start, input, scope)) {
      let state: At = begun;
      for (const value of this.run(source, input.value, scope)) {
        for (const bound of this.destructure(pattern, value, scope)) {
          for (const at of this.at(update, state, bound)) {
            state = at;
            if (extract) yield* this.at(extract, state, bound);
            else yield state;
          }
        }
      }
    }
  }

  *#label({ name, body }: Extract<Filter, { kind: "label" }>, input: At, scope: Scope): Generator<At> {
    const label = {};
    try {
      yield* this.at(body, input, scope.withLabel(name, label));
    } catch (error) {
      if (!(error instanceof Break) || error.label !== label) throw error;
    }
  }

  #defined(definition: Definition, scope: Scope): Scope {
    const functions = new Map<string, Closure>();
    const inner = scope.withFunctions(functions);
    functions.set(`${definition.name}/${definition.parameters.length}`, { definition, scope: inner });
    return inner;
  }

  *#call({ name, args }: Extract<Filter, { kind: "call" }>, input: At, scope: Scope): Generator<At> {
    const key = `${name}/${args.length}`;
    const closure = scope.call(key);
    if (closure) return yield* this.#apply(closure, args, input, scope);
    const built = native(this, key);
    if (built) return yield* built(input, args, scope);
    const prelude = this.#fromPrelude(key);
    if (prelude === undefined) throw new JqError(`${key} is not defined`);
    yield* this.#apply(prelude, args, input, scope);
  }

  #fromPrelude(key: string): Closure | undefined {
    const known = this.#prelude.get(key);
    if (known) return known;
    const source = PRELUDE.get(key);
    if (source === undefined) return undefined;
    const parsed = parseProgram(`def ${source}; .`);
    if (parsed.kind !== "define") return undefined;
    const closure = { definition: parsed.definition, scope: this.#defined(parsed.definition, this.root) };
    this.#prelude.set(key, closure);
    return closure;
  }

  *#apply({ definition, scope: home }: Closure, args: readonly Filter[], input: At, scope: Scope): Generator<At> {
    yield* this.#applyFrom(definition, args, 0, home, input, scope);
  }

  /** Parameters one by one: $name takes every value of its argument, name is the argument itself. */
  *#applyFrom(definition: Definition, args: readonly Filter[], i: number, inner: Scope, input: At, scope: Scope): Generator<At> {
    const parameter = definition.parameters[i];
    const argument = args[i];
    if (parameter === undefined || argument === undefined) {
      yield* this.at(definition.body, input, inner);
      return;
    }
    const plain = parameter.replace(/^\$/, "");
    const asFunction = (body: Filter, home: Scope): Scope => inner.withFunctions(new Map([[`${plain}/0`, { definition: { name: plain, parameters: [], body }, scope: home }]]));
    if (plain === parameter) {
      yield* this.#applyFrom(definition, args, i + 1, asFunction(argument, scope), input, scope);
      return;
    }
    for (const value of this.run(argument, input.value, scope)) yield* this.#applyFrom(definition, args, i + 1, asFunction({ kind: "literal", value }, scope).with(plain, value), input, scope);
  }

  // Assignment

  /** All paths a filter reaches in a value. */
  *paths(filter: Filter, value: Json, scope: Scope): Generator<Path> {
    for (const at of this.at(filter, { value, path: [] }, scope)) if (at.path !== undefined) yield at.path;
  }

  *#assign({ operator, left, right }: Extract<Filter, { kind: "assign" }>, input: Json, scope: Scope): Generator<Json> {
    if (operator === "|=") {
      yield this.#update(input, left, right, scope);
      return;
    }
    for (const value of this.run(right, input, scope)) {
      let result = input;
      for (const path of [...this.paths(left, input, scope)]) {
        result = updatePath(result, path, (old) => {
          if (operator === "=") return value;
          if (operator === "//=") return truthy(old) ? old : value;
          return arithmetic(operator.slice(0, -1), old, value);
        });
      }
      yield result;
    }
  }

  /** left |= right: the first output counts; none deletes the place. */
  #update(input: Json, left: Filter, right: Filter, scope: Scope): Json {
    let result = input;
    for (const path of [...this.paths(left, input, scope)]) {
      const next = this.run(right, getPath(result, path), scope).next();
      // Deleted at once, as jq 1.6 does: paths that come later have moved by then.
      result = next.done ? deletePaths(result, [path]) : updatePath(result, path, () => next.value);
    }
    return result;
  }

  // Building

  *#object(entries: Extract<Filter, { kind: "object" }>["entries"], at: number, made: ReadonlyMap<string, Json>, input: Json, scope: Scope): Generator<Json> {
    const entry = entries[at];
    if (entry === undefined) {
      yield made;
      return;
    }
    for (const key of this.run(entry.key, input, scope)) {
      if (typeof key !== "string") throw new JqError(`Cannot use ${shown(key)} as object key`);
      for (const value of this.run(entry.value, input, scope)) yield* this.#object(entries, at + 1, new Map([...made, [key, value]]), input, scope);
    }
  }

  /** From the last part to the first: of several values, those of the last part turn slowest. */
  *#text(filter: Extract<Filter, { kind: "text" }>, at: number, made: string, input: Json, scope: Scope): Generator<Json> {
    const part = filter.parts[at];
    if (part === undefined) yield made;
    else if (typeof part === "string") yield* this.#text(filter, at - 1, part + made, input, scope);
    else for (const value of this.run(part, input, scope)) yield* this.#text(filter, at - 1, formatted(filter.format ?? "@text", value) + made, input, scope);
  }
}

function step({ path }: At, key: Json, value: Json): At {
  return { value, path: path === undefined ? undefined : [...path, key] };
}

export function* iterate(at: At): Generator<At> {
  const { value } = at;
  if (isArray(value)) for (const [i, item] of value.entries()) yield step(at, i, item);
  else if (isObject(value)) for (const [key, item] of value) yield step(at, key, item);
  else throw new JqError(`Cannot iterate over ${shown(value)}`);
}

function namesOf(pattern: Pattern): readonly string[] {
  if (pattern.kind === "variable") return [pattern.name];
  if (pattern.kind === "array") return pattern.items.flatMap(namesOf);
  return pattern.entries.flatMap(({ bind, value }) => [...(bind === undefined ? [] : [bind]), ...(value ? namesOf(value) : [])]);
}

function short(value: Json): string {
  const text = shown(value);
  return /\((.*)\)$/.exec(text)?.[1] ?? text;
}
