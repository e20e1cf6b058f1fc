/** The programs that talk to other machines, and those that watch them do it. */
import type { Program } from "../host/proc";
import { absentNetworkTools } from "./absent";
import { curl } from "./curl/index";
import { dig } from "./dns/dig";
import { host } from "./dns/host";
import { nslookup } from "./dns/nslookup";
import { getent } from "./getent";
import { nc, netcat } from "./nc/index";
import { ping } from "./ping/index";
import { ss } from "./ss/index";
import { tcpdump } from "./tcpdump/index";
import { traceroute } from "./traceroute/index";
import { wget } from "./wget/index";

export const networkClients: readonly Program[] = [...absentNetworkTools, curl, dig, getent, host, nc, netcat, nslookup, ping, ss, tcpdump, traceroute, wget];
