/**
 * What the options of matches and targets may ask of the line they stand on: one object for all of
 * them, which tells what is so at the moment (struct xt_fcheck_call and xt_option_call).
 */
import type { Netfilter } from "../attach";
import type { ParseContext, Seen } from "./extension";
import type { Backend, Header, TableName } from "./ruleset";

export class Asked implements ParseContext {
  constructor(
    readonly netfilter: Netfilter,
    readonly backend: Backend,
    private readonly now: () => { readonly table: TableName; readonly header: Header; readonly seen: Seen },
    readonly next: () => string | undefined,
    readonly warn: (text: string) => void,
  ) {}

  get table(): TableName {
    return this.now().table;
  }

  get header(): Header {
    return this.now().header;
  }

  get seen(): Seen {
    return this.now().seen;
  }
}
