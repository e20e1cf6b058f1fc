#!/usr/bin/python3
"""Records random sessions of iptables-restore and iptables-save on this machine's kernel.

  record-restore.py SEED COUNT FILE   so many sessions, each with one back end in a network namespace of its own; needs root

A session is {seed, backend, steps: [{program, argv, stdin, rc, out, err, save, file}]}: `save` is iptables-save -c afterwards, without
comment lines; `file` what stands in out.txt if it was written. Dates are DATE. A session can be made again from its seed alone.
"""
import os, re, subprocess, sys, tempfile, shutil

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../oracle"))
import sessions


DATE = re.compile(r" on \w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}")
TABLES = ["filter", "nat", "mangle", "raw"]
BUILTIN = {"filter": ["INPUT","FORWARD","OUTPUT"], "nat": ["PREROUTING","INPUT","OUTPUT","POSTROUTING"], "mangle": ["PREROUTING","INPUT","FORWARD","OUTPUT","POSTROUTING"], "raw": ["PREROUTING","OUTPUT"]}


def pick(r, *weighted):
    total = sum(w for w, _ in weighted); x = r.random() * total
    for w, v in weighted:
        x -= w
        if x < 0: return v() if callable(v) else v
    return weighted[-1][1]


def rule(r, t):
    parts = []
    if r.random() < .3: parts.append(r.choice(["-s 10.0.0.1", "-s 10.0.0.0/8", "-d 10.1.2.3/24", "! -s 10.2.0.0/16", "-s 10.0.0.1,10.0.0.2", "-s nosuchhost", "-d 1.2.3.4/33"]) if r.random() < .3 else r.choice(["-s 10.0.0.1", "-d 10.0.0.0/8"]))
    if r.random() < .3: parts.append(r.choice(["-p tcp", "-p udp --dport 53", "-p tcp -m tcp --dport 80", "-p icmp", "-p tcp --dport 80:90", "-i eth0", "-o eth1", "-m mark --mark 0x1", "-m comment --comment \"a b\"", "-m comment --comment x", "-m comment --comment \"it's\"", "-m conntrack --ctstate NEW", "-m comment --comment \"unclosed", "-p bogus", "-m bogus", "--bogus"]))
    parts.append(pick(r, (4, "-j ACCEPT"), (2, "-j C1"), (2, "-j C2"), (1, "-j RETURN"), (1, "-j DROP"), (1, ""), (.5, "-j NOSUCH"), (.5, "-g C1"), (.5, "-j MARK --set-mark 1"), (.3, "-j LOG"), (.3, "-j REJECT"), (.3, "-j MASQUERADE"), (.3, "-j DNAT --to-destination 1.2.3.4"), (.2, "-j INPUT"), (.1, "-j"), (.1, "-c 3 4 -j ACCEPT"), (.1, "-j ACCEPT -c 7 800")))
    return " ".join(p for p in parts if p)


def chain(r, t):
    return pick(r, (6, lambda: r.choice(BUILTIN[t])), (3, "C1"), (3, "C2"), (.5, "C3"), (.3, "NOSUCH"), (.1, "-x"), (.1, "A" * 29), (.1, "A" * 28))


def counters(r):
    return pick(r, (8, ""), (4, lambda: "[%d:%d] " % (r.randrange(9), r.randrange(900))), (.3, "[5:300]"), (.2, "[5] "), (.2, "[:] "), (.2, "[a:b] "), (.2, "[5:300 "), (.2, "[] "), (.2, "[-1:5] "), (.1, "[5:] "), (.1, "[0x5:0x6] "), (.1, "[ 5:6 ] "), (.1, "[5 : 6]"), (.1, "[99999999999999999999:1] "), (.1, "[1:2]\t"), (.1, "[5:6x] "))


def command(r, t):
    c = chain(r, t)
    return pick(r, (10, lambda: "-A %s %s" % (c, rule(r, t))), (2, lambda: "-I %s %s" % (c, rule(r, t))), (1.5, lambda: "-I %s %d %s" % (c, r.randrange(0, 4), rule(r, t))), (1.5, lambda: "-D %s %d" % (c, r.randrange(0, 4))), (1.5, lambda: "-D %s %s" % (c, rule(r, t))), (1, lambda: "-R %s %d %s" % (c, r.randrange(0, 3), rule(r, t))), (1, "-F " + c), (.5, "-F"), (1, "-X " + c), (.5, "-X"), (1, "-N " + r.choice(["C1", "C3", "C4", "INPUT"])), (.6, "-Z " + c), (.3, "-Z"), (.3, "-Z %s 1" % c), (.6, lambda: "-P %s %s" % (c, r.choice(["ACCEPT", "DROP", "RETURN", "-"]))), (.4, lambda: "-E %s %s" % (c, r.choice(["C9", "C2", "INPUT"]))), (.4, lambda: "-L %s" % c), (.2, "-L -n"), (.4, lambda: "-S %s" % c), (.2, "-S"), (.6, lambda: "-C %s %s" % (c, rule(r, t))), (.2, lambda: "-t %s -A %s %s" % (r.choice(TABLES), c, rule(r, t))), (.2, lambda: "-A %s -6 -j ACCEPT" % c), (.2, lambda: "-4 -A %s -j ACCEPT" % c), (.1, lambda: "-w -A %s -j ACCEPT" % c), (.1, "-V"), (.1, "-h"), (.2, "-A"), (.2, "--append %s -j ACCEPT" % c), (.1, "A %s -j ACCEPT" % c), (.1, "-v -A %s -j ACCEPT" % c), (.1, "-A %s -j ACCEPT extra" % c))


def policy(r, t):
    name = pick(r, (6, lambda: r.choice(BUILTIN[t])), (4, "C1"), (4, "C2"), (2, "C3"), (.2, ""), (.2, "-x"), (.2, "!x"), (.2, "A" * 29), (.2, "A" * 28), (.1, "ACCEPT"), (.1, "LOG"))
    how = pick(r, (6, "ACCEPT"), (3, "DROP"), (6, "-"), (.3, ""), (.2, "QUEUE"), (.2, "RETURN"), (.2, "accept"), (.1, "BOGUS"))
    cnt = pick(r, (6, "[0:0]"), (4, lambda: "[%d:%d]" % (r.randrange(9), r.randrange(900))), (2, ""), (.2, "[a:b]"), (.2, "[5:6"), (.2, "5:6"), (.2, "[5]"), (.1, "[]"), (.1, "[-5:6]"), (.1, "[5:6] junk"), (.1, "[5:6]x"), (.1, "[ 5:6]"))
    sep = r.choice([" ", " ", " ", " ", "\t", "  "])
    return ":" + r.choice(["", "", "", "", "", " "]) + sep.join(x for x in (name, how, cnt) if x)


def table_text(r):
    t = r.choice(["filter", "filter", "nat", "mangle", "raw"])
    lines = [pick(r, (20, "*" + t), (.3, "*bogus"), (.2, "*"), (.3, "* " + t), (.3, "*%s extra" % t), (.3, "*%s " % t), (.2, " *" + t), (.2, "*\t" + t), (.2, "*security"), (.2, "*FILTER"))]
    for _ in range(r.randrange(0, 5)): lines.append(policy(r, t))
    if r.random() < .5: lines += [":C1 - [0:0]", ":C2 - [0:0]"]
    for _ in range(r.randrange(0, 6)): lines.append(counters(r) + command(r, t) if r.random() < .93 else policy(r, t))
    end = pick(r, (14, "COMMIT"), (1, None), (.3, "COMMIT "), (.3, " COMMIT"), (.3, "commit"), (.2, "COMMIT extra"), (.2, "\tCOMMIT"), (.2, "COMMITX"))
    if end is not None: lines.append(end)
    return lines


def text(r):
    lines = []
    for _ in range(pick(r, (6, 1), (3, 2), (1, 3), (.2, 0))): lines += table_text(r)
    for _ in range(pick(r, (6, 0), (3, 1), (1, 3))):
        lines.insert(r.randrange(len(lines) + 1), pick(r, (3, "# a comment"), (3, ""), (1, "   "), (.7, "  # indented"), (.3, "\t"), (.4, "nonsense"), (.3, "COMMIT"), (.3, "*filter"), (.2, "-A INPUT -j ACCEPT"), (.2, ":INPUT ACCEPT [0:0]"), (.1, "#"), (.1, "!"), (.1, "\"")))
    crlf = r.random() < .04
    s = ("\r\n" if crlf else "\n").join(lines)
    return s + pick(r, (12, "\n"), (1, ""), (.3, "\n\n"))

SIMPLE = ["-c", "--counters", "-n", "--noflush", "-t", "--test", "-w", "--wait", "-4", "-nc", "-cn", "--co", "--no"]
ODD = ["-v", "--verbose", "-vv", "-w5", "-w 5", "--wait=3", "-w x", "-W 1000", "--wait-interval=5", "-W", "-T filter", "-T nat", "--table=filter", "--table nat", "-T bogus", "-Tfilter", "-T", "--table", "-M /bin/true", "--modprobe=/bin/true", "-M", "-h", "--help", "-V", "--version", "-6", "-z", "--bogus", "--t", "--ta=nat", "--te", "--w", "--counters=3", "-", "--", "-nT nat", "-n -T raw", "rules.txt", "absent.txt", "rules.txt extra", "-tv", "-5", "--ver", "--m=x"]


def restore_args(r):
    args = []
    for _ in range(pick(r, (5, 0), (5, 1), (2, 2))): args += r.choice(SIMPLE).split()
    if r.random() < .35: args += r.choice(ODD).split()
    return args

SAVE = ["-c", "--counters", "-t filter", "-t nat", "--table=mangle", "-t bogus", "-t security", "-f out.txt", "--file=out.txt", "-f nodir/out.txt", "-fout.txt", "-M /bin/true", "-V", "--version", "-h", "--help", "-z", "--bogus", "-d", "--dump", "-4", "-6", "extra", "-t", "-c -t raw", "--co", "--t nat", "-ct filter", "-", "--", "--counters=1", "-t filter -t nat", "--ver", "-c extra", "-w", "-v"]


def case(r):
    backend = r.choice(["legacy", "nft"])
    steps = []
    for _ in range(r.randrange(1, 4)):
        if r.random() < .8: steps.append({"program": "restore", "argv": restore_args(r), "stdin": text(r)})
        else: steps.append({"program": "save", "argv": [w for _ in range(r.randrange(0, 3)) for w in r.choice(SAVE).split()]})
    return {"backend": backend, "steps": steps}

NAME = {"legacy": {"restore": "iptables-legacy-restore", "save": "iptables-legacy-save"}, "nft": {"restore": "iptables-nft-restore", "save": "iptables-nft-save"}}


def run(argv, stdin=None, cwd=None):
    try:
        done = subprocess.run(argv, input=(stdin or "").encode(), capture_output=True, timeout=10, cwd=cwd, env={**os.environ, "LC_ALL": "C"})
    except subprocess.TimeoutExpired:
        return 124, "", "TIMEOUT"
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def record(c):
    d = tempfile.mkdtemp(); out = []
    open(d + "/rules.txt", "w").write("*filter\n:C1 - [0:0]\n[3:180] -A INPUT -j C1\nCOMMIT\n")
    for s in c["steps"]:
        prog = NAME[c["backend"]][s["program"]]
        rc, o, e = run([prog] + s["argv"], s.get("stdin"), d)
        f = None
        if os.path.exists(d + "/out.txt"):
            f = DATE.sub(" on DATE", open(d + "/out.txt").read()); os.unlink(d + "/out.txt")
        now = "\n".join(l for l in run([NAME[c["backend"]]["save"], "-c"])[1].split("\n") if not l.startswith("#"))
        out.append({**s, "rc": rc, "out": DATE.sub(" on DATE", o), "err": e, "save": now, **({"file": f} if f is not None else {})})
    shutil.rmtree(d)
    return {"backend": c["backend"], "steps": out}


if __name__ == "__main__":
    sessions.main(case, record)
