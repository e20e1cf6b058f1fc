/**
 * Shell variables: strings, indexed and associative arrays, with their attributes; functions'
 * `local`s shadow what lies below (dynamic scope, as bash has it).
 */
export type Attributes = { exported: boolean; readonly: boolean; integer: boolean; lower: boolean; upper: boolean };
export type Value = string | Map<number, string> | Map<string, string>;

export class Variable {
  value: string | undefined;
  /** Indexed array, keys ascending. */
  array: Map<number, string> | undefined;
  associative: Map<string, string> | undefined;
  exported = false;
  readonly = false;
  integer = false;
  lower = false;
  upper = false;

  get isSet(): boolean {
    return this.value !== undefined || this.array !== undefined || this.associative !== undefined;
  }

  /** What $name is: element 0 of an array. */
  get scalar(): string | undefined {
    return this.array ? this.array.get(0) : this.associative ? this.associative.get("0") : this.value;
  }

  get elements(): readonly string[] {
    if (this.array) return sortedKeys(this.array).map((key) => this.array?.get(key) ?? "");
    if (this.associative) return [...this.associative.values()];
    return this.value === undefined ? [] : [this.value];
  }

  get keys(): readonly string[] {
    if (this.array) return sortedKeys(this.array).map(String);
    if (this.associative) return [...this.associative.keys()];
    return this.value === undefined ? [] : ["0"];
  }

  shaped(text: string): string {
    return this.lower ? text.toLowerCase() : this.upper ? text.toUpperCase() : text;
  }

  copy(): Variable {
    const copy = Object.assign(new Variable(), this);
    if (this.array) copy.array = new Map(this.array);
    if (this.associative) copy.associative = new Map(this.associative);
    return copy;
  }
}

function sortedKeys(array: ReadonlyMap<number, string>): number[] {
  return [...array.keys()].sort((a, b) => a - b);
}

export class Variables {
  #scopes: Map<string, Variable>[];

  constructor(scopes: Map<string, Variable>[] = [new Map()]) {
    this.#scopes = scopes;
  }

  find(name: string): Variable | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const found = this.#scopes[i]?.get(name);
      if (found) return found;
    }
    return undefined;
  }

  /** The variable to assign to: the nearest one, or a new global. */
  need(name: string): Variable {
    return this.find(name) ?? this.#make(name, 0);
  }

  #make(name: string, scope: number): Variable {
    const made = new Variable();
    this.#scopes[scope]?.set(name, made);
    return made;
  }

  get inFunction(): boolean {
    return this.#scopes.length > 1;
  }

  /** A variable of the function that runs; it keeps an exported one exported. */
  local(name: string): Variable {
    const scope = this.#scopes.length - 1;
    const own = this.#scopes[scope]?.get(name);
    if (own) return own;
    const exported = this.find(name)?.exported ?? false;
    const made = this.#make(name, scope);
    made.exported = exported;
    return made;
  }

  global(name: string): Variable {
    return this.#scopes[0]?.get(name) ?? this.#make(name, 0);
  }

  unset(name: string): void {
    for (let i = this.#scopes.length - 1; i >= 0; i--) if (this.#scopes[i]?.delete(name)) return;
  }

  push(scope: Map<string, Variable> = new Map()): void {
    this.#scopes.push(scope);
  }

  pop(): void {
    this.#scopes.pop();
  }

  names(): string[] {
    return [...new Set(this.#scopes.flatMap((scope) => [...scope.keys()]))].sort();
  }

  /** What a child process gets. */
  environment(): Map<string, string> {
    const environment = new Map<string, string>();
    for (const name of this.names()) {
      const variable = this.find(name);
      if (variable?.exported && variable.scalar !== undefined) environment.set(name, variable.scalar);
    }
    return environment;
  }

  copy(): Variables {
    return new Variables(this.#scopes.map((scope) => new Map([...scope].map(([name, variable]) => [name, variable.copy()]))));
  }
}
