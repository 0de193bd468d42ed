#!/usr/bin/env python3
"""How fast pcq audit verify replays a chain, beside how fast four nodes made it on the same machine.

    replay.py [--seconds S] [--at-once N] [--rounds N] [--build FOLDER]

A fresh network, pcq bench's load on it, the nodes stopped; then both chains of one node are executed again, once from an
archive and once from its store, and the trades a second of both are set side by side.
"""

import argparse
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile


def free_port():
    """The first of ten ports that nobody listens on, outside of the range for outgoing connections."""
    for first in range(20000, 30000, 10):
        taken = False
        for port in range(first, first + 10):
            with socket.socket() as probe:
                taken = taken or probe.connect_ex(("127.0.0.1", port)) == 0
        if not taken:
            return first
    raise SystemExit("no free ports")


class Network:
    def __init__(self, folder, build):
        self.folder, self.pcq = folder / "net", str(build / "bin" / "pcq")
        port = free_port()
        self.run("net", "init", "--dir", str(self.folder), "--peer-port", str(port), "--rpc-port",
                 str(port + 4))

    def run(self, *words):
        done = subprocess.run([self.pcq, *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"pcq {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def json(self, *words):
        return json.loads(self.run("--json", *words))


def measure(folder, options):
    network = Network(folder, pathlib.Path(options.build).resolve())
    network.run("net", "up", "--dir", str(network.folder))
    try:
        live = network.json("bench", "--dir", str(network.folder), "--seconds", str(options.seconds), "--at-once",
                            str(options.at_once))
    finally:
        network.run("net", "down", "--dir", str(network.folder))
    data = network.folder / "data" / "government"
    archive = folder / "side.pcqarch"
    network.run("--chain", "side", "archive", "export", "--from", str(data), "--out", str(archive))
    found = []
    for source in (archive, data):
        report = network.json("audit", "verify", str(source), "--work", str(folder / f"work-{source.name}"))
        if not report["holds"]:
            raise SystemExit(f"the chain does not hold: {report}")
        found.append(next(chain for chain in report["chains"] if chain["chain"] == "side"))
    return live, found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--build", default="build/release", help="folder of the built programs")
    options = parser.parse_args()
    ratios = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="pcq-replay-") as folder:
            live, (archived, stored) = measure(pathlib.Path(folder), options)
        ratios.append(archived["trades_per_second"] / live["trades_per_second"])
        for name, chain in (("archive", archived), ("store", stored)):
            print(f"{name}: {chain['blocks']} blocks, {chain['transactions']} transactions, {chain['trades']} trades in "
                  f"{chain['seconds']:.1f} s: {chain['blocks_per_second']:.0f} blocks/s, {chain['transactions_per_second']:.0f} "
                  f"transactions/s, {chain['trades_per_second']:.0f} trades/s; live {live['trades_per_second']:.0f} trades/s, "
                  f"ratio {chain['trades_per_second'] / live['trades_per_second']:.1f}", flush=True)
    print(f"replayed {statistics.median(ratios):.1f} times as fast as it was made (median of {options.rounds})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
