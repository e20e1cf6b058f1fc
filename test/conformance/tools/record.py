#!/usr/bin/env python3
"""Records sessions of network tools on a real Linux: every command of the files named is run again and what it
prints is written below it. Needs root, network namespaces, and Debian 12's iproute2, iputils-ping, traceroute,
netcat-openbsd, curl, wget, dnsutils, tcpdump, procps, kmod.

    python3 record.py SESSION.txt…

A session is a list of blocks: "$ COMMAND", its standard output, its standard error (each line behind "2> "), and
"[STATUS]". A line "\\" after a stream's last line says that no newline ended it. Commands run one after another with
`bash -c`, each session in network, mount and UTS namespaces of its own; a line "# world: NAME" runs worlds/NAME.sh first.
"""
import os, subprocess, sys, tempfile, pathlib, signal, time

HERE = pathlib.Path(__file__).resolve().parent


def inside(path):
    text = path.read_text()
    head = [l for l in text.splitlines() if l.startswith("# ")]
    world = next((l.split(": ")[1] for l in head if l.startswith("# world: ")), None)
    blocks = parse(text)
    pathlib.Path("/run/netns").mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run/netns"], check=True)
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
    for name, content in {"/etc/resolv.conf": "nameserver 10.1.2.53\noptions timeout:1 attempts:2\n", "/etc/hosts": "127.0.0.1\tlocalhost\n10.1.2.2\tserver\n", "/etc/nsswitch.conf": "hosts: files dns\n"}.items():
        made = tempfile.mktemp()
        pathlib.Path(made).write_text(content)
        subprocess.run(["mount", "--bind", made, name], check=True)
    subprocess.run(["hostname", "node-1"], check=True)
    work = tempfile.mkdtemp()
    os.chdir(work)
    env = {"PATH": os.environ["PATH"], "HOME": "/root", "TERM": "dumb", "USER": "root", "LOGNAME": "root", "LC_ALL": "C"}
    if world:
        for line in (HERE / "worlds" / f"{world}.sh").read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                done = subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, timeout=20)
                if done.returncode or done.stderr:
                    print(f"{world}: {line}: {done.returncode} {done.stderr}", file=sys.stderr)
    out = []
    for kind, line in blocks:
        if kind == "comment":
            out.append(line)
            continue
        with tempfile.TemporaryFile() as o, tempfile.TemporaryFile() as e:
            process = subprocess.Popen(["bash", "-c", line], env=env, stdin=subprocess.DEVNULL, stdout=o, stderr=e, start_new_session=True)
            try:
                rc = process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                rc = "timeout"
            if isinstance(rc, int) and rc < 0:
                rc = 128 - rc
            o.seek(0), e.seek(0)
            out.append(f"$ {line}\n{stream(o.read(), '')}{stream(e.read(), '2> ')}[{rc}]")
    path.write_text("\n".join(out) + "\n")


def stream(data, prefix):
    text = data.decode("utf8", "replace").replace("bash: line 1: ", "bash: line 1: ")
    if not text:
        return ""
    ended = text.endswith("\n")
    lines = text[:-1].split("\n") if ended else text.split("\n")
    return "".join(f"{prefix}{line}\n" for line in lines) + ("" if ended else f"{prefix}\\\n")


def parse(text):
    blocks = []
    for line in text.splitlines():
        if line.startswith("# "):
            blocks.append(("comment", line))
        elif line.startswith("$ "):
            blocks.append(("command", line[2:]))
    return blocks


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        inside(pathlib.Path(sys.argv[2]))
    else:
        for name in sys.argv[1:]:
            subprocess.run(["unshare", "-n", "-m", "-u", "-p", "-f", "--mount-proc", "--propagation", "private", "python3", __file__, "--inside", str(pathlib.Path(name).resolve())], check=True)
