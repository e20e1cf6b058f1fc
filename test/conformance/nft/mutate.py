#!/usr/bin/python3
"""mutate.py SEED COUNT OUT.json: good nft texts with a word dropped, doubled, swapped or put in, and what the real nft says to them. Needs root."""
import importlib.util, json, os, random, re, sys

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("recorder", HERE + "/record-files.py")
recorder = importlib.util.module_from_spec(spec)
spec.loader.exec_module(recorder)

COMMANDS = """add table ip u
create table ip u { comment "mine"; }
add chain ip t new
add chain ip t new { type filter hook input priority filter + 5; policy drop; }
add chain ip t new { type nat hook postrouting priority srcnat; }
add chain ip t new { comment "hello"; }
create chain ip t c
delete chain ip t x
flush chain ip t c
rename chain ip t x z
list chain ip t x
list table ip t
list set ip t s
list map ip t m
list counters
list chains
list sets ip
list maps
list tables
list counter ip t cc
reset counter ip t cc
flush table ip t
flush set ip t i
delete set ip t s
delete map ip t mp
delete counter ip t cc
delete table ip t
add set ip t new { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/8, 11.0.0.0/8 }; }
add set ip t new { type ipv4_addr . inet_service; flags timeout; timeout 5m; size 100; comment "x"; }
add set ip t new { type inet_service; policy memory; counter; elements = { 80, 443 } }
add map ip t new { type ipv4_addr . inet_proto . inet_service : verdict; elements = { 10.0.0.1 . tcp . 80 : goto x }; }
add map ip t new { type inet_service : ipv4_addr . inet_service; elements = { 80 : 10.0.0.1 . 8080 }; }
add element ip t s { 10.0.0.1, 10.0.0.2 comment "x" }
add element ip t i { 172.16.0.0/12, 193.0.0.1-193.0.0.5 }
add element ip t m { 10.0.0.1 : accept, 10.0.0.2 : jump x }
add element ip t d { 10.0.0.1 timeout 10m }
create element ip t s { 10.0.0.1 }
delete element ip t i { 10.0.0.0/8 }
get element ip t i { 10.1.2.3 }
add counter ip t new { packets 5 bytes 10; }
add counter ip t new
add limit ip t new { rate 10/second burst 5 packets; }
insert rule ip t c tcp dport 80 accept
add rule ip t c index 0 accept
replace rule ip t c handle 5 accept
delete rule ip t c handle 5
table ip t { chain c { tcp dport 80 accept; udp dport 53 drop; }; }
table ip u { set a { type ipv4_addr; elements = { 10.0.0.1 }; }; chain b { ip saddr @a drop; }; }
define p = { 80, 443 }
flush ruleset
list ruleset
list ruleset ip""".split("\n")

WORDS = "ip tcp udp dport saddr 80 443 10.0.0.1 10.0.0.0/8 { } , . : ; accept drop jump x counter @s @m vmap map set add handle 5 != == < & | comment \"a b\" ct state new limit rate 10/second meta mark 0x10 log prefix reject with icmp snat to dnat masquerade timeout 1m 1.2.3 foo ~ - / * type flags interval 99999 inet ip6 chain rule table list - elements =".split(" ")
WORD = re.compile(r'"[^"]*"|[A-Za-z_@][\w./\-@*]*|\d[\w./]*|[{}(),.:;=!<>&|^*/$-]+|\S')


def mutate(r, text):
    words = WORD.findall(text)
    for _ in range(r.choice((1, 1, 1, 2))):
        at = r.randrange(len(words))
        how = r.randrange(6)
        if how == 0 and len(words) > 1:
            words.pop(at)
        elif how == 1:
            words.insert(at, words[at])
        elif how == 2:
            other = r.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif how == 3:
            words[at] = r.choice(WORDS)
        elif how == 4:
            words.insert(at, r.choice(WORDS))
        else:
            words = words[:at + 1]
    return " ".join(words)


def main():
    seed, count, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    r = random.Random(seed)
    good = list(COMMANDS)
    for name in ("rules-filter-1.txt", "rules-filter-2.txt"):
        good += ["add rule ip t c " + line for line in open(HERE + "/" + name).read().split("\n") if line]
    good += ["add rule ip t n " + line for line in open(HERE + "/rules-nat.txt").read().split("\n") if line]
    texts = []
    while len(texts) < count:
        text = mutate(r, r.choice(good if r.random() < .6 else COMMANDS)) + "\n"
        # These would change what stands beyond the text, or wait.
        if not re.search(r"\b(monitor|include|describe|import|export)\b", text) and text not in texts:
            texts.append(text)
    with open(out, "w") as f:
        json.dump(recorder.record(texts), f, indent=1)
        f.write("\n")


main()
