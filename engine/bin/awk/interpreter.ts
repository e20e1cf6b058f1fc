/**
 * Runs an awk program: the rules over the records, statements, expressions, variables. What the
 * built-in functions do stands in builtins.ts.
 */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";
import { formatNumber, parseFormat } from "../printf-format";
import { posixRegex, type Regex } from "../posix-regex";
import { type Awk, AwkProblem, type Expr, type Rule, type Stmt } from "./ast";
import { sprintf } from "./builtins";
import { evaluate, key } from "./evaluate";
import { splitFields } from "./fields";
import { openCommand, openFile, Records } from "./input";
import { unescape } from "./lexer";
import { Outputs } from "./output";
import { fromInput, isTrue, toNumber, toText, type Value } from "./values";

type Cell = { value: Value; array: Map<string, Value> | undefined };
type Flow = "next" | "nextfile" | "break" | "continue" | "return" | "exit" | undefined;

const MOST_DEPTH = 500;
const MOST_CELLS = 1_000_000;

export class Interpreter {
  readonly outputs: Outputs;
  readonly #globals = new Map<string, Cell>();
  readonly #regexes = new Map<string, Regex>();
  readonly #readers = new Map<string, Records>();
  readonly #ranges = new Set<Rule>();
  #frames: Map<string, Cell>[] = [];
  #fields: Value[] = [""];
  #fieldsSplit = true;
  #recordStale = false;
  #input: Records | undefined;
  #operand = 1;
  #anyFile = false;
  #returned: Value;
  #status = 0;
  #steps = 0;
  #cells = 0;

  constructor(
    readonly proc: Proc,
    private readonly program: Awk,
    operands: readonly string[],
  ) {
    this.outputs = new Outputs(proc);
    for (const [name, value] of Object.entries({ FS: " ", OFS: " ", ORS: "\n", RS: "\n", SUBSEP: "\x1c", CONVFMT: "%.6g", OFMT: "%.6g", NR: 0, FNR: 0, NF: 0, FILENAME: "", RSTART: 0, RLENGTH: -1 })) this.set(name, value);
    this.set("ARGC", operands.length + 1);
    const argv = this.array("ARGV");
    argv.set("0", "awk");
    for (const [i, operand] of operands.entries()) argv.set(String(i + 1), fromInput(operand));
    const environ = this.array("ENVIRON");
    for (const [name, value] of proc.env) environ.set(name, fromInput(value));
  }

  *run(): Task<number> {
    let flow = yield* this.#rules("begin");
    const reads = this.program.rules.some(({ kind }) => kind !== "begin");
    if (flow !== "exit" && reads) flow = yield* this.#records();
    if (flow !== "exit" || reads) yield* this.#rules("end");
    yield* this.outputs.closeAll();
    return this.#status;
  }

  *#rules(kind: Rule["kind"]): Task<Flow> {
    for (const rule of this.program.rules) {
      if (rule.kind !== kind || rule.body === undefined) continue;
      const flow = yield* this.exec(rule.body);
      if (flow === "exit") return "exit";
    }
    return undefined;
  }

  *#records(): Task<Flow> {
    for (let record = yield* this.nextRecord(); record !== undefined; record = yield* this.nextRecord()) {
      this.setRecord(record);
      const flow = yield* this.#record();
      // What one record printed is there before the next one is waited for.
      yield* this.outputs.flush();
      if (flow === "exit") return "exit";
      if (flow === "nextfile") yield* this.#endInput();
    }
    return undefined;
  }

  *#record(): Task<Flow> {
    for (const rule of this.program.rules) {
      if (rule.kind !== "main" || !(yield* this.#fits(rule))) continue;
      if (rule.body === undefined) yield* this.outputs.print(this.text(this.field(0)) + this.text(this.get("ORS")));
      else {
        const flow = yield* this.exec(rule.body);
        if (flow === "next") return undefined;
        if (flow === "exit" || flow === "nextfile") return flow;
      }
    }
    return undefined;
  }

  *#fits(rule: Rule): Task<boolean> {
    if (rule.from === undefined) return true;
    if (rule.to === undefined) return isTrue(yield* this.eval(rule.from));
    if (!this.#ranges.has(rule)) {
      if (!isTrue(yield* this.eval(rule.from))) return false;
      this.#ranges.add(rule);
    }
    if (isTrue(yield* this.eval(rule.to))) this.#ranges.delete(rule);
    return true;
  }

  /** The next record of the main input, operand by operand; assignments among them are made as they are met. */
  *nextRecord(): Task<string | undefined> {
    for (;;) {
      if (this.#input === undefined && !(yield* this.#open())) return undefined;
      const record = yield* (this.#input as Records).next(this.text(this.get("RS")));
      if (record === undefined) {
        yield* this.#endInput();
        continue;
      }
      this.set("NR", toNumber(this.get("NR")) + 1);
      this.set("FNR", toNumber(this.get("FNR")) + 1);
      return record;
    }
  }

  *#endInput(): Task {
    yield* (this.#input as Records).close();
    this.#input = undefined;
  }

  *#open(): Task<boolean> {
    const argc = toNumber(this.get("ARGC"));
    while (this.#operand < argc) {
      const operand = this.text(this.array("ARGV").get(String(this.#operand++)));
      const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(operand);
      if (operand === "") continue;
      if (assignment) {
        this.set(assignment[1] as string, fromInput(unescape(assignment[2] as string)));
        continue;
      }
      this.#anyFile = true;
      this.set("FILENAME", operand);
      this.set("FNR", 0);
      this.#input = openFile(this.proc, operand);
      if (this.#input !== undefined) return true;
      yield* this.proc.err(`awk: cannot open "${operand}" (No such file or directory)\n`);
      this.#status = 2;
    }
    if (this.#anyFile) return false;
    this.#anyFile = true;
    this.#input = new Records(this.proc.file(0).retain());
    return true;
  }

  // Variables.

  #cell(name: string): Cell {
    const local = this.#frames.at(-1)?.get(name);
    if (local !== undefined) return local;
    let cell = this.#globals.get(name);
    if (cell === undefined) {
      cell = { value: undefined, array: undefined };
      this.#globals.set(name, cell);
    }
    return cell;
  }

  get(name: string): Value {
    if (name === "NF") this.#split();
    const cell = this.#cell(name);
    if (cell.array !== undefined) throw new AwkProblem(`attempt to use array \`${name}' in a scalar context`);
    return cell.value;
  }

  set(name: string, value: Value): void {
    this.#cell(name).value = value;
    if (name === "NF" && this.#fieldsSplit) this.#resize(toNumber(value));
  }

  array(name: string): Map<string, Value> {
    const cell = this.#cell(name);
    cell.array ??= new Map();
    return cell.array;
  }

  text(value: Value): string {
    return toText(value, (number) => this.#convert(number, "CONVFMT"));
  }

  /** print uses OFMT where everything else uses CONVFMT. */
  #shown(value: Value): string {
    return toText(value, (number) => this.#convert(number, "OFMT"));
  }

  #convert(number: number, variable: string): string {
    const format = this.#cell(variable).value;
    const [piece] = parseFormat(typeof format === "string" ? format : "%.6g");
    if (piece === undefined || typeof piece === "string") return String(number);
    return formatNumber(number, { ...piece, width: piece.width === "*" || piece.width === undefined ? 0 : piece.width, precision: piece.precision === "*" ? undefined : piece.precision });
  }

  regex(source: string): Regex {
    let regex = this.#regexes.get(source);
    if (regex === undefined) {
      regex = posixRegex(source, "extended");
      if (this.#regexes.size > 1000) this.#regexes.clear();
      this.#regexes.set(source, regex);
    }
    return regex;
  }

  // Fields.

  setRecord(record: string): void {
    this.#fields = [fromInput(record)];
    this.#fieldsSplit = false;
    this.#recordStale = false;
  }

  #split(): void {
    if (this.#fieldsSplit) return;
    const record = this.text(this.#fields[0]);
    this.#fields = [this.#fields[0], ...splitFields(record, this.text(this.#cell("FS").value), (source) => this.regex(source)).map(fromInput)];
    this.#fieldsSplit = true;
    this.#cell("NF").value = this.#fields.length - 1;
  }

  field(index: number): Value {
    if (index < 0) throw new AwkProblem(`attempt to access field ${index}`);
    if (index === 0) {
      if (this.#recordStale) {
        this.#fields[0] = fromInput(this.#fields.slice(1).map((field) => this.text(field)).join(this.text(this.get("OFS"))));
        this.#recordStale = false;
      }
      return this.#fields[0];
    }
    this.#split();
    return this.#fields[index];
  }

  setField(index: number, value: Value): void {
    if (index === 0) return this.setRecord(this.text(value));
    if (index < 0 || index > 100_000) throw new AwkProblem(`attempt to access field ${index}`);
    this.#split();
    if (index >= this.#fields.length) this.#resize(index);
    this.#fields[index] = value;
    this.#recordStale = true;
  }

  #resize(count: number): void {
    if (count < 0 || count > 100_000) throw new AwkProblem("NF set to a negative or too large value");
    while (this.#fields.length - 1 < count) this.#fields.push("");
    this.#fields.length = count + 1;
    this.#cell("NF").value = count;
    this.#recordStale = true;
  }

  // Statements.

  *exec(stmt: Stmt): Task<Flow> {
    if (++this.#steps % 2048 === 0) yield* this.proc.charge(200);
    switch (stmt.kind) {
      case "expr":
        yield* this.eval(stmt.expr);
        return undefined;
      case "print":
      case "printf":
        return yield* this.#print(stmt);
      case "block":
        return yield* this.#block(stmt.body);
      case "if":
        if (isTrue(yield* this.eval(stmt.test))) return yield* this.exec(stmt.yes);
        return stmt.no === undefined ? undefined : yield* this.exec(stmt.no);
      case "while":
      case "do":
      case "for":
        return yield* this.#loop(stmt);
      case "forin":
        return yield* this.#forIn(stmt.variable, stmt.array, stmt.body);
      case "delete":
        if (stmt.keys === undefined) this.array(stmt.name).clear();
        else this.array(stmt.name).delete(yield* key(this, stmt.keys));
        return undefined;
      case "exit":
        if (stmt.value !== undefined) this.#status = toNumber(yield* this.eval(stmt.value)) & 255;
        return "exit";
      case "return":
        this.#returned = stmt.value === undefined ? undefined : yield* this.eval(stmt.value);
        return "return";
      case "next":
      case "nextfile":
      case "break":
      case "continue":
        return stmt.kind;
    }
  }

  *#block(body: readonly Stmt[]): Task<Flow> {
    for (const stmt of body) {
      const flow = yield* this.exec(stmt);
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  *#loop(stmt: Extract<Stmt, { kind: "while" | "do" | "for" }>): Task<Flow> {
    if (stmt.kind === "for" && stmt.first !== undefined) yield* this.exec(stmt.first);
    for (let first = stmt.kind === "do"; ; first = false) {
      if (!first && stmt.test !== undefined && !isTrue(yield* this.eval(stmt.test))) return undefined;
      const flow = yield* this.exec(stmt.body);
      if (flow === "break") return undefined;
      if (flow !== undefined && flow !== "continue") return flow;
      if (stmt.kind === "for" && stmt.step !== undefined) yield* this.exec(stmt.step);
    }
  }

  *#forIn(variable: string, array: string, body: Stmt): Task<Flow> {
    for (const key of [...this.array(array).keys()]) {
      if (!this.array(array).has(key)) continue;
      this.set(variable, fromInput(key));
      const flow = yield* this.exec(body);
      if (flow === "break") return undefined;
      if (flow !== undefined && flow !== "continue") return flow;
    }
    return undefined;
  }

  *#print(stmt: Extract<Stmt, { kind: "print" | "printf" }>): Task<Flow> {
    const args: Value[] = [];
    for (const arg of stmt.args) args.push(yield* this.eval(arg));
    let text: string;
    if (stmt.kind === "printf") text = sprintf(this, this.text(args[0]), args.slice(1));
    else text = (args.length === 0 ? this.text(this.field(0)) : args.map((arg) => this.#shown(arg)).join(this.text(this.get("OFS")))) + this.text(this.get("ORS"));
    if (stmt.redirect === undefined) yield* this.outputs.print(text);
    else yield* this.outputs.printTo(stmt.redirect.to, this.text(yield* this.eval(stmt.redirect.target)), text);
    return undefined;
  }

  eval(expr: Expr): Task<Value> {
    return evaluate(this, expr);
  }

  // What expressions ask for.

  setElement(name: string, at: string, value: Value): void {
    const array = this.array(name);
    if (!array.has(at) && ++this.#cells > MOST_CELLS) throw new AwkProblem("arrays have grown too large");
    array.set(at, value);
  }

  isArray(name: string): boolean {
    return this.#cell(name).array !== undefined;
  }

  /** A function of the program: arrays go by reference, everything else by value. */
  *call(name: string, args: readonly Expr[]): Task<Value> {
    const fn = this.program.functions.get(name);
    if (fn === undefined) throw new AwkProblem(`function ${name} not defined`);
    if (this.#frames.length >= MOST_DEPTH) throw new AwkProblem("function call nesting too deep");
    const frame = new Map<string, Cell>();
    for (const [i, param] of fn.params.entries()) {
      const arg = args[i];
      if (arg?.kind === "variable" && (this.isArray(arg.name) || this.#cell(arg.name).value === undefined)) frame.set(param, this.#cell(arg.name).array === undefined ? this.#untyped(arg.name) : this.#cell(arg.name));
      else frame.set(param, { value: arg === undefined ? undefined : yield* this.eval(arg), array: undefined });
    }
    this.#frames.push(frame);
    this.#returned = undefined;
    yield* this.exec(fn.body);
    this.#frames.pop();
    return this.#returned;
  }

  /** A variable nobody has set may become an array inside the function. */
  #untyped(name: string): Cell {
    const outer = this.#cell(name);
    return {
      value: undefined,
      get array() {
        return outer.array;
      },
      set array(array) {
        outer.array = array;
      },
    };
  }

  /** getline from a file or a command: a record, 0 at the end, -1 where it cannot be had. */
  *readFrom(from: "file" | "command", name: string): Task<string | number> {
    let records = this.#readers.get(name);
    if (records === undefined) {
      yield* this.outputs.flush();
      records = from === "file" ? openFile(this.proc, name) : openCommand(this.proc, name);
      if (records === undefined) return -1;
      this.#readers.set(name, records);
    }
    return (yield* records.next(this.text(this.get("RS")))) ?? 0;
  }

  *close(name: string): Task<number> {
    const reader = this.#readers.get(name);
    if (reader === undefined) return yield* this.outputs.close(name);
    this.#readers.delete(name);
    return yield* reader.close();
  }
}
