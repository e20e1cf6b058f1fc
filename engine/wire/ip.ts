/** An IPv4 address (RFC 791) as an unsigned 32-bit number, and a prefix of such addresses. */
export type Ip = number & { readonly brand: "Ip" };
export type Cidr = { readonly address: Ip; readonly bits: number };

export const ANY = 0 as Ip;
export const BROADCAST = 0xffff_ffff as Ip;

/** Undefined unless it is four decimal numbers of 0 to 255; nothing that inet_aton adds. */
export function parseIp(written: string): Ip | undefined {
  const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(written);
  if (!m) return undefined;
  let value = 0;
  for (let i = 1; i <= 4; i++) {
    const part = Number(m[i]);
    if (part > 255) return undefined;
    value = value * 256 + part;
  }
  return value as Ip;
}

/** inet_aton(3): one to four parts, decimal, octal or hexadecimal, the last one filling what is left: 127.1, 0x7f000001. */
export function inetAton(written: string): Ip | undefined {
  const parts = written.split(".");
  if (parts.length > 4) return undefined;
  let value = 0;
  for (const [i, part] of parts.entries()) {
    if (!/^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.test(part)) return undefined;
    const number = /^0\d/.test(part) ? Number.parseInt(part, 8) : Number(part);
    const room = i === parts.length - 1 ? 256 ** (4 - i) : 256;
    if (number >= room) return undefined;
    value = value * room + number;
  }
  return value as Ip;
}

/** For addresses that the program itself writes. Throws on anything else. */
export function ip(written: string): Ip {
  const parsed = parseIp(written);
  if (parsed === undefined) throw new Error(`not an IPv4 address: ${written}`);
  return parsed;
}

const OCTETS: readonly string[] = Array.from({ length: 256 }, (_, octet) => String(octet));
const DOTTED: readonly string[] = OCTETS.map((octet) => `${octet}.`);

export function printIp(address: Ip): string {
  return `${DOTTED[address >>> 24]}${DOTTED[(address >>> 16) & 255]}${DOTTED[(address >>> 8) & 255]}${OCTETS[address & 255]}`;
}

/** The mask of a prefix length: /24 is 255.255.255.0. */
export function maskOf(bits: number): Ip {
  return (bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0) as Ip;
}

export function networkOf(address: Ip, bits: number): Ip {
  return ((address & maskOf(bits)) >>> 0) as Ip;
}

export function inCidr(address: Ip, { address: network, bits }: Cidr): boolean {
  return ((address ^ network) & maskOf(bits)) === 0;
}

/** "10.244.1.5/24" with the host bits kept; a bare address is a /32. */
export function parseCidr(written: string): Cidr | undefined {
  const [left = "", right] = written.split("/");
  const address = parseIp(left);
  if (address === undefined) return undefined;
  if (right === undefined) return { address, bits: 32 };
  if (!/^\d{1,2}$/.test(right) || Number(right) > 32) return undefined;
  return { address, bits: Number(right) };
}

export function printCidr({ address, bits }: Cidr): string {
  return `${printIp(address)}/${bits}`;
}
