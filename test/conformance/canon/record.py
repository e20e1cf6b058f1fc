#!/usr/bin/python3
"""Records sessions of iptables on this machine's kernel, anew.

  record.py again FILE       every session of FILE, with both back ends, each in a network namespace of its own; needs root
  record.py add FILE LINES   the command lines of LINES (a blank line begins a new session) as sessions at the end of FILE

A session is {backend, steps: [{argv, rc, out, err, save}]}; `save` (iptables-save -c, without comment lines) stands where it has changed.
Before its first step there are chains C1 and C2 in each table and a jump to C1 in INPUT; sets S (hash:ip) and S2 (hash:ip,port).
"""
import ctypes, json, os, shlex, subprocess, sys

BEFORE = "".join("*%s\n:C1 - [0:0]\n:C2 - [0:0]\n%sCOMMIT\n" % (table, rules) for table, rules in (("filter", "-A INPUT -s 10.9.9.9 -j C1\n-A C1 -j C2\n"), ("nat", ""), ("mangle", ""), ("raw", "")))


def run(argv, stdin=None):
    done = subprocess.run(argv, input=stdin, stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True, text=True, timeout=10, errors="replace")
    return done.returncode, done.stdout, done.stderr


def saved(backend):
    return "\n".join(line for line in run(["iptables-%s-save" % backend, "-c"])[1].split("\n") if not line.startswith("#"))


def record(session):
    """In a child of its own, so that its namespace goes with it."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        ctypes.CDLL(None).unshare(0x40000000)
        backend, steps, last = session["backend"], [], None
        run(["ipset", "create", "S", "hash:ip"])
        run(["ipset", "create", "S2", "hash:ip,port"])
        run(["iptables-%s-restore" % backend], BEFORE)
        for step in session["steps"]:
            rc, out, err = run(["iptables-%s" % backend] + step["argv"])
            now = saved(backend)
            steps.append({"argv": step["argv"], "rc": rc, "out": out, "err": err, **({} if now == last else {"save": now})})
            last = now
        with os.fdopen(writer, "w") as pipe:
            json.dump({"backend": backend, "steps": steps}, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        done = json.load(pipe)
    os.wait()
    return done


def main():
    what, path = sys.argv[1:3]
    sessions = json.load(open(path)) if os.path.exists(path) else []
    if what == "add":
        blocks = [block.splitlines() for block in open(sys.argv[3]).read().strip().split("\n\n")]
        sessions += [{"backend": backend, "steps": [{"argv": shlex.split(line)} for line in block]} for block in blocks for backend in ("legacy", "nft")]
    recorded = [record(session) for session in sessions]
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(each) for each in recorded) + "\n]\n")


if __name__ == "__main__":
    main()
