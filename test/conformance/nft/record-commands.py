#!/usr/bin/python3
"""record-commands.py OUT.json: what the real nft 1.0.6 prints for whole command lines, each in a namespace of its own that holds BASE. Needs root."""
import json, re, shlex, subprocess, sys

BASE = """table ip t {
 comment "all of it"
 counter k { packets 3 bytes 200; }
 limit l { rate 10/second; }
 set s { type inet_service; elements = { 80, 443 }; }
 set p { type inet_proto; elements = { tcp }; }
 set i { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.1-192.168.0.9 }; }
 map m { type ipv4_addr . inet_service : verdict; elements = { 10.0.0.1 . 80 : accept, 10.0.0.2 . 81 : jump d }; }
 map a { type inet_service : ipv4_addr . inet_service; elements = { 80 : 10.0.0.1 . 8080 }; }
 chain d { }
 chain c {
  type filter hook input priority filter + 5; policy accept;
  ip protocol tcp tcp dport { 22, 80 } ct state new,established counter accept
  meta l4proto udp udp dport 53 drop
  icmp type echo-request ip dscp cs1 meta mark 5 meta skuid 0
  ct status dnat ct direction original limit rate 10/second
  fib daddr type local tcp flags syn,ack reject with icmp host-unreachable
  ct expiration 30s iif lo meta pkttype host
  ip daddr . tcp dport vmap @m
  ip saddr @i counter name k limit name l log prefix "x " group 3
  ip saddr 10.0.0.0/8 ip daddr != 10.1.0.0-10.2.0.5 tcp dport > 1024 meta mark set meta mark | 0x10 comment "hi"
  tcp flags & (syn | ack) == syn ct mark set 7 numgen inc mod 2 vmap { 0 : drop, 1 : goto d }
 }
 chain n {
  type nat hook prerouting priority dstnat;
  ip daddr 10.9.9.9 dnat to 10.0.0.1
  tcp dport 80 dnat to 10.0.0.1:8080
  dnat ip to tcp dport map @a
  tcp dport 81 redirect to :8081
 }
 chain q {
  type nat hook postrouting priority srcnat;
  ip saddr 10.0.0.0/8 snat to 10.3.0.1 persistent
  masquerade random
 }
}
table ip u { }
table inet v { chain x { meta nfproto ipv4 reject with icmpx admin-prohibited; notrack; }; }
"""

COMMANDS = r"""-n list ruleset
-y list ruleset
-p list ruleset
-T list chain ip t c
-nn list chain ip t c
-s list ruleset
-t list ruleset
-a list ruleset
-sta list table ip t
-e add rule ip t c tcp dport 99 counter accept
-e -a add rule ip t c tcp dport 98 accept
-e add table ip zz
-e add element ip t s { 99, 98 }
-e delete table ip u
-e add rule ip t c tcp dport { 5, 6 }
-e -j add rule ip t c accept
-e list tables
-c add rule ip t c accept
-c add rule ip t nonsense accept
list tables
list tables ip
list tables inet
list chains
list chains ip
list sets
list maps
list counters
list counters table ip t
list limits
list limits table ip t
list quotas
list flowtables
list meters
list counter ip t k
list limit ip t l
list set ip t m
list map ip t m
list map ip t s
list table ip nix
list chain ip t nix
reset counters
reset counter ip t k
get element ip t s { 80 }
get element ip t s { 81 }
get element ip t i { 10.1.2.3 }
get element ip t m { 10.0.0.1 . 80 }
-j list ruleset
-j list tables
-j list chains
-j list sets
-j list maps
-j list counters
-j list table ip t
-j list chain ip t c
-j list chain ip t n
-j list set ip t i
-j list map ip t m
-j list counter ip t k
-j list limits
-j get element ip t s { 80 }
-j reset counters
-j -a list tables
-x list ruleset
--nope list ruleset
list
-v
""".strip().split("\n")


def nft(args, stdin=None):
    return subprocess.run(["ip", "netns", "exec", "nft-record", "nft"] + args, input=stdin, capture_output=True, text=True)


def main():
    cases = []
    for line in COMMANDS:
        subprocess.run("ip netns add nft-record; ip -n nft-record link set lo up", shell=True, check=True)
        nft(["-f", "-"], BASE)
        argv = shlex.split(line)
        p = nft(argv)
        out = re.sub(r"generation \d+ by process \d+", "generation N by process P", p.stdout)
        cases.append({"argv": argv, "exit": p.returncode, "stdout": out, "stderr": p.stderr})
        subprocess.run(["ip", "netns", "del", "nft-record"])
    with open(sys.argv[1], "w") as f:
        json.dump({"recorded": "nftables 1.0.6, Linux 6.18.44", "base": BASE, "cases": cases}, f, indent=1)
        f.write("\n")


main()
