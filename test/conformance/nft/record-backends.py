#!/usr/bin/python3
"""record-backends.py OUT.json: who sees whose rules and who warns, when legacy iptables, iptables-nft and nft write in one namespace. Needs root; iptables 1.8.9, nft 1.0.6."""
import json, re, shlex, subprocess, sys

LISTINGS = r"""iptables-legacy -S
iptables-legacy -nL
iptables-legacy-save
iptables-legacy -t nat -S
iptables-nft -S
iptables-nft -nL INPUT
iptables-nft -t nat -S
iptables-nft-save
nft list ruleset
nft list tables
nft list chains
nft list table ip filter
nft list chain ip filter INPUT
nft list chain ip filter FORWARD"""

STEPS = {
    "legacy": "iptables-legacy -A INPUT -p tcp --dport 80 -j DROP",
    "nft": "nft add table ip mine; add chain ip mine input { type filter hook input priority 5; policy accept; }; add rule ip mine input tcp dport 81 counter drop",
    "native": "iptables-nft -A INPUT -p tcp --dport 82 -j DROP",
    "compat": "iptables-nft -A INPUT -p tcp --dport 83 -m conntrack --ctstate NEW -j DROP",
    "mark": "iptables-nft -A FORWARD -m mark --mark 5 -m limit --limit 5/min -j ACCEPT",
    "dnat": "iptables-nft -t nat -A PREROUTING -p tcp --dport 84 -j DNAT --to-destination 10.0.0.1",
    "legacy dnat": "iptables-legacy -t nat -A PREROUTING -p tcp --dport 85 -j DNAT --to-destination 10.0.0.1",
    "states": "iptables-nft -A FORWARD -m conntrack ! --ctstate NEW,INVALID --ctproto 6 --ctdir ORIGINAL -j ACCEPT",
    "nat state": "iptables-nft -A FORWARD -m conntrack ! --ctstate NEW,DNAT -j ACCEPT",
    "old state": "iptables-nft -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT",
    "connmark": "iptables-nft -A INPUT -m connmark --mark 5/7 -m connmark ! --mark 9 -m length --length 5:9 -j RETURN",
    "inet": "nft add table inet zed",
    "own": "iptables-nft -N OWN",
}
SESSIONS = [["states", "nat state", "old state", "connmark"], ["legacy"], ["nft"], ["native"], ["compat"], ["legacy", "nft"], ["nft", "native", "inet", "dnat"], ["legacy", "native"], ["legacy", "nft", "native", "mark", "legacy dnat"], ["inet", "own", "nft", "compat"], ["mark", "inet"], ["dnat", "nft", "legacy dnat", "own"]]
DATE = re.compile(r" on \w{3} \w{3} [ \d]\d [\d:]{8} \d{4}")


def run(name, line):
    argv = line.split(" ", 1) if line.startswith("nft add") else shlex.split(line)
    p = subprocess.run(["ip", "netns", "exec", name, *argv], capture_output=True, text=True)
    return {"argv": argv, "exit": p.returncode, "stdout": DATE.sub(" on NOW", p.stdout), "stderr": p.stderr}


def record(steps, name="podpath-backends"):
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        return [run(name, line) for step in steps for line in [STEPS[step], *LISTINGS.splitlines()]]
    finally:
        subprocess.run(["ip", "netns", "del", name])


if __name__ == "__main__":
    json.dump({", ".join(steps): record(steps) for steps in SESSIONS}, open(sys.argv[1], "w"), indent=1)
