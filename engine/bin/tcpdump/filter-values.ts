/** Addresses as filters write them: 10.1 is a net of 16 bits, and as a host of as many. */
import { FilterProblem } from "./filter-node";

/** The number that the parts make, and how many bits they are (__pcap_atoin). */
export function addressOf(text: string): { readonly address: number; readonly bits: number } {
  const parts = text.split(".");
  let address = 0;
  for (const part of parts) {
    if (Number(part) > 255) throw new FilterProblem(`invalid IPv4 address '${text}'`);
    address = address * 256 + Number(part);
  }
  return { address, bits: 8 * parts.length };
}

/** What is missing on the right is left open. */
export function withMask(address: number, bits: number): readonly [address: number, mask: number] {
  const open = 2 ** (32 - bits);
  return [address * open, (0x1_0000_0000 - open) >>> 0];
}

/** A net without a mask: as long as it is written; of a number as many bytes as it has. */
export function netOf(address: number): readonly [address: number, mask: number] {
  let [value, mask] = [address, 0xffff_ffff];
  while (value !== 0 && value < 0x0100_0000) [value, mask] = [value * 256, (mask << 8) >>> 0];
  return [value, mask];
}
