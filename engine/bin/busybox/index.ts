/** The applets of BusyBox that differ from the tools of the same name elsewhere; docker.io/library/busybox has them. */
import type { Program } from "../../host/proc";
import { nc } from "./nc";
import { nslookup } from "./nslookup";
import { ping } from "./ping";
import { wget } from "./wget";

export const busyboxApplets: readonly Program[] = [nc, nslookup, ping, wget];
