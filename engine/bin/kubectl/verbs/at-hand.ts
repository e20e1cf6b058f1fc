/** The commands by which labs are broken before anybody sees them: those that change what is there. */
import type { Command } from "../command";
import { apply } from "./apply";
import { deleteCommand } from "./delete";
import { patch } from "./patch";
import { scale } from "./scale";

export const AT_HAND: readonly Command[] = [apply, deleteCommand, patch, scale];
