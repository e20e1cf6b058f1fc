/** The text tools and the other small programs, shelf by shelf. */
import type { Program } from "../../host/proc";
import { cat } from "./cat";
import { chroot } from "./chroot";
import { copyMoveRemove } from "./copy-move-remove";
import { comparing } from "./diff";
import { expr } from "./expr";
import { fileOperations } from "./file-operations";
import { find } from "./find";
import { hashes } from "./hashes";
import { headTail } from "./head-tail";
import { pagers } from "./less";
import { lineTools } from "./lines";
import { ls } from "./ls";
import { processTools } from "./processes";
import { running } from "./running";
import { small } from "./small";
import { sort } from "./sort";
import { fileSystem } from "./stat";
import { systemTools } from "./system";
import { tr } from "./tr";
import { tar } from "../tar/index";

export const textTools: readonly Program[] = [cat, chroot, ...copyMoveRemove, ...comparing, expr, ...fileOperations, find, ...hashes, ...headTail, ...lineTools, ls, ...running, ...small, sort, tar, tr];

/** Those that look at the machine rather than at text. */
export const machineTools: readonly Program[] = [...fileSystem, ...pagers, ...processTools, ...systemTools];

export const coreutils: readonly Program[] = [...machineTools, ...textTools];
