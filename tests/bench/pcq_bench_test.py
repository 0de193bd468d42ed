#!/usr/bin/env python3
"""pcq bench alone, for two seconds: trades are committed and the figures fit each other.

    pcq_bench_test.py build/release/bin/pcq

Nothing here depends on how fast the machine is. Exit code 0: good; 1: a figure does not fit, or pcq failed.
"""

import json
import subprocess
import sys


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    command = [arguments[1], "--json", "bench", "--seconds", "2", "--accounts", "100", "--at-once", "50"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=240, check=False)
    if done.returncode != 0:
        print(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        return 1
    figures = json.loads(done.stdout)
    print(json.dumps(figures, indent=1))
    faults = [what for what, holds in expectations(figures) if not holds]
    for fault in faults:
        print(f"does not hold: {fault}")
    return 1 if faults else 0


def expectations(f):
    def close(a, b):
        return abs(a - b) <= 1e-6 * max(abs(a), abs(b), 1)

    latency = f["latency_ms"]
    bound = f["cores"] / (f["nodes"] * f["verification_us"]) * 1e6
    yield "trades were committed", f["trades"] > 0
    yield "none was refused or lost", f["refused"] == 0 and f["unanswered"] == 0
    yield "trades = sold + bought, both of them some", f["trades"] == f["sold"] + f["bought"] and f["sold"] > 0 and f["bought"] > 0
    yield "it traded for two seconds", 1.9 <= f["seconds"] <= 2.1
    yield "rate = trades / seconds", close(f["trades_per_second"], f["trades"] / f["seconds"])
    yield "what is late was on its way at the end", f["late"] <= f["at_once"]
    yield "0 < p50 <= p99 <= max", 0 < latency["p50"] <= latency["p99"] <= latency["max"]
    yield "trades per block = all trades / blocks", close(f["trades_per_block"], (f["trades"] + f["late"]) / f["blocks"])
    yield "four nodes", f["nodes"] == 4
    yield "bound = cores / (nodes x one verification)", close(f["bound_trades_per_second"], bound)
    yield "share = rate / bound", close(f["share_of_bound"], f["trades_per_second"] / f["bound_trades_per_second"])


if __name__ == "__main__":
    sys.exit(main(sys.argv))
