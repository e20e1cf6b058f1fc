#!/usr/bin/python3
"""record-rules.py IN.txt FAMILY TYPE HOOK PRIORITY OUT.json: what the real nft 1.0.6 answers to each rule.

Each line of IN is a rule, added to chain c of a table with a few sets and maps; recorded are the exit
status, what is said on standard error, and how the chain is then listed with handles. Needs root.
"""
import json, subprocess, sys

BASE = """table %s t {
 chain x { }
 chain y-z { }
 set s { type ipv4_addr; }
 set d { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
 map m { type ipv4_addr : verdict; }
 map mp { type inet_service : ipv4_addr; }
 counter cc { }
 chain c { type %s hook %s priority %s;
 }
}
"""


def nft(args, stdin=None):
    p = subprocess.run(["ip", "netns", "exec", "nft-record", "nft"] + args, input=stdin, capture_output=True, text=True)
    return {"exit": p.returncode, "stdout": p.stdout, "stderr": p.stderr}


def main():
    source, family, kind, hook, priority, out = sys.argv[1:7]
    subprocess.run(["ip", "netns", "add", "nft-record"], capture_output=True)
    subprocess.run(["ip", "-n", "nft-record", "link", "set", "lo", "up"])
    base = BASE % (family, kind, hook, priority)
    cases = []
    for rule in (line.rstrip("\n") for line in open(source)):
        if not rule:
            continue
        nft(["flush", "ruleset"])
        nft(["-f", "-"], base)
        added = nft(["add rule %s t c %s" % (family, rule)])
        cases.append({"rule": rule, "exit": added["exit"], "stderr": added["stderr"], "listing": nft(["-a", "list", "chain", family, "t", "c"])["stdout"]})
    json.dump({"recorded": "nftables 1.0.6, Linux 6.18.44", "family": family, "base": base, "cases": cases}, open(out, "w"), indent=1)
    subprocess.run(["ip", "netns", "del", "nft-record"])


main()
