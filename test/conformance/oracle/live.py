#!/usr/bin/python3
"""Runs random scenarios on this machine's kernel and prints what happened, for the emulator to be compared with:
even seeds are randgen.py's, odd ones widegen.py's. With ORACLE_GENERATOR=stack all are stackgen.py's.

  live.py FIRST COUNT [JOBS [STEP]]     a JSON line {seed, scenario, truth} for each seed, in any order; needs root

A seed whose two runs differ (a time-out on a busy machine) is run a third time; what two of three agree on is the truth.
"""
import json, multiprocessing, os, sys, traceback
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import randgen, stackgen, widegen

LOG_ALL = "/proc/sys/net/netfilter/nf_log_all_netns"


def canonical(result):
    return json.dumps(result, sort_keys=True)


def record(seed):
    oracle = randgen.load_oracle()
    generator = stackgen if os.environ.get("ORACLE_GENERATOR") == "stack" else widegen if seed % 2 else randgen
    scenario = generator.scenario(seed)
    if os.environ.get("ORACLE_BACKEND"):
        scenario["backend"] = os.environ["ORACLE_BACKEND"]
    run = lambda: randgen.strip(oracle.run_scenario(json.loads(json.dumps(scenario))))
    first, second = run(), run()
    if canonical(first) != canonical(second):
        third = run()
        if canonical(third) not in (canonical(first), canonical(second)):
            return None
        first = third
    return {"seed": seed, "scenario": scenario, "truth": first}


def record_or_say(seed):
    """A seed that could not be run here says why, and leaves the others to go on."""
    try:
        return record(seed)
    except Exception:
        sys.stderr.write("seed %d was not recorded: %s\n" % (seed, traceback.format_exc()))
        return None


def main():
    first, count = int(sys.argv[1]), int(sys.argv[2])
    jobs = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    step = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    with open(LOG_ALL, "w") as switch:
        switch.write("1")
    try:
        with multiprocessing.Pool(jobs, maxtasksperchild=20) as pool:
            for recorded in pool.imap_unordered(record_or_say, range(first, first + count * step, step)):
                if recorded is not None:
                    print(json.dumps(recorded), flush=True)
    finally:
        with open(LOG_ALL, "w") as switch:
            switch.write("0")


if __name__ == "__main__":
    main()
