/**
 * What devices have handed over and nobody has received yet. In Linux: the NET_RX soft interrupt (net/core/dev.c:
 * netif_rx(), net_rx_action(), process_backlog()), on a machine with one processor.
 *
 * Frames of devices without an interrupt of their own (veth, lo) wait in one queue, the backlog; what a tunnel has unwrapped waits in
 * a queue of that tunnel, which is looked after when the backlog is empty (gro_cells_poll()).
 */
type Work = () => void;

/** So much that is over may lie in a queue before it is cut off. */
const MOST_DONE = 1024;

/** First in, first out; filled and emptied from the front, its room is used again rather than given back. */
export class WorkQueue {
  readonly #waiting: (Work | undefined)[] = [];
  #at = 0;
  #end = 0;

  get pending(): boolean {
    return this.#at < this.#end;
  }

  push(work: Work): void {
    this.#waiting[this.#end++] = work;
  }

  shift(): Work | undefined {
    if (this.#at === this.#end) return undefined;
    const work = this.#waiting[this.#at];
    this.#waiting[this.#at++] = undefined;
    if (this.#at === this.#end) this.#at = this.#end = 0;
    else if (this.#at > MOST_DONE) {
      this.#waiting.splice(0, this.#at);
      this.#end -= this.#at;
      this.#at = 0;
    }
    return work;
  }
}

export class Softirqs {
  readonly #backlog = new WorkQueue();
  readonly #polls = new WorkQueue();

  get pending(): boolean {
    return this.#backlog.pending || this.#polls.pending;
  }

  /** netif_rx(): one frame. */
  raise(work: Work): void {
    this.#backlog.push(work);
  }

  /** napi_schedule(): a queue that wants to be emptied. */
  schedule(poll: Work): void {
    this.#polls.push(poll);
  }

  next(): Work | undefined {
    return this.#backlog.shift() ?? this.#polls.shift();
  }
}
