#!/usr/bin/python3
"""Wider random nftables rulesets with probes: `randwide.py gen SEED`, `randwide.py corpus DIR FIRST LAST`.

As randnft.py, with what that one leaves out: quotas, meters, maps to counters, dynamic
sets with time-outs, concatenations of intervals, TCP options, routes, raw payloads, hashes with a seed,
masks of marks, NAT by maps, prefixes and intervals, several chains on one hook, inet tables. Connection counts are left out: the kernel looks for the gone once
a jiffy, which is chance here (record-ct-count.py has them, with pauses). Recorded with
nftables 1.0.6 by oracle/netns-oracle; needs root.
"""
import importlib.util, json, os, random, re, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("randnft", HERE + "/randnft.py")
randnft = importlib.util.module_from_spec(spec)
spec.loader.exec_module(randnft)

HEAD = """	counter c1 {
	}
	counter c2 {
	}
	quota q1 { over %d bytes; }
	limit l1 { rate 2/minute burst 3 packets; }
	set hosts { type ipv4_addr; elements = { 10.2.0.2, 10.96.0.10 }; }
	set nets { type ipv4_addr; flags interval; auto-merge; elements = { 10.1.0.0/24, 10.1.1.0/24, 10.2.0.3 }; }
	set pairs { type ipv4_addr . inet_service; flags interval; elements = { 10.2.0.0/24 . 80-81, 10.1.0.1 . 50-90 }; }
	set seen { type ipv4_addr; flags dynamic,timeout; timeout 1h; }
	set conns { type ipv4_addr; size 10; flags dynamic; }
	set flows { type ipv4_addr . inet_proto . inet_service; size 20; flags dynamic; }
	set known { type ipv4_addr; counter; elements = { 10.1.0.2, 10.2.0.2 }; }
	map ports { type inet_service : verdict; flags interval; elements = { 50-60 : continue, 80 : jump u0, 443 : drop }; }
	map marks { type ipv4_addr : mark; elements = { 10.1.0.2 : 0x11, 10.2.0.2 : 0x22 }; }
	map counts { type inet_service : counter; elements = { 80 : "c1", 53 : "c2", 81 : "c1" }; }
	map byport { type inet_service : ipv4_addr . inet_service; elements = { 443 : 10.2.0.3 . 80, 8080 : 10.2.0.2 . 81 }; }
	map rewrite { type inet_service : inet_service; elements = { 8080 : 80, 443 : 81 }; }
"""


def pick(r, *a):
    return r.choice(a)


def match(r, hook):
    addr = lambda: pick(r, "10.1.0.2", "10.2.0.2", "10.2.0.3", "10.96.0.10", "10.1.0.0/16", "10.2.0.0/24", "10.1.0.1-10.1.0.9")
    port = lambda: str(pick(r, 80, 81, 443, 53, 8080))
    forms = [
        lambda: "ip saddr %s%s" % (pick(r, "", "!= "), addr()),
        lambda: "ip daddr %s%s" % (pick(r, "", "!= "), addr()),
        lambda: "ip saddr @known",
        lambda: "ip saddr != @nets",
        lambda: "ip daddr . th dport @pairs",
        lambda: "ip saddr & 255.255.0.%d == 10.%d.0.%d" % pick(r, (0, 1, 0), (0, 2, 0), (255, 2, 2), (255, 1, 2)),
        lambda: "th dport %s" % pick(r, port(), "!= " + port(), "{ %s, %s }" % (port(), port()), "> 79", "80-100"),
        lambda: "tcp dport != { 80, 81 }",
        lambda: "udp dport . ip daddr { 53 . 10.2.0.2, 54 . 10.2.0.0/24 }",
        lambda: "ip protocol . th dport { tcp . 80, udp . 53, tcp . 8080-8090 }",
        lambda: "ct state %s" % pick(r, "new", "!= new", "{ new, established }", "established,related"),
        lambda: "ct state & (established | related) == 0",
        lambda: "ct status & %s != 0" % pick(r, "dnat", "(snat | dnat)", "assured", "confirmed"),
        lambda: "ct direction %s" % pick(r, "original", "reply"),
        lambda: "ct original ip daddr %s" % addr(),
        lambda: "ct reply ip saddr %s%s" % (pick(r, "", "!= "), addr()),
        lambda: "meta l4proto tcp ct original proto-dst %s" % port(),
        lambda: "ct mark %s" % pick(r, "0", "!= 0", "& 0xf == 1", "1-3", "{ 1, 2 }"),
        lambda: "meta mark %s" % pick(r, "0", "!= 0x0", "& 0xf0 == 0x10", "0x1-0x20", "^ 0x1 == 0", "{ 0x11, 0x22 }"),
        lambda: "meta length %s" % pick(r, "> 60", "< 61", "40-60", "!= 60"),
        lambda: "iifname . ip saddr { \"c0\" . 10.1.0.2, \"s0\" . 10.2.0.3 }" if hook != "output" else "oifname { \"c0\", \"s0\" }",
        lambda: "meta iifkind \"veth\"" if hook not in ("output", "postrouting") else "meta oifkind \"veth\"",
        lambda: "fib daddr type { local, broadcast }",
        lambda: "fib saddr . iif oif %s" % pick(r, "exists", "missing") if hook in ("prerouting", "input", "forward") else "fib daddr type != local",
        lambda: "fib daddr oif \"s0\"" if hook in ("prerouting", "input", "forward") else "ip ttl 64",
        lambda: "rt nexthop %s" % addr() if hook in ("forward", "output", "postrouting") else "ip dscp cs0",
        lambda: "tcp flags & (fin | syn | rst | ack) == %s" % pick(r, "syn", "ack", "syn | ack"),
        lambda: "tcp flags %s" % pick(r, "syn", "ack", "! syn", "syn,ack / syn,ack", "{ syn, ack }"),
        lambda: "tcp option %s" % pick(r, "maxseg exists", "maxseg size > 1000", "sack-perm missing", "window exists", "timestamp exists", "maxseg size 1460"),
        lambda: "@th,16,16 %s" % port(),
        lambda: "@nh,96,32 0x0a010002",
        lambda: "icmp type echo-request",
        lambda: "icmp type { echo-request, echo-reply } icmp sequence > 0",
        lambda: "jhash ip saddr . th dport mod 4 seed 0x%x %s %d" % (r.randrange(1, 99), pick(r, "", "!=", "<"), r.randrange(4)),
        lambda: "numgen inc mod 3 %d" % r.randrange(3),
        lambda: "meta skuid 0" if hook in ("output", "postrouting") else "meta pkttype host",
        lambda: "ip ecn not-ect ip dscp %s" % pick(r, "cs0", "!= cs1"),
        lambda: "meta cpu >= 0 meta random >= 0",
        lambda: "meta day { Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday } meta time > \"2020-01-01\"",
    ]
    return r.choice(forms)()


def action(r, hook, subs):
    acts = ["counter", "counter accept", "counter drop", "accept", "counter name c1", "counter name th dport map @counts", "quota %s%d bytes counter" % (pick(r, "", "over "), r.randrange(60, 600)),
            "quota name q1 counter", "limit name l1 counter", "limit rate over 2/minute burst 1 packets counter drop", "limit rate 100 bytes/hour burst 200 bytes counter",
            "meta mark set ip saddr map @marks", "meta mark set meta mark & 0xf0 | 0x3", "meta mark set meta mark ^ 0xff", "meta mark set ct mark", "ct mark set meta mark | 0x1", "ct mark set ct mark & 0xfe", "ct mark set 0x2",
            "meta mark set jhash ip saddr . th dport mod 8 seed 0x7", "meta mark set numgen inc mod 4 offset 16", "meta mark set meta length",
            "update @seen { ip saddr }", "add @seen { ip saddr timeout 30m } counter", "meta l4proto { tcp, udp } add @flows { ip saddr . ip protocol . th dport } counter", "delete @seen { ip saddr } counter",
            "meta l4proto { tcp, udp } update @flows { ip saddr . ip protocol . th dport limit rate over 1/minute } counter",
            "meter m%d size 100 { ip saddr counter }" % r.randrange(10**6), "meter m%d size 100 { ip saddr . th dport limit rate over 1/minute } drop" % r.randrange(10**6),
            "th dport vmap @ports", "th dport vmap { 50-60 : continue, 80 : accept, 81-90 : drop }", "ip saddr . th dport vmap { 10.1.0.2 . 80 : accept, 10.1.0.0/24 . 81-90 : drop }", "ct state vmap { established : accept, new : continue, invalid : drop }", "ct mark vmap { 1 : drop, 2 : accept }",
            "jhash ip daddr mod 3 seed 0x5 vmap { 0 : continue, 1 : accept, 2 : continue } counter", "numgen inc mod 3 vmap { 0 : accept, 1 : continue, 2 : return }",
            "ip dscp set cs1", "ip ttl set 63", "tcp option maxseg size set 1200", "log prefix \"w \" level info flags tcp options", "log group 3 prefix \"n\"",
            "counter return", "continue"]
    if hook not in ("postrouting",):
        acts += ["counter reject", "counter reject with icmp %s" % pick(r, "host-unreachable", "admin-prohibited"), "tcp dport %d reject with tcp reset" % pick(r, 80, 81)]
    for s in subs:
        acts += ["counter jump " + s, "goto " + s]
    return r.choice(acts)


def gen(seed):
    r = random.Random(1000003 * seed)
    family = pick(r, "ip", "ip", "inet")
    out = ["table %s t {" % family, HEAD.rstrip("\n") % r.randrange(100, 900)]

    def body(hook, subs, n):
        lines = []
        for _ in range(n):
            words = [match(r, hook) for _ in range(r.randrange(0, 3))]
            act = action(r, hook, subs)
            text = " ".join(words + [act])
            # A rule speaks of one transport.
            if sum(1 for proto in ("tcp ", "udp ", "icmp ") if proto in text) > 1 or ("icmp" in text and ("th " in text or "@th" in text)):
                text = " ".join(words[:1]) + " counter" 
                if sum(1 for proto in ("tcp ", "udp ", "icmp ") if proto in text) > 1:
                    text = "counter"
            lines.append("\t\t" + text)
        return lines

    def chain(name, head, lines):
        out.append("\tchain %s {" % name)
        if head:
            out.append("\t\t" + head)
        out.extend(lines)
        out.append("\t}")

    for s, rest in (("u2", []), ("u1", ["u2"]), ("u0", ["u1", "u2"])):
        chain(s, None, body("any", rest, r.randrange(1, 4)))
    ip = " ip" if family == "inet" else ""
    dnats = ["ip daddr 10.96.0.10 meta l4proto tcp dnat%s to numgen inc mod 2 map { 0 : 10.2.0.2, 1 : 10.2.0.3 }:80" % ip, "ip daddr 10.96.0.10 tcp dport { 80, 8080 } dnat%s to 10.2.0.2:tcp dport map @rewrite" % ip,
             "dnat ip to tcp dport map @byport", "dnat ip to ip daddr . tcp dport map { 10.96.0.10 . 80 : 10.2.0.2 . 80, 10.96.0.10 . 81 : 10.2.0.3 . 81 }", "ip daddr 10.96.0.10 udp dport 53 dnat%s to 10.2.0.2-10.2.0.3" % ip,
             "ip daddr 10.96.0.0/24 dnat ip prefix to 10.2.0.0/24", "ip daddr 10.96.0.10 dnat%s to jhash ip saddr . th dport mod 2 seed 0x%x map { 0 : 10.2.0.2, 1 : 10.2.0.3 }" % (ip, r.randrange(1, 99)),
             "tcp dport 8080 redirect to :80", "ip daddr 10.96.0.10 dnat%s to ip saddr map { 10.1.0.0/24 : 10.2.0.2, 10.2.0.0/24 : 10.2.0.3 }" % ip, "meta mark 0x11 ip daddr 10.96.0.10 dnat%s to 10.2.0.3" % ip]
    chain("pre", "type nat hook prerouting priority dstnat%s; policy accept;" % pick(r, "", " + 5", " - 3"), ["\t\t" + line for line in r.sample(dnats, r.randrange(1, 4))])
    snats = ["oifname \"s0\" masquerade", "ct status dnat masquerade", "ip saddr 10.1.0.0/24 snat%s to 10.2.0.100" % ip, "ip saddr . ip daddr { 10.1.0.2 . 10.2.0.2 } snat%s to 10.2.0.1" % ip, "snat ip to ip saddr map { 10.1.0.0/24 : 10.2.0.100-10.2.0.101 }" if family == "ip" else "counter",
             "ip saddr 10.1.0.0/24 snat ip prefix to 10.2.0.0/24" if r.random() < .3 else "meta mark & 0x10 != 0 masquerade", "counter masquerade fully-random" if False else "oifname \"s0\" ip daddr 10.2.0.3 counter masquerade"]
    if r.random() < .7:
        chain("post", "type nat hook postrouting priority srcnat; policy accept;", ["\t\t" + line for line in r.sample(snats, r.randrange(1, 3))])
    hooks = ["prerouting", "forward", "input", "output", "postrouting", "forward", "prerouting"]
    for i, hook in enumerate(r.sample(hooks, r.randrange(2, 5))):
        chain("b%d" % i, "type filter hook %s priority %s; policy %s;" % (hook, pick(r, "filter", "mangle", "filter - 5", "-250", "10", "security", "-90"), "drop" if r.random() < .1 else "accept"), body(hook, ["u0", "u1"], r.randrange(2, 7)))
    if r.random() < .15:
        chain("route", "type route hook output priority mangle; policy accept;", body("output", ["u1"], 2))
    out.append("}")
    scenario = randnft.gen(seed)
    scenario["name"] = "nftwide-%d" % seed
    scenario["hosts"]["r"]["nft"] = "\n".join(out) + "\n"
    return scenario


def truth_of(scenario):
    """What the kernel made of it: a machine that is busy lets time-outs pass, so two runs in a row have to agree."""
    before = None
    for _ in range(8):
        run = subprocess.run([HERE + "/../oracle/netns-oracle", "-"], input=json.dumps(scenario), capture_output=True, text=True)
        if run.returncode:
            return None
        truth = json.loads(run.stdout)
        truth.pop("timing", None)
        now = re.sub(r" expires [0-9dhms]+", "", json.dumps([truth["steps"], truth["after"]["r"]]))
        if now == before:
            return truth
        before = now
    return None


def main():
    if sys.argv[1] == "gen":
        print(json.dumps(gen(int(sys.argv[2])), indent=1))
        return
    folder, first, last = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    for seed in range(first, last + 1):
        scenario = gen(seed)
        truth = truth_of(scenario)
        if truth is None:
            print(seed, "does not settle")
            continue
        with open("%s/%d.json" % (folder, seed), "w") as f:
            json.dump({"scenario": scenario, "truth": truth}, f)


if __name__ == "__main__":
    main()
