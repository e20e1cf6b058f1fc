/** ^R: looks backwards through the history for what is typed. */
import type { Key } from "./readline-keys";

export class ReverseSearch {
  #wanted = "";
  #at: number;
  #failed = false;
  line: string;
  cursor: number;

  constructor(
    private readonly history: readonly string[],
    line: string,
    cursor: number,
  ) {
    this.line = line;
    this.cursor = cursor;
    this.#at = history.length;
  }

  get prompt(): string {
    return `(${this.#failed ? "failed " : ""}reverse-i-search)\`${this.#wanted}': `;
  }

  /** "leave": take the line and let the key do what it always does; "abort": as before the search. */
  press(key: Key): "continue" | "bell" | "leave" | "abort" {
    if (key.kind !== "key") {
      this.#wanted += key.text;
      return this.#find(Math.min(this.#at, this.history.length - 1));
    }
    switch (key.name) {
      case "C-r":
        return this.#find(this.#at - 1);
      case "backspace":
        this.#wanted = [...this.#wanted].slice(0, -1).join("");
        this.#at = this.history.length;
        return this.#wanted === "" ? "continue" : this.#find(this.#at - 1);
      case "C-g":
        return "abort";
    }
    return "leave";
  }

  #find(from: number): "continue" | "bell" {
    if (this.#wanted === "") return "continue";
    for (let at = from; at >= 0; at--) {
      const found = this.history[at]?.lastIndexOf(this.#wanted) ?? -1;
      if (found < 0) continue;
      this.#at = at;
      this.line = this.history[at] as string;
      this.cursor = [...this.line.slice(0, found)].length;
      this.#failed = false;
      return "continue";
    }
    this.#failed = true;
    return "bell";
  }
}
