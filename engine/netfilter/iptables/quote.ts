/** xtables_save_string: what iptables-restore must read back as one argument. */

/** A word of letters, digits, _ and - stands bare; anything else is quoted, with \, " and ' escaped. */
export function quote(text: string): string {
  if (/^[0-9A-Za-z_-]+$/.test(text)) return text;
  if (!/["\\']/.test(text)) return `"${text}"`;
  return `"${text.replace(/["\\']/g, (c) => `\\${c}`)}"`;
}
