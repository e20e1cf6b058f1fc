/**
 * One running lab: inputs are journalled and acted on, time passes when it is told to, and what
 * came of it is handed out. The browser's worker, the command line, the tests and the server's
 * verification all hold one of these and nothing else.
 */
import type { Tools } from "../bin/tools";
import type { Later } from "../core/later";
import { yamlReader } from "../core/yaml-reader";
import type { ClusterAccess, GoalState, HintState, Input, Journal, JournalEntry, LabFiles, LabSummary, Output, Session, SessionOptions, Verification } from "./contract";
import { LabProblem } from "./contract";
import { type Lab, readLab } from "./lab";
import { Stage } from "./stage";
import { stateHash } from "./state-hash";
import { ENGINE_VERSION } from "./version";

/** What a verification may cost: ten times what an hour in a lab takes. */
const VERIFY_EVENTS = 200_000_000;
const MOST_SEED = 0xffff_ffff;

/** Boots the lab, replays the journal if there is one. Throws LabProblem. With tools that were missed, the world is to be thrown away. */
export function openSession(files: LabFiles, { seed, journal, maxEvents = VERIFY_EVENTS, epochMs }: SessionOptions, tools: Later<Tools>): Session {
  const lab = readLab(files, yamlReader(() => tools.value.readYaml));
  if (!Number.isInteger(seed) || seed < 0 || seed > MOST_SEED) throw new LabProblem(`the seed is a whole number from 0 to ${MOST_SEED}`);
  const session = new RunningSession(lab, journal?.seed ?? seed, tools, epochMs);
  if (journal) session.replay(journal, maxEvents);
  return session;
}

/** Replays a journal and looks at the goals itself: a claim counts for nothing. Throws LabProblem. */
export function verifyJournal(files: LabFiles, journal: Journal, tools: Later<Tools>, maxEvents = VERIFY_EVENTS): Verification {
  const session = openSession(files, { seed: journal.seed, journal, maxEvents }, tools);
  const goals = session.goals();
  const hintsOpened = session.hints().filter(({ opened }) => opened).length;
  const completed = session.completed;
  return { goals, completed, score: completed ? Math.max(40, 100 - 10 * hintsOpened) : 0, hintsOpened, stateHash: session.stateHash(), endUs: journal.endUs };
}

class RunningSession implements Session {
  readonly #stage: Stage;
  readonly #entries: JournalEntry[] = [];

  constructor(
    private readonly definition: Lab,
    private readonly seed: number,
    tools: Later<Tools>,
    epochMs: number | undefined,
  ) {
    this.#stage = new Stage(definition, seed, tools, epochMs);
  }

  get lab(): LabSummary {
    return this.definition.summary;
  }

  get cluster(): ClusterAccess | undefined {
    return this.#stage.ground.cluster;
  }

  get nowMs(): number {
    return this.#stage.world.scheduler.nowMs;
  }

  get nextEventMs(): number | undefined {
    return this.#stage.world.scheduler.nextMs;
  }

  get completed(): boolean {
    return this.#stage.board.completedMs !== undefined;
  }

  apply(input: Input): void {
    const { nowUs, events } = this.#stage.world.scheduler;
    this.#entries.push({ atUs: nowUs, afterEvents: events, input });
    this.#stage.act(input);
  }

  run(ms: number, maxEvents?: number): { readonly outputs: readonly Output[]; readonly done: boolean; readonly events: number } {
    const { scheduler } = this.#stage.world;
    const before = scheduler.events;
    const done = scheduler.run(ms, maxEvents);
    return { outputs: this.#stage.takeOutputs(), done, events: scheduler.events - before };
  }

  journal(): Journal {
    const { nowUs, events } = this.#stage.world.scheduler;
    return { format: 1, lab: this.lab.id, engineVersion: ENGINE_VERSION, seed: this.seed, entries: [...this.#entries], endUs: nowUs, endEvents: events };
  }

  goals(): readonly GoalState[] {
    return this.#stage.board.states;
  }

  hints(): readonly HintState[] {
    return this.#stage.hints.states;
  }

  stateHash(): string {
    return stateHash(this.#stage.ground, this.#stage.board);
  }

  replay(journal: Journal, maxEvents: number): void {
    const { scheduler } = this.#stage.world;
    if (journal.lab !== this.lab.id) throw new LabProblem(`this journal is of the lab "${journal.lab}", not of "${this.lab.id}"`);
    if (journal.endEvents - scheduler.events > maxEvents) throw new LabProblem("this journal is too long to be replayed");
    for (const { atUs, afterEvents, input } of journal.entries) {
      if (!scheduler.replayTo(atUs, afterEvents)) throw new LabProblem(diverged(journal));
      this.apply(input);
    }
    if (!scheduler.replayTo(journal.endUs, journal.endEvents)) throw new LabProblem(diverged(journal));
  }
}

function diverged(journal: Journal): string {
  const versions = journal.engineVersion === ENGINE_VERSION ? "" : `: it was made with version ${journal.engineVersion}, this is ${ENGINE_VERSION}`;
  return `this journal does not lead to the same world any more${versions}`;
}
