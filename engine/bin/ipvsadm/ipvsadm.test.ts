import { describe, expect, test } from "vitest";
import { mergeSort } from "./list";
import { OPTION_TABLE } from "./options";
import { parse } from "./parse";
import { popt } from "./popt";
import { endpoint, inet6, inetAton, toNumber } from "./values";
import { PROTO } from "../../wire/packet";

const nobody = () => undefined;

describe("what cannot be read", () => {
  test.each([
    ["-A", "You need to supply the 'service-address' option for the 'add-service' command", 2],
    ["-A -t", "-t: missing argument", 255],
    ["-A -t 10.96.0.1", "Zero port specified for non-persistent service", 2],
    ["-Lt", "-Lt: missing argument", 255],
    ["-L --stats=3", "--stats=3: option does not take an argument", 255],
    ["-Q", "Try `ipvsadm -h' or 'ipvsadm --help' for more information.", 255],
    ["foo", "Try `ipvsadm -h' or 'ipvsadm --help' for more information.", 255],
    ["-A -L", "invalid option `-L'", 2],
    ["-AE -t 1.1.1.1:1", "invalid option `-AE'", 2],
    ["--set 1 2", "--set option requires 3 timeout values", 2],
    ["-Ln extra", "unexpected argument extra", 2],
    ["-Lnc --stats", "options conflicts in the list command", 2],
    ["-nL --pe sip", "Try `ipvsadm -h' or 'ipvsadm --help' for more information.", 255],
    ["-S --pe sip", "Illegal 'pe' option with the 'save' command", 2],
    ["-e -f 7 -r 10.9.3.12:8080 -6", "Different address family is allowed only for tunneling servers", 2],
    ["-A -t [::1]:80 -M 255", "illegal ipv6 netmask specified", 2],
    ["-a -t 1.1.1.1:1 -r 2.2.2.2 -m -g", "multiple 'forwarding-method' options specified", 2],
  ])("ipvsadm %s", (line, message, exit) => {
    expect(() => parse(line.split(" "), nobody)).toThrow(expect.objectContaining({ message, exit }));
  });
});

test("popt: grouped letters, attached values, an optional value that is not there", () => {
  expect([...popt(["-Lnc", "-t10.0.0.1:80", "-p", "-n", "x", "--weight=3"], OPTION_TABLE)]).toEqual([
    { option: "list", value: undefined },
    { option: "numeric", value: undefined },
    { option: "connection", value: undefined },
    { option: "tcp-service", value: "10.0.0.1:80" },
    { option: "persistent", value: undefined },
    { option: "numeric", value: undefined },
    { operand: "x" },
    { option: "weight", value: "3" },
  ]);
});

test("addresses may be written as inet_aton reads them, ports by name", () => {
  expect(inetAton("0x0a000001")).toBe(0x0a00_0001);
  expect(inetAton("10.1")).toBe(0x0a00_0001);
  expect(inetAton("010.0.0.1")).toBe(0x0800_0001);
  expect(inetAton("300.0.0.1")).toBeUndefined();
  expect(endpoint("10.0.0.1:domain", PROTO.udp, nobody)).toEqual({ address: 0x0a00_0001, port: 53 });
  expect(endpoint("80", PROTO.tcp, nobody)).toBeUndefined();
  expect(inet6("fe80::1:0:0:5")).toBe("fe80::1:0:0:5");
  expect(inet6("0:0:0:0:0:0:0:1")).toBe("::1");
  expect(toNumber("70000", 0, 65535)).toBe(-1);
});

test("the sort is glibc's: where the comparison is wrong, so is the order", () => {
  const difference = (a: number, b: number): number => (a - b) | 0;
  expect(mergeSort([0xe000_0001, 0x0a00_0001], difference)).toEqual([0xe000_0001, 0x0a00_0001]);
  expect(mergeSort([3, 1, 2], difference)).toEqual([1, 2, 3]);
});
