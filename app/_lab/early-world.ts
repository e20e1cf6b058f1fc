/**
 * A world that begins before its tools are there. As long as nobody and nothing in it reaches for one, it is the very world it would
 * have been with them. If something does, that world is dropped, and begun again with the tools up to the moment before: seed and
 * journal lead there.
 */
import { type Journal, type LabFiles, Later, type Output, openSession, type Session, type Tools } from "@/engine/page";

export type Beginning = { readonly files: LabFiles; readonly seed: number; readonly journal?: Journal };

type Lived = ReturnType<Session["run"]>;

const NOTHING: Lived = { outputs: [] as readonly Output[], done: true, events: 0 };

export class EarlyWorld {
  #tools: Later<Tools>;
  #session: Session | undefined;
  /** How far the world had come when it was still right. */
  #reached: Journal | undefined;

  /** Throws LabProblem, as openSession does. */
  constructor(
    private readonly beginning: Beginning,
    tools: Tools | undefined,
  ) {
    this.#tools = new Later(tools);
    this.#reached = beginning.journal;
    // What is in a journal was typed with tools.
    if (tools !== undefined || beginning.journal === undefined) this.#open();
  }

  /** Undefined while it has to wait for its tools. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** The tools are here. Throws LabProblem, if the world can be begun only now. */
  bring(tools: Tools): void {
    if (this.#session) return this.#tools.bring(tools);
    const seen = this.#reached !== this.beginning.journal;
    this.#tools = new Later(tools);
    this.#open();
    // Once more what has been shown already.
    if (seen) (this.#session as Session | undefined)?.run(0, 0);
  }

  run(ms: number, maxEvents: number): Lived {
    const session = this.#session;
    if (!session) return NOTHING;
    const reached = this.#tools.here ? undefined : session.journal();
    const lived = session.run(ms, maxEvents);
    if (!this.#tools.missed) return lived;
    this.#reached = reached;
    this.#session = undefined;
    return NOTHING;
  }

  #open(): void {
    const { files, seed } = this.beginning;
    try {
      const session = openSession(files, { seed, ...(this.#reached && { journal: this.#reached }) }, this.#tools);
      if (!this.#tools.missed) this.#session = session;
    } catch (problem) {
      if (!this.#tools.missed) throw problem; // A lab that seems broken may only have missed its tools.
    }
  }
}
