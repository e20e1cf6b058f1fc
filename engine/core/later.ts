/**
 * Code that may come after the world has begun: a page fetches the tools while the world boots, as
 * a system pages a program in from disk when it is first run. The world cannot wait for it, being
 * synchronous; whoever looks too early is told so, and the world in which that happened is not what
 * it would have been: it has to be begun again.
 */
export class NotYet extends Error {
  constructor() {
    super("the tools are not here yet");
  }
}

export class Later<T extends object> {
  #value: T | undefined;
  #missed = false;

  constructor(value?: T) {
    this.#value = value;
  }

  bring(value: T): void {
    this.#value = value;
  }

  get here(): boolean {
    return this.#value !== undefined;
  }

  /** Somebody wanted it before it was here. */
  get missed(): boolean {
    return this.#missed;
  }

  /** Throws NotYet. */
  get value(): T {
    if (this.#value !== undefined) return this.#value;
    this.#missed = true;
    throw new NotYet();
  }
}
