#!/usr/bin/python3
"""record-packets-wide.py FIRST LAST: the rulesets of randwide.py, run by the real kernel and written into packets-wide.json.

What all scenarios share is told once. Left out are the seeds in NOISE, whose hashes and sets take in the checksum of an
ICMP message, which here has other bytes in it. Needs root.
"""
import importlib.util, json, os, re, sys

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("randwide", HERE + "/randwide.py")
randwide = importlib.util.module_from_spec(spec)
spec.loader.exec_module(randwide)
NOISE = {100, 149, 157, 158, 188}


def main():
    cases = []
    base = None
    for seed in range(int(sys.argv[1]), int(sys.argv[2]) + 1):
        scenario = randwide.gen(seed)
        truth = None if seed in NOISE else randwide.truth_of(scenario)
        if truth is None or truth.get("setup"):
            continue
        after = truth["after"]["r"]
        nft = scenario["hosts"]["r"].pop("nft")
        probes = scenario.pop("probes")
        scenario.pop("name")
        base = scenario
        listing = re.sub(r" expires [0-9dhms]+", " expires T", after["nft"])
        cases.append({"seed": seed, "nft": nft, "probes": probes, "steps": truth["steps"], "conntrack": after["conntrack"], "listing": listing})
    with open(HERE + "/packets-wide.json", "w") as f:
        f.write('{"recorded": "nftables 1.0.6, Linux 6.18.44", "base": ' + json.dumps(base) + ', "cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]}\n")


main()
