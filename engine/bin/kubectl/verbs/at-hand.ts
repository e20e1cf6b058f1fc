/** The commands by which labs are usually broken, before anybody sees them. */
import type { Command } from "../command";
import { patch } from "./patch";

export const AT_HAND: readonly Command[] = [patch];
