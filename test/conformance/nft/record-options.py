#!/usr/bin/python3
"""record-options.py: nft 1.0.6 with files that include others, with definitions and with its options, into options.json.

Each case of options-cases.json has files, a ruleset to begin with, and command lines; recorded is what each says. Needs root.
"""
import json, os, re, shutil, subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
NS = "nft-options"
FOLDER = "/tmp/nfi"


def run(argv, stdin):
    p = subprocess.run(["ip", "netns", "exec", NS] + argv, input=stdin, capture_output=True, text=True)
    return {"exit": p.returncode, "stdout": re.sub(r"generation \d+ by process \d+", "generation N by process P", p.stdout), "stderr": p.stderr}


def main():
    source = json.load(open(HERE + "/options-cases.json"))
    shutil.rmtree(FOLDER, ignore_errors=True)
    for path, text in source["files"].items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
    cases = []
    for case in source["cases"]:
        subprocess.run("ip netns add %s; ip -n %s link set lo up" % (NS, NS), shell=True, check=True)
        cases.append({**case, "said": [run(step["argv"], step.get("stdin", "")) for step in case["steps"]]})
        subprocess.run(["ip", "netns", "del", NS])
    shutil.rmtree(FOLDER)
    with open(HERE + "/options.json", "w") as f:
        f.write('{"recorded": "nftables 1.0.6, Linux 6.18.44", "files": ' + json.dumps(source["files"]) + ', "cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]}\n")


main()
