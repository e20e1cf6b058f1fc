/**
 * The programs a world needs by itself, with nobody at its terminals: what containers are told to
 * run and probes to ask. They are there from the beginning; the others may come later.
 */
import type { Shelves } from "./catalogue";
import { cat } from "./coreutils/cat";
import { sleep } from "./coreutils/sleep";

export const atHand: Partial<Shelves> = { coreutils: [cat, sleep] };
