"""Random sessions with a tool of this machine's, each in a network namespace of its own, recorded as JSON; needs root."""
import ctypes, json, os, random, sys

CLONE_NEWNET = 0x40000000


def apart(work):
    """What work() returns, done by a child in a new network namespace."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        ctypes.CDLL(None).unshare(CLONE_NEWNET)
        done = work()
        with os.fdopen(writer, "w") as pipe: json.dump(done, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe: done = json.load(pipe)
    os.wait()
    return done


def main(case, record):
    """SEED COUNT FILE: so many sessions, each of which can be made again from its own seed."""
    seed, count, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    seeds = [seed * 100000 + i for i in range(count)]
    out = [{"seed": each, **apart(lambda: record(case(random.Random(each))))} for each in seeds]
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(each) for each in out) + "\n]\n")
