import { expect, test } from "vitest";
import { Failure, NotModelled } from "./errors";
import { type FlagSpec, parseFlags } from "./flags";

const SPECS: readonly FlagSpec[] = [
  { name: "namespace", short: "n", kind: "string", usage: "" },
  { name: "watch", short: "w", kind: "bool", usage: "" },
  { name: "stdin", short: "i", kind: "bool", usage: "" },
  { name: "tail", kind: "int", default: "-1", usage: "" },
  { name: "since", kind: "duration", usage: "" },
  { name: "filename", short: "f", kind: "list", usage: "" },
  { name: "env", kind: "array", usage: "" },
  { name: "dry-run", kind: "string", default: "none", bare: "unchanged", usage: "" },
  { name: "as", kind: "string", usage: "", refused: true },
];

const parse = (line: string) => parseFlags(line.split(" "), SPECS, "kubectl get");

test.each([
  ["pods -n x web", ["pods", "web"], -1, { namespace: "x" }],
  ["-nx pods", ["pods"], -1, { namespace: "x" }],
  ["-n=x pods", ["pods"], -1, { namespace: "x" }],
  ["--namespace=x -- -n y", ["-n", "y"], 0, { namespace: "x" }],
  ["web -wi -- sh -c ls", ["web", "sh", "-c", "ls"], 1, { watch: "true", stdin: "true" }],
  ["--watch false", ["false"], -1, { watch: "true" }],
  ["--dry-run pods", ["pods"], -1, { "dry-run": "unchanged" }],
  ["- --tail 5", ["-"], -1, { tail: "5" }],
])("%s", (line, args, dash, values) => {
  const flags = parse(line);
  expect([flags.args, flags.dash, Object.fromEntries(Object.keys(values).map((name) => [name, flags.string(name)]))]).toEqual([args, dash, values]);
});

test("lists are split at commas and may be given again; arrays are not split", () => {
  const flags = parse("-f a.yaml,b.yaml -f c.yaml --env A=b,c --env D=e");
  expect([flags.list("filename"), flags.list("env")]).toEqual([["a.yaml", "b.yaml", "c.yaml"], ["A=b,c", "D=e"]]);
});

test.each([
  ["--foo", "unknown flag: --foo"],
  ["-Z", "unknown shorthand flag: 'Z' in -Z"],
  ["-wZ", "unknown shorthand flag: 'Z' in -Z"],
  ["-n", "flag needs an argument: 'n' in -n"],
  ["--namespace", "flag needs an argument: --namespace"],
  ["--=x", "bad flag syntax: --=x"],
  ["--tail=abc", 'invalid argument "abc" for "--tail" flag: strconv.ParseInt: parsing "abc": invalid syntax'],
  ["-w=zz", 'invalid argument "zz" for "-w, --watch" flag: strconv.ParseBool: parsing "zz": invalid syntax'],
  ["--since=5", 'invalid argument "5" for "--since" flag: time: missing unit in duration "5"'],
])("%s is refused in pflag's words", (line, message) => {
  expect(() => parse(line)).toThrow(new Failure(`${message}\nSee 'kubectl get --help' for usage.`));
});

test("a flag that is known and not acted on is refused by name", () => {
  expect(() => parse("--as=bob")).toThrow(new NotModelled("--as"));
});
