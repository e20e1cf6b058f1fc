#!/usr/bin/python3
"""Random nftables rulesets with probes: `randnft.py gen SEED`, `randnft.py corpus DIR FIRST LAST`.

Client (10.1.0.2) -- router (10.1.0.1, 10.2.0.1) -- server (10.2.0.2, 10.2.0.3); the rules stand on the
router.  Nothing random is in the rulesets themselves, so that outcome, counters and conntrack are exact.
Recorded with nftables 1.0.6 by oracle/netns-oracle; needs root.
"""
import json, os, random, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def pick(r, *a):
    return r.choice(a)


def match(r, proto):
    addr = lambda: pick(r, "10.1.0.2", "10.2.0.2", "10.2.0.3", "10.96.0.10", "10.1.0.0/16", "10.2.0.0/24", "10.1.0.1-10.1.0.9")
    port = lambda: str(pick(r, 80, 81, 443, 53, 8080))
    ports = [lambda: port(), lambda: "!= " + port(), lambda: "{ %s, %s }" % (port(), port()), lambda: "%d-%d" % (r.randrange(50, 80), r.randrange(81, 500)), lambda: "> " + port(), lambda: "@ports"]
    forms = [
        lambda: "ip saddr %s%s" % (pick(r, "", "!= "), addr()),
        lambda: "ip daddr %s%s" % (pick(r, "", "!= "), addr()),
        lambda: "ip daddr @hosts",
        lambda: "ip saddr != @nets",
        lambda: "%s dport %s" % (proto, r.choice(ports)()),
        lambda: "meta l4proto %s" % pick(r, "tcp", "udp", "icmp", "{ tcp, udp }"),
        lambda: "ct state %s" % pick(r, "new", "established", "established,related", "invalid", "new,established"),
        lambda: "ct direction %s" % pick(r, "original", "reply"),
        lambda: "ct status %s" % pick(r, "dnat", "snat", "seen-reply"),
        lambda: 'iifname %s"%s"' % (pick(r, "", "!= "), pick(r, "c0", "s0", "c*")),
        lambda: 'oifname "%s"' % pick(r, "c0", "s0"),
        lambda: "meta mark & 0x%x == 0x%x" % pick(r, (0xf, 1), (0x4000, 0x4000), (0xff, 0)),
        lambda: "meta mark %s" % pick(r, "0x1", "!= 0x0", "{ 0x1, 0x2 }"),
        lambda: "fib %s type %s" % (pick(r, "saddr", "daddr"), pick(r, "local", "unicast")),
        lambda: "tcp flags %s" % pick(r, "syn", "syn / syn,ack", "! ack", "& (syn | ack) == syn | ack") if proto == "tcp" else "udp length > 5",
        lambda: "ip ttl %s" % pick(r, "64", "> 60", "< 64"),
        lambda: "ip daddr . meta l4proto . th dport { 10.2.0.2 . tcp . 80, 10.2.0.3 . udp . 53 }",
    ]
    return r.choice(forms)()


def action(r, chain, subs):
    acts = ["counter", "counter accept", "counter drop", "accept", "counter name c1", "meta mark set %d" % r.randrange(4), "meta mark set meta mark | 0x4000",
            "meta mark set meta mark ^ 0x1", "ct mark set meta mark", "counter return", "log prefix \"x \"", "counter reject" if chain != "post" else "counter",
            "update @seen { ip saddr counter }", "add @pairs { ip saddr . ip daddr }", "limit rate 2/minute burst 2 packets counter"]
    for s in subs:
        acts += ["counter jump " + s, "goto " + s]
    acts += ["tcp dport vmap { 80 : accept, 81 : drop, 443 : %s }" % ("jump " + subs[0] if subs else "return")] if r.random() < .5 else []
    return r.choice(acts)


def gen(seed):
    r = random.Random(seed)
    out = ["table ip t {", "\tcounter c1 {\n\t}", "\tset ports {\n\t\ttype inet_service\n\t\tflags interval\n\t\telements = { 80-81, 443 }\n\t}",
           "\tset hosts {\n\t\ttype ipv4_addr\n\t\telements = { 10.2.0.2, 10.96.0.10 }\n\t}",
           "\tset nets {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = { 10.1.0.0/16, 10.2.0.3 }\n\t}",
           "\tset seen {\n\t\ttype ipv4_addr\n\t\tflags dynamic\n\t}", "\tset pairs {\n\t\ttype ipv4_addr . ipv4_addr\n\t\tsize 3\n\t\tflags dynamic\n\t}",
           "\tmap vips {\n\t\ttype ipv4_addr . inet_proto . inet_service : verdict\n\t\telements = { 10.96.0.10 . tcp . 80 : goto svc, 10.96.0.10 . udp . 53 : goto svc2, 10.96.0.10 . tcp . 81 : drop }\n\t}",
           "\tmap backends {\n\t\ttype inet_service : ipv4_addr . inet_service\n\t\telements = { 443 : 10.2.0.3 . 80, 8080 : 10.2.0.2 . 81 }\n\t}"]
    def rules(chain, subs, n):
        lines = []
        for _ in range(n):
            proto = pick(r, "tcp", "udp")
            words = [match(r, proto) for _ in range(r.randrange(0, 3))]
            act = action(r, chain, subs)
            if any(w.startswith("udp") or "l4proto udp" in w or "l4proto icmp" in w for w in words):
                words = [w for w in words if not w.startswith("tcp") and "l4proto" not in w]
                if act.startswith("tcp"):
                    act = "counter"
            if any("l4proto" in w for w in words):
                words = [w for w in words if not w.startswith(("tcp", "udp"))]
                if act.startswith("tcp"):
                    act = "counter"
            lines.append("\t\t" + " ".join(words + [act]))
        return lines
    def chain(name, head, body):
        out.append("\tchain %s {" % name)
        if head:
            out.append("\t\t" + head)
        out.extend(body)
        out.append("\t}")
    chain("svc", None, ["\t\tcounter"] + ["\t\t" + pick(r, "numgen inc mod 2 vmap { 0 : goto b1, 1 : goto b2 }", "meta l4proto tcp dnat to 10.2.0.2:80", "dnat to 10.2.0.3", "meta l4proto tcp dnat ip to numgen inc mod 2 map { 0 : 10.2.0.2 . 80, 1 : 10.2.0.3 . 80 }")])
    chain("svc2", None, ["\t\tcounter", "\t\tmeta l4proto udp dnat to 10.2.0.2:53"])
    chain("b1", None, ["\t\tmeta l4proto tcp dnat to 10.2.0.2:80"])
    chain("b2", None, ["\t\tip saddr 10.1.0.2 meta mark set meta mark | 0x4000", "\t\tmeta l4proto tcp dnat to 10.2.0.3:80"])
    subs = ["u%d" % i for i in range(r.randrange(0, 3))]
    for i, s in enumerate(subs):
        chain(s, None, rules("fwd", subs[i + 1:], r.randrange(1, 4)))
    chain("pre", "type nat hook prerouting priority dstnat; policy accept;", ["\t\tip daddr . meta l4proto . th dport vmap @vips"] + (["\t\ttcp dport 443 dnat ip to tcp dport map @backends"] if r.random() < .4 else []) + (["\t\ttcp dport 8080 redirect to :80"] if r.random() < .3 else []))
    if r.random() < .7:
        chain("post", "type nat hook postrouting priority srcnat; policy accept;", ["\t\t" + pick(r, "meta mark & 0x4000 != 0 masquerade", 'oifname "s0" masquerade', "ip daddr 10.2.0.2 snat to 10.2.0.1", "ip saddr 10.1.0.0/16 snat to 10.2.0.100")])
    for name, hook in r.sample([("fpre", "prerouting"), ("forw", "forward"), ("inp", "input"), ("outp", "output"), ("fpost", "postrouting")], r.randrange(1, 4)):
        pol = "drop" if r.random() < .15 else "accept"
        prio = pick(r, "filter", "mangle", "filter - 5", "-250", "10")
        body = rules("post" if hook == "postrouting" else name, subs, r.randrange(1, 6))
        chain(name, "type filter hook %s priority %s; policy %s;" % (hook, prio, pol), body)
    if r.random() < .15:
        chain("raw", "type filter hook prerouting priority raw; policy accept;", ["\t\t" + pick(r, "tcp dport 81 notrack", "ip saddr 10.1.0.2 udp dport 53 notrack")])
    out.append("}")
    probes = []
    for _ in range(8):
        proto = pick(r, "tcp", "tcp", "udp", "icmp")
        p = {"from": pick(r, "c", "c", "c", "r"), "to": pick(r, "10.2.0.2", "10.2.0.3", "10.96.0.10", "10.1.0.1", "10.2.0.9"), "proto": proto}
        if proto != "icmp":
            p["port"] = pick(r, 80, 81, 443, 8080) if proto == "tcp" else pick(r, 53, 54)
        probes.append(p)
    return {"name": "nft-%d" % seed, "backend": "nft", "known_ports": [80, 81, 443, 53, 54, 8080] + list(range(40001, 40040)),
            "hosts": {"c": {"routes": ["default via 10.1.0.1"], "report": False}, "r": {"sysctls": {"net.ipv4.ip_forward": 1}, "nft": "\n".join(out) + "\n", "report": True},
                      "s": {"routes": ["default via 10.2.0.1"], "report": False}},
            "links": [{"a": "c:eth0", "b": "r:c0", "addrs_a": ["10.1.0.2/24"], "addrs_b": ["10.1.0.1/24"]},
                      {"a": "s:eth0", "b": "r:s0", "addrs_a": ["10.2.0.2/24", "10.2.0.3/24"], "addrs_b": ["10.2.0.1/24", "10.2.0.100/24"]}],
            "listeners": [{"id": "s80", "host": "s", "port": 80, "proto": "tcp", "ip": "0.0.0.0"}, {"id": "s81", "host": "s", "port": 81, "proto": "tcp", "ip": "0.0.0.0"}, {"id": "r80", "host": "r", "port": 80, "proto": "tcp", "ip": "0.0.0.0"}, {"id": "s53", "host": "s", "port": 53, "proto": "udp", "ip": "0.0.0.0"}],
            "probes": probes}


def main():
    if sys.argv[1] == "gen":
        print(json.dumps(gen(int(sys.argv[2])), indent=1))
        return
    folder, first, last = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    for seed in range(first, last + 1):
        scenario = gen(seed)
        run = subprocess.run([HERE + "/../oracle/netns-oracle", "-"], input=json.dumps(scenario), capture_output=True, text=True)
        if run.returncode:
            print(seed, run.stderr[-500:])
            continue
        truth = json.loads(run.stdout)
        truth.pop("timing", None)
        with open("%s/%d.json" % (folder, seed), "w") as f:
            json.dump({"scenario": scenario, "truth": truth}, f)


if __name__ == "__main__":
    main()
