#!/usr/bin/python3
"""compare.py DIR: runs each recorded scenario in the emulator and says where it differs from the truth."""
import glob, json, os, re, subprocess, sys, tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
files = sorted(glob.glob(sys.argv[1] + "/*.json"), key=lambda f: int(os.path.basename(f)[:-5]))
folder = tempfile.mkdtemp()
paths = []
for f in files:
    p = os.path.join(folder, os.path.basename(f))
    json.dump(json.load(open(f))["scenario"], open(p, "w"))
    paths.append(p)
run = subprocess.run(["node", ROOT + "/app/_cli/podpath.mjs", "net", *paths], capture_output=True, text=True)
if run.stderr:
    print(run.stderr[:800])
bad = 0
for f, line in zip(files, run.stdout.splitlines()):
    truth, ours = json.load(open(f))["truth"], json.loads(line)
    strip = lambda v: re.sub(r" expires [0-9dhms]+", " expires T", v) if isinstance(v, str) else v
    diffs = []
    for i, (a, b) in enumerate(zip(truth["steps"], ours.get("steps", []))):
        if a != b:
            diffs.append("step %d %s\n   real %s\n   ours %s" % (i, json.dumps(json.load(open(f))["scenario"]["probes"][i]), a, b))
    if truth.get("setup") != ours.get("setup") and truth.get("setup"):
        diffs.append("setup %s %s" % (truth.get("setup"), ours.get("setup")))
    for host, a in truth.get("after", {}).items():
        b = ours.get("after", {}).get(host, {})
        for key in ("conntrack", "nft"):
            if strip(a.get(key)) != strip(b.get(key)):
                x, y = (a.get(key), b.get(key)) if key == "conntrack" else (strip(a.get(key) or "").split("\n"), strip(b.get(key) or "").split("\n"))
                for p, q in zip(x or [], y or []):
                    if p != q:
                        diffs.append("%s\n   real %s\n   ours %s" % (key, p, q))
                if len(x or []) != len(y or []):
                    diffs.append("%s: %d lines, ours %d" % (key, len(x or []), len(y or [])))
    if diffs:
        bad += 1
        if bad <= int(sys.argv[2] if len(sys.argv) > 2 else 5):
            print("##", f)
            print("\n".join(diffs[:6]))
print(len(files), "scenarios,", bad, "differ")
