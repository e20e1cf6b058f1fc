/**
 * A value that stands on one line of YAML: a plain or quoted scalar without escapes, or a flow
 * collection of such ({app: web}, [a, b]), and perhaps a comment behind it.
 */
import { plainScalar } from "./yaml-scalar";

/** A plain scalar's first character: not an indicator, but a minus before more of a word is none. */
const BEGINS = /^(?:[^\s&*!|>%@`#,[\]{}"'?:-]|-[^\s,[\]{}])/;
const FLOW_KEY = /^([A-Za-z_][\w./-]*): */;
const FLOW_PLAIN = /^[^,[\]{}#:]+(?::[^\s,[\]{}#:][^,[\]{}#:]*)*/;
const NOTHING_MORE = /^ *(?: #.*)?$/;

export class FlowReader {
  constructor(private rest: string) {}

  /** All of it; undefined where that is not plain. Nothing is null. */
  whole(): unknown {
    const first = this.rest.charAt(0);
    const value = first === "{" || first === "[" || first === '"' || first === "'" ? this.#inFlow() : this.#line();
    return value !== undefined && NOTHING_MORE.test(this.rest) ? value : undefined;
  }

  /** A plain scalar to the end of the line. */
  #line(): unknown {
    const comment = this.rest.indexOf(" #");
    const text = (comment < 0 ? this.rest : this.rest.slice(0, comment)).trimEnd();
    this.rest = "";
    if (!BEGINS.test(text) || text.includes(": ") || text.endsWith(":")) return undefined;
    return plainScalar(text);
  }

  #inFlow(): unknown {
    switch (this.rest.charAt(0)) {
      case "{":
        return this.#map();
      case "[":
        return this.#list();
      case '"':
        return this.#quoted('"');
      case "'":
        return this.#quoted("'");
    }
    const text = BEGINS.test(this.rest) ? FLOW_PLAIN.exec(this.rest)?.[0] : undefined;
    if (text === undefined) return undefined;
    this.rest = this.rest.slice(text.length);
    return plainScalar(text.trimEnd());
  }

  #quoted(quote: string): string | undefined {
    const end = this.rest.indexOf(quote, 1);
    const text = this.rest.slice(1, end);
    if (end < 0 || text.includes("\\") || this.rest.charAt(end + 1) === quote) return undefined;
    this.rest = this.rest.slice(end + 1);
    return text;
  }

  #list(): readonly unknown[] | undefined {
    const items: unknown[] = [];
    const closed = this.#members("]", () => {
      const item = this.#inFlow();
      items.push(item);
      return item !== undefined;
    });
    return closed ? items : undefined;
  }

  #map(): unknown {
    const out: Record<string, unknown> = {};
    const closed = this.#members("}", () => {
      const [all = "", key = ""] = FLOW_KEY.exec(this.rest) ?? [];
      if (all === "" || all.endsWith(":") || Object.hasOwn(out, key) || key === "__proto__" || typeof plainScalar(key) !== "string") return false;
      this.rest = this.rest.slice(all.length);
      out[key] = this.#inFlow();
      return out[key] !== undefined;
    });
    return closed ? out : undefined;
  }

  /** From the opening bracket to the closing one; false when a member is not plain. */
  #members(close: string, member: () => boolean): boolean {
    this.#after(1);
    if (this.rest.startsWith(close)) {
      this.rest = this.rest.slice(1);
      return true;
    }
    while (member()) {
      this.#after(0);
      const end = this.rest.charAt(0);
      if (end !== close && end !== ",") return false;
      if (end === close) {
        this.rest = this.rest.slice(1);
        return true;
      }
      this.#after(1);
    }
    return false;
  }

  #after(count: number): void {
    this.rest = this.rest.slice(count).trimStart();
  }
}
