/** base64, md5sum, sha1sum, sha256sum, sha512sum, od, hexdump, xxd, strings. */
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { concat, text } from "../../core/bytes";
import { readAll } from "../../host/lines";
import type { Program } from "../../host/proc";
import { defineCommand } from "../command";
import { complain, eachInput, optionsOf, Output, parseSize, readLines, usage } from "./support";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function encodeBase64(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.subarray(i, i + 3);
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out += ALPHABET[bits >> 18] as string;
    out += ALPHABET[(bits >> 12) & 63] as string;
    out += b === undefined ? "=" : (ALPHABET[(bits >> 6) & 63] as string);
    out += c === undefined ? "=" : (ALPHABET[bits & 63] as string);
  }
  return out;
}

/** As many bytes as could be read before something that is not base64; `fine` if there was nothing such. */
export function decodeBase64(written: string, ignoreGarbage = false): { readonly bytes: Uint8Array; readonly fine: boolean } {
  const clean = ignoreGarbage ? written.replace(/[^A-Za-z0-9+/=]/g, "") : written.replace(/\n/g, "");
  const out: number[] = [];
  let bits = 0;
  let count = 0;
  for (const char of clean) {
    if (char === "=") break;
    const value = ALPHABET.indexOf(char);
    if (value < 0) return { bytes: Uint8Array.from(out), fine: false };
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push((bits >> count) & 255);
    }
  }
  return { bytes: Uint8Array.from(out), fine: clean.length % 4 === 0 };
}

const base64 = defineCommand({
  name: "base64",
  summary: "base64 encode/decode data and print to standard output",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "di", values: "w", long: { decode: "d", "ignore-garbage": "i", wrap: "w" } });
    if (typeof options === "number") return options;
    const [, extra] = options.rest;
    if (extra !== undefined) return yield* usage(proc, `extra operand '${extra}'`);
    const wrap = Number(options.value("w") ?? 76);
    if (!Number.isInteger(wrap) || wrap < 0) {
      yield* complain(proc, `invalid wrap size: '${options.value("w")}'`);
      return 1;
    }
    let status = 0;
    const fine = yield* eachInput(proc, options.rest, function* (file) {
      const bytes = yield* readAll(file);
      if (!options.has("d")) {
        const encoded = encodeBase64(bytes);
        const lines = wrap === 0 ? encoded : encoded.replace(new RegExp(`.{1,${wrap}}`, "g"), "$&\n");
        return yield* proc.out(lines);
      }
      const decoded = decodeBase64(text(bytes), options.has("i"));
      yield* proc.file(1).write(decoded.bytes);
      if (decoded.fine) return;
      yield* complain(proc, "invalid input");
      status = 1;
    });
    return fine ? status : 1;
  },
});

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function digest(name: string, label: string, hash: (bytes: Uint8Array) => Uint8Array): Program {
  return defineCommand({
    name,
    summary: `compute and check ${label} message digest`,
    *run(proc) {
      const options = yield* optionsOf(proc, { flags: "bctwz", long: { binary: "b", check: "c", text: "t", quiet: "quiet", status: "status", warn: "w", tag: "tag" } });
      if (typeof options === "number") return options;
      if (!options.has("c")) {
        const fine = yield* eachInput(proc, options.rest, function* (file, name_) {
          const sum = hex(hash(yield* readAll(file)));
          yield* proc.out(options.has("tag") ? `${label} (${name_}) = ${sum}\n` : `${sum} ${options.has("b") ? "*" : " "}${name_}\n`);
        });
        return fine ? 0 : 1;
      }
      const { lines, fine } = yield* readLines(proc, options.rest);
      let failed = 0;
      for (const line of lines) {
        const m = /^([0-9a-f]+) [ *](.*)$/.exec(line);
        if (!m) continue;
        const matches = proc.fs.exists(proc.resolve(m[2] ?? "")) && hex(hash(proc.fs.readFile(proc.resolve(m[2] ?? "")))) === m[1];
        if (!matches) failed++;
        if (!options.has("status") && !(matches && options.has("quiet"))) yield* proc.out(`${m[2]}: ${matches ? "OK" : "FAILED"}\n`);
      }
      if (failed > 0 && !options.has("status")) yield* complain(proc, `WARNING: ${failed} computed checksum${failed === 1 ? "" : "s"} did NOT match`);
      return fine && failed === 0 ? 0 : 1;
    },
  });
}

function* joinedInputs(proc: Parameters<Program["run"]>[0], names: readonly string[]) {
  const parts: Uint8Array[] = [];
  const fine = yield* eachInput(proc, names, function* (file) {
    parts.push(yield* readAll(file));
  });
  return { bytes: concat(parts), fine };
}

const printable = (byte: number): string => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".");

/** Rows of sixteen; repeated rows become one asterisk. */
function rows(bytes: Uint8Array, width: number, all: boolean, row: (offset: number, cells: Uint8Array) => string): string {
  let out = "";
  let last = "";
  let starred = false;
  for (let at = 0; at < bytes.length; at += width) {
    const cells = bytes.subarray(at, at + width);
    const key = cells.join(",");
    if (!all && key === last && cells.length === width) {
      if (!starred) out += "*\n";
      starred = true;
      continue;
    }
    last = key;
    starred = false;
    out += row(at, cells);
  }
  return out;
}

const hexdump = defineCommand({
  name: "hexdump",
  summary: "display file contents in hexadecimal",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "Cvbcdox", values: "nse", long: { canonical: "C", "no-squeezing": "v", length: "n", skip: "s" } });
    if (typeof options === "number") return options;
    for (const letter of "bcdoe") if (options.has(letter)) {
      yield* complain(proc, `not modelled: -${letter}`);
      return 2;
    }
    const { bytes, fine } = yield* joinedInputs(proc, options.rest);
    const skip = parseSize(options.value("s") ?? "0") ?? 0;
    const shown = bytes.subarray(skip, options.has("n") ? skip + (parseSize(options.value("n") ?? "") ?? 0) : undefined);
    const digits = options.has("C") ? 8 : 7;
    const body = rows(shown, 16, options.has("v"), (offset, cells) => {
      const head = (skip + offset).toString(16).padStart(digits, "0");
      if (!options.has("C")) return `${head}${words(cells, 2).map((word) => ` ${word}`).join("").padEnd(40)}\n`.replace(/ +\n$/, (blanks) => (options.has("x") ? "\n" : blanks.length > 1 ? blanks : "\n"));
      const cell = (i: number): string => cells[i]?.toString(16).padStart(2, "0") ?? "  ";
      const half = (from: number): string => Array.from({ length: 8 }, (_, i) => cell(from + i)).join(" ");
      return `${head}  ${half(0)}  ${half(8)}  |${[...cells].map(printable).join("")}|\n`;
    });
    yield* proc.out(shown.length === 0 ? "" : `${body}${(skip + shown.length).toString(16).padStart(digits, "0")}\n`);
    return fine ? 0 : 1;
  },
});

function words(cells: Uint8Array, size: number): string[] {
  const out: string[] = [];
  for (let i = 0; i < cells.length; i += size) {
    let word = "";
    for (let k = Math.min(size, cells.length - i) - 1; k >= 0; k--) word += (cells[i + k] as number).toString(16).padStart(2, "0");
    out.push(word.padStart(size * 2, "0"));
  }
  return out;
}

const NAMES = ["nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs", "ht", "nl", "vt", "ff", "cr", "so", "si", "dle", "dc1", "dc2", "dc3", "dc4", "nak", "syn", "etb", "can", "em", "sub", "esc", "fs", "gs", "rs", "us", "sp"];
const ESCAPED: Readonly<Record<number, string>> = { 0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r" };

const od = defineCommand({
  name: "od",
  summary: "dump files in octal and other formats",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "abcdoxv", values: "AjNtw", long: { "address-radix": "A", "skip-bytes": "j", "read-bytes": "N", format: "t", "output-duplicates": "v" } });
    if (typeof options === "number") return options;
    const short: Readonly<Record<string, string>> = { a: "a", b: "o1", c: "c", d: "u2", o: "o2", x: "x2" };
    const formats = options.given.flatMap(([key, value]) => (key === "t" ? (value ?? "").match(/[acdoux]\d?z?/g) ?? [value ?? ""] : short[key] ? [short[key] as string] : []));
    const bad = formats.find((format) => !/^([ac]z?|[doux][1248]?z?)$/.test(format));
    if (bad !== undefined) {
      yield* complain(proc, /^f/.test(bad) ? `not modelled: -t ${bad}` : `invalid character '${bad[0]}' in type string '${bad}'`);
      return /^f/.test(bad) ? 2 : 1;
    }
    const { bytes, fine } = yield* joinedInputs(proc, options.rest);
    const skip = parseSize(options.value("j") ?? "0") ?? 0;
    const shown = bytes.subarray(skip, options.has("N") ? skip + (parseSize(options.value("N") ?? "") ?? 0) : undefined);
    const radix = options.value("A") ?? "o";
    const address = (at: number): string => (radix === "n" ? "" : radix === "x" ? at.toString(16).padStart(6, "0") : radix === "d" ? String(at).padStart(7, "0") : at.toString(8).padStart(7, "0"));
    const types = formats.length > 0 ? formats : ["o2"];
    const body = rows(shown, 16, options.has("v"), (offset, cells) => types.map((type, i) => `${i === 0 ? address(skip + offset) : " ".repeat(address(0).length)}${formatted(cells, type, types)}\n`).join(""));
    yield* proc.out(`${body}${radix === "n" ? "" : `${address(skip + shown.length)}\n`}`);
    return fine ? 0 : 1;
  },
});

function formatted(cells: Uint8Array, type: string, types: readonly string[]): string {
  const kind = type[0] as string;
  const size = kind === "a" || kind === "c" ? 1 : Number(/\d/.exec(type)?.[0] ?? 4);
  const natural = (k: string, s: number): number => (k === "a" || k === "c" ? 3 : k === "x" ? s * 2 : k === "o" ? Math.ceil((s * 8) / 3) : k === "u" ? String(2 ** (s * 8) - 1).length : String(2 ** (s * 8 - 1)).length + 1);
  const perByte = Math.max(...types.map((each) => (natural(each[0] as string, Number(/\d/.exec(each)?.[0] ?? (/[ac]/.test(each) ? 1 : 4))) + 1) / Number(/\d/.exec(each)?.[0] ?? (/[ac]/.test(each) ? 1 : 4))));
  const width = Math.ceil(perByte * size);
  let out = "";
  for (let i = 0; i < cells.length; i += size) {
    let value = 0n;
    for (let k = size - 1; k >= 0; k--) value = (value << 8n) | BigInt(cells[i + k] ?? 0);
    out += unit(kind, size, value, natural(kind, size)).padStart(width);
  }
  return type.endsWith("z") ? `${out.padEnd(width * (16 / size))}  >${[...cells].map(printable).join("")}<` : out;
}

function unit(kind: string, size: number, value: bigint, width: number): string {
  const byte = Number(value);
  switch (kind) {
    case "a":
      return (byte & 127) === 127 ? "del" : (NAMES[byte & 127] ?? String.fromCharCode(byte & 127));
    case "c":
      return ESCAPED[byte] ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, "0"));
    case "x":
      return value.toString(16).padStart(width, "0");
    case "o":
      return value.toString(8).padStart(width, "0");
    case "d":
      return BigInt.asIntN(size * 8, value).toString();
  }
  return value.toString();
}

const xxd = defineCommand({
  name: "xxd",
  summary: "make a hex dump or do the reverse",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "pru", values: "clgs", long: {} });
    if (typeof options === "number") return options;
    const { bytes, fine } = yield* joinedInputs(proc, options.rest.slice(0, 1));
    if (options.has("r")) {
      const digits = options.has("p") ? text(bytes).replace(/[^0-9a-fA-F]/g, "") : text(bytes).split("\n").map((line) => (/^[0-9a-f]+: ((?:[0-9a-fA-F]{2,4} ?)+)/.exec(line)?.[1] ?? "").replace(/ /g, "")).join("");
      yield* proc.file(1).write(Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
      return 0;
    }
    const shown = bytes.subarray(0, options.has("l") ? Number(options.value("l")) : undefined);
    if (options.has("p")) yield* proc.out(hex(shown).replace(/.{1,60}/g, "$&\n"));
    else {
      const across = Number(options.value("c") ?? 16);
      const group = Number(options.value("g") ?? 2);
      const width = across * 2 + Math.ceil(across / group) - 1;
      yield* proc.out(rows(shown, across, true, (offset, cells) => `${offset.toString(16).padStart(8, "0")}: ${(hex(cells).match(new RegExp(`.{1,${group * 2}}`, "g")) ?? []).join(" ").padEnd(width)}  ${[...cells].map(printable).join("")}\n`));
    }
    return fine ? 0 : 1;
  },
});

const strings = defineCommand({
  name: "strings",
  summary: "print the sequences of printable characters in files",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "af", values: "nt", long: { all: "a", bytes: "n" } });
    if (typeof options === "number") return options;
    const { bytes, fine } = yield* joinedInputs(proc, options.rest);
    const least = Number(options.value("n") ?? 4);
    const output = new Output(proc);
    let run = "";
    for (const byte of [...bytes, 0]) {
      if ((byte >= 32 && byte < 127) || byte === 9) {
        run += String.fromCharCode(byte);
        continue;
      }
      if (run.length >= least) yield* output.write(`${run}\n`);
      run = "";
    }
    yield* output.flush();
    return fine ? 0 : 1;
  },
});

export const hashes: readonly Program[] = [base64, hexdump, digest("md5sum", "MD5", md5), od, digest("sha1sum", "SHA1", sha1), digest("sha256sum", "SHA256", sha256), digest("sha512sum", "SHA512", sha512), strings, xxd];

