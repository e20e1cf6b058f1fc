/** Which rules came with a change of a table, and where they were written: a restore tells the line of what the kernel refuses. */
import type { Rule } from "./ruleset";

/** A rule that came with this transaction, and where it was written: for errors that show only at the end. */
export type Origin = { readonly line: number; readonly operation: "APPEND" | "INSERT" | "REPLACE"; readonly chain: string };

/** The rules that came with a transaction; until the commit each carries its number among them. */
export class Origins {
  readonly rules: Rule[] = [];
  readonly #lines: number[] = [];
  readonly #operations: Origin["operation"][] = [];
  readonly #chains: string[] = [];

  set(rule: Rule, line: number, operation: Origin["operation"], chain: string): void {
    rule.origin = this.rules.push(rule);
    this.#lines.push(line);
    this.#operations.push(operation);
    this.#chains.push(chain);
  }

  get({ origin: number }: Rule): Origin | undefined {
    const [line, operation, chain] = [this.#lines[number - 1], this.#operations[number - 1], this.#chains[number - 1]];
    return line === undefined || operation === undefined || chain === undefined ? undefined : { line, operation, chain };
  }

  chainOf({ origin: number }: Rule): string | undefined {
    return this.#chains[number - 1];
  }

  has({ origin: number }: Rule): boolean {
    return number !== 0;
  }

  forget(): void {
    for (const rule of this.rules) rule.origin = 0;
  }
}
