import { expect, test } from "vitest";
import { run, testMachine } from "../../../test/support/machine";
import { forward } from "../../../test/support/netfilter";
import { linkAdd, linkSet } from "../../net/netlink";
import { attachNetfilter } from "../../netfilter/attach";
import { conntrack } from "./index";

const V = "conntrack v1.4.7 (conntrack-tools)";
const HINT = "Try `conntrack -h' or 'conntrack --help' for more information.\n";
const UDP = "udp      17 29 src=10.0.0.1 dst=10.0.0.2 sport=5353 dport=53 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=53 dport=5353 mark=0 use=1\n";
const TCP = "tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=40001 dport=8080 src=10.0.0.2 dst=10.0.0.1 sport=8080 dport=40001 [ASSURED] mark=0 use=1\n";

function machine() {
  const made = testMachine([conntrack]);
  const netfilter = attachNetfilter(made.netns);
  netfilter.requireConntrack();
  for (const name of ["cni0", "eth0"]) {
    linkAdd(made.netns, { name, kind: "dummy" });
    linkSet(made.netns, name, { up: true });
  }
  forward(netfilter, "tcp 10.0.0.1:40001 > 10.0.0.2:8080 S seq=99");
  forward(netfilter, "tcp 10.0.0.2:8080 > 10.0.0.1:40001 SA seq=499 ack=100");
  forward(netfilter, "tcp 10.0.0.1:40001 > 10.0.0.2:8080 A seq=100 ack=500");
  forward(netfilter, "udp 10.0.0.1:5353 > 10.0.0.2:53");
  return { made, netfilter, ct: (...args: readonly string[]) => run(made, ["conntrack", ...args]) };
}

const sorted = (text: string): string => text.split("\n").sort().join("\n").trimStart();

test("-L lists, and says how many on standard error", () => {
  const { stdout, stderr, exit } = machine().ct("-L");
  expect([sorted(stdout), stderr, exit]).toEqual([sorted(TCP + UDP), `${V}: 2 flow entries have been shown.\n`, 0]);
});

test.each([
  ["-L -p tcp", TCP, 0],
  ["-L -p udp --dport 53", UDP, 0],
  ["-L -u UNREPLIED", UDP, 0],
  ["-L -p tcp --state ESTABLISHED", TCP, 0],
  ["-L -s 10.0.0.0/24 -d 10.0.0.9", "", 0],
  ["-L -n", "", 0],
  ["-L -m 1", "", 0],
  ["-D -p udp", UDP, 0],
  ["-D -p icmp", "", 1],
  ["-C", "2\n", 0],
])("conntrack %s", (line, stdout, exit) => {
  expect(machine().ct(...line.split(" "))).toMatchObject({ stdout, exit });
});

test.each([
  ["-L --dport 80", "unknown option `--dport'"],
  ["-L -p tcp --state FOO", "unknown TCP state `FOO'"],
  ["-L -s 300.1.1.1", "Invalid IP address `300.1.1.1'"],
  ["-L -p foo", "`foo' unsupported protocol"],
  ["-L -t 10", "Illegal option `--timeout' with this command"],
  ["-S -L", "Invalid commands combination"],
  ["-D 10.0.0.1", "unknown type `10.0.0.1'"],
  ["-L -p", "option `-p' requires an argument"],
  ["-D -j", "Illegal option `--any-nat' with this command"],
  ["-D -j -g", "cannot specify `--src-nat' or `--dst-nat' with `--any-nat'"],
  ["-L expect -p tcp", "Illegal option `--protonum' with this command"],
  ["-L -f foo", "`foo' unsupported protocol"],
  ["-L -f ipv6 -s 10.0.0.1", "mismatched address family"],
  ["-L -s 10.0.0.1/33", "Invalid netmask"],
  ["-I -p udp -s 10.0.0.1 -t 10 --sport 1 --dport 2", "you have to specify `--src' and `--dst'"],
  ["-I -p udp -s 10.0.0.1 -d 10.0.0.9 -t 10", "you have to specify `--sport' and `--dport'"],
  ["-I -p tcp -s 10.0.0.1 -d 10.0.0.9 -t 10 --sport 1 --dport 2", "You need to supply the `--state' option for this command"],
  ["-I -p tcp -s 10.0.0.1 -d 10.0.0.9 -t 10 --sport 1 --dport 2 --state established", "unknown TCP state `established'"],
  ["-I -p icmp -s 10.0.0.1 -d 10.0.0.9 -t 10", "You need to supply the `--icmp-type' option for this command"],
  ["-I -p udp -s 10.0.0.0/24 -d 10.0.0.9 -t 10 --sport 1 --dport 2", "Illegal option `--mask-src' with this command"],
  ["-I -p udp -s 10.0.0.1 -d 10.0.0.9 -r 10.0.0.0/24 -t 10 --sport 1 --dport 2", "CIDR notation unavailable for `--reply-src'"],
  ["-G -p udp -s 10.0.0.1 -d 10.0.0.2 -u ASSURED", "Illegal option `--status' with this command"],
  ["-E -e FOO", "Bad parameter `FOO'"],
  ["-G -s 10.0.0.1 -d 10.0.0.2", "You need to supply the `--protonum' option for this command"],
])("conntrack %s is refused in the tool's words", (line, message) => {
  expect(machine().ct(...line.split(" "))).toMatchObject({ stdout: "", stderr: `${V}: ${message}\n${HINT}`, exit: 2 });
});

test("-o save writes what can be typed again", () => {
  expect(machine().ct("-L", "-p", "tcp", "-o", "save").stdout).toBe("-A -t 431999 -u SEEN_REPLY,ASSURED -s 10.0.0.1 -d 10.0.0.2 -r 10.0.0.2 -q 10.0.0.1 -p tcp --sport 40001 --dport 8080 --reply-port-src 8080 --reply-port-dst 40001 --state ESTABLISHED\n");
});

test("-U changes a mark, -I enters by hand, and neither twice", () => {
  const { ct } = machine();
  expect(ct("-U", "-p", "tcp", "-m", "5").stderr).toBe(`Operation failed: Operation not supported\n${V}: Operation failed: Operation not supported\n`);
  expect(ct("-U", "-p", "tcp", "-s", "10.0.0.1", "-m", "5").stdout).toBe(TCP.replace("mark=0 use=1", "mark=5 use=2"));
  const entry = ["-I", "-s", "1.2.3.4", "-d", "5.6.7.8", "-p", "udp", "--sport", "1", "--dport", "2", "-t", "50"];
  expect(ct(...entry).stderr).toBe(`${V}: 1 flow entries have been created.\n`);
  expect(ct(...entry)).toMatchObject({ stderr: `${V}: Operation failed: Such conntrack exists, try -U to update\n`, exit: 1 });
  expect(ct("-G", "-s", "1.2.3.4", "-d", "5.6.7.8", "-p", "udp", "--sport", "1", "--dport", "3")).toMatchObject({ stderr: `${V}: Operation failed: such conntrack doesn't exist\n`, exit: 1 });
});

test("-E tells what happens until it is interrupted", () => {
  const { made, netfilter } = machine();
  const { scheduler } = made.world;
  scheduler.after(10, () => void forward(netfilter, "icmp 10.0.0.1 > 10.0.0.2 8/0 id=7"));
  scheduler.after(20, () => void forward(netfilter, "icmp 10.0.0.2 > 10.0.0.1 0/0 id=7"));
  scheduler.after(30, () => void netfilter.conntrack.flush());
  scheduler.after(40, () => {
    for (const process of made.processes.values()) process.kill("SIGINT");
  });
  expect(run(made, ["conntrack", "-E"], { forMs: 100 })).toMatchObject({
    stdout: [
      "    [NEW] icmp     1 30 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7",
      " [UPDATE] icmp     1 30 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7",
      "[DESTROY] icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7",
      "",
    ].join("\n"),
    stderr: `${V}: 3 flow events have been shown.\n`,
  });
});

test.each([
  ["-I -p udp -s 10.0.0.1 -d 10.0.0.9 -r 10.0.0.8 -t 10 --sport 1 --dport 2", "Operation failed: invalid parameters"],
  ["-I -p udp -s 10.0.0.1 -d 10.0.0.9 -t 10 --sport 1 --dport 2 -u EXPECTED", "Operation failed: Device or resource busy"],
  ["-I -p icmp -s 10.0.0.1 -d 10.0.0.9 -t 10 --icmp-type 3 --icmp-code 0", "Operation failed: invalid parameters"],
  ["-L -u UNSET", "Operation failed: invalid parameters"],
  ["-L -o save,id", "cannot combine save output with any other output type, use -o save only"],
  ["-U", "0 flow entries have been updated."],
  ["-U -p icmp -m 5", "0 flow entries have been updated."],
])("conntrack %s fails with exit status 1", (line, message) => {
  const { stdout, stderr, exit } = machine().ct(...line.split(" "));
  expect({ stdout, stderr, exit }).toEqual({ stdout: "", stderr: `${V}: ${message}\n`, exit: 1 });
});

test("What is made with a translation, or with half an answer's addresses, shows it", () => {
  const { ct } = machine();
  ct("-D");
  ct(..."-I -p udp -s 10.0.0.1 -d 10.0.0.9 -t 100 --sport 1 --dport 2 -g 10.2.2.2:8080".split(" "));
  ct(..."-I -p icmp -s 10.0.0.1 -d 10.0.0.9 -t 100 --icmp-type 8 --icmp-code 0 --icmp-id 77 -q 10.0.0.7".split(" "));
  expect(sorted(ct("-L").stdout)).toBe(
    "icmp     1 99 src=10.0.0.1 dst=10.0.0.9 type=8 code=0 id=77 [UNREPLIED] src=0.0.0.0 dst=10.0.0.7 type=0 code=0 id=77 mark=0 use=1\nudp      17 99 src=10.0.0.1 dst=10.0.0.9 sport=1 dport=2 [UNREPLIED] src=10.2.2.2 dst=10.0.0.1 sport=8080 dport=1 mark=0 use=1",
  );
});
