#!/usr/bin/env python3
"""Four real nodes under load while links, processes, a disk and clocks go wrong; at the end every acknowledged trade
must be on every node's chain exactly once, and no other.

    soak.py [--minutes N | --each once] [--seed N] [--faults KIND,...] [--build FOLDER] [--keep FOLDER]

Each node lives in a network namespace of its own; the links between them are links.py's. One disk is a small tmpfs.
Clocks are moved by clock.cc. After each fault the network has to go on within a minute, and during those that touch
one node alone the others have to go on too. Needs root, ip and /dev/net/tun.

Exit code 0: nothing was lost. 1: something was, or the network stood still; what failed is named, and the folder of
the network is kept. 2: wrong arguments. 77: this machine does not let it run (no root, no TUN device).
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import links

NODES = ["government", "platform", "low-carbon", "high-carbon"]
F = 1  # of them may fail
SMALL_DISK = 2  # the node whose disk can fill up
DISK_BYTES = 320 << 20
GOES_ON = 60  # seconds within which the network must go on after a fault
READY = 120
AT_END = 300
ASK = 3  # seconds for an answer by RPC
HOUR = 3600
PEER_PORT, RPC_PORT = 7400, 8400  # as pcq net init counts them, from the first node on


class Failed(Exception):
    pass


def await_that(is_so, seconds, otherwise):
    """How long it took."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds:
            raise Failed(otherwise)
        time.sleep(0.1)
    return time.monotonic() - began


class Network:
    """The nodes' processes, their links, and what they answer."""

    def __init__(self, folder, build):
        self.folder, self.build = folder, build
        self.links = links.Links(f"pcq-soak-{os.getpid()}", len(NODES))
        self.processes = [None] * len(NODES)
        self.mounted = False
        self.dir = folder / "network"
        self.ports = [self.links.door(node, RPC_PORT + node) for node in range(len(NODES))]
        subprocess.run([build / "bin" / "pcq", "net", "init", "--dir", self.dir], check=True, stdout=subprocess.DEVNULL)
        for number, name in enumerate(NODES):
            self._move(number, self.dir / f"{name}.toml")
            for what in ("clock", "disk"):
                (folder / f"{what}-{name}").write_bytes(struct.pack("=q", 0))
        disk = self.dir / "data" / NODES[SMALL_DISK]
        disk.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "pcq-soak", disk], check=True)
        self.mounted = True

    def _move(self, number, path):
        """Peers to addresses of the links, from the loopback ports that pcq net init gives. RPC stays there."""
        text = path.read_text()
        text = re.sub(r'listen = "127\.0\.0\.1:(74\d+)"', rf'listen = "{self.links.address(number)}:\1"', text)
        text = re.sub(r'address = "127\.0\.0\.1:(\d+)"',
                      lambda found: f'address = "{self.links.address(int(found[1]) - PEER_PORT)}:{found[1]}"', text)
        path.write_text(text)

    def rpc(self, node):
        return f"127.0.0.1:{self.ports[node]}"

    def start(self, node):
        name = NODES[node]
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[node] = subprocess.Popen(
                ["ip", "netns", "exec", self.links.namespace(node), "env",
                 f"LD_PRELOAD={self.build}/bin/libpcq_soak_machine.so",
                 "ASAN_OPTIONS=verify_asan_link_order=0",  # with that sanitizer: what is loaded first may be so
                 f"PCQ_SOAK_CLOCK={self.folder}/clock-{name}", f"PCQ_SOAK_DISK={self.folder}/disk-{name}",
                 self.build / "bin" / "pcqd", "--config", self.dir / f"{name}.toml"],
                cwd=self.dir, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def runs(self, node):
        return self.processes[node] is not None and self.processes[node].poll() is None

    def signal(self, node, what):
        if self.runs(node):
            self.processes[node].send_signal(what)

    def kill(self, node):
        self.signal(node, signal.SIGKILL)
        self.processes[node].wait()

    def set_machine(self, node, what, seconds):
        """The wall clock's error, or how much longer the disk takes for each synced write."""
        with open(self.folder / f"{what}-{NODES[node]}", "r+b") as file:
            file.write(struct.pack("=q", int(seconds * 1e9)))

    def ask(self, node, method, params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(f"http://{self.rpc(node)}/v1", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=ASK) as answer:
                return json.load(answer).get("result")
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def height(self, node):
        status = self.ask(node, "status", {"chain": "side"})
        return None if status is None else int(status["height"])

    def stop_all(self):
        for node in range(len(NODES)):
            self.signal(node, signal.SIGCONT)
            self.signal(node, signal.SIGTERM)
        for process in filter(None, self.processes):
            process.wait(timeout=60)

    def close(self):
        for process in filter(None, self.processes):
            if process.poll() is None:
                process.kill()
                process.wait()
        self.links.close()
        if self.mounted:
            subprocess.run(["umount", "-l", self.dir / "data" / NODES[SMALL_DISK]], check=False)


class Client:
    """The load, with its ledger (ledger_client.cc)."""

    def __init__(self, network):
        environment = dict(os.environ, PCQ_SOAK_DIR=str(network.dir),
                           PCQ_SOAK_NODES=",".join(network.rpc(node) for node in range(len(NODES))))
        self.log = open(network.folder / "client.log", "w+")
        self.process = subprocess.Popen([network.build / "bin" / "soak_ledger_client"], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.await_line("ready", READY)

    def await_line(self, begins, seconds):
        """The line that begins so; the client must not end before it."""
        guard = threading.Timer(seconds, self.process.kill)
        guard.start()
        try:
            for line in self.process.stdout:
                self.log.write(line)
                if line.startswith(begins):
                    return line
        finally:
            guard.cancel()
        raise Failed(f"the client ended, or did not say \"{begins}\" within {seconds} s; see client.log")

    def trades(self):
        self.process.stdin.write("count\n")
        self.process.stdin.flush()
        return int(self.await_line("trades", AT_END).split()[1])

    def finish(self):
        self.process.stdin.write("done\n")
        self.process.stdin.close()
        trades = int(self.await_line("trades", AT_END).split()[1])
        if self.process.wait(timeout=AT_END) != 0:
            raise Failed("the ledger and the chains disagree; see client.log")
        return trades

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()


class Soak:
    """One fault after the other, each healed and followed by progress."""

    def __init__(self, network, client, seed):
        self.network, self.client = network, client
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.longest = collections.Counter()  # seconds until the network went on, by kind of fault

    # What a fault does, until it is left. It yields the nodes that it touches: the others go on.

    @contextlib.contextmanager
    def everywhere(self, **what):
        for a in range(len(NODES)):
            for b in range(len(NODES)):
                self.network.links.set(a, b, **what)
        yield []
        self.network.links.heal()

    @contextlib.contextmanager
    def around(self, nodes, into=None, out=None):
        """Links from (out) and to (into) these nodes."""
        for node in nodes:
            for other in range(len(NODES)):
                if other in nodes:
                    continue
                if out is not None:
                    self.network.links.set(node, other, **out)
                if into is not None:
                    self.network.links.set(other, node, **into)
        yield nodes
        self.network.links.heal()

    @contextlib.contextmanager
    def stopped(self, nodes):
        for node in nodes:
            self.network.signal(node, signal.SIGSTOP)
        yield nodes
        for node in nodes:
            self.network.signal(node, signal.SIGCONT)

    @contextlib.contextmanager
    def killed(self, nodes):
        for node in nodes:
            self.network.signal(node, signal.SIGKILL)
        for node in nodes:
            self.network.processes[node].wait()
        yield nodes
        for node in nodes:
            self.network.start(node)

    def fill_disk(self):
        filler = self.network.dir / "data" / NODES[SMALL_DISK] / "filler"
        with contextlib.suppress(OSError), open(filler, "ab", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        return filler

    @contextlib.contextmanager
    def full_disk(self):
        filler = self.fill_disk()
        await_that(lambda: not self.network.runs(SMALL_DISK), GOES_ON, "a node goes on although its disk is full")
        yield [SMALL_DISK]
        filler.unlink()
        self.network.start(SMALL_DISK)

    @contextlib.contextmanager
    def full_disk_at_start(self):
        self.network.kill(SMALL_DISK)
        filler = self.fill_disk()
        self.network.start(SMALL_DISK)
        await_that(lambda: not self.network.runs(SMALL_DISK), GOES_ON, "a node starts on a full disk")
        yield [SMALL_DISK]
        filler.unlink()
        self.network.start(SMALL_DISK)

    @contextlib.contextmanager
    def clock(self, node, seconds):
        self.network.set_machine(node, "clock", seconds)
        yield [node]
        self.network.set_machine(node, "clock", 0)

    @contextlib.contextmanager
    def slow_disk(self, nodes, seconds):
        for node in nodes:
            self.network.set_machine(node, "disk", seconds)
        yield nodes
        for node in nodes:
            self.network.set_machine(node, "disk", 0)

    def faults(self):
        draw = self.random
        one = draw.randrange(len(NODES))
        two = draw.sample(range(len(NODES)), 2)
        everyone = list(range(len(NODES)))
        cut = {"cut": True}
        return {
            "delay": lambda: self.everywhere(delay=0.08, jitter=0.04),
            "loss": lambda: self.everywhere(loss=draw.uniform(0.02, 0.08), delay=0.01),
            "slow_node": lambda: self.around([one], into={"delay": 0.3}, out={"delay": 0.3}),
            "isolated": lambda: self.around([one], into=cut, out=cut),
            "halves": lambda: self.around(two, into=cut, out=cut),
            "deaf": lambda: self.around([one], into=cut),
            "mute": lambda: self.around([one], out=cut),
            "asymmetric": lambda: self.around([one], into={"delay": 0.2}, out={"loss": 0.1}),
            "sigstop": lambda: self.stopped([one]),
            "sigstop_two": lambda: self.stopped(two),
            "sigkill": lambda: self.killed([one]),
            "sigkill_two": lambda: self.killed(two),
            "sigkill_all": lambda: self.killed(everyone),
            "full_disk": self.full_disk,
            "full_disk_at_start": self.full_disk_at_start,
            "clock_hour_ahead": lambda: self.clock(one, HOUR),
            "clock_hour_behind": lambda: self.clock(one, -HOUR),
            "clock_seconds_ahead": lambda: self.clock(one, 5),
            "slow_disk": lambda: self.slow_disk([one], 1),
            "slow_disk_two": lambda: self.slow_disk(two, 8),
        }

    def await_progress(self, kind):
        """Every node stores a block that none has now. How long it took."""
        top = max(self.network.height(node) or 0 for node in range(len(NODES)))
        return await_that(lambda: all((self.network.height(node) or 0) > top for node in range(len(NODES))), GOES_ON,
                          f"{kind}: not every node goes on when it is over")

    def causes(self, node):
        why = self.network.ask(node, "why", {"chain": "side"})
        return why, {cause["cause"] for cause in why["causes"]} if why else set()

    def names_who_is_away(self, touched):
        """Whether each node that is left says that the chain stands still, and for want of whom."""
        away = {NODES[other] for other in touched}
        return all(self.missed_by(node) == away for node in set(range(len(NODES))) - set(touched))

    def missed_by(self, node):
        """Who is away, as a node says that stands still; nobody if it does not."""
        why, _ = self.causes(node)
        if why is None or not why["stalled"]:
            return set()
        return {entry["name"] for entry in why["missing"] if entry["cause"] in ("unreachable", "silent")}

    def name_themselves(self, touched, cause):
        """Whether each of these nodes says itself what is the matter with it."""
        return all(cause in self.causes(node)[1] for node in touched)

    def await_explanation(self, kind, touched):
        """That those who can see it say why the network stands still, or a node stays behind."""
        cause = {"clock_hour_behind": "clock_off", "slow_disk": "disk_slow", "slow_disk_two": "disk_slow"}.get(kind)
        if cause:
            await_that(lambda: self.name_themselves(touched, cause), GOES_ON, f"{kind}: a node does not say that it is {cause}")
        elif kind in ("isolated", "deaf", "mute"):  # it stands still by itself
            # Of one of the others it may have the vote already that it waits for.
            await_that(lambda: len(self.missed_by(touched[0])) > F, GOES_ON, f"{kind}: the node does not say whom it misses")
        elif len(touched) == 2:  # f = 1: nobody goes on
            await_that(lambda: self.names_who_is_away(touched), GOES_ON,
                       f"{kind}: the nodes do not say rightly why they stand still")

    def do(self, kind, seconds):
        before = self.client.trades()
        with self.faults()[kind]() as touched:
            time.sleep(seconds)
            self.await_explanation(kind, touched)
            if len(touched) <= 1:  # the rest is a quorum
                await_that(lambda: self.client.trades() > before, GOES_ON, f"{kind}: nobody trades while it lasts")
        took = self.await_progress(kind)
        self.counts[kind] += 1
        self.longest[kind] = max(self.longest[kind], round(took, 1))
        print(f"{kind}: {seconds:.0f} s, all nodes went on {took:.1f} s after it, {self.client.trades()} trades so far",
              flush=True)


def schedule(options, soak):
    """(kind, seconds), for so many minutes or each kind once."""
    kinds = options.faults.split(",") if options.faults else list(soak.faults())
    unknown = set(kinds) - set(soak.faults())
    if unknown:
        sys.exit(f"soak.py: no such fault: {', '.join(sorted(unknown))}; there are {', '.join(soak.faults())}")
    if options.each:
        yield from ((kind, 3.0) for kind in kinds)
        return
    end = time.monotonic() + 60 * options.minutes
    while True:
        for kind in soak.random.sample(kinds, len(kinds)):
            if time.monotonic() >= end:
                return
            yield kind, soak.random.uniform(4, 14)


def check_stores(network):
    for name in NODES:
        for chain in ("main", "side"):
            store = network.dir / "data" / name / chain / "store"
            audit = subprocess.run([network.build / "bin" / "pcq", "audit", "totals", store], capture_output=True,
                                   text=True, check=False)
            if audit.returncode != 0:
                raise Failed(f"{store}: {audit.stderr.strip()}")


def report(soak, trades, seconds):
    print(f"\n{trades} trades acknowledged, each on every chain exactly once; {sum(soak.counts.values())} faults "
          f"in {seconds / 60:.1f} minutes")
    print(f"packets carried {soak.network.links.carried}, lost {soak.network.links.dropped}")
    print(f"{'fault':22} {'times':>5}  {'longest until all went on':>25}")
    for kind, count in sorted(soak.counts.items()):
        print(f"{kind:22} {count:5}  {soak.longest[kind]:23.1f} s")


def run(options, folder):
    network = Network(folder, pathlib.Path(options.build).resolve())
    client = None
    try:
        for node in range(len(NODES)):
            network.start(node)
        await_that(lambda: all(network.height(node) is not None for node in range(len(NODES))), READY,
                   "a node does not answer after its start")
        client = Client(network)
        soak = Soak(network, client, options.seed)
        began = time.monotonic()
        for kind, seconds in schedule(options, soak):
            soak.do(kind, seconds)
        trades = client.finish()
        lasted = time.monotonic() - began
        network.stop_all()
        check_stores(network)
        report(soak, trades, lasted)
    except Failed:
        for node, name in enumerate(NODES):
            for chain in ("main", "side"):
                print(name, json.dumps(network.ask(node, "status", {"chain": chain})), file=sys.stderr)
        raise
    finally:
        if client is not None:
            client.close()
        network.close()


def is_possible(folder):
    """Whether this machine lets us make namespaces, TUN devices and mounts, as a container may not."""
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun") or shutil.which("ip") is None:
        return False
    try:
        links.Links(f"pcq-soak-{os.getpid()}-try", 1).close()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "pcq-soak", folder], check=True, capture_output=True)
        subprocess.run(["umount", folder], check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--each", choices=["once"], help="every fault once, three seconds each, instead of minutes")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--faults", help="only these kinds, comma-separated")
    parser.add_argument("--build", default="build/release", help="folder of the built programs")
    parser.add_argument("--keep", help="leave networks that failed here, and those that did not, too")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pcq-soak-"))
    if not is_possible(folder):
        folder.rmdir()
        print("soak.py needs root, ip and /dev/net/tun, and leave to make namespaces and mounts")
        return 77
    print(f"seed {options.seed}", flush=True)
    kept = pathlib.Path(options.keep or pathlib.Path(options.build) / "soak-failures") / f"seed-{options.seed}"
    failure = None
    try:
        run(options, folder)
    except Failed as failed:
        failure = failed
        print(f"soak.py --seed {options.seed}: {failure}\nlogs and stores: {kept}", file=sys.stderr)
    finally:
        if failure is not None or options.keep:
            shutil.copytree(folder, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("filler"))
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if failure is None else 1


if __name__ == "__main__":
    sys.exit(main())
