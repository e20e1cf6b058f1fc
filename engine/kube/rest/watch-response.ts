/**
 * A watch as a client sees it: the store's events as JSON (or one-row Tables), bookmarks, and the
 * ERROR that a revision of long ago gets.
 */
import type { WatchEvent, WatchStream } from "../api";
import type { Signal } from "../../core/task";
import type { StoreEvent, StoreWatch } from "../watch";

export class ResponseWatch implements WatchStream {
  #ended = false;

  constructor(
    private readonly source: StoreWatch,
    private readonly show: (event: StoreEvent) => unknown,
  ) {}

  get ready(): Signal {
    return this.source.ready;
  }

  get closed(): boolean {
    return this.#ended || this.source.closed;
  }

  next(): WatchEvent | undefined {
    const event = this.source.next();
    return event && { type: event.type, object: this.show(event) };
  }

  close(): void {
    this.#ended = true;
    this.source.close();
  }
}

/** A stream that says one thing and is over: how a watch on a forgotten revision fails. */
export class FailedWatch implements WatchStream {
  #event: WatchEvent | undefined;

  constructor(
    status: unknown,
    readonly ready: Signal,
  ) {
    this.#event = { type: "ERROR", object: status };
  }

  get closed(): boolean {
    return this.#event === undefined;
  }

  next(): WatchEvent | undefined {
    const event = this.#event;
    this.#event = undefined;
    return event;
  }

  close(): void {
    this.#event = undefined;
  }
}
