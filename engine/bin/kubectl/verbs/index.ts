/** Every command of kubectl, in the order kubectl itself lists them. */
import type { Command } from "../command";
import { get } from "./get";

export const COMMANDS: readonly Command[] = [get];
