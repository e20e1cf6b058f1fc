/**
 * Addresses in API objects (apimachinery's validate/content/ip.go): what is not one, what is written as nobody
 * should write it any more, and which addresses no endpoint and no Service can have.
 */
import { type FieldError, invalid } from "../field-error";
import { cidr, ipAddress, ipv4 } from "./names";

const NO_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const NO_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

function withoutZeros(written: string): string {
  return written.replace(/(^|\.)0+(?=\d)/g, "$1");
}

/** IsValidIPForLegacyField: leading zeros once meant nothing, and to some programs meant octal. */
export function legacyIp(written: string, field: string): readonly FieldError[] {
  if (ipAddress(written)) return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(written) ? [invalid(field, written, "must not be an IPv4-mapped IPv6 address")] : [];
  return ipv4(withoutZeros(written)) ? [invalid(field, written, "must not have leading 0s")] : [invalid(field, written, NO_IP)];
}

/** IsValidCIDRForLegacyField: the address of a network, not of somebody in it. */
export function legacyCidr(written: string, field: string): readonly FieldError[] {
  if (!cidr(written)) {
    const [address = "", bits = ""] = written.split("/");
    if (cidr(`${withoutZeros(address)}/${bits.replace(/^0+(?=\d)/, "")}`)) return [invalid(field, written, "must not have leading 0s in IP or prefix length")];
    return [invalid(field, written, NO_CIDR)];
  }
  return hasHostBits(written) ? [invalid(field, written, "must not have bits set beyond the prefix length")] : [];
}

function hasHostBits(written: string): boolean {
  const [address = "", bits = "0"] = written.split("/");
  return ipv4(address) && numberOf(address) % 2 ** (32 - Number(bits)) !== 0;
}

export function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Is `inner` a network within `outer`, and smaller? Both IPv4. */
export function isStrictlyWithin(inner: string, outer: string): boolean {
  const [address = "", bits = "32"] = inner.split("/");
  const [network = "", outerBits = "32"] = outer.split("/");
  if (!ipv4(address) || !ipv4(network)) return !ipv4(address) && !ipv4(network);
  const size = 2 ** (32 - Number(outerBits));
  return Number(bits) > Number(outerBits) && Math.floor(numberOf(address) / size) === Math.floor(numberOf(network) / size);
}

/** ValidateEndpointIP: nobody beyond the machine itself, or beyond the link, could be meant. */
export function endpointIp(written: string, field: string): readonly FieldError[] {
  if (ipv4(written) && !/^(0|127|169|224)\./.test(written)) return [];
  if (!ipAddress(written) && !ipv4(withoutZeros(written))) return [invalid(field, written, "must be a valid IP address")];
  const problems: readonly (readonly [RegExp, string])[] = [
    [/^(0+\.0+\.0+\.0+|::)$/, `may not be unspecified (${written})`],
    [/^(127\.|::1$)/, "may not be in the loopback range (127.0.0.0/8, ::1/128)"],
    [/^(169\.254\.|fe[89ab][0-9a-f]:)/i, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"],
    [/^(224\.0\.0\.|ff02:)/i, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
  ];
  return problems.flatMap(([pattern, why]) => (pattern.test(written) ? [invalid(field, written, why)] : []));
}
