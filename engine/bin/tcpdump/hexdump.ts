/** The bytes of a packet: -x in hexadecimal, -X with letters beside, -A as letters alone (print-ascii.c). */
const BYTES_PER_LINE = 16;

export function hexdump(bytes: Uint8Array, letters: boolean): string {
  let out = "";
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    const line = bytes.subarray(at, at + BYTES_PER_LINE);
    let hex = "";
    for (let i = 0; i < line.length; i += 2) hex += ` ${pair(line, i)}`;
    const shown = letters ? `${hex.padEnd(40)}  ${Array.from(line, letter).join("")}` : hex;
    out += `\n\t0x${at.toString(16).padStart(4, "0")}: ${shown}`;
  }
  return out;
}

function pair(line: Uint8Array, i: number): string {
  const first = (line[i] as number).toString(16).padStart(2, "0");
  const second = line[i + 1];
  return second === undefined ? first : first + second.toString(16).padStart(2, "0");
}

const letter = (byte: number): string => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".");

export function ascii(bytes: Uint8Array): string {
  let out = "\n";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === 13) {
      if (bytes[i + 1] !== 10) out += ".";
    } else if (byte === 9 || byte === 10) out += String.fromCharCode(byte);
    else out += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
  }
  return out;
}
