/** An Ethernet address (IEEE 802) as a 48-bit number. */
export type Mac = number & { readonly brand: "Mac" };

export const BROADCAST_MAC = 0xffff_ffff_ffff as Mac;
export const ZERO_MAC = 0 as Mac;

export function parseMac(written: string): Mac | undefined {
  if (!/^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(written)) return undefined;
  return written.split(":").reduce((value, part) => value * 256 + Number.parseInt(part, 16), 0) as Mac;
}

export function mac(written: string): Mac {
  const parsed = parseMac(written);
  if (parsed === undefined) throw new Error(`not an Ethernet address: ${written}`);
  return parsed;
}

export function printMac(address: Mac): string {
  const digits = address.toString(16).padStart(12, "0");
  return `${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}:${digits.slice(6, 8)}:${digits.slice(8, 10)}:${digits.slice(10)}`;
}

/** The group bit: broadcast and multicast. */
export function isGroup(address: Mac): boolean {
  return Math.floor(address / 0x100_0000_0000) % 2 === 1;
}

/** A locally administered unicast address out of 46 random bits, as eth_random_addr() makes them. */
export function randomMac(rng: { u32(): number }): Mac {
  const high = ((rng.u32() & 0xfcff) | 0x0200) >>> 0;
  return (high * 0x1_0000_0000 + rng.u32()) as Mac;
}
