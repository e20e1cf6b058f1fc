/**
 * Which programs there are. One list for each owner of a shelf; an image chooses from them.
 * To add a program: one import, one entry, in alphabetical order.
 */
import type { Program } from "../host/proc";
import { bridge } from "./bridge";
import { ip } from "./ip/index";
import { sysctl } from "./sysctl";

/** Text tools and what else a small Linux has. */
export const coreutils: readonly Program[] = [];

/** iproute2 and its kin: what configures a network namespace. */
export const networkTools: readonly Program[] = [bridge, ip, sysctl];

/** Everything a node has. */
export const allPrograms: readonly Program[] = [...coreutils, ...networkTools];
