/**
 * One worker ahead: it can fetch and compile the engine while the learner's finger is still on its way, and the next world opens in
 * it. Whoever wants a worker gets the spare one, or a new one. Where the engine is, the page's outermost element says.
 */
let spare: Worker | undefined;

/** Has a worker ready. It costs nothing when there is one. */
export function prepareWorker(): void {
  if (spare) return;
  const worker = start();
  // Nobody listens to it yet: whoever wants it later shall see for themselves what is wrong.
  worker.onerror = () => {
    if (spare === worker) spare = undefined;
  };
  spare = worker;
}

export function takeWorker(): Worker {
  const ready = spare ?? start();
  spare = undefined;
  return ready;
}

/** All of the engine's files, the worker's own first. */
export function engineFiles(): readonly string[] {
  return (document.documentElement.dataset.engine ?? "").split(" ");
}

function start(): Worker {
  return new Worker(engineFiles()[0] ?? "", { type: "module" });
}
