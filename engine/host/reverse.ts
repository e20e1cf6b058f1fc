/** Addresses to names, as getnameinfo(3) and gethostbyaddr(3) do it: /etc/hosts, then a PTR query. */
import type { Task } from "../core/task";
import { reverseName, withoutDot } from "../wire/dns";
import type { Ip } from "../wire/ip";
import type { Proc } from "./proc";
import { readHosts, readHostSources, readResolvConf } from "./resolv-conf";
import { searchNames } from "./resolver";

export function* reverseLookup(proc: Proc, address: Ip): Task<string | undefined> {
  for (const source of readHostSources(proc.fs)) {
    if (source === "files") {
      const listed = readHosts(proc.fs).find(({ ip }) => ip === address);
      if (listed) return listed.names[0];
    } else if (source === "dns") {
      const walk = yield* searchNames(proc, { ...readResolvConf(proc.fs, proc.env), search: [] }, reverseName(address), ["PTR"], Number.POSITIVE_INFINITY);
      if ("error" in walk) continue;
      for (const { message } of walk.replies) for (const record of message.answers) if (record.type === "PTR") return withoutDot(record.target);
    }
  }
  return undefined;
}
