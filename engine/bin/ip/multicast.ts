/**
 * `ip maddress`: the multicast groups that each device listens to (ipmaddr.c). Everybody is in
 * 224.0.0.1; a bridge that is up, in 224.0.0.106 as well, where snoopers meet.
 */
import { BridgeDevice } from "../../link/bridge";
import type { BaseDevice } from "../../link/base";
import { type IpContext, printJson } from "./context";
import { IpFailure, type Words, matches, notModelled } from "./words";

type Group = { readonly link: string } | { readonly family: string; readonly address: string };

export function showMulticast(words: Words, { ns, options, out }: IpContext): void {
  const word = words.take();
  if (word !== undefined && ["add", "delete"].some((name) => matches(word, name))) throw notModelled(`maddress ${word}`);
  if (word !== undefined && !["show", "list", "lst"].some((name) => matches(word, name))) throw new IpFailure(`Command "${word}" is unknown, try "ip maddr help".\n`, 255);
  let only: string | undefined;
  while (words.more) {
    const key = words.need();
    only = key === "dev" ? words.need() : key;
  }
  const devices = ns.devices.all().filter(({ name }) => only === undefined || name === only);
  const rows = devices.map((device) => ({ device, groups: groupsOf(device, options.family) })).filter(({ groups }) => groups.length > 0);
  if (options.json) return void out.push(printJson(rows.map(({ device, groups }) => ({ ifindex: device.index, ifname: device.name, maddr: groups })), options.pretty));
  for (const { device, groups } of rows) {
    const head = `${device.index}:\t${device.name}`;
    if (options.oneline) out.push(...groups.map((group) => `${head}\\${groupText(group)}\n`));
    else out.push(`${head}\n`, ...groups.map((group) => `${groupText(group)}\n`));
  }
}

function groupText(group: Group): string {
  return "link" in group ? `\tlink  ${group.link}` : `\tinet  ${group.address}`;
}

function groupsOf(device: BaseDevice, family: IpContext["options"]["family"]): Group[] {
  const snoops = device instanceof BridgeDevice && device.up;
  const addresses = device.up ? ["224.0.0.1", ...(snoops ? ["224.0.0.106"] : [])] : [];
  const groups: Group[] = [];
  if (device.kind !== "loopback" && device.up && (family === "any" || family === "link")) {
    if (snoops) groups.push({ link: "01:00:5e:00:00:6a" });
    groups.push({ link: "01:00:5e:00:00:01" });
  }
  if (family === "any" || family === "inet") groups.push(...addresses.reverse().map((address) => ({ family: "inet", address })));
  return groups;
}
