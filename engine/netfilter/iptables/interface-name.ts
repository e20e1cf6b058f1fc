/** xtables_parse_interface: what -i, -o and --physdev-in accept. */
import { fail } from "./problem";

const LONGEST = 15;

export function interfaceName(text: string): string {
  if (text.length > LONGEST) fail(`interface name \`${text}' must be shorter than IFNAMSIZ (${LONGEST})`);
  return text;
}
