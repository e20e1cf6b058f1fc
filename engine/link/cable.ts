/**
 * A physical link between two network cards: it has a length (latency), it may lose frames, and
 * somebody may pull it out.
 *
 * Differs: frames never queue for bandwidth; what a link can carry at once is not modelled.
 */
import type { Rng } from "../core/rng";
import type { World } from "../core/world";
import type { Mac } from "../wire/mac";
import type { Frame } from "../wire/packet";
import { BaseDevice, Crossing } from "./base";
import { isLarge, segmentsOf } from "./segmentation";

export type CableOptions = {
  readonly latencyMs?: number;
  /** From 0 to 1: which part of the frames never arrives. */
  readonly lossFraction?: number;
  readonly mtu?: number;
};

/** What both ends share. */
export class Cable {
  latencyMs: number;
  lossFraction: number;
  #plugged = true;
  readonly #ends: CableDevice[] = [];

  constructor(
    readonly world: World,
    readonly rng: Rng,
    { latencyMs = 0, lossFraction = 0 }: CableOptions,
  ) {
    this.latencyMs = latencyMs;
    this.lossFraction = lossFraction;
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  /** Pulls it out, or back in: both ends lose or find their carrier. */
  plug(plugged: boolean): void {
    if (this.#plugged === plugged) return;
    this.#plugged = plugged;
    for (const end of this.#ends) end.changed();
  }

  attach(end: CableDevice): void {
    this.#ends.push(end);
  }
}

export class CableDevice extends BaseDevice {
  readonly kind = "cable";
  other: CableDevice | undefined;
  readonly #crossing = new Crossing((frame, cargo) => this.#reach(frame, cargo));

  constructor(
    world: World,
    name: string,
    mac: Mac,
    readonly cable: Cable,
  ) {
    super(world, name, mac);
    cable.attach(this);
  }

  get carrier(): boolean {
    return this.up && this.cable.plugged && this.other !== undefined;
  }

  /** A card without segmentation offload. */
  transmit(frame: Frame, cargo?: unknown): void {
    if (!isLarge(frame)) return this.#send(frame, cargo);
    for (const part of segmentsOf(frame)) this.#send(part, cargo);
  }

  #send(frame: Frame, cargo: unknown): void {
    if (!this.carrier) return void this.stats.txDropped++;
    this.leaving(frame);
    const { cable } = this;
    if (cable.lossFraction > 0 && cable.rng.fraction() < cable.lossFraction) return;
    if (cable.latencyMs > 0) this.#crossing.after(this.world, cable.latencyMs, frame, cargo);
    else this.#crossing.soon(this.world, frame, cargo);
  }

  /** A frame that was under way when the cable was pulled is lost with it. */
  #reach(frame: Frame, cargo: unknown): void {
    if (this.cable.plugged) this.other?.arrived(frame, cargo);
  }

  override detach(): void {
    if (this.other) this.other.other = undefined;
    this.other = undefined;
  }
}
