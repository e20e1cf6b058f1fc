import { expect, test } from "vitest";
import { run, testMachine } from "@/test/support/machine";
import { Rng } from "../core/rng";
import { bash, sh } from "./bash";
import { Parser, parseScript } from "./parser";
import { compileRegex } from "./regex";
import { ShellSyntaxError } from "./syntax-error";

const PIECES = ["$", "(", ")", "{", "}", "[", "]", "`", "'", '"', "\\", "|", "&", ";", "<", ">", "<<X\n", "X\n", "\n", " ", "\t", "#", "!", "=", "*", "?", "~", "%", "/", ":", "-", "+", "@", "^", ",", "a", "x=1", "${x", "$((", "))", "$(", "((", "[[", "]]", "if", "then", "fi", "for", "in", "do", "done", "while", "case", "esac", ";;", "f()", "echo", "1", "{a,b}", "{1..3}", "é", "\u0000"];

const garbage = (rng: Rng, length: number): string => Array.from({ length }, () => PIECES[rng.below(PIECES.length)]).join("");

test("no garbage makes the parser throw anything but a syntax error, or never return", () => {
  const rng = new Rng(7);
  for (let i = 0; i < 20_000; i++) {
    const script = garbage(rng, 1 + rng.below(30));
    try {
      parseScript(script);
    } catch (error) {
      expect(error, JSON.stringify(script)).toBeInstanceOf(ShellSyntaxError);
    }
  }
});

test("no garbage that parses makes the shell fail inside", () => {
  const rng = new Rng(11);
  for (let i = 0; i < 1500; i++) {
    const script = garbage(rng, 1 + rng.below(14));
    const ran = run(testMachine([bash, sh]), ["bash", "-c", script], { forMs: 500 });
    expect(ran.stderr, JSON.stringify(script)).not.toContain("internal error");
  }
});

test.each([["parentheses", "("], ["substitutions", "$("], ["braces", "{ "], ["parameters", "${x:-"], ["loops", "while "], ["tests", "[[ ( "], ["arithmetic", "$(("]])("a hundred thousand nested %s end in a syntax error", (_, piece) => {
  expect(() => parseScript(piece.repeat(100_000))).toThrow(ShellSyntaxError);
});

test("a line of ten thousand commands is one list, not a stack", () => {
  const script = new Parser(Array.from({ length: 10_000 }, () => "true && true").join("; ")).nextLine();
  expect(script?.items.length).toBe(10_000);
});

test.each([["(a+)+$", `${"a".repeat(5000)}b`], ["(a|a)*c", "a".repeat(5000)], ["(.*)*x", "y".repeat(5000)], [".*.*.*.*=", "z".repeat(5000)], ["(x+x+)+y", "x".repeat(3000)]])("the expression %s gives up a long text in no time", (source, text) => {
  const regex = compileRegex(source, { extended: true });
  if ("error" in regex) throw new Error(regex.error);
  const began = performance.now();
  expect(regex.test(text)).toBe(false);
  expect(performance.now() - began).toBeLessThan(2000);
});

test.each([
  ["ab|abcd", "xabcdx", ["abcd"]],
  ["(a|ab)(c|bcd)", "abcd", ["abcd", "a", "bcd"]],
  ["(a?)(ab)?", "ab", ["ab", "", "ab"]],
  ["^[0-9]+$", "123", ["123"]],
  ["x*", "aaa", [""]],
  ["[[:alpha:]_]+", "9ab_c", ["ab_c"]],
  ["a{2,3}", "aaaa", ["aaa"]],
  ["\\bfoo\\b", "a foo b", ["foo"]],
  ["(a)(b)?", "a", ["a", "a", undefined]],
])("%s in %s is the leftmost, longest match", (source, text, groups) => {
  const regex = compileRegex(source, { extended: true });
  if ("error" in regex) throw new Error(regex.error);
  expect(regex.exec(text)?.groups).toEqual(groups);
});

test.each([["[", "Unmatched [, [^, [:, [., or [="], ["(", "Unmatched ( or \\("], ["a)", "Unmatched ) or \\)"], ["\\", "Trailing backslash"], ["[b-a]", "Invalid range end"], ["[[:foo:]]", "Invalid character class name"], ["a\\1", "Invalid back reference"], ["a{2,1}", "Invalid content of \\{\\}"]])("%s is refused in glibc's words", (source, error) => {
  expect(compileRegex(source, { extended: true })).toEqual({ error });
});
