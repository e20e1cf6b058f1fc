"""Random scenarios of what lies below netfilter: several routers, policy routing, kinds of routes and addresses, source
selection, reverse paths, ARP's switches, MTUs along a path, TTLs, links that go down and come back, bridge ports, VXLAN.
A few rules of netfilter stand between, and tools are asked on the way. A seed is a scenario, as in randgen.py.

  python3 stackgen.py SEED     print it
"""
import json, random, sys

PORTS = {"tcp": [80, 8080, 9999], "udp": [53, 8080, 9999]}
LISTEN = {"tcp": [80, 8080], "udp": [53, 8080]}
KINDS = ["blackhole", "unreachable", "prohibit", "throw"]
REJECTS = ["icmp-port-unreachable", "icmp-net-unreachable", "icmp-host-unreachable", "icmp-proto-unreachable", "icmp-net-prohibited", "icmp-host-prohibited", "icmp-admin-prohibited"]


class Stack:
    """c, d and e are machines; r and q are routers. Each network is a cable, or a switch of its own when more than two are on it."""

    def __init__(self, seed):
        self.R = random.Random("stack-%d" % seed)
        self.seed = seed
        self.hosts = {}
        self.links = []
        self.on = {}                        # host -> [(device, address, network number)]
        self.members = {}                   # network number -> [(host, device, address)]

    # ---- the networks
    def host(self, name):
        self.on[name] = []
        self.hosts[name] = {"sysctls": {}, "interfaces": [], "routes": [], "ip": [], "report": True}

    def network(self, number, names, mtu=None):
        R = self.R
        ends = []
        for position, name in enumerate(names):
            device = "eth%d" % len(self.on[name])
            address = "10.1.%d.%d" % (number, {"r": 1, "q": 2}.get(name, 10 + ord(name[0]) - ord("a")))
            self.on[name].append((device, address, number))
            ends.append((name, device, address))
        self.members[number] = ends
        mac = lambda name, device: "02:00:00:%02x:%02x:%02x" % (number, ord(name[0]), int(device[3:]))
        link = lambda a, b: {"a": "%s:%s" % a[:2], "b": "%s:%s" % b[:2], "mac_a": mac(*a[:2]), "addrs_a": ["%s/24" % a[2]] if a[2] else []}
        if len(ends) == 2:
            both = link(ends[0], ends[1])
            both.update({"mac_b": mac(*ends[1][:2]), "addrs_b": ["%s/24" % ends[1][2]]})
            both.update({"mtu": mtu} if mtu else {})
            self.links.append(both)
            return
        switch = "w%d" % number
        self.hosts[switch] = {"interfaces": [{"name": "br0", "type": "bridge", "args": "mcast_snooping 0" + R.choice(["", "", " ageing_time 0", " ageing_time 100"]), "mac": "02:00:00:%02x:ff:ff" % number}], "ip": [], "sysctls": {"net.bridge.bridge-nf-call-iptables": 0}, "report": False}
        for i, end in enumerate(ends):
            one = link(end, (switch, "p%d" % i, None))
            one.update({"mac_b": "02:00:00:%02x:fe:%02x" % (number, i), "master_b": "br0"})
            one.update({"mtu": mtu} if mtu else {})
            self.links.append(one)
            if R.random() < .12:
                self.hosts[switch]["ip"].append("link set dev p%d type bridge_slave %s" % (i, R.choice(["isolated on", "hairpin on", "learning off", "flood off", "mcast_flood off", "bcast_flood off"])))

    def topology(self):
        R = self.R
        for name in "cders"[:3] + "rq":
            self.host(name)
        mtu = lambda: R.choice([None, None, None, 1400, 1280, 900, 600, 576, 552, 1492])
        self.network(1, ["c", "r"] if R.random() < .5 else ["c", "d", "r"], mtu())
        self.network(2, ["r", "q"], mtu())
        self.network(3, ["q", "e"] if R.random() < .6 else ["q", "e", "r"], mtu())
        if not self.on["d"]:
            self.network(4, ["d", R.choice(["r", "q"])], mtu())
        if R.random() < .35:                # a second way
            self.network(5, R.choice([["c", "q"], ["e", "r"], ["c", "e"], ["r", "q"], ["d", "q"]]), mtu())
        for name, host in self.hosts.items():
            if name in ("r", "q"):
                host["sysctls"]["net.ipv4.ip_forward"] = 1

    def address_of(self, name, number=None):
        return self.R.choice([a for _, a, n in self.on[name] if number is None or n == number])

    def anywhere(self, other_than=None):
        R = self.R
        name = R.choice([n for n in self.on if n != other_than])
        return R.choice([self.address_of(name)] * 6 + ["10.1.9.%d" % R.randint(1, 3), "10.1.1.77", "10.77.0.1", "10.1.%d.255" % R.randint(1, 3)])

    def gateways(self, name):
        """(address, device) of every neighbour"""
        return [(a, dev) for dev, _, number in self.on[name] for other, _, a in self.members[number] if other != name]

    # ---- routes
    def routes(self):
        R = self.R
        for name, host in self.hosts.items():
            if name not in self.on:
                continue
            routers = [(a, dev) for dev, _, number in self.on[name] for other, _, a in self.members[number] if other in "rq" and other != name]
            if name in "cde":
                if routers and R.random() < .95:
                    host["routes"].append("default via %s" % R.choice(routers)[0] + (" dev %s" % routers[0][1] if False else ""))
            else:
                mine = {n for _, _, n in self.on[name]}
                other = "q" if name == "r" else "r"
                for number in self.members:
                    if number not in mine:
                        shared = [a for n in mine for o, _, a in self.members[n] if o == other]
                        if shared and R.random() < .93:
                            host["routes"].append("10.1.%d.0/24 via %s" % (number, R.choice(shared)))
                if R.random() < .15:
                    host["routes"].append("default via %s" % R.choice(self.gateways(name))[0])

    def odd_routes(self, name):
        R = self.R
        ip = self.hosts[name]["ip"]
        gateway, dev = R.choice(self.gateways(name))
        net = lambda: R.choice(["10.1.%d.0/24" % R.randint(1, 5), "10.1.9.0/24", "10.1.9.%d/32" % R.randint(1, 3), "%s/32" % self.anywhere(name), "10.1.0.0/16", "default", "10.77.0.0/16", "10.1.3.0/25", "10.1.%d.8/29" % R.randint(1, 3)])
        made = [
            lambda: "route add %s %s" % (R.choice(KINDS), net()),
            lambda: "route add %s via %s" % (net(), gateway),
            lambda: "route add %s via %s metric %d" % (net(), gateway, R.choice([10, 100])),
            lambda: "route add %s dev %s" % (net(), dev),
            lambda: "route add %s via %s src %s" % (net(), gateway, self.address_of(name)),
            lambda: "route add %s via %s mtu %d" % (net(), gateway, R.choice([600, 1000, 1300])),
            lambda: "route add %s via %s advmss %d" % (net(), gateway, R.choice([500, 1000])),
            lambda: "route add %s via %s dev %s onlink" % (net(), R.choice([gateway, "10.1.8.8"]), dev),
            lambda: "route add %s dev %s scope %s" % (net(), dev, R.choice(["link", "global", "host"])),
            lambda: "route replace %s via %s" % (net(), gateway),
            # Not another default route: which of them is taken changes with how often the kernel has asked (fib_select_default).
            lambda: "route append %s via %s" % (net().replace("default", "10.1.0.0/16"), gateway),
            lambda: "route del %s" % net(),
            lambda: "route add local %s dev lo" % R.choice(["10.1.9.1", "10.77.0.0/24", self.anywhere(name)]),
            lambda: "route add broadcast %s dev %s" % ("10.1.9.3", dev),
            lambda: "route add %s tos 0x10 via %s" % (net(), gateway),
            lambda: "route add %s nexthop via %s weight 2 nexthop via %s" % (net(), gateway, gateway),
            lambda: "route change %s via %s" % (net(), gateway),
            lambda: "route add multicast 224.0.0.0/4 dev %s" % dev,
        ]
        for _ in range(R.choice([1, 1, 2, 3])):
            ip.append(R.choice(made)())

    def rules(self, name):
        R = self.R
        ip = self.hosts[name]["ip"]
        gateway, dev = R.choice(self.gateways(name))
        for table in R.sample([100, 200, 300], R.choice([1, 1, 2])):
            for _ in range(R.choice([1, 1, 2])):
                ip.append("route add %s table %d" % (R.choice(["default via %s" % gateway, "default dev %s" % dev, "10.1.3.0/24 via %s" % gateway, "blackhole 10.1.3.0/24", "unreachable default", "prohibit 10.1.0.0/16", "throw 10.1.0.0/16", "10.1.9.0/24 via %s" % gateway, "local 10.1.9.0/24 dev lo", "10.1.1.0/24 dev %s" % dev]), table))
        for _ in range(R.choice([1, 1, 2, 3])):
            selector = R.choice(["from %s" % self.anywhere(), "from 10.1.1.0/24", "to 10.1.3.0/24", "to %s" % self.anywhere(), "fwmark 0x1", "fwmark 0x1/0x1", "iif %s" % dev, "oif %s" % dev, "iif lo", "not fwmark 0x1", "not from 10.1.1.0/24", "tos 0x10", "from all", "from 10.1.9.0/24 to 10.1.3.0/24", "fwmark 0x2/0xff", "tos 0x08", "to 10.1.3.0/24 iif %s" % dev, "from 10.1.1.0/24 fwmark 0x1"])
            action = R.choice(["lookup 100"] * 4 + ["lookup 200", "lookup main suppress_prefixlength 0", "lookup main suppress_prefixlength 16", "unreachable", "prohibit", "blackhole", "lookup 300", "goto 32766", "nop", "lookup main suppress_prefixlength 24"])
            ip.append("rule add %s%s %s" % (selector, R.choice(["", " pref %d" % R.choice([10, 100, 1000, 32766, 40000])]), action))
        if R.random() < .1:
            ip.append("rule del pref 32766" if R.random() < .3 else "rule add pref 5 lookup 100")

    def addresses(self, name):
        R = self.R
        ip = self.hosts[name]["ip"]
        dev, own, number = R.choice(self.on[name])
        base = own.rsplit(".", 1)[0]
        ip.append("addr add %s" % R.choice([
            "%s.77/24 dev %s" % (base, dev), "%s.78/32 dev %s" % (base, dev), "10.1.9.1/32 dev lo", "10.1.9.2/24 dev %s" % dev, "10.1.9.3/32 dev %s scope link" % dev, "10.1.9.3/32 dev lo scope host",
            "10.1.9.1 peer 10.1.9.2/32 dev %s" % dev, "%s.79/25 dev %s" % (base, dev), "10.1.9.2/24 dev %s noprefixroute" % dev, "10.1.9.1/24 dev %s metric 50" % dev, "10.77.0.1/16 dev %s" % dev, "127.0.0.9/8 dev lo", "%s.77/24 dev %s scope link" % (base, dev), "10.1.9.3/24 brd + dev %s" % dev,
        ]))

    def switches(self, name):
        """sysctls"""
        R = self.R
        sysctls = self.hosts[name]["sysctls"]
        dev = R.choice(self.on[name])[0]
        where = lambda: R.choice(["all", "all", dev])
        many = [("conf.%s.rp_filter" % where(), [1, 1, 2]), ("conf.%s.arp_ignore" % where(), [1, 2, 3, 8]), ("conf.%s.arp_announce" % where(), [1, 2]), ("conf.%s.arp_filter" % where(), [1]), ("conf.%s.proxy_arp" % where(), [1]),
                ("conf.%s.accept_local" % where(), [1]), ("conf.%s.route_localnet" % where(), [1]), ("conf.all.send_redirects", [1]), ("conf.%s.accept_redirects" % where(), [0, 1]), ("conf.%s.shared_media" % where(), [0]), ("conf.%s.secure_redirects" % where(), [0]),
                ("conf.%s.forwarding" % dev, [0, 1]), ("ip_forward", [0, 1]), ("icmp_echo_ignore_all", [1]), ("icmp_echo_ignore_broadcasts", [0]), ("icmp_errors_use_inbound_ifaddr", [1]), ("ip_forward_use_pmtu", [1]), ("fwmark_reflect", [1]), ("conf.all.src_valid_mark", [1]), ("ip_default_ttl", [1, 2, 3, 4, 30]), ("ip_nonlocal_bind", [1]),
                ("ip_no_pmtu_disc", [1, 2, 3]), ("route.min_pmtu", [552, 1000]), ("conf.%s.drop_gratuitous_arp" % where(), [1]), ("conf.%s.arp_accept" % where(), [1]), ("conf.%s.promote_secondaries" % where(), [1]), ("icmp_ratelimit", [100, 400, 1000]), ("conf.%s.bc_forwarding" % dev, [1]), ("conf.%s.ignore_routes_with_linkdown" % where(), [1]), ("conf.%s.log_martians" % where(), [1]), ("fib_multipath_hash_policy", [1]), ("ip_early_demux", [0]), ("conf.%s.arp_notify" % where(), [1]), ("icmp_ratemask", [0, 6169]),
                ("tcp_mtu_probing", [0]), ("ipfrag_max_dist", [64]), ("conf.%s.proxy_arp_pvlan" % where(), [1]), ("conf.%s.bc_forwarding" % where(), [1]), ("tcp_syncookies", [0]), ("fib_multipath_hash_policy", [0])]
        for key, values in R.sample(many, R.choice([1, 1, 2, 3])):
            sysctls["late:net.ipv4." + key] = R.choice(values)
            if "bc_forwarding" in key:      # each device for itself, and all together
                sysctls["late:net.ipv4.conf.all.bc_forwarding"] = 1
            if "proxy_arp" in key:          # or it answers after a while that chance decides
                sysctls.update({"late:net.ipv4.neigh.%s.proxy_delay" % dev: 0 for dev, _, _ in self.on[name]})

    # ---- what else
    def netfilter(self, name):
        R = self.R
        outward = [dev for dev, _, _ in self.on[name]]
        text = []
        match = lambda: R.choice(["", "-p tcp", "-p udp", "-p icmp", "-p tcp --dport 80", "-p udp --dport 53", "-s 10.1.1.0/24", "-d 10.1.3.0/24", "-f", "! -f -p udp", "-m conntrack --ctstate INVALID", "-m conntrack --ctstate RELATED", "-m mark --mark 0x1", "-m length --length 500:", "-m ttl --ttl-lt 4", "-s %s" % self.anywhere(), "-m addrtype --dst-type LOCAL", "-m addrtype --src-type UNICAST --limit-iface-in"])
        plain = lambda *avoid: next(m for m in iter(match, None) if not any(a in m for a in avoid))
        for table in R.sample(["raw", "mangle", "nat", "filter"], R.choice([1, 1, 2, 3])):
            text.append("*" + table)
            if table == "raw":
                for _ in range(R.choice([1, 2])):
                    text.append("-A %s %s -j %s" % (R.choice(["PREROUTING", "OUTPUT"]), plain("conntrack", "iface-in"), R.choice(["CT --notrack", "CT --zone 1", "CT --zone 2", "DROP"])))
            elif table == "mangle":
                for _ in range(R.choice([1, 2, 3])):
                    hook = R.choice(["PREROUTING", "OUTPUT", "FORWARD", "POSTROUTING", "INPUT"])
                    text.append("-A %s %s -j %s" % (hook, plain("iface-in"), R.choice(["MARK --set-mark 0x1"] * 3 + ["MARK --set-mark 0x2", "TTL --ttl-set 2", "TTL --ttl-dec 1", "CONNMARK --save-mark", "CONNMARK --restore-mark", "DROP"])))
            elif table == "nat":
                for _ in range(R.choice([1, 2])):
                    if R.random() < .5:
                        text.append("-A POSTROUTING %s -o %s -j %s" % (plain("iface-in", "RELATED", "INVALID", "-f"), R.choice(outward), R.choice(["MASQUERADE", "MASQUERADE", "SNAT --to-source %s" % R.choice([self.address_of(name), "10.1.9.1"])])))
                    else:
                        proto = R.choice(["tcp", "udp"])
                        text.append("-A %s -p %s -d %s -j %s" % (R.choice(["PREROUTING", "PREROUTING", "OUTPUT"]), proto, self.anywhere(), R.choice(["DNAT --to-destination %s" % self.anywhere(), "DNAT --to-destination %s:8080" % self.anywhere(), "REDIRECT --to-ports 8080", "DNAT --to-destination 127.0.0.1:8080"])))
            else:
                for _ in range(R.choice([1, 2])):
                    text.append("-A %s %s -j %s" % (R.choice(["INPUT", "FORWARD", "OUTPUT"]), plain("iface-in"), R.choice(["DROP", "ACCEPT", "REJECT", "REJECT --reject-with " + R.choice(REJECTS)])))
            text.append("COMMIT")
        self.hosts[name]["rules"] = "\n".join(" ".join(line.split()) for line in text) + "\n"

    def tunnel(self):
        """an Ethernet between c and e, or r and e"""
        R = self.R
        near = R.choice(["c", "r"])
        other = {"learning": R.random() < .5}
        port = R.choice([8472, 4789])
        addresses = {n: self.on[n][0][1] for n in (near, "e")}
        for i, name in enumerate((near, "e")):
            peer = "e" if name == near else near
            mac = "02:00:00:99:00:0%d"
            device = {"name": "vx0", "type": "vxlan", "id": 42 if R.random() < .95 else 43, "local": addresses[name], "dev": self.on[name][0][0], "dstport": port, "nolearning": not other["learning"], "mac": mac % i, "addrs": ["10.1.50.%d/24" % (1 + i)]}
            # What asks again after a second is counted by whoever carries it: how often depends on the clock.
            self.hosts[name]["sysctls"]["late:net.ipv4.neigh.vx0.retrans_time_ms"] = 60000
            if R.random() < .6:
                device["mtu"] = R.choice([1450, 1450, 1400, 1500, 1000])
            host = self.hosts[name]
            host["interfaces"].append(device)
            entry = R.choice(["flood", "flood", "exact", "none"])
            if entry != "none":
                host["fdb"] = ["%s dev vx0 dst %s" % ("00:00:00:00:00:00" if entry == "flood" else mac % (1 - i), addresses[peer])]
            if entry == "exact" or R.random() < .3:
                host["neigh"] = ["10.1.50.%d lladdr %s dev vx0 nud permanent" % (2 - i, mac % (1 - i))]
        return near

    def listeners(self):
        R = self.R
        made = []
        for name in self.on:
            for proto in LISTEN:
                for port in LISTEN[proto]:
                    if R.random() < .75:
                        one = {"id": "%s/%s/%d" % (name, proto, port), "host": name, "port": port, "proto": proto}
                        if R.random() < .06:
                            one["ip"] = R.choice([self.address_of(name), "127.0.0.1"])
                        if proto == "udp" and R.random() < .08:
                            one["pktinfo"] = False
                        made.append(one)
        return made

    def probe(self, to=None):
        R = self.R
        name = R.choice("cccddeerq")
        proto = R.choices(["tcp", "udp", "icmp"], [4, 5, 2])[0]
        probe = {"from": name, "to": to or (self.anywhere(name) if R.random() < .9 else self.address_of(name)), "proto": proto, "port": R.choice(PORTS.get(proto, [0]))}
        if proto == "tcp" and R.random() < .3:
            probe["mode"] = "exchange"
        if proto == "udp" and R.random() < .45:
            probe["data"] = "x" * R.choice([500, 560, 600, 900, 1300, 1380, 1465, 1472, 1473, 2000, 4000])
        if proto == "udp" and R.random() < .2:
            probe["connected"] = False
        if R.random() < .15:
            probe["src"] = R.choice([self.address_of(name), "10.1.9.1", "10.1.9.3"] if R.random() < .8 else ["10.1.1.77"])
            # An address that is not there cannot be bound to.
            if probe["src"] not in [a for _, a, _ in self.on[name]]:
                probe["src"] = self.address_of(name)
        if proto == "tcp" and R.random() < .1:
            probe["mark"] = R.choice([1, 2])
        if R.random() < .15:
            probe["count"] = R.choice([2, 2, 2, 8])
        return probe

    def raw(self):
        """a segment with any source"""
        R = self.R
        name = R.choice("ccder")
        return {"from": name, "proto": "rawtcp", "src": R.choice([self.anywhere(), "224.0.0.1", "255.255.255.255", "240.0.0.1", self.address_of(name), "10.1.1.255", "0.0.0.5"]), "to": self.anywhere(name), "port": 80, "sport": 42001, "flags": R.choice(["S", "A", "R"]), "watch": [n for n in self.on if n != name], "timeout_ms": 30}

    def command(self):
        R = self.R
        name = R.choice("cderrqq")
        gateway, dev = R.choice(self.gateways(name))
        sh = R.choice([
            lambda: "ip route get %s from %s" % (self.anywhere(), self.address_of(name)),
            lambda: "ip route get %s%s" % (R.choice(["224.0.0.1", "224.0.0.5", "255.255.255.255", "0.0.0.5", "127.0.0.5", self.anywhere(name)]), R.choice(["", " oif %s" % dev, " from %s" % self.address_of(name), " tos 0x%02x" % R.choice([8, 16, 24]), " fibmatch"])),
            lambda: "ip route get %s from %s iif %s" % (self.anywhere(), self.anywhere(name), dev),
            lambda: "ip route get %s from %s mark 1" % (self.anywhere(), self.address_of(name)),
            lambda: "ip route get %s from %s" % (self.anywhere(), self.address_of(name)),
            lambda: "ip route get %s oif %s" % (self.anywhere(), dev),
            lambda: "ip route get %s from %s iif %s tos 0x10" % (self.anywhere(), self.anywhere(name), dev),
            lambda: "ip neigh show nud permanent; ip neigh del %s dev %s" % (gateway, dev),
            lambda: "ip neigh flush dev %s; ping -n -c 1 -W 0.1 -Q 0x10 %s | sed 's/time=.*//;s/time [0-9]*ms//;s/^rtt.*//'" % (dev, self.anywhere(name)),
            lambda: "ping -n -c 1 -W 0.1 %s | sed 's/time=.*//;s/time [0-9]*ms//;s/^rtt.*//'" % R.choice(["224.0.0.1", "-b 10.1.1.255", "-b 10.1.3.255", "-b 255.255.255.255", "-I %s %s" % (self.address_of(name), self.anywhere(name)), "-m 1 %s" % self.anywhere(name)]),
            lambda: "ip route change default via %s; ip route replace 10.1.3.0/24 via %s" % (gateway, gateway),
            lambda: "ip addr add %s dev %s; ip addr del %s/24 dev %s" % (gateway.rsplit(".", 1)[0] + ".76/24", dev, self.on[name][0][1], self.on[name][0][0]),
            lambda: "ip link set %s down" % dev,
            lambda: "ip link set %s down" % dev,
            lambda: "ip link set %s up" % dev,
            lambda: "ip addr del %s/24 dev %s" % (self.on[name][0][1], self.on[name][0][0]),
            lambda: "ip addr flush dev %s" % dev,
            lambda: "ip route del default; ip route add default via %s" % gateway,
            lambda: "ip neigh flush dev %s" % dev,
            lambda: "ip neigh replace %s lladdr 02:00:00:00:00:99 dev %s" % (gateway, dev),
            lambda: "ip link set %s mtu %d" % (dev, R.choice([1500, 1000, 600])),
            lambda: "ip route flush cache",
            lambda: "ip route show cache | sed 's/expires [0-9]*sec/expires N/'",
            lambda: "ping -n -c 1 -W 0.1 -t %d %s | sed 's/time=.*//;s/time [0-9]*ms//;s/^rtt.*//'" % (R.choice([1, 2, 3, 64]), self.anywhere(name)),
            lambda: "ping -n -c 1 -W 0.1 -M %s -s %d %s 2>&1 | sed 's/time=.*//;s/time [0-9]*ms//;s/^rtt.*//'" % (R.choice(["do", "do", "dont", "want"]), R.choice([600, 900, 1300, 1472, 1473, 3000]), self.anywhere(name)),
            lambda: "state", lambda: "state",
            lambda: "ip route show", lambda: "ip rule", lambda: "ip addr show %s | grep -v valid_lft | sed 's,link-netns.*,,'" % dev,
            lambda: "sysctl -w net.ipv4.conf.%s.rp_filter=%d" % (dev, R.choice([0, 1, 2])),
            lambda: "sysctl -w net.ipv4.ip_forward=%d" % R.choice([0, 1]),
            lambda: "ip link set %s address 02:00:00:00:00:77" % dev,
            lambda: "ip addr add %s.78/24 dev %s" % (gateway.rsplit(".", 1)[0], dev),
        ])()
        if sh == "state":
            switches = [host for host in self.hosts if host[0] == "w"]
            if not switches:
                return {"op": "exec", "host": name, "sh": "ip -d route show"}
            return {"op": "exec", "host": R.choice(switches), "sh": "%s dev p%d %s %s; bridge link show | sed 's/@[^:]*//'" % (*R.choice([("ip link set", R.randint(0, 2), "type bridge_slave"), ("bridge link set", R.randint(0, 2), "")]), R.choice(["state 4", "state 1", "state 0", "state 2", "hairpin on", "isolated on", "learning off", "state 3"]))}
        if "ip route get" in sh:
            sh += " | sed 's/expires [0-9]*sec/expires N/'"
        return {"op": "exec", "host": name, "sh": sh}

    def final(self, name):
        """what its tables and counters say in the end"""
        return {"op": "exec", "host": name, "sh": "ip rule; ip route show table all; ip route show cache | sed 's/expires [0-9]*sec/expires N/' | paste - - | sort; ip -br addr | sed 's/@[^ ]*//'; nstat -asr 2>/dev/null | grep -E '^(Ip|Icmp|Udp|Tcp)(InHdr|InAddr|InDisc|InDel|InRec|OutReq|OutDisc|OutNoR|Forw|Reasm|Frag|InNoR|InUnk|InMsgs|InErr|OutMsgs|InDest|OutDest|InTime|OutTime|InRed|OutRed|InEcho|OutEcho|InDatag|NoPorts|OutDatag|OutRsts|AttemptF|ActiveO|PassiveO|OutParm|InParm|ExtInNoR|OutTrans|OutRate)' | awk '{print $1, $2}'; grep -c . /proc/net/arp"}

    @staticmethod
    def bindable(steps):
        """An address that has been taken away cannot be bound to any more."""
        gone = set()
        for step in steps:
            if "ip addr" in step.get("sh", "") or "link set" in step.get("sh", ""):
                gone.add(step["host"])
            if step.get("from") in gone and step["proto"] != "rawtcp":
                step.pop("src", None)

    def scenario(self):
        R = self.R
        self.topology()
        self.routes()
        for name in self.on:
            for chance, make in ((.3 if name in "rq" else .15, self.odd_routes), (.22, self.rules), (.25, self.addresses), (.3, self.switches), (.3 if name in "rq" else .12, self.netfilter)):
                if R.random() < chance:
                    make(name)
        near = self.tunnel() if R.random() < .2 else None
        listeners = self.listeners()
        steps, slept = [], 0
        for _ in range(R.randint(9, 14)):
            chance = R.random()
            if chance < .7:
                steps.append(self.probe())
            elif chance < .78:
                steps.append(self.raw())
            else:
                command = self.command()
                # The kernel tells itself of a carrier that has come or gone within a second (linkwatch). Only one such
                # second: the clocks there and here are not the same, and after three a neighbour is given up.
                slow = command["sh"].count("link set") if "ip link set" in command["sh"] else 0
                if slept + slow <= 1:
                    steps.append(command)
                    steps += [{"op": "sleep", "ms": 1100}] if slow else []
                    slept += slow
            if near and R.random() < .4:
                probe = self.probe(R.choice(["10.1.50.1", "10.1.50.2"]))
                probe["from"] = R.choice([near, "e"])
                probe.pop("src", None)
                steps.append(probe)
        self.bindable(steps)
        steps += [self.final(name) for name in self.on]
        return {"name": "stack-%d" % self.seed, "hosts": self.hosts, "links": self.links, "sysctls": {"net.ipv4.tcp_synack_retries": 0}, "listeners": listeners, "steps": steps, "backend": "legacy", "timeout_ms": 40, "wait_links": True}


def scenario(seed):
    return Stack(seed).scenario()


if __name__ == "__main__":
    print(json.dumps(scenario(int(sys.argv[1])), indent=1))
