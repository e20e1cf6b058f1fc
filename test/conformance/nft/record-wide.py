#!/usr/bin/python3
"""record-wide.py rules|learner|xt: what the real nft 1.0.6 makes of every line of wide-rules.txt, learner.txt or xt-words.txt.

rules: "FAMILY CHAIN HOOK | RULE" is added to a table that has something of everything; recorded are what is
said, how the chain is listed with handles, with -n, and the rule's expressions as JSON. learner: one command
line, what is said, and the ruleset afterwards. xt: one rule of iptables-nft 1.8.9, and what nft calls it.
Needs root.
"""
import json, os, re, shlex, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
NS = "nft-wide"

RULES = """table %(f)s t {
 counter cc { }
 counter cd { packets 10 bytes 200; comment "x" }
 limit ll { rate 10/second; }
 limit lb { rate over 1 mbytes/minute burst 5 kbytes; }
 set s { type ipv4_addr; }
 set si { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.1-192.168.0.9 }; }
 set sp { type inet_service; elements = { 80, 443 }; }
 set sap { type ipv4_addr . inet_service; }
 set d { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
 set dp { type ipv4_addr . inet_service; size 128; flags dynamic; }
 set nm { type ifname; flags interval; elements = { "eth*" }; }
 set mk { type mark; }
 set ty { typeof ip saddr . ip daddr; flags dynamic; }
 map m { type ipv4_addr : verdict; }
 map mp { type inet_service : ipv4_addr; }
 map ms { type ipv4_addr : mark; }
 map m2 { type inet_service : ipv4_addr . inet_service; }
 map dm { type ipv4_addr : mark; flags dynamic; }
 map mport { type inet_service : inet_service; }
 map mn { type ipv4_addr . inet_service : verdict; flags interval; }
 chain x { }
 chain y { }
 chain pre { type nat hook prerouting priority dstnat; }
 chain post { type nat hook postrouting priority srcnat; }
 chain c { type filter hook %(h)s priority 0; }
}
"""

LEARNER = """table ip t {
 counter cc { packets 4 bytes 400; }
 counter c2 { }
 limit ll { rate 10/second; }
 set s { type ipv4_addr; elements = { 1.1.1.1 }; }
 set i { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.1-192.168.0.9 }; }
 set am { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/24 }; }
 set d { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
 set to { type ipv4_addr; flags timeout; elements = { 1.1.1.1 timeout 1h }; }
 set p { type inet_service; elements = { 80 }; }
 set cat { type ipv4_addr . inet_service; elements = { 1.1.1.1 . 80 }; }
 map m { type ipv4_addr : verdict; elements = { 1.1.1.1 : jump x }; }
 map mp { type inet_service : ipv4_addr; elements = { 80 : 1.1.1.1 }; }
 chain x { }
 chain y { counter; accept; drop; }
 chain used { }
 chain input { type filter hook input priority 0; policy accept;
  jump used
  tcp dport 22 accept
  ip saddr @s drop
 }
 chain n { type nat hook prerouting priority dstnat; }
}
table inet f {
 chain forward { type filter hook forward priority filter; policy drop; }
}
"""


def run(argv, stdin=None):
    p = subprocess.run(["ip", "netns", "exec", NS] + argv, input=stdin, capture_output=True, text=True)
    return {"exit": p.returncode, "stdout": p.stdout, "stderr": p.stderr}


def expires(text):
    return re.sub(r" expires [0-9dhms]+", " expires T", text)


def fresh():
    subprocess.run("ip netns add %s; ip -n %s link set lo up" % (NS, NS), shell=True, check=True)


def rule(line):
    head, text = line.split(" | ", 1)
    family, chain, hook = head.split()
    run(["nft", "-f", "-"], RULES % {"f": family, "h": hook})
    said = run(["nft", "add rule %s t %s %s" % (family, chain, text)])
    case = {"place": head, "rule": text, "exit": said["exit"], "stderr": said["stderr"]}
    if said["exit"] == 0:
        where = ["list", "chain", family, "t", chain]
        body = lambda options: run(["nft"] + options + where)["stdout"].split("\n")[3:-3]
        case["lines"], case["numeric"] = body(["-a"]), body(["-n"])
        listing = run(["nft", "-j"] + where)
        case["json"] = None if listing["stderr"] or listing["exit"] else json.dumps(json.loads(listing["stdout"])["nftables"][-1]["rule"]["expr"])
    return case


def learner(line):
    run(["nft", "-f", "-"], LEARNER)
    said = run(["nft", line])
    return {"line": line, "exit": said["exit"], "stdout": expires(said["stdout"]), "stderr": said["stderr"], "listing": expires(run(["nft", "-a", "list", "ruleset"])["stdout"])}


def xt(line):
    if "set " in line:
        run(["ipset", "create", "foo", "hash:ip"]), run(["ipset", "create", "bar", "hash:ip,port"])
    run(["iptables-nft", "-N", "foo"])
    said = run(["iptables-nft"] + shlex.split(line))
    nft = lambda options: run(["nft"] + options + ["list", "ruleset"])
    plain = nft([])
    return {"line": line, "exit": said["exit"], "stderr": said["stderr"], "listing": plain["stdout"], "warning": plain["stderr"], "numeric": nft(["-n"])["stdout"]}


def main():
    kinds = {"rules": (rule, "wide-rules", {"base": RULES}), "learner": (learner, "learner", {"base": LEARNER}), "xt": (xt, "xt-words", {})}
    record, name, head = kinds[sys.argv[1]]
    cases = []
    for line in open("%s/%s.txt" % (HERE, name)).read().split("\n")[:-1]:
        fresh()
        try:
            cases.append(record(line))
        finally:
            subprocess.run(["ip", "netns", "del", NS])
    # Listings that are the ruleset as it was are told by their absence.
    if sys.argv[1] == "learner":
        fresh()
        run(["nft", "-f", "-"], LEARNER)
        head["listing"] = expires(run(["nft", "-a", "list", "ruleset"])["stdout"])
        subprocess.run(["ip", "netns", "del", NS])
        for case in cases:
            if case["listing"] == head["listing"]:
                del case["listing"]
    with open("%s/%s.json" % (HERE, name), "w") as f:
        f.write('{"recorded": "nftables 1.0.6, iptables 1.8.9, Linux 6.18.44", ' + json.dumps(head)[1:-1] + (", " if head else "") + '"cases": [\n' + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]}\n")


main()
