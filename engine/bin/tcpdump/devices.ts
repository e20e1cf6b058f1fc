/** What tcpdump lists: devices (-D), link types (-L), time stamp types (-J). */
import type { Task } from "../../core/task";
import type { Proc } from "../../host/proc";

type Listed = { readonly name: string; readonly flags: string };

/** What runs comes first, then what is up without a carrier, then what is down: libpcap's figure of merit. */
export function devicesInOrder({ machine }: Proc): readonly Listed[] {
  const devices = machine.netns.devices.all();
  const running = devices.filter(({ up, carrier }) => up && carrier);
  const others = devices.filter(({ kind, up, carrier }) => kind !== "loopback" && !(up && carrier));
  return [
    ...running.filter(({ kind }) => kind !== "loopback").map(({ name }) => ({ name, flags: "[Up, Running, Connected]" })),
    { name: "any", flags: "(Pseudo-device that captures on all interfaces) [Up, Running]" },
    ...devices.filter(({ kind }) => kind === "loopback").map(({ name, up }) => ({ name, flags: `[${up ? "Up, Running, " : ""}Loopback]` })),
    ...others.filter(({ up }) => up).map(({ name }) => ({ name, flags: "[Up, Disconnected]" })),
    ...others.filter(({ up }) => !up).map(({ name }) => ({ name, flags: "[none, Disconnected]" })),
  ];
}

export function* listDevices(proc: Proc): Task<number> {
  for (const [i, { name, flags }] of devicesInOrder(proc).entries()) yield* proc.out(`${i + 1}.${name} ${flags}\n`);
  return 0;
}

/** The device that is listened to when none is named: the first that is up. */
export function defaultDevice({ machine }: Proc): string {
  return machine.netns.devices.all().find(({ kind, up }) => kind !== "loopback" && up)?.name ?? "any";
}

function* missing(proc: Proc, device: string): Task<boolean> {
  if (device === "any" || proc.machine.netns.devices.byName(device) !== undefined) return false;
  yield* proc.err(`tcpdump: ${device}: No such device exists\n(No such device exists)\n`);
  return true;
}

export function* listLinkTypes(proc: Proc, named: string | undefined): Task<number> {
  const device = named ?? defaultDevice(proc);
  if (yield* missing(proc, device)) return 1;
  const ethernet = ["EN10MB (Ethernet)", ...(proc.machine.netns.devices.byName(device)?.kind === "loopback" ? [] : ["DOCSIS (DOCSIS) (printing not supported)"])];
  const types = device === "any" ? ["LINUX_SLL (Linux cooked v1)", "LINUX_SLL2 (Linux cooked v2)"] : ethernet;
  yield* proc.err(`Data link types for ${device} (use option -y to set):\n${types.map((type) => `  ${type}\n`).join("")}`);
  return 0;
}

export function* listTimeStampTypes(proc: Proc, named: string | undefined): Task<number> {
  const device = named ?? defaultDevice(proc);
  if (yield* missing(proc, device)) return 1;
  yield* proc.err(`Time stamp types for ${device} (use option -j to set):\n  host (Host)\n`);
  return 0;
}
