/** printf(1) and bash's builtin: one formatter for both. The format is used again until all arguments are. */
import { readEscape, quoteWord, unescape } from "./quote";

export type Formatted = { readonly text: string; readonly errors: readonly string[]; readonly status: number };

const SPEC = /^%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d*))?([hlLjzt]*)(\([^)]*\)T|(?![hlLjzt])[A-Za-z%])/;

/** `date` prints %(format)T; a shell gives one. */
export function formatPrintf(format: string, args: readonly string[], date?: (format: string, seconds: string) => string): Formatted {
  const state = new Formatter(args, date);
  do {
    const before = state.used;
    state.pass(format);
    if (state.stopped || state.used === before) break;
  } while (state.used < args.length);
  return { text: state.text, errors: state.errors, status: state.errors.length > 0 ? 1 : 0 };
}

class Formatter {
  text = "";
  errors: string[] = [];
  used = 0;
  stopped = false;

  constructor(
    private readonly args: readonly string[],
    private readonly date: ((format: string, seconds: string) => string) | undefined,
  ) {}

  #next(): string | undefined {
    const arg = this.args[this.used];
    if (arg !== undefined) this.used++;
    return arg;
  }

  pass(format: string): void {
    for (let at = 0; at < format.length && !this.stopped; ) {
      const char = format[at] as string;
      if (char === "\\") {
        const escape = readEscape(format, at + 1, "printf");
        this.text += escape.text;
        if (escape.stop) this.stopped = true;
        at = escape.end;
      } else if (char === "%") at = this.#directive(format, at);
      else {
        this.text += char;
        at++;
      }
    }
  }

  #directive(format: string, at: number): number {
    const m = SPEC.exec(format.slice(at));
    if (!m) {
      const bad = format.slice(at + 1).replace(/^[-+ #0']*(\*|\d+)?(\.(\*|-?\d*))?[hlLjzt]*/, "").slice(0, 1);
      this.errors.push(bad === "" ? `\`${format.slice(at)}': missing format character` : `\`${bad}': invalid format character`);
      this.stopped = true;
      return format.length;
    }
    const [whole, flags = "", width, precision, , conversion = ""] = m;
    if (conversion === "%") {
      this.text += "%";
      return at + whole.length;
    }
    let wide = width === "*" ? Number(this.#next() ?? 0) : Number(width ?? 0);
    const exact = precision === undefined ? undefined : precision === "*" ? Number(this.#next() ?? 0) : Number(precision || 0);
    let all = flags;
    if (wide < 0) {
      all += "-";
      wide = -wide;
    }
    const made = this.#convert(conversion, all, exact);
    if (made === undefined) {
      this.errors.push(`\`${conversion}': invalid format character`);
      this.stopped = true;
      return format.length;
    }
    this.text += pad(made, wide, all, /[dioxXufFeEgG]/.test(conversion) && (exact === undefined || /[fFeEgG]/.test(conversion)));
    return at + whole.length;
  }

  #convert(conversion: string, flags: string, precision: number | undefined): string | undefined {
    switch (conversion) {
      case "s":
        return cut(this.#next() ?? "", precision);
      case "b": {
        const { text, stop } = unescape(this.#next() ?? "", "echo");
        this.stopped ||= stop;
        return cut(text, precision);
      }
      case "q":
        return quoteWord(this.#next() ?? "");
      case "c":
        return [...(this.#next() ?? "")][0] ?? "";
      case "d":
      case "i":
      case "o":
      case "u":
      case "x":
      case "X":
        return integer(this.#integer(), conversion, flags, precision);
      case "e":
      case "E":
      case "f":
      case "F":
      case "g":
      case "G":
        return signed(float(this.#float(), conversion, flags, precision), flags);
    }
    if (!conversion.startsWith("(") || this.date === undefined) return undefined;
    return this.date(conversion.slice(1, -2), this.#next() ?? "-1");
  }

  #integer(): bigint {
    const word = this.#next();
    if (word === undefined) return 0n;
    if (/^['"]/.test(word)) return BigInt(word.codePointAt(1) ?? 0);
    const m = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|\d+)/.exec(word);
    const whole = m !== null && m[0].length === word.length;
    if (!whole) this.errors.push(`${word}: invalid number`);
    if (!m) return 0n;
    const digits = m[2] ?? "0";
    const octal = /^0[0-7]+/.exec(digits);
    const value = /^0[xX]/.test(digits) ? BigInt(digits) : octal ? BigInt(`0o${octal[0].slice(1)}`) : BigInt(digits);
    if (octal && octal[0].length < digits.length && whole) this.errors.push(`${word}: invalid octal number`);
    return m[1] === "-" ? -value : value;
  }

  #float(): number {
    const word = this.#next();
    if (word === undefined) return 0;
    if (/^['"]/.test(word)) return word.codePointAt(1) ?? 0;
    const m = /^\s*[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf(inity)?|nan)/i.exec(word);
    if (!m || m[0].length !== word.length) this.errors.push(`${word}: invalid number`);
    if (m && /inf/i.test(m[0])) return m[0].trim().startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return m ? Number(m[0]) : 0;
  }
}

function cut(text: string, precision: number | undefined): string {
  return precision === undefined || precision < 0 ? text : [...text].slice(0, precision).join("");
}

function pad(text: string, width: number, flags: string, zeros: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0") || !zeros) return " ".repeat(missing) + text;
  const sign = /^([+\- ]?(?:0[xX])?)/.exec(text)?.[1] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function integer(value: bigint, conversion: string, flags: string, precision: number | undefined): string {
  const unsigned = conversion !== "d" && conversion !== "i";
  const number = unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
  const base = conversion === "o" ? 8 : conversion === "x" || conversion === "X" ? 16 : 10;
  let digits = (number < 0n ? -number : number).toString(base);
  if (precision !== undefined) digits = digits.padStart(precision, "0");
  if (flags.includes("#") && number !== 0n) digits = base === 16 ? `0x${digits}` : base === 8 ? `0${digits}` : digits;
  if (conversion === "X") digits = digits.toUpperCase();
  const minus = number < 0n ? `-${digits}` : digits;
  return unsigned ? minus : signed(minus, flags);
}

function signed(text: string, flags: string): string {
  if (text.startsWith("-")) return text;
  return flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text;
}

/** %e %f %g as C prints them. */
export function float(value: number, conversion: string, flags = "", precision = 6): string {
  const lower = conversion.toLowerCase();
  let text: string;
  if (!Number.isFinite(value)) text = Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  else if (lower === "f") text = fixed(value, precision);
  else if (lower === "e") text = exponent(value, precision);
  else text = general(value, precision === 0 ? 1 : precision, flags.includes("#"));
  return conversion === lower ? text : text.toUpperCase();
}

function fixed(value: number, precision: number): string {
  const digits = Math.min(precision, 100);
  // C rounds a tie to the even digit, JavaScript upwards.
  if (Math.abs(value) < 1e15 && digits < 15 && Number(value.toFixed(digits + 1)) === value && value.toFixed(digits + 1).endsWith("5")) {
    const up = value.toFixed(digits);
    const even = /[02468]$/.test(up) ? up : (value - Math.sign(value) * 0.5 * 10 ** -digits).toFixed(digits);
    return even;
  }
  if (Math.abs(value) < 1e21) return Object.is(value, -0) ? `-${(0).toFixed(Math.min(precision, 100))}` : value.toFixed(Math.min(precision, 100));
  return `${BigInt(value)}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
}

function exponent(value: number, precision: number): string {
  return value.toExponential(Math.min(precision, 100)).replace(/e([+-])(\d)$/, "e$10$2");
}

function general(value: number, precision: number, keep: boolean): string {
  if (value === 0) return "0";
  const scientific = value.toExponential(Math.min(precision - 1, 100));
  const power = Number(scientific.slice(scientific.indexOf("e") + 1));
  if (power < -4 || power >= precision) {
    const [mantissa = "", tail = ""] = exponent(value, precision - 1).split("e");
    return `${keep ? mantissa : trimZeros(mantissa)}e${tail}`;
  }
  const plain = fixed(value, Math.max(0, precision - 1 - power));
  return keep ? plain : trimZeros(plain);
}

function trimZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}
