#!/usr/bin/python3
"""Sessions of the real ipset, recorded step by step in a fresh network namespace (needs root).

  record.py again FILE             runs the sessions of FILE once more and writes what is printed now
  record.py random FILE FIRST N    makes and records N random sessions

A file is {session: [{program?, argv, stdin?, sleepMs?, atMs, rc, out, err}]}: atMs is when the command ran.
initval is always given, so that the order of members and the sizes are the same everywhere.
"""
import ctypes, json, os, random, shlex, subprocess, sys, time

LIBC = ctypes.CDLL(None)


def record(steps, name="podpath-ipset"):
    subprocess.run(["ip", "netns", "add", name], check=True)
    fd = os.open("/run/netns/" + name, os.O_RDONLY)
    out, start = [], time.monotonic()
    try:
        for step in steps:
            time.sleep(step.get("sleepMs", 0) / 1000)
            at = round((time.monotonic() - start) * 1000)
            p = subprocess.run([step.get("program", "ipset")] + step["argv"], input=step.get("stdin", ""), capture_output=True, text=True,
                               preexec_fn=lambda: LIBC.setns(fd, 0x40000000))
            kept = {k: step[k] for k in ("program", "argv", "stdin", "sleepMs") if k in step}
            out.append({**kept, "atMs": at, "rc": p.returncode, "out": p.stdout, "err": p.stderr})
    finally:
        os.close(fd)
        subprocess.run(["ip", "netns", "del", name])
    return out


TYPES = ["hash:ip", "hash:net", "hash:ip,port", "hash:net,port", "hash:ip,port,ip", "hash:ip,port,net", "bitmap:port", "bitmap:ip", "list:set"]


class Session:
    """Random commands over eight names, with addresses so few that they meet."""
    def __init__(self, seed):
        self.r, self.sets = random.Random("ipset-%d" % seed), {}

    def ip(self):
        r = self.r
        return "10.%d.%d.%d" % (r.randint(0, 1), r.randint(0, 2), r.randint(0, 6))

    def span(self):
        r, k = self.r, self.r.random()
        if k < .7: return self.ip()
        if k < .88: return self.ip() + "/%d" % r.choice([22, 24, 28, 29, 30, 31, 32])
        return "10.0.0.%d-10.0.0.%d" % (r.randint(0, 9), r.randint(0, 9))

    def net(self):
        r, k = self.r, self.r.random()
        if k < .75: return self.ip() + "/%d" % r.choice([8, 12, 16, 20, 24, 28, 30, 31, 32])
        return self.ip() if k < .9 else "10.0.0.%d-10.0.1.%d" % (r.randint(0, 9), r.randint(0, 9))

    def port(self):
        r = self.r
        if r.random() > .9: return r.choice(["icmp:echo-request", "icmp:3/4", "gre:0", "icmp:200/3"])
        return r.choice(["tcp:", "udp:", "", "sctp:"]) + (str(r.choice([80, 443, 53, 22, 8080])) if r.random() < .85 else "%d-%d" % (r.randint(78, 82), r.randint(78, 84)))

    def element(self, kind):
        r = self.r
        if kind == "list:set":
            beside = r.choice([" before ", " after "]) + r.choice(sorted(self.sets) + ["nosuch"]) if r.random() < .3 else ""
            return r.choice(sorted(self.sets) + ["nosuch"]) + beside
        if kind == "bitmap:port":
            return str(r.randint(0, 70)) if r.random() < .7 else "%d-%d" % (r.randint(0, 64), r.randint(0, 66))
        parts = kind.split(":")[1].split(",")
        words = [self.port() if p == "port" else self.net() if p == "net" else self.ip() if i == 2 else self.span() for i, p in enumerate(parts)]
        return ",".join(words)

    def create(self):
        r, kind, name, o = self.r, self.r.choice(TYPES), "s%d" % self.r.randint(0, 7), ""
        if kind.startswith("hash"):
            o += " initval %d" % r.randint(0, 2 ** 32 - 1)
            if r.random() < .6: o += " hashsize %d" % r.choice([1, 64, 128, 100])
            if r.random() < .5: o += " bucketsize %d" % r.choice([2, 4, 6, 12])
            if r.random() < .3: o += " maxelem %d" % r.choice([5, 20, 100])
            if r.random() < .1 and kind in ("hash:ip", "hash:ip,port"): o += " netmask %d" % r.choice([24, 30])
            if r.random() < .1: o += " forceadd"
        elif kind == "bitmap:port":
            o += " range %d-%d" % (r.randint(0, 20), r.randint(30, 70))
        elif kind == "bitmap:ip":
            o += r.choice([" range 10.0.0.0/24", " range 10.0.0.0-10.0.2.4", " range 10.0.0.0/16 netmask 30"])
        elif r.random() < .5:
            o += " size %d" % r.randint(1, 9)
        o += "".join(" " + x for x in ("counters", "comment") if r.random() < .3)
        self.sets.setdefault(name, kind)
        return ("-exist " if r.random() < .1 else "") + "create %s %s%s" % (name, kind, o)

    def command(self):
        r, k = self.r, self.r.random()
        if k < .12 or not self.sets: return self.create()
        name = r.choice(sorted(self.sets)) if r.random() < .96 else "s%d" % r.randint(0, 7)
        kind = self.sets.get(name, "hash:ip") if r.random() > .03 else r.choice(list(self.sets.values()))
        exist = r.choice(["", "", "-exist "])
        if k < .62:
            more = " packets %d" % r.randint(0, 99) if r.random() < .2 else ""
            more += ' comment "c %d"' % r.randint(0, 99) if r.random() < .2 else ""
            more += " nomatch" if r.random() < .15 and "net" in kind else ""
            return exist + "add %s %s%s" % (name, self.element(kind), more)
        if k < .76: return exist + "del %s %s" % (name, self.element(kind))
        if k < .86: return "test %s %s%s" % (name, self.element(kind), " nomatch" if "net" in kind and r.random() < .2 else "")
        if k < .90: return "list %s%s" % (name, r.choice(["", " -s", " -t"]))
        if k < .92: return "save " + name
        if k < .94: return "flush " + name
        if k < .96: return "destroy " + name
        other = "s%d" % r.randint(0, 7)
        if k < .98:
            if name in self.sets: self.sets.setdefault(other, self.sets[name])
            return "rename %s %s" % (name, other)
        return "swap %s %s" % (name, other)

    def steps(self, n):
        return [{"argv": shlex.split(c)} for c in [self.command() for _ in range(n)] + ["list", "save", "list -t"]]


def main():
    what, path = sys.argv[1], sys.argv[2]
    if what == "again":
        sessions = {name: record(steps) for name, steps in json.load(open(path)).items()}
    else:
        first, n = int(sys.argv[3]), int(sys.argv[4])
        sessions = {"seed %d" % s: record(Session(s).steps(100)) for s in range(first, first + n)}
    json.dump(sessions, open(path, "w"), separators=(",", ":"))


main()
