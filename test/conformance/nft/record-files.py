#!/usr/bin/python3
"""record-files.py IN.txt OUT.json: what the real nft 1.0.6 says to each text given to `nft -f -`.

Texts in IN are parted by lines of `---`. Each is given to a namespace that holds BASE; recorded are the
exit status, both outputs, and the ruleset afterwards with handles. Needs root.
"""
import json, subprocess, sys

BASE = """table ip t {
 chain x { }
 chain y-z { }
 set s { type ipv4_addr; }
 set i { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.1-192.168.0.9 }; }
 set d { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
 map m { type ipv4_addr : verdict; }
 map mp { type inet_service : ipv4_addr; }
 counter cc { }
 chain c { type filter hook output priority 0;
 }
 chain n { type nat hook prerouting priority dstnat; }
}
"""


def nft(args, stdin=None):
    p = subprocess.run(["ip", "netns", "exec", "nft-record", "nft"] + args, input=stdin, capture_output=True, text=True)
    return {"exit": p.returncode, "stdout": p.stdout, "stderr": p.stderr}


def record(texts):
    cases = []
    for text in texts:
        # A namespace of its own: handles of tables go on counting.
        subprocess.run("ip netns add nft-record; ip -n nft-record link set lo up", shell=True, check=True)
        nft(["-f", "-"], BASE)
        said = nft(["-f", "-"], text)
        cases.append({"text": text, **said, "listing": nft(["-a", "list", "ruleset"])["stdout"]})
        subprocess.run(["ip", "netns", "del", "nft-record"])
    return {"recorded": "nftables 1.0.6, Linux 6.18.44", "base": BASE, "cases": cases}


if __name__ == "__main__":
    with open(sys.argv[1]) as f:
        texts = [text.strip("\n") + "\n" for text in f.read().split("\n---\n")]
    with open(sys.argv[2], "w") as f:
        json.dump(record(texts), f, indent=1)
        f.write("\n")
