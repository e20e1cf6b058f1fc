import { expect, test } from "vitest";
import { DESCRIBE_LAYOUT, TABLE_LAYOUT, tabulate } from "./tabwriter";

test("a table's columns are three blanks apart and at least six wide; the last is not padded", () => {
  expect(tabulate("NAME\tA\tB\nweb\t1\t\n", TABLE_LAYOUT)).toBe("NAME   A     B\nweb    1     \n");
});

test("a column ends where a line has no cell in it", () => {
  expect(tabulate("Name:\tx\nLonger title:\ty\nEvents:\n  a\tb\n", DESCRIBE_LAYOUT)).toBe("Name:          x\nLonger title:  y\nEvents:\n  a  b\n");
});

test("widths once seen are kept, so that a watch stays under its header", () => {
  const widths: number[] = [];
  expect([tabulate("NAME-LONG\tS\n", TABLE_LAYOUT, widths), tabulate("a\tx\n", TABLE_LAYOUT, widths)]).toEqual(["NAME-LONG   S\n", "a           x\n"]);
});
