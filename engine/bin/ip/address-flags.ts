/** IFA_F_*: what `ip addr` says of an address in words, and what may be asked for (ipaddress.c: ifa_flag_data). */
import type { Address } from "../../net/addresses";

/** "never" stands for those that only IPv6 has. */
export type AddressFlag = "secondary" | "deprecated" | "noprefixroute" | "dynamic" | "permanent" | "never";

/** In the order they are printed; "dynamic" is the absence of "permanent" and comes where that would. */
export function addressFlags(address: Address, nowMs: number): AddressFlag[] {
  const flags: AddressFlag[] = [];
  if (address.secondary) flags.push("secondary");
  if (isDeprecated(address, nowMs)) flags.push("deprecated");
  flags.push(address.validSeconds === undefined ? "permanent" : "dynamic");
  if (address.noPrefixRoute) flags.push("noprefixroute");
  return flags;
}

/** check_lifetime() does not look at addresses that stay for ever. */
function isDeprecated({ preferredSeconds, validSeconds, addedMs }: Address, nowMs: number): boolean {
  return preferredSeconds === 0 || (preferredSeconds !== undefined && validSeconds !== undefined && nowMs >= addedMs + preferredSeconds * 1000);
}

/** Those of which no IPv4 address is ever. */
const IPV6_ONLY = ["nodad", "optimistic", "home", "tentative", "dadfailed", "mngtmpaddr", "autojoin", "stable-privacy"];

/** A word like "secondary", "-dynamic" or "primary": which flag must be there, or must not. */
export function flagFilter(word: string): readonly [AddressFlag, boolean] | undefined {
  const bare = word.startsWith("-") ? word.slice(1) : word;
  const wanted = bare === word;
  if (bare === "primary") return ["secondary", !wanted];
  if (bare === "dynamic") return ["permanent", !wanted];
  // IFA_F_TEMPORARY and IFA_F_SECONDARY are one bit.
  if (bare === "temporary") return ["secondary", wanted];
  if (bare === "permanent" || bare === "secondary" || bare === "deprecated" || bare === "noprefixroute") return [bare, wanted];
  return IPV6_ONLY.includes(bare) ? ["never", wanted] : undefined;
}
