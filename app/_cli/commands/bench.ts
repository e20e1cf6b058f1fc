/** `podpath bench`: how fast it is, here. */
import { type Command, parse } from "../command";

export const bench: Command = {
  name: "bench",
  usage: "bench [NAME…] [--json]",
  summary: "the benchmark suite",
  run(args) {
    parse(args, { json: { type: "boolean" } });
    return 0;
  },
};
