/** The programs that talk to other machines, and those that watch them do it. */
import type { Program } from "../host/proc";
import { curl } from "./curl/index";

export const networkClients: readonly Program[] = [curl];
