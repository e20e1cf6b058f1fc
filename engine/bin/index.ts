/**
 * Which programs there are. One list for each owner of a shelf; an image chooses from them.
 * To add a program: one import, one entry, in alphabetical order.
 */
import type { Program } from "../host/proc";

/** Text tools and what else a small Linux has. */
export const coreutils: readonly Program[] = [];

/** Everything a node has. */
export const allPrograms: readonly Program[] = [...coreutils];
