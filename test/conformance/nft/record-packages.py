#!/usr/bin/python3
"""record-packages.py: rules of iptables (either back end) and chains of nft before, at and behind its priority, on the same hooks; what the real kernel makes of packets, into packages.json. Needs root."""
import json, os, subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
RULES = """*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 54 -j DROP
-A FORWARD -p tcp -m tcp --dport 81 -j DROP
-A FORWARD -p tcp -m tcp --dport 82 -j ACCEPT
-A FORWARD -p udp -m udp --dport 53 -j REJECT
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 83 -j MARK --set-xmark 0x7/0xffffffff
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --dport 84 -j DNAT --to-destination 10.2.0.2:80
COMMIT
"""


def chain(name, hook, priority):
    lines = ["tcp flags & (syn | ack) == syn counter", "udp dport 0-65535 counter", "meta mark 7 counter", "icmp type echo-request counter", *EXTRA.get(name, [])]
    return "\tchain %s {\n\t\ttype filter hook %s priority %s; policy accept;\n%s\t}\n" % (name, hook, priority, "".join("\t\t%s\n" % line for line in lines))


EXTRA = {"forward_early": ["tcp dport 80 ip daddr 10.2.0.3 counter drop", "tcp dport 85 counter accept"], "forward_late": ["tcp dport 82 counter drop", "tcp dport 85 counter drop"], "prerouting_late": ["tcp dport 80 counter"]}
HOOKS = {"prerouting": [("early", -310), ("between", -145), ("late", -90)], "forward": [("early", -10), ("late", 10)], "input": [("early", -10), ("late", 10)]}
NFT = "table ip p {\n%s}\n" % "\n".join(chain(hook + "_" + name, hook, priority) for hook, chains in HOOKS.items() for name, priority in chains)
PROBES = [("c", "10.2.0.2", "tcp", port) for port in (80, 81, 82, 83, 84, 85)] + [("c", "10.2.0.3", "tcp", 80), ("c", "10.2.0.2", "udp", 53), ("c", "10.1.0.1", "udp", 54), ("c", "10.1.0.1", "icmp", None)]


def scenario(backend):
    probes = [{"from": f, "to": to, "proto": proto, **({"port": port} if port else {})} for f, to, proto, port in PROBES]
    return {"name": "packages-" + backend, "backend": backend, "known_ports": [80, 81, 82, 83, 84, 85, 53, 54],
            "hosts": {"c": {"routes": ["default via 10.1.0.1"], "report": False}, "r": {"sysctls": {"net.ipv4.ip_forward": 1}, "rules": RULES, "nft": NFT}, "s": {"routes": ["default via 10.2.0.1"], "report": False}},
            "links": [{"a": "c:eth0", "b": "r:c0", "addrs_a": ["10.1.0.2/24"], "addrs_b": ["10.1.0.1/24"]}, {"a": "s:eth0", "b": "r:s0", "addrs_a": ["10.2.0.2/24", "10.2.0.3/24"], "addrs_b": ["10.2.0.1/24"]}],
            "listeners": [{"id": "s80", "host": "s", "port": 80, "proto": "tcp", "ip": "0.0.0.0"}, {"id": "s53", "host": "s", "port": 53, "proto": "udp", "ip": "0.0.0.0"}], "probes": probes}


def record(backend):
    made = scenario(backend)
    run = subprocess.run([HERE + "/../oracle/netns-oracle", "-"], input=json.dumps(made), capture_output=True, text=True, check=True)
    truth = json.loads(run.stdout)
    after = truth["after"]["r"]
    return {"scenario": made, "steps": truth["steps"], "conntrack": after["conntrack"], "nft": after["nft"], "iptables_save_c": after["iptables_save_c"]}


json.dump({backend: record(backend) for backend in ("legacy", "nft")}, open(HERE + "/packages.json", "w"), indent=1)
