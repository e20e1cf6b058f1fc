/** Every command of kubectl, in the order kubectl itself lists them. */
import type { Command } from "../command";
import { apply } from "./apply";
import { deleteCommand } from "./delete";
import { describe } from "./describe";
import { edit } from "./edit";
import { exec } from "./exec";
import { get } from "./get";
import { logs } from "./logs";
import { patch } from "./patch";
import { replace } from "./replace";
import { wait } from "./wait";

export const COMMANDS: readonly Command[] = [get, edit, deleteCommand, describe, logs, exec, apply, patch, replace, wait];
