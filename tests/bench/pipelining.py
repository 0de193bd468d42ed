#!/usr/bin/env python3
"""What pipelining brings on links as long as a country is wide: the same load on the same four nodes, with and without.

    pipelining.py [--delay MS] [--at-once N] [--seconds S] [--rounds N] [--build FOLDER]

The nodes live in network namespaces, their links carried by tests/soak/links.py; the load is pcq bench's. Both ways
take turns, so that whatever else the machine does hits both; what counts is the ratio. Needs root and /dev/net/tun.
Ends with 77 where there is none.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "soak"))
import soak  # noqa: E402


def measure(folder, options, is_pipelined):
    """What pcq bench says of one network."""
    network = soak.Network(folder, pathlib.Path(options.build).resolve())
    try:
        for name in soak.NODES:
            path = network.dir / f"{name}.toml"
            path.write_text(path.read_text().replace("[node]\n", f"[node]\npipelining = {str(is_pipelined).lower()}\n", 1))
        for node in range(len(soak.NODES)):
            network.start(node)
        soak.await_that(lambda: all(network.height(node) is not None for node in range(len(soak.NODES))), soak.READY,
                        "a node does not answer after its start")
        for a in range(len(soak.NODES)):
            for b in range(len(soak.NODES)):
                network.links.set(a, b, delay=options.delay / 1000)
        nodes = [word for node in range(len(soak.NODES)) for word in ("--node", network.rpc(node))]
        result = subprocess.run([network.build / "bin" / "pcq", "--json", "bench", *nodes, "--keys", network.dir / "keys",
                                 "--seconds", str(options.seconds), "--at-once", str(options.at_once), "--accounts", "400"],
                                capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise soak.Failed(f"pcq bench: {result.stderr.strip()}")
        figures = json.loads(result.stdout)
        network.stop_all()
        return figures
    finally:
        network.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--delay", type=float, default=25, help="milliseconds of each link, one way")
    parser.add_argument("--at-once", type=int, default=400, help="trades on their way at a time")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--build", default="build/release", help="folder of the built programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pcq-pipelining-") as folder:
        if not soak.is_possible(folder):
            print("pipelining.py needs root, ip and /dev/net/tun, and leave to make namespaces and mounts")
            return 77
        found = {True: [], False: []}
        for turn in range(options.rounds):
            for is_pipelined in (True, False):
                here = pathlib.Path(folder) / f"{turn}-{is_pipelined}"
                here.mkdir()
                figures = measure(here, options, is_pipelined)
                found[is_pipelined].append(figures)
                print(f"pipelining {'on ' if is_pipelined else 'off'}: {figures['trades_per_second']:.0f} trades/s, "
                      f"median {figures['latency_ms']['p50']:.0f} ms to finality, "
                      f"{figures['trades_per_block']:.0f} trades a block", flush=True)

    def median(is_pipelined, figure):
        return statistics.median(figure(figures) for figures in found[is_pipelined])

    for name, figure in (("trades/s", lambda figures: figures["trades_per_second"]),
                         ("time to finality", lambda figures: figures["latency_ms"]["p50"])):
        print(f"{name}: {median(True, figure) / median(False, figure):.2f} of what it is without (medians of {options.rounds})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
