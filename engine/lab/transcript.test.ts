import { expect, test } from "vitest";
import { LabProblem } from "./contract";
import { parseTranscript, printTranscript, sameOutput } from "./transcript";

const WRITTEN = `// The refusal comes from a REJECT rule.
bastion$ curl http://web
curl: (7) Failed to connect

with a blank line inside
[exit 7]

bastion$ cat <<EOF
bastion> a
bastion> EOF
a
@wait 1s
@done reach
`;

test("a transcript is printed as it was written", () => {
  expect(printTranscript(parseTranscript(WRITTEN))).toBe(WRITTEN);
});

test("a command has its place, its lines, its output and its exit status", () => {
  const commands = parseTranscript(WRITTEN).filter((step) => step.kind === "command");
  expect(commands).toEqual([
    { kind: "command", place: "bastion", line: "curl http://web", output: ["curl: (7) Failed to connect", "", "with a blank line inside"], exit: 7 },
    { kind: "command", place: "bastion", line: "cat <<EOF\na\nEOF", output: ["a"], exit: 0 },
  ]);
});

test.each([
  ["@wait soon", 'lab:1: expected a duration such as "2s"'],
  ["@leap 1s", "lab:1: expected @wait DURATION, @done GOAL or @unmet GOAL"],
  ["hello", "lab:1: output that no command printed: hello"],
])("%s is refused with its place", (line, message) => {
  expect(() => parseTranscript(line, "lab")).toThrow(new LabProblem(message));
});

test.each([
  [["a", "…", "d"], ["a", "b", "c", "d"], true],
  [["…"], [], true],
  [["a", "…"], ["b"], false],
  [["a"], ["a", "b"], false],
])("%j stands for %j: %s", (written, printed, same) => {
  expect(sameOutput(written, printed)).toBe(same);
});
