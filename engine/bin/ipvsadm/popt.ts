/**
 * Options as popt reads them: grouped letters, a value in the same word or the next one (whatever
 * it looks like), `--name=value`, no abbreviations. What an error calls the option is the whole word.
 */
export type PoptOption = { readonly long: string; readonly short?: string; readonly value?: "needed" | "optional" };

export type Word = { readonly option: string; readonly value: string | undefined } | { readonly operand: string } | { readonly bad: string; readonly why: string };

const MISSING = "missing argument";
const UNKNOWN = "unknown option";
const UNWANTED = "option does not take an argument";

/** A program's options, by both of their names. */
export type PoptTable = { readonly byLong: ReadonlyMap<string, PoptOption>; readonly byShort: ReadonlyMap<string, PoptOption> };

export function poptTable(options: readonly PoptOption[]): PoptTable {
  return {
    byLong: new Map(options.map((option) => [option.long, option])),
    byShort: new Map(options.flatMap((option) => (option.short === undefined ? [] : ([[option.short, option]] as const)))),
  };
}

/** Every word in turn, options named by their long names; after a bad one there is nothing more. */
export function* popt(words: readonly string[], { byLong, byShort }: PoptTable): Generator<Word> {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const takeNext = (option: PoptOption): string | undefined => {
      const next = words[at + 1];
      if (next === undefined || (option.value === "optional" && next.startsWith("-"))) return undefined;
      at++;
      return next;
    };
    if (word === "--") {
      for (const operand of words.slice(at + 1)) yield { operand };
      return;
    }
    if (!word.startsWith("-") || word === "-") {
      yield { operand: word };
      continue;
    }
    const found: readonly Word[] = word.startsWith("--") ? [long(word, byLong, takeNext)] : [...letters(word, byShort, takeNext)];
    for (const each of found) {
      yield each;
      if ("bad" in each) return;
    }
  }
}

type Next = (option: PoptOption) => string | undefined;

function long(word: string, known: ReadonlyMap<string, PoptOption>, takeNext: Next): Word {
  const equals = word.indexOf("=");
  const option = known.get(word.slice(2, equals < 0 ? undefined : equals));
  if (option === undefined) return { bad: word, why: UNKNOWN };
  if (option.value === undefined) return equals < 0 ? { option: option.long, value: undefined } : { bad: word, why: UNWANTED };
  const value = equals < 0 ? takeNext(option) : word.slice(equals + 1);
  return value === undefined && option.value === "needed" ? { bad: word, why: MISSING } : { option: option.long, value };
}

function* letters(word: string, known: ReadonlyMap<string, PoptOption>, takeNext: Next): Generator<Word> {
  for (let i = 1; i < word.length; i++) {
    const option = known.get(word[i] as string);
    if (option === undefined) return yield { bad: word, why: UNKNOWN };
    if (option.value === undefined) {
      yield { option: option.long, value: undefined };
      continue;
    }
    const attached = word.slice(i + 1).replace(/^=/, "");
    const value = attached !== "" ? attached : takeNext(option);
    return yield value === undefined && option.value === "needed" ? { bad: word, why: MISSING } : { option: option.long, value };
  }
}
