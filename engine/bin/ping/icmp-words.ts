/** ICMP errors in ping's words (pr_icmph). */
import type { Icmp } from "../../wire/packet";
import { type Ip, printIp } from "../../wire/ip";

const UNREACHABLE = ["Destination Net Unreachable", "Destination Host Unreachable", "Destination Protocol Unreachable", "Destination Port Unreachable", "", "Source Route Failed", "Destination Net Unknown", "Destination Host Unknown", "Source Host Isolated", "Destination Net Prohibited", "Destination Host Prohibited", "Destination Net Unreachable for Type of Service", "Destination Host Unreachable for Type of Service", "Packet filtered", "Precedence Violation", "Precedence Cutoff"];
const REDIRECT = ["Redirect Network", "Redirect Host", "Redirect Type of Service and Network", "Redirect Type of Service and Host"];

export function describe({ type, code, mtu, id, seq }: Icmp): string {
  switch (type) {
    case 3:
      return code === 4 ? `Frag needed and DF set (mtu = ${mtu})` : (UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`);
    case 4:
      return "Source Quench";
    case 5:
      return `${REDIRECT[code] ?? `Redirect, Bad Code: ${code}`}(New nexthop: ${printIp((id * 0x1_0000 + seq) as Ip)})`;
    case 11:
      return code === 0 ? "Time to live exceeded" : code === 1 ? "Frag reassembly time exceeded" : `Time exceeded, Bad Code: ${code}`;
    case 12:
      return `Parameter problem: pointer = ${id >> 8}`;
    default:
      return `Bad ICMP type: ${type}`;
  }
}
