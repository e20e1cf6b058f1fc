#!/usr/bin/python3
"""Records random sessions of conntrack(8) on this machine's kernel.

  record.py SEED COUNT FILE   so many sessions, each in a network namespace of its own; needs root

A session is {seed, steps: [{argv, rc, out, err, after}]}: entries are made by hand (-I), then looked at, changed and deleted; `after` are the
lines of conntrack -L. What the clock of the recording decides (seconds left, ids) is for the reader to even out.
"""
import os, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../oracle"))
import sessions


def pick(r, *w):
    t = sum(x for x, _ in w); y = r.random() * t
    for x, v in w:
        y -= x
        if y < 0: return v() if callable(v) else v
    return w[-1][1]() if callable(w[-1][1]) else w[-1][1]
IPS = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "192.168.1.1", "10.1.0.1"]
ip = lambda r: r.choice(IPS)
port = lambda r: str(r.choice([53, 80, 443, 8080, 40001, 40002]))
STATES = ["NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "LISTEN"]


def tuple_of(r):
    p = r.choice(["tcp", "tcp", "udp", "udp", "icmp", "sctp", "gre", "dccp", "47", "udplite", "17", "6", "1", "89", "bogus", "256"]) if r.random() < .2 else r.choice(["tcp", "udp", "icmp"])
    a = ["-p", p, "-s", ip(r), "-d", ip(r)]
    if p in ("tcp", "udp", "6", "17", "udplite", "sctp", "dccp"): a += ["--sport", port(r), "--dport", port(r)]
    if p in ("icmp", "1"): a += ["--icmp-type", r.choice(["8", "8", "13", "0", "3"]), "--icmp-code", "0", "--icmp-id", str(r.randrange(1, 4))]
    return p, a


def create(r):
    p, a = tuple_of(r)
    a = ["-I"] + a + ["-t", str(r.choice([100, 200, 300, 1000, 100000]))]
    if p in ("tcp", "6") and r.random() < .95: a += ["--state", r.choice(STATES)]
    if r.random() < .3: a += ["-u", r.choice(["ASSURED", "SEEN_REPLY", "SEEN_REPLY,ASSURED", "UNSET", "FIXED_TIMEOUT", "EXPECTED", "CONFIRMED", "BOGUS", "OFFLOAD", "HW_OFFLOAD", "SRC_NAT", "UNREPLIED"])]
    if r.random() < .2: a += ["-m", r.choice(["5", "0x10", "7/0xff", "abc"])]
    if r.random() < .15: a += [r.choice(["-n", "-g", "--src-nat", "--dst-nat"]), r.choice(["1.2.3.4", "1.2.3.4:99", "1.2.3.4:99-101", "10.0.0.0/8", "1.2.3.4-1.2.3.9", "x"])]
    if r.random() < .1: a += ["-w", r.choice(["1", "2", "x", "70000"])]
    if r.random() < .08: a += ["-r", ip(r), "-q", ip(r)] + (["--reply-port-src", port(r), "--reply-port-dst", port(r)] if r.random() < .6 else [])
    if r.random() < .04: a.pop(r.randrange(len(a)))
    return a


def filters(r, n):
    a = []
    for _ in range(n):
        a += pick(r, (3, lambda: ["-s", ip(r)]), (3, lambda: ["-d", ip(r)]), (1, lambda: ["-s", r.choice(["10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/33", "10.0.0.0/255.255.255.0", "10.0.0", "x", "::1"])]), (1, lambda: ["-r", ip(r)]), (1, lambda: ["-q", ip(r)]), (3, lambda: ["-p", r.choice(["tcp", "udp", "icmp", "TCP", "6", "sctp", "bogus", "icmpv6", "47"])]), (2, lambda: ["-p", "tcp", "--dport", port(r)]), (1, lambda: ["-p", "udp", "--sport", port(r)]), (1, lambda: ["-p", "tcp", "--state", r.choice(STATES + ["BOGUS", "established"])]), (.5, lambda: ["--state", "ESTABLISHED"]), (.5, lambda: ["--dport", "80"]), (.5, lambda: ["-p", "icmp", "--icmp-type", "8"]), (1.5, lambda: ["-u", r.choice(["ASSURED", "SEEN_REPLY", "UNREPLIED", "UNSET", "SEEN_REPLY,ASSURED", "FIXED_TIMEOUT", "CONFIRMED", "BOGUS", "EXPECTED", "assured"])]), (1, lambda: ["-m", r.choice(["5", "0x10", "0", "5/0xff", "0/0", "x"])]), (1, lambda: [r.choice(["-n", "-g", "-j"])]), (.5, lambda: [r.choice(["-n", "-g", "-j"]), r.choice(["1.2.3.4", "1.2.3.0/24", "1.2.3.4:99"])]), (.7, lambda: ["-w", r.choice(["0", "1", "2"])]), (.3, lambda: ["-f", r.choice(["ipv4", "ipv6", "inet", "bogus"])]), (.3, lambda: ["-z"]), (.3, lambda: ["-t", "100"]), (.2, lambda: ["--orig-zone", "1"]), (.2, lambda: ["--reply-zone", "1"]), (.2, lambda: ["-p", "tcp", "--reply-port-src", "80"]), (.2, lambda: ["--orig-src", ip(r)]), (.2, lambda: ["--mark", "5"]), (.1, lambda: ["--zo", "1"]), (.1, lambda: ["--bogus"]), (.1, lambda: ["-c", "5"]), (.1, lambda: ["-l", "x"]), (.1, lambda: ["-i", "5"]), (.1, lambda: ["-x"]), (.1, lambda: ["-e", "NEW"]), (.1, lambda: ["-b", "1000"]), (.1, lambda: ["word"]))
    return a


def output(r):
    return pick(r, (6, []), (1, lambda: ["-o", r.choice(["extended", "xml", "save", "timestamp", "ktimestamp", "labels", "userspace", "extended,xml", "save,extended", "bogus", "xml,save", "extended,timestamp", "save,timestamp", ""])]), (.2, lambda: ["--output=extended"]), (.1, lambda: ["-oextended"]))


def command(r):
    n = r.choice([0, 0, 1, 1, 2, 3])
    return pick(r, (4, lambda: ["-L"] + pick(r, (8, []), (1, ["conntrack"]), (.5, ["expect"]), (.5, ["dying"]), (.5, ["unconfirmed"]), (.3, ["bogus"])) + filters(r, n) + output(r)),
        (3, lambda: ["-D"] + filters(r, n) + output(r)), (2, lambda: ["-U"] + filters(r, n) + pick(r, (3, ["-m", "9"]), (2, ["-t", "500"]), (1, ["-u", r.choice(["ASSURED", "SEEN_REPLY", "UNSET", "BOGUS"])]), (1, ["-m", "3/0xf"]), (1, [])) + output(r)),
        (2, lambda: ["-G"] + tuple_of(r)[1] + output(r) + (filters(r, 1) if r.random() < .2 else [])), (3, lambda: create(r)), (.6, lambda: ["-F"] + pick(r, (4, []), (1, ["conntrack"]), (1, ["expect"]), (1, lambda: filters(r, 1)))), (1, lambda: ["-C"] + pick(r, (4, []), (1, ["conntrack"]), (1, ["expect"]), (.5, lambda: filters(r, 1)))),
        (.3, ["-S", "-L"]), (.2, lambda: filters(r, 1)), (.2, ["-V"]), (.2, ["-h"]), (.1, []), (.2, lambda: ["--dump"] + filters(r, 1)), (.2, lambda: ["--delete"] + filters(r, 1)), (.1, ["--del"]), (.2, lambda: ["-A"] + create(r)[1:]), (.2, lambda: ["-R", "absent"]), (.2, lambda: ["-L", "-p", "tcp", "-o", "save"]), (.1, ["-L", "-C"]), (.1, ["-E", "-z"]), (.1, ["-E", "-e", "BOGUS"]), (.1, ["-Lp", "tcp"]), (.1, ["-L", "--src"]), (.1, ["-X"]), (.1, ["-I", "expect"]), (.1, ["-D", "expect"]), (.1, ["-L", "-h"]))


def case(r):
    return {"steps": [{"argv": create(r)} for _ in range(r.randrange(2, 6))] + [{"argv": command(r)} for _ in range(r.randrange(2, 7))]}


def run(argv):
    done = subprocess.run(["conntrack"] + argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def record(c):
    out = []
    for s in c["steps"]:
        try: rc, o, e = run(s["argv"])
        except subprocess.TimeoutExpired: rc, o, e = 124, "", "TIMEOUT"
        out.append({**s, "rc": rc, "out": o, "err": e, "after": sorted(run(["-L"])[1].split("\n")[:-1])})
    return {"steps": out}


if __name__ == "__main__":
    sessions.main(case, record)
