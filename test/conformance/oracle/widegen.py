"""Random scenarios with what randgen.py leaves out: further matches and targets, MTUs and fragments, policy routing,
reverse paths, bridge port flags, VXLAN, hand-made TCP segments. A seed is a scenario, as there.

  python3 widegen.py SEED     print it
"""
import json, random, sys
import randgen
from randgen import ADDR, NETS, PORTS, REAL, VIPS, neg

STATES = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"]
RAW_FLAGS = ["S", "S", "A", "R", "FA", "SA", "PA", "RA", "F", "", "SF", "FPU"]


class Wide(randgen.Gen):
    def __init__(self, seed):
        super().__init__(seed)
        self.R = random.Random("wide-%d" % seed)

    def more(self, table, hooks, proto):
        """one match of those that randgen.py does not make, for a rule of that protocol"""
        R = self.R
        inward = all(h in ("PREROUTING", "INPUT", "FORWARD") for h in hooks)
        outward = all(h in ("OUTPUT", "POSTROUTING") for h in hooks)
        many = [
            "-m limit --limit %s --limit-burst %d" % (R.choice(["1/day", "3/hour", "2/hour"]), R.randint(1, 4)),
            "-m iprange %s--%s-range %s" % (neg(R), R.choice(["src", "dst"]), R.choice(["10.9.1.2-10.9.2.2", "10.9.2.2-10.9.2.3", "10.96.0.1-10.96.0.2", "10.9.3.2-10.9.3.2"])),
            "-m connmark %s--mark %s" % (neg(R), R.choice(["0x5", "0x1/0x1", "0x0", "0x4/0xff"])),
            "-m length %s--length %s" % (neg(R), R.choice(["60", "28:40", ":100", "1000:", "31"])),
            "-m ttl %s" % R.choice(["--ttl-eq 64", "--ttl-lt 64", "--ttl-gt 62", "! --ttl-eq 63"]),
            "-m conntrack %s--ctproto %s" % (neg(R), R.choice(["tcp", "udp", "icmp", "47"])),
            "-m conntrack %s--%s %s" % (neg(R), R.choice(["ctorigsrc", "ctreplsrc", "ctrepldst"]), R.choice(REAL + NETS[:3])),
            "-m conntrack %s--%s %s" % (neg(R), R.choice(["ctorigdstport", "ctreplsrcport", "ctrepldstport"]), R.choice(["80", "8080", "53:443", "40001:40005"])),
            "-m conntrack %s--ctexpire %s" % (neg(R), R.choice(["0:10", "20:130", "0", "100:"])),
            "-m state %s--state %s" % (neg(R), ",".join(R.sample(STATES, R.randint(1, 3)))),
            "-m addrtype %s--%s-type %s" % (neg(R), R.choice(["dst", "src"]), R.choice(["UNICAST", "BLACKHOLE", "UNREACHABLE,PROHIBIT", "MULTICAST", "LOCAL,UNICAST", "BROADCAST"])),
            "-m statistic --mode nth --every %d --packet %d" % ((lambda n: (n, R.randint(0, n - 1)))(R.randint(2, 5))),
            "-m recent %s--name R%d %s" % (R.choice(["--set ", "--rcheck ", "! --rcheck ", "--update ", "--remove ", "--rcheck --seconds 600 --hitcount 2 ", "--update --seconds 600 --hitcount 4 --rttl ", "--rcheck --rttl ", "! --update --seconds 60 --reap "]), R.randint(0, 1), R.choice(["", "--rdest", "--rsource --mask 255.255.255.0", "--mask 255.255.0.0"])),
            "-m pkttype %s--pkt-type %s" % (neg(R), R.choice(["unicast", "broadcast", "multicast"])),
            "-m tos --tos %s" % R.choice(["0x00/0xff", "0x10/0x3f", "0x10/0x10"]),
            "-m dscp %s--dscp %d" % (neg(R), R.choice([0, 10, 46])),
        ]
        if inward:
            many += ["-m mac %s--mac-source %s" % (neg(R), R.choice(["02:00:00:00:01:02", "02:00:00:00:02:02", "02:00:00:00:03:02", "02:00:00:00:02:01"]))] * 2
        if outward:
            many += ["-m owner %s" % R.choice(["--uid-owner 0", "! --uid-owner 0", "--gid-owner 1-100", "--socket-exists", "! --socket-exists"])] * 2
        if proto == "tcp":
            many += ["-m tcpmss %s--mss %s" % (neg(R), R.choice(["1460", "1000:1360", ":1300", "1361:"]))] * 2
            many += ["-m tcp --tcp-option %s" % R.choice(["2", "8", "4", "34"]), "-m tcp %s--tcp-flags %s" % (neg(R), R.choice(["ALL SYN", "SYN,RST SYN", "ALL ACK", "RST,FIN RST", "ALL NONE", "FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG"]))]
        if hooks == ["PREROUTING"] and table in ("raw", "mangle"):
            many += ["-m rpfilter %s" % R.choice(["", "--invert", "--loose", "--loose --invert", "--validmark", "--accept-local"])] * 2
        if self.sets:
            name = R.choice(sorted(self.sets))
            kind = self.sets[name]
            count = kind.split(":")[1].count(",") + 1 if not kind.startswith("bitmap") else 1
            many += ["-m set %s--match-set %s %s%s" % (neg(R), name, ",".join(R.choice(["src", "dst"]) for _ in range(count)), R.choice(["", " --return-nomatch"]))] * 3
        if any(h in ("FORWARD", "POSTROUTING") for h in hooks) and len(hooks) == 1:
            many += ["-m physdev %s%s" % (neg(R), R.choice(["--physdev-is-bridged", "--physdev-out vethp1 --physdev-is-bridged", "--physdev-in vethp2", "--physdev-is-in", "--physdev-in vethp+ --physdev-is-bridged"]))]
        chosen = R.choice(many)
        # Nothing is known of connections in raw yet.
        return None if table == "raw" and ("conntrack" in chosen or "-m state" in chosen) else chosen

    def match(self, table, hooks, with_proto=None):
        proto, out = super().match(table, hooks, with_proto)
        for _ in range(self.R.choice([0, 1, 1, 2])):
            extra = self.more(table, hooks, with_proto)
            # A match of the same name twice on one line is allowed, and so are its options.
            if extra is not None:
                out.append(extra)
        return proto, out

    def target(self, table, kind, hooks, later, proto):
        R = self.R
        if R.random() < .55:
            return super().target(table, kind, hooks, later, proto)
        many = ["-j NFLOG --nflog-group %d" % R.randint(0, 3), "-j TRACE" if table == "raw" else "", '-j LOG --log-prefix "S%d:%s " --log-uid%s' % (self.seed, R.choice("XYZ"), R.choice(["", " --log-macdecode", " --log-ip-options", " --log-level 7"]))]
        if table == "mangle":
            many += ["-j CONNMARK %s" % R.choice(["--set-xmark 0x4/0xff", "--or-mark 0x1", "--and-mark 0xf0", "--xor-mark 0x5", "--save-mark --nfmask 0xff --ctmask 0xff", "--restore-mark --mask 0xf", "--save-mark --left-shift-mark 4", "--restore-mark --right-shift-mark 1"])] * 3
            many += ["-j TTL %s" % R.choice(["--ttl-set 64", "--ttl-dec 1", "--ttl-inc 1", "--ttl-set 2"]), "-j DSCP --set-dscp %d" % R.choice([10, 46, 0]), "-j CHECKSUM --checksum-fill", "-j MARK --set-mark 0x%x" % R.choice([1, 2, 7])] * 2
            if proto == "tcp" and all(h in ("FORWARD", "OUTPUT", "POSTROUTING") for h in hooks):
                many += ["-m tcp --tcp-flags SYN,RST SYN -j TCPMSS %s" % R.choice(["--clamp-mss-to-pmtu", "--set-mss 1200", "--set-mss 1400"])] * 4
        if table == "raw":
            many += ["-j CT --zone %d" % R.randint(1, 2), "-j NOTRACK", "-j CT --notrack"] * 2
        if table == "filter":
            many += ["-j REJECT --reject-with %s" % R.choice(randgen.REJ)] * 2
        if table == "nat" and kind == "D":
            ports = proto in ("tcp", "udp")
            many += ["-j DNAT --to-destination %s" % R.choice(["10.9.2.2-10.9.2.3", "10.9.3.2-10.9.3.3", "10.9.2.2"] + (["10.9.2.2:8080-8081", "10.9.2.2-10.9.2.3:8080", ":8080", "10.9.3.2:80-90/80"] if ports else [])) + R.choice(["", "", " --persistent"])] * 4
            many += ["-j REDIRECT" + (" --to-ports %s" % R.choice(["8080", "22-23"]) if ports else "")]
            many += ["-j NETMAP --to %s" % R.choice(["10.9.2.0/24", "10.9.3.0/24"])] if hooks == ["PREROUTING"] else []
        if table == "nat" and kind == "S":
            ports = proto in ("tcp", "udp")
            if hooks == ["POSTROUTING"]:
                many += ["-j MASQUERADE" + R.choice(["", " --random", " --random-fully"] + ([" --to-ports 50000-50010", " --to-ports 50000", " --to-ports 50000-50001 --random"] if ports else []))] * 3
            many += ["-j SNAT --to-source %s" % R.choice(["10.9.3.1-10.9.3.1", "10.9.3.70-10.9.3.75", "10.9.2.1-10.9.2.1"] + (["10.9.3.1:50000-50002", "10.9.3.1:50000", ":50000-50002"] if ports else [])) + R.choice(["", " --persistent", " --random"])] * 3
        return R.choice([text for text in many if text != ""])

    def routing(self, host):
        """policy routing and reverse paths on the router"""
        R = self.R
        ip = host.setdefault("ip", [])
        if R.random() < .3:
            ip.append("route add %s %s" % (R.choice(["blackhole", "unreachable", "prohibit", "throw"]), R.choice(["10.96.0.3/32", "10.9.3.3/32", "10.96.0.0/30", "10.50.0.0/24"])))
        if R.random() < .35:
            ip.append("route add %s table 100" % R.choice(["default via 10.9.2.2", "default via 10.9.1.2", "10.96.0.0/24 via 10.9.2.3", "unreachable default", "10.9.3.0/24 via 10.9.3.3 src 10.9.2.1", "blackhole 10.96.0.1/32", "local 10.96.0.2 dev lo"]))
            for _ in range(R.randint(1, 2)):
                ip.append("rule add %s %s" % (R.choice(["from 10.9.1.0/24", "to 10.96.0.0/16", "fwmark 0x1", "fwmark 0x1/0x1", "iif eth0", "from 10.9.2.2", "not fwmark 0x1", "oif eth1", "to 10.9.3.3"]), R.choice(["lookup 100", "lookup 100", "lookup 100", "unreachable", "prohibit", "blackhole"])))
        for name, chance, values in (("conf.all.rp_filter", .3, [1, 2]), ("conf.eth0.rp_filter", .15, [1, 2]), ("conf.all.accept_local", .1, [1]), ("conf.all.route_localnet", .1, [1]), ("conf.all.src_valid_mark", .1, [1]), ("ip_forward", .06, [0]), ("conf.eth0.forwarding", .05, [0]), ("conf.all.send_redirects", .2, [1])):
            if R.random() < chance:
                host["sysctls"]["late:net.ipv4." + name] = R.choice(values)
        for name, chance, values in (("tcp_loose", .1, [0]), ("tcp_be_liberal", .1, [1]), ("tcp_ignore_invalid_rst", .1, [1])):
            if R.random() < chance:
                host["sysctls"]["late:net.netfilter.nf_conntrack_" + name] = R.choice(values)

    def widen(self, sc):
        R = self.R
        router = sc["hosts"]["r"]
        self.routing(router)
        for port in ("vethp1", "vethp2"):
            if R.random() < .25:
                router.setdefault("ip", []).append("link set dev %s type bridge_slave %s" % (port, R.choice(["isolated on", "hairpin off", "learning off", "flood off"])))
        if R.random() < .3:
            R.choice(sc["links"][:2])["mtu"] = R.choice([1400, 1280, 600])
        if R.random() < .3:
            sc["hosts"]["c"]["ip"] = ["addr add 10.50.0.7/32 dev lo"]
            if R.random() < .6:
                router.setdefault("ip", []).append("route add 10.50.0.7 via 10.9.1.2")
            for probe in R.sample(sc["probes"], 3):
                if probe["from"] == "c":
                    probe["src"] = "10.50.0.7"
        # The outer packets' source port is chance, and would stand in the log.
        if R.random() < .2 and "-j LOG" not in router["rules"]:
            for name, own, other in (("r", "10.9.3.1", "10.9.3.2"), ("s", "10.9.3.2", "10.9.3.1")):
                host = sc["hosts"][name]
                mac, peer, end = ("02:00:00:00:50:01", "02:00:00:00:50:02", "1") if name == "r" else ("02:00:00:00:50:02", "02:00:00:00:50:01", "2")
                host.setdefault("interfaces", []).append({"name": "vx0", "type": "vxlan", "id": 42, "local": own, "dev": "eth1" if name == "r" else "eth0", "mac": mac, "addrs": ["10.50.1.%s/24" % end], "mtu": 1450})
                host["fdb"] = ["%s dev vx0 dst %s" % (peer, other)]
                host["neigh"] = ["10.50.1.%s lladdr %s dev vx0 nud permanent" % ("2" if end == "1" else "1", peer)]
            for probe in R.sample(sc["probes"], 4):
                probe["to"] = "10.50.1.2" if probe["from"] != "s" else "10.50.1.1"
        for probe in sc["probes"]:
            if probe["proto"] == "udp" and R.random() < .25:
                probe["data"] = "x" * R.choice([1473, 1400, 1300, 3000, 4001, 560, 1472, 580])
        for _ in range(R.choice([0, 0, 1, 2, 3])):
            source = R.choice(["c", "p1", "s"])
            step = {"from": source, "proto": "rawtcp", "src": ADDR[source][0], "to": R.choice([a for a in REAL + VIPS if a not in ADDR[source]]), "port": R.choice([80, 8080, 443, 9999]), "sport": R.choice([42001, 42002]), "flags": R.choice(RAW_FLAGS), "seq": R.choice([1000, 1001, 5000]), "ack": R.choice([0, 1, 7000]), "timeout_ms": 30}
            if R.random() < .3:
                step["payload"] = "hello"
            sc["probes"].insert(R.randint(0, len(sc["probes"])), step)
        return sc


def scenario(seed):
    made = Wide(seed)
    sc = made.widen(made.rules_scenario())
    sc["name"] = "wide-%d" % seed
    return sc


if __name__ == "__main__":
    print(json.dumps(scenario(int(sys.argv[1])), indent=1))
