/** The text tools and what else a small Linux has, in one list. */
import type { Program } from "../../host/proc";
import { cat } from "./cat";
import { copyMoveRemove } from "./copy-move-remove";
import { comparing } from "./diff";
import { fileOperations } from "./file-operations";
import { find } from "./find";
import { hashes } from "./hashes";
import { headTail } from "./head-tail";
import { lineTools } from "./lines";
import { ls } from "./ls";
import { running } from "./running";
import { small } from "./small";
import { sort } from "./sort";
import { tr } from "./tr";

export const coreutils: readonly Program[] = [cat, ...comparing, ...copyMoveRemove, ...fileOperations, find, ...hashes, ...headTail, ...lineTools, ls, ...running, ...small, sort, tr];
