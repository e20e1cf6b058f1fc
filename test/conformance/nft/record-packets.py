#!/usr/bin/python3
"""record-packets.py SEED…: the random rulesets of those seeds (randnft.py), run by the real kernel and written into packets.json.

A machine that is busy lets time-outs pass; a seed counts when two runs in a row agree. Seeds 24 and 84 are
left out: in them a REJECT follows "no route" at once, and whether both fall into one jiffy is chance. Needs root.
"""
import json, os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))


def record(seed):
    scenario = json.loads(subprocess.run([HERE + "/randnft.py", "gen", seed], capture_output=True, text=True, check=True).stdout)
    before = None
    while True:
        run = subprocess.run([HERE + "/../oracle/netns-oracle", "-"], input=json.dumps(scenario), capture_output=True, text=True, check=True)
        truth = json.loads(run.stdout)
        after = truth["after"]["r"]
        entry = {"scenario": scenario, "steps": truth["steps"], "conntrack": after["conntrack"], "nft": after["nft"], "setup": len(truth.get("setup", []))}
        if entry == before:
            return entry
        before = entry


def main():
    path = HERE + "/packets.json"
    recorded = json.load(open(path))
    for seed in sys.argv[1:]:
        recorded[seed] = record(seed)
    for seed in ("24", "84"):
        recorded.pop(seed, None)
    lines = ['"%s": %s' % (seed, json.dumps(entry, separators=(",", ":"))) for seed, entry in sorted(recorded.items(), key=lambda item: int(item[0]))]
    with open(path, "w") as f:
        f.write("{\n" + ",\n".join(lines) + "\n}\n")


main()
