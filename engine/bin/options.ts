/**
 * Options as getopt_long(3) understands them: -abc, -n5, -n 5, --name=value, --name value, unambiguous
 * prefixes of long names, "--" as the end; options may stand after operands. Errors are glibc's words.
 *
 *   const options = parseOptions(proc.args, { flags: "ab", values: "n", long: { lines: "n", all: "a" } });
 *   if ("error" in options) …   // "invalid option -- 'x'"
 *   options.has("a"); options.value("n"); options.rest
 */
export type OptionSpec = {
  /** Letters without a value. */
  readonly flags?: string;
  /** Letters that take a value. */
  readonly values?: string;
  /** Long names (without them it is getopt(3), to which "--x" are two letters); each stands for a letter, or for itself (its own name) when it has none. "name=" takes a value, "name=?" may. */
  readonly long?: Readonly<Record<string, string>>;
  /** POSIXLY_CORRECT: the first operand ends the options (xargs, timeout, nsenter, kubectl exec). */
  readonly stopAtOperand?: boolean;
};

export type Options = {
  /** In the order given: [key, value]. */
  readonly given: readonly (readonly [string, string | undefined])[];
  readonly rest: readonly string[];
  has(key: string): boolean;
  count(key: string): number;
  /** The last value given. */
  value(key: string): string | undefined;
  values(key: string): readonly string[];
};

export type OptionError = { /** Without the program's name: "invalid option -- 'x'". */ readonly error: string };

type Long = { readonly name: string; readonly key: string; readonly takes: "no" | "yes" | "maybe" };

export function parseOptions(args: readonly string[], spec: OptionSpec): Options | OptionError {
  const given: [string, string | undefined][] = [];
  const rest: string[] = [];
  const longs = longOptions(spec);
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (word === "--") {
      rest.push(...args.slice(i + 1));
      break;
    }
    if (word.startsWith("--") && spec.long !== undefined) {
      const found = matchLong(word, longs);
      if ("error" in found) return found;
      let { value } = found;
      if (found.long.takes === "yes" && value === undefined) {
        value = args[++i];
        if (value === undefined) return { error: `option '--${found.long.name}' requires an argument` };
      }
      given.push([found.long.key, value]);
      continue;
    }
    if (word.startsWith("-") && word !== "-") {
      const used = matchShort(word, args[i + 1], spec, given);
      if (typeof used === "string") return { error: used };
      i += used;
      continue;
    }
    rest.push(word);
    if (spec.stopAtOperand) {
      rest.push(...args.slice(i + 1));
      break;
    }
  }
  return asOptions(given, rest);
}

function asOptions(given: readonly (readonly [string, string | undefined])[], rest: readonly string[]): Options {
  const values = (key: string): string[] => given.filter(([name]) => name === key).map(([, value]) => value ?? "");
  return {
    given,
    rest,
    has: (key) => given.some(([name]) => name === key),
    count: (key) => values(key).length,
    value: (key) => values(key).at(-1),
    values,
  };
}

function longOptions(spec: OptionSpec): readonly Long[] {
  return Object.entries(spec.long ?? {}).map(([written, key]) => {
    const name = written.replace(/=\??$/, "");
    const takes = written.endsWith("=?") ? "maybe" : written.endsWith("=") || (key !== "" && spec.values?.includes(key)) ? "yes" : "no";
    return { name, key: key === "" ? name : key, takes };
  });
}

function matchLong(word: string, longs: readonly Long[]): { readonly long: Long; readonly value: string | undefined } | OptionError {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const exact = longs.find((long) => long.name === name);
  const candidates = exact ? [exact] : longs.filter((long) => long.name.startsWith(name));
  const [long] = candidates;
  if (long === undefined) return { error: `unrecognized option '--${name}'` };
  if (candidates.some((other) => other.key !== long.key)) return { error: `option '--${name}' is ambiguous; possibilities: ${candidates.map((other) => `'--${other.name}'`).join(" ")}` };
  if (long.takes === "no" && value !== undefined) return { error: `option '--${long.name}' doesn't allow an argument` };
  return { long, value };
}

/** How many further words it took, or what is wrong. */
function matchShort(word: string, next: string | undefined, spec: OptionSpec, given: [string, string | undefined][]): number | string {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] as string;
    if (spec.values?.includes(letter)) {
      const attached = word.slice(at + 1);
      if (attached === "" && next === undefined) return `option requires an argument -- '${letter}'`;
      given.push([letter, attached === "" ? next : attached]);
      return attached === "" ? 1 : 0;
    }
    if (!spec.flags?.includes(letter)) return `invalid option -- '${letter}'`;
    given.push([letter, undefined]);
  }
  return 0;
}
