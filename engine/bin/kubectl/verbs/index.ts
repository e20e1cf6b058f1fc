/** Every command of kubectl, in the order kubectl itself lists them. */
import type { Command } from "../command";
import { describe } from "./describe";
import { exec } from "./exec";
import { get } from "./get";
import { logs } from "./logs";
import { patch } from "./patch";

export const COMMANDS: readonly Command[] = [get, describe, logs, exec, patch];
