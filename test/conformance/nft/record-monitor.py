#!/usr/bin/python3
"""record-monitor.py OUT.json: what the real `nft monitor` 1.0.6 says while batches are carried out. Needs root."""
import json, re, subprocess, sys, time

SETUP = """add table ip t { comment "hi"; }
add chain ip t c { type filter hook input priority 0; policy drop; comment "x"; }
add chain ip t d
add set ip t s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 } }
add set ip t s2 { type inet_service . ipv4_addr; timeout 5m; comment "x"; size 10; }
add map ip t m { type ipv4_addr : verdict; elements = { 1.2.3.4 : jump d } }
add counter ip t cc
add limit ip t ll { rate 10/second; }
add rule ip t c tcp dport { 80, 443 } counter accept comment "ok"
add rule ip t c ip saddr @s drop
add rule ip t c ip saddr vmap { 1.1.1.1 : jump d, 2.2.2.2 : drop }
"""
MIXED = """add chain ip t z
add rule ip t z accept
add set ip t q { type ipv4_addr; elements = { 1.2.3.4 }; }
delete rule ip t c handle 10
add table ip w
delete table ip w
"""
CASES = [("", [], SETUP), ("", ["-a"], SETUP), ("", ["-j"], SETUP)]
CASES += [(SETUP, [], text) for text in [
    "add element ip t s { 11.0.0.0/8, 192.168.0.1-192.168.0.7 }\n",
    "add element ip t s2 { 80 . 1.2.3.4 comment \"x\" }\n",
    "delete element ip t s { 10.0.0.0/8 }\n",
    "add element ip t m { 5.6.7.8 : accept, 6.6.6.6 : drop }\n",
    "replace rule ip t c handle 10 udp dport 53 accept\n",
    "insert rule ip t c accept\n",
    "add rule ip t c accept\nadd rule ip t c drop\nadd rule ip t d accept\nadd rule ip t d tcp dport {1,2}\nadd rule ip t d drop\n",
    "rename chain ip t c e\n",
    "add chain ip t c { policy accept; }\n",
    "flush chain ip t c\n",
    "flush set ip t s\n",
    "flush chain ip t c\ndelete map ip t m\ndelete counter ip t cc\ndelete limit ip t ll\ndelete chain ip t c\ndelete table ip t\n",
    "delete table ip t\n",
    "delete rule ip t c handle 10\n",
    "flush ruleset\n",
    "add table ip t\n",
    "add table ip u\nadd table inet v\nadd chain inet v c { type nat hook postrouting priority 100; }\nadd rule inet v c masquerade\n",
    "add rule ip t nonsense accept\n",
]]
CASES += [(SETUP, ["monitor"] + words.split(), MIXED) for words in ("new", "destroy", "rules", "new rules", "destroy rules", "chains", "sets", "elements", "tables", "ruleset", "foo", "new foo")]


def nft(args, stdin=None):
    return subprocess.run(["ip", "netns", "exec", "nft-record", "nft"] + args, input=stdin, capture_output=True, text=True)


def main():
    cases = []
    for setup, args, text in CASES:
        subprocess.run("ip netns add nft-record", shell=True, check=True)
        nft(["-f", "-"], setup)
        argv = args if "monitor" in args else args + ["monitor"]
        p = subprocess.Popen(["ip", "netns", "exec", "nft-record", "stdbuf", "-oL", "nft"] + argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.25)
        nft(["-f", "-"], text)
        time.sleep(0.2)
        p.terminate()
        out, err = p.communicate()
        out = re.sub(r"generation \d+ by process \d+", "generation N by process P", out)
        cases.append({"setup": setup, "args": argv, "text": text, "stdout": out, "stderr": err})
        subprocess.run(["ip", "netns", "del", "nft-record"])
    with open(sys.argv[1], "w") as f:
        json.dump({"recorded": "nftables 1.0.6, Linux 6.18.44", "cases": cases}, f, indent=1)
        f.write("\n")


main()
