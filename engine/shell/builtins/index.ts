/** All builtins, one list: add a file's list here. */
import type { Builtin } from "./builtin";
import { declaring } from "./declare";
import { directories } from "./directories";
import { flow } from "./flow";
import { information } from "./information";
import { input } from "./read";
import { jobControl } from "./job-control";
import { output } from "./output";
import { settings } from "./settings";
import { testing } from "./testing";

export type { Builtin } from "./builtin";

export const builtins: ReadonlyMap<string, Builtin> = new Map(
  [...declaring, ...directories, ...flow, ...information, ...input, ...jobControl, ...output, ...settings, ...testing].map((builtin) => [builtin.name, builtin]),
);
