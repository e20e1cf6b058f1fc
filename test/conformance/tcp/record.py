#!/usr/bin/env python3
"""Records what a real kernel's sockets do, and when: runs the commands of the files named again and writes below each what came
of it and what crossed the wire, with times in milliseconds since that command began.

    python3 record.py [-j JOBS] recorded/NAME.txt…

Needs root, network namespaces, iproute2, iptables, and for `sh` lines the tools they name. Each file gets namespaces of its own:
a (10.1.0.1/24) and b (10.1.0.2/24), joined by a veth pair without offloads
(with them in a file that says "# offloads"), IPv6 off. The words of a file are in README.md beside this.
Only what is seen at a's end is written: TCP and UDP and ICMP, and ARP in a file that says "# arp".
"""
import ctypes, errno, fcntl, os, pathlib, queue, select, socket, struct, subprocess, sys, tempfile, threading, time

LIBC = ctypes.CDLL(None, use_errno=True)
A, B = "10.1.0.1", "10.1.0.2"
WORLD = """
ip netns add a
ip netns add b
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n a link add eth0 address 02:00:00:00:00:0a type veth peer name eth0 netns b address 02:00:00:00:00:0b
ip -n a link set lo up
ip -n b link set lo up
ip -n a link set eth0 up
ip -n b link set eth0 up
ip -n a addr add 10.1.0.1/24 dev eth0
ip -n b addr add 10.1.0.2/24 dev eth0
ip -n a neigh add 10.1.0.2 lladdr 02:00:00:00:00:0b dev eth0 nud permanent
ip -n b neigh add 10.1.0.1 lladdr 02:00:00:00:00:0a dev eth0 nud permanent
"""


def inside(name):
    fd = os.open(f"/run/netns/{name}", os.O_RDONLY)
    if LIBC.setns(fd, 0):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def no_offloads():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for command in (0x1F, 0x24, 0x2C):  # ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO
        value = ctypes.create_string_buffer(struct.pack("II", command, 0))
        request = struct.pack("16sQ16x", b"eth0", ctypes.addressof(value))
        try:
            fcntl.ioctl(s, 0x8946, request)
        except OSError as problem:
            print("ethtool", hex(command), problem, file=sys.stderr)
    s.close()


class Wire:
    """What a packet socket in a has seen, told apart by when."""

    def __init__(self, arp):
        self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self.s.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        self.arp, self.isn, self.seen = arp, {}, []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            frame, ancillary, _, address = self.s.recvmsg(70000, 1024)
            ns = next((struct.unpack("qq", d)[0] * 10**9 + struct.unpack("qq", d)[1] for _, t, d in ancillary if t == 35), time.time_ns())
            if address[0] == "lo" and address[2] != 4:
                continue
            line = self.show(frame)
            if line:
                self.seen.append((ns, line))

    def show(self, frame):
        kind = struct.unpack("!H", frame[12:14])[0]
        if kind == 0x0806 and self.arp:
            op, smac, sip, tmac, tip = struct.unpack("!H6s4s6s4s", frame[20:42])
            return f"arp {'who-has ' + socket.inet_ntoa(tip) if op == 1 else 'reply ' + socket.inet_ntoa(sip)}"
        if kind != 0x0800:
            return None
        ip = frame[14:]
        size = (ip[0] & 15) * 4
        total = struct.unpack("!H", ip[2:4])[0]
        return self.packet(ip[:total], size)

    def packet(self, ip, size):
        src, dst = socket.inet_ntoa(ip[12:16]), socket.inet_ntoa(ip[16:20])
        names = {A: "a", B: "b"}
        ends = f"{names.get(src, src)}>{names.get(dst, dst)}"
        body = ip[size:]
        if ip[9] == 6:
            return self.tcp(src, dst, ends, body)
        if ip[9] == 17:
            return f"{ends} udp {self.port(struct.unpack('!H', body[2:4])[0], struct.unpack('!H', body[:2])[0])} length {len(body) - 8}"
        if ip[9] == 1:
            return f"{ends} icmp {body[0]}/{body[1]}"
        return f"{ends} protocol {ip[9]}"

    def port(self, dport, sport):
        """The port of the two that a file names."""
        return f"to {dport}" if dport < 32768 else f"from {sport}" if sport < 32768 else f"{sport}>{dport}"

    def tcp(self, src, dst, ends, body):
        sport, dport, seq, ack, off, flags, win = struct.unpack("!HHIIBBH", body[:16])
        header = (off >> 4) * 4
        data = len(body) - header
        me, other = (src, sport, dst, dport), (dst, dport, src, sport)
        if flags & 2 or me not in self.isn:
            self.isn[me] = seq
        if flags & 16:
            self.isn.setdefault(other, ack)
        relative = (seq - self.isn.get(me, seq)) & 0xFFFFFFFF if not (flags & 4 and seq == 0) else 0
        letters = "".join(c for c, bit in (("F", 1), ("S", 2), ("R", 4), ("P", 8), (".", 16)) if flags & bit)
        text = f"{ends} {self.port(dport, sport)} {letters} {relative if relative < 1 << 31 else relative - (1 << 32)}"
        if data:
            text += f" +{data}"
        if flags & 16:
            text += f" ack {(ack - self.isn[other]) & 0xFFFFFFFF}"
        return f"{text} win {win}{options(body[20:header], self.isn.get(other))}"


def options(raw, base):
    out, i = "", 0
    while i < len(raw):
        kind = raw[i]
        if kind == 0:
            break
        if kind == 1:
            i += 1
            continue
        length = raw[i + 1]
        value = raw[i + 2 : i + length]
        if kind == 2:
            out += f" mss {struct.unpack('!H', value)[0]}"
        elif kind == 3:
            out += f" wscale {value[0]}"
        elif kind == 4:
            out += " sackOK"
        elif kind == 5:
            edges = struct.unpack(f"!{len(value) // 4}I", value)
            out += " sack " + " ".join(f"{(l - (base or 0)) & 0xFFFFFFFF}:{(r - (base or 0)) & 0xFFFFFFFF}" for l, r in zip(edges[::2], edges[1::2]))
        elif kind == 8:
            out += " TS"
        i += length
    return out


FLAGS = {"reuseaddr": (1, 2), "reuseport": (1, 15), "broadcast": (1, 6), "keepalive": (1, 9), "nodelay": (6, 1), "cork": (6, 3), "recverr": (0, 11)}
NUMBERS = {"keepidle": (6, 4), "keepintvl": (6, 5), "keepcnt": (6, 6), "usertimeout": (6, 18), "syncnt": (6, 7), "quickack": (6, 12), "linger2": (6, 8), "defer": (6, 9), "maxseg": (6, 2), "ttl": (0, 2), "mtudiscover": (0, 10), "rcvbuf": (1, 8), "sndbuf": (1, 7)}


class Player:
    def __init__(self, wire):
        self.wire, self.sockets, self.running = wire, {}, {}

    def make(self, name, where, kind):
        inside(where)
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
        if kind == "tcp":
            s.setsockopt(6, 13, b"cubic")  # TCP_CONGESTION: Linux's default, whatever this machine's is
        self.sockets[name] = s

    def option(self, s, word, value):
        if word in FLAGS:
            s.setsockopt(*FLAGS[word], 1)
        elif word in NUMBERS:
            s.setsockopt(*NUMBERS[word], int(value))
        elif word == "linger":
            s.setsockopt(1, 13, struct.pack("ii", 1, int(value)))
        elif word == "device":
            s.setsockopt(1, 25, value.encode() + b"\0")
        elif word == "timeout":
            s.setsockopt(1, 20, struct.pack("qq", int(float(value)), int(float(value) % 1 * 1e6)))
            s.setsockopt(1, 21, struct.pack("qq", int(float(value)), int(float(value) % 1 * 1e6)))
        else:
            raise SystemExit(f"no option {word}")

    def do(self, words):
        name, verb, rest = words[0], words[1], words[2:]
        if len(words) == 4 and words[1] == "=":
            self.make(name, rest[0], rest[1])
            return ""
        s = self.sockets[name]
        if verb == "set":
            while rest:
                takes = rest[0] not in FLAGS
                self.option(s, rest[0], rest[1] if takes else None)
                rest = rest[2:] if takes else rest[1:]
            return ""
        if verb == "bind":
            s.bind((rest[0], int(rest[1])))
            return ""
        if verb == "listen":
            s.listen(int(rest[0]))
            return ""
        if verb == "connect":
            s.connect((rest[0], int(rest[1])))
            return ""
        if verb == "disconnect":
            if LIBC.connect(s.fileno(), struct.pack("HH12x", 0, 0), 16):
                raise OSError(ctypes.get_errno(), "")
            return ""
        if verb == "accept":
            got, peer = s.accept()
            self.sockets[rest[0]] = got
            return f"from {peer[0]}"
        if verb == "send":
            return "" if s.send(b"x" * int(rest[0]), 0x4000) == int(rest[0]) else "short"
        if verb == "sendall":
            s.sendall(b"x" * int(rest[0]))
            return ""
        if verb == "sendto":
            s.sendto(b"x" * int(rest[2]), 0x4000, (rest[0], int(rest[1])))
            return ""
        if verb == "recv":
            return f"{len(s.recv(int(rest[0]) if rest else 65536))} bytes"
        if verb == "recvall":
            total = 0
            while total < int(rest[0]):
                got = len(s.recv(int(rest[0]) - total))
                if got == 0:
                    break
                total += got
            return f"{total} bytes"
        if verb == "shutdown":
            s.shutdown({"read": 0, "write": 1, "both": 2}[rest[0]])
            return ""
        if verb == "close":
            s.close()
            return ""
        if verb == "error":
            code = s.getsockopt(1, 4)
            return errno.errorcode[code] if code else "none"
        if verb == "state":
            return ["?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING"][s.getsockopt(6, 11, 1)[0]]
        if verb == "port":
            return "even" if s.getsockname()[1] % 2 == 0 else "odd"
        if verb == "name":
            return ":".join(map(str, s.getsockname()))
        raise SystemExit(f"no verb {verb}")

    def result(self, words):
        start = time.time_ns()
        try:
            said = self.do(words)
        except OSError as problem:
            said = errno.errorcode.get(problem.errno, str(problem))
        took = (time.time_ns() - start) / 1e6
        return f"{said or 'ok'} {took:.1f}"

    def background(self, words):
        box = queue.Queue()
        self.running[words[0]] = box
        threading.Thread(target=lambda: box.put(self.result(words)), daemon=True).start()

    def step(self, line):
        words = line.removeprefix("quiet ").split()
        if words[0] == "sleep":
            time.sleep(float(words[1]))
            return []
        if words[0] == "sh":
            return self.shell(words[1], line.split(None, 2)[2])
        if words[0] == "&":
            self.background(words[1:])
            return []
        if words[0] == "mark":
            self.wire.isn = {}
            return []
        if words[0] == "wait":
            return [self.running.pop(words[1]).get()]
        if words[0] == "drop":
            start = time.time_ns()
            self.drop(words[1:])
            return [f"ok {(time.time_ns() - start) / 1e6:.1f}"]
        if words[0] == "repeat":
            out = []
            for _ in range(int(words[1])):
                out.append(self.result(words[3:]).split()[0])
                time.sleep(float(words[2]))
            return [" ".join(out)]
        return [self.result(words)]

    def drop(self, words):
        """drop a>b|b>a|none [iptables match]: what is sent there is lost on the way in."""
        for name in "ab":
            if words[0] == "none":
                subprocess.run(["ip", "netns", "exec", name, "iptables", "-t", "raw", "-F"], check=True)
            elif words[0][-1] == name:
                subprocess.run(["ip", "netns", "exec", name, "iptables", "-t", "raw", "-A", "PREROUTING", "-i", "eth0", *words[1:], "-j", "DROP"], check=True)

    def shell(self, where, command):
        start = time.time_ns()
        done = subprocess.run(["ip", "netns", "exec", where, "bash", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/root", "TERM": "dumb", "LC_ALL": "C.UTF-8"})
        took = (time.time_ns() - start) / 1e6
        return [*done.stdout.splitlines(), *("2> " + l for l in done.stderr.splitlines()), f"[{done.returncode}] {took:.1f}"]


def play(path):
    pathlib.Path("/run/netns").mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run/netns"], check=True)
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
    lines = [l for l in path.read_text().splitlines() if l.startswith(("# ", "$ "))]
    for name, content in {"/etc/resolv.conf": "nameserver 10.1.0.53\n", "/etc/hosts": "127.0.0.1\tlocalhost\n10.1.0.2\tserver\n", "/etc/nsswitch.conf": "hosts: files dns\n"}.items():
        made = tempfile.mktemp()
        pathlib.Path(made).write_text(content)
        subprocess.run(["mount", "--bind", made, name], check=True)
    for line in WORLD.strip().splitlines():
        subprocess.run(line.split(), check=True)
    for name in "ab":
        inside(name)
        if "# offloads" not in lines:
            no_offloads()
    time.sleep(0.3)
    inside("a")
    wire, steps = Wire("# arp" in lines), []
    player = Player(wire)
    for line in lines:
        if line.startswith("$ "):
            start = time.time_ns()
            steps.append((start, line, player.step(line[2:])))
            if "sleep" not in line.split()[:3]:
                time.sleep(0.012)
    stop = time.time_ns()
    time.sleep(0.05)
    out = [l for l in lines if l.startswith("# ")]
    for i, (start, line, said) in enumerate(steps):
        end = steps[i + 1][0] if i + 1 < len(steps) else stop
        out.append(line)
        if line.startswith("$ quiet "):
            out += said
            continue
        out += [f"  {(ns - start) / 1e6:.1f} {text}" for ns, text in sorted(wire.seen) if start <= ns < end]
        out += said
    path.write_text("\n".join(out) + "\n")
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        play(pathlib.Path(sys.argv[2]))
    jobs = int(sys.argv[2]) if sys.argv[1] == "-j" else 4
    names = sys.argv[3:] if sys.argv[1] == "-j" else sys.argv[1:]
    running = []
    for name in names:
        while len(running) >= jobs:
            running = [p for p in running if p.poll() is None]
            time.sleep(0.1)
        running.append(subprocess.Popen(["unshare", "-n", "-m", "-u", "-p", "-f", "--mount-proc", "--propagation", "private", "python3", __file__, "--inside", str(pathlib.Path(name).resolve())]))
    sys.exit(max(p.wait() for p in running))
