/** sleep(1): by itself, since containers are told to run it. */
import { defineCommand } from "../command";
import { optionsOf, parseDuration, usage } from "./support";

export const sleep = defineCommand({
  name: "sleep",
  summary: "delay for a specified amount of time",
  *run(proc) {
    const options = yield* optionsOf(proc, {});
    if (typeof options === "number") return options;
    if (options.rest.length === 0) return yield* usage(proc, "missing operand");
    let ms = 0;
    for (const word of options.rest) {
      const duration = parseDuration(word);
      if (duration === undefined) return yield* usage(proc, `invalid time interval '${word}'`);
      ms += duration;
    }
    if (ms === Number.POSITIVE_INFINITY) for (;;) yield* proc.sleep(1e12);
    yield* proc.sleep(ms);
    return 0;
  },
});
