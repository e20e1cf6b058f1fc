/** Go templates run on an object: text/template's exec.go and funcs.go, and kubectl's own functions. */
import { goPrint } from "../go-value";
import { isMap, type Json } from "../json";
import { CallError, checkArity, FUNCTIONS } from "./functions";
import { type Operand, parseGoTemplate, type Parsed, type Pipeline, type Statement, TemplateError } from "./parse";

export { TemplateError };

export type Value = Json | undefined;

/** The template's output. `allowMissing`: a key that is not there prints as <no value>. */
export function goTemplate(source: string, object: Json, allowMissing: boolean): string {
  const { body, named } = parseGoTemplate(source);
  const run = new Run(allowMissing, named);
  run.block(body, object, new Map([["$", object as Value]]));
  return run.output;
}

class Interrupt extends Error {
  constructor(readonly kind: "break" | "continue") {
    super(kind);
  }
}

type Scope = Map<string, Value>;
type Call = Extract<Operand, { kind: "call" }>;

class Run {
  output = "";

  constructor(
    readonly allowMissing: boolean,
    readonly named: Parsed["named"],
  ) {}

  block(statements: readonly Statement[], dot: Value, outer: Scope): void {
    const scope: Scope = new Map(outer);
    for (const statement of statements) this.#statement(statement, dot, scope);
    for (const name of outer.keys()) outer.set(name, scope.get(name));
  }

  #statement(statement: Statement, dot: Value, scope: Scope): void {
    switch (statement.kind) {
      case "text":
        this.output += statement.text;
        return;
      case "print": {
        const value = this.#pipeline(statement.pipeline, dot, scope);
        if (statement.pipeline.declare.length === 0) this.output += goPrint(value);
        return;
      }
      case "if":
      case "with": {
        const inner: Scope = new Map(scope);
        const value = this.#pipeline(statement.pipeline, dot, inner);
        this.block(isTrue(value) ? statement.body : statement.otherwise, statement.kind === "with" && isTrue(value) ? value : dot, inner);
        for (const name of scope.keys()) scope.set(name, inner.get(name));
        return;
      }
      case "range":
        this.#range(statement, dot, scope);
        return;
      case "template": {
        const body = this.named.get(statement.name);
        if (body === undefined) throw new TemplateError(`1:11: executing "output" at <{{template ${JSON.stringify(statement.name)}}}>: template ${JSON.stringify(statement.name)} not defined`, false);
        const given = statement.pipeline === undefined ? undefined : this.#pipeline(statement.pipeline, dot, scope);
        this.block(body, given, new Map([["$", given]]));
        return;
      }
      case "break":
      case "continue":
        throw new Interrupt(statement.kind);
    }
  }

  #range(statement: Extract<Statement, { kind: "if" | "range" | "with" }>, dot: Value, scope: Scope): void {
    const { declare } = statement.pipeline;
    const over = this.#pipeline({ ...statement.pipeline, declare: [] }, dot, scope);
    const [operand] = statement.pipeline.commands.at(-1) ?? [];
    const entries = entriesOf(over, operand?.kind === "path" ? `<.${operand.names.join(".")}>` : "<.>");
    if (entries.length === 0) this.block(statement.otherwise, dot, scope);
    for (const [key, value] of entries) {
      const inner: Scope = new Map(scope);
      if (declare.length === 1) inner.set(declare[0] ?? "", value);
      if (declare.length === 2) inner.set(declare[0] ?? "", key).set(declare[1] ?? "", value);
      try {
        this.block(statement.body, value, inner);
      } catch (error) {
        if (!(error instanceof Interrupt)) throw error;
        if (error.kind === "break") return;
      } finally {
        for (const name of scope.keys()) scope.set(name, inner.get(name));
      }
    }
  }

  #pipeline(pipeline: Pipeline, dot: Value, scope: Scope): Value {
    let value: Value;
    pipeline.commands.forEach((command, i) => {
      value = this.#command(command, dot, scope, i === 0 ? [] : [value]);
    });
    for (const name of pipeline.declare) {
      if (pipeline.assign && !scope.has(name)) throw new TemplateError(`1: undefined variable ${JSON.stringify(name)}`, true);
      scope.set(name, value);
    }
    return value;
  }

  #command(command: readonly Operand[], dot: Value, scope: Scope, piped: readonly Value[]): Value {
    const [first, ...rest] = command as [Operand, ...Operand[]];
    if (first.kind === "path" && rest.length + piped.length > 0 && first.names.length > 0) {
      throw new TemplateError(`${first.where}: executing "output" at <.${first.names.join(".")}>: ${first.names.at(-1)} is not a method but has arguments`, false);
    }
    if (first.kind !== "call") return this.#operand(first, dot, scope);
    return this.#call(first, [...rest.map((one) => () => this.#operand(one, dot, scope)), ...piped.map((value) => () => value)]);
  }

  #call({ name, where, command }: Call, lazy: readonly (() => Value)[]): Value {
    try {
      checkArity(name, lazy.length);
    } catch (error) {
      throw error instanceof CallError ? new TemplateError(`${where}: executing "output" at <${lazy.length === 0 ? command : name}>: ${error.message}`, false) : error;
    }
    if (name === "and" || name === "or") {
      let value: Value;
      for (const argument of lazy) {
        value = argument();
        if (isTrue(value) === (name === "or")) return value;
      }
      return value;
    }
    const found = FUNCTIONS[name];
    if (found === undefined) throw new TemplateError(`1: function ${JSON.stringify(name)} not defined`, true);
    const values = lazy.map((argument) => argument());
    try {
      return found(values);
    } catch (error) {
      if (error instanceof CallError) throw new TemplateError(`${where}: executing "output" at <${command}>: ${error.plain ? "" : `error calling ${name}: `}${error.message}`, false);
      throw error;
    }
  }

  #operand(operand: Operand, dot: Value, scope: Scope): Value {
    switch (operand.kind) {
      case "literal":
        return operand.value;
      case "path":
        return this.#fields(dot, operand.names, operand.where);
      case "variable":
        if (!scope.has(operand.name)) throw new TemplateError(`1: undefined variable ${JSON.stringify(operand.name)}`, true);
        return this.#fields(scope.get(operand.name), operand.names);
      case "pipeline":
        return this.#fields(this.#pipeline(operand.pipeline, dot, scope), operand.names);
      case "call":
        return this.#call(operand, []);
    }
  }

  /** `where`: the first of the names, which an error points at. */
  #fields(value: Value, names: readonly string[], where = "1:2"): Value {
    let here = value;
    for (const name of names) {
      const shown = names.join(".");
      if (here === undefined) return undefined; // What a map does not have has nothing in it either.
      if (here === null) {
        throw new TemplateError(`${where}: executing "output" at <.${shown}>: nil pointer evaluating interface {}.${name}`, false);
      }
      if (!isMap(here)) throw new TemplateError(`${where}: executing "output" at <.${shown}>: can't evaluate field ${name} in type interface {}`, false);
      if (!(name in here) && !this.allowMissing) throw new TemplateError(`${where}: executing "output" at <.${shown}>: map has no entry for key ${JSON.stringify(name)}`, false);
      here = here[name];
    }
    return here;
  }
}

function entriesOf(value: Value, where: string): readonly (readonly [Value, Value])[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "number" && Number.isInteger(value)) return Array.from({ length: Math.max(0, value) }, (_, i) => [i, i]);
  if (Array.isArray(value)) return value.map((item: Json, i: number) => [i, item]);
  if (isMap(value)) {
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]]);
  }
  throw new TemplateError(`1:8: executing "output" at ${where}: range can't iterate over ${goPrint(value)}`, false);
}

export function isTrue(value: Value): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return value !== false && value !== 0 && value !== "";
}
