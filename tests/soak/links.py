"""Links between network namespaces that can be slow, lossy, cut, and different in each direction.

Every member has a TUN device; this process carries each packet from one to the other, so that what is lost is lost to
the real TCP of the kernel. No queueing discipline of the kernel is needed, only /dev/net/tun and ip. Needs root.

    links = Links("pcq-soak-1", 4)       # namespaces pcq-soak-1-0 .. 3
    links.set(0, 1, delay=0.1, jitter=0.05, loss=0.02)   # from 0 to 1; the other direction stays as it is
    links.set(0, 1, cut=True)
    port = links.door(0, 8400)           # connections to 127.0.0.1:port come out at 127.0.0.1:8400 of member 0
    links.close()
"""

import asyncio
import contextlib
import ctypes
import dataclasses
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PREFIX = "198.18.77"  # of the block for benchmarks of devices, RFC 2544
MTU = 9000
QUEUE_MAX = 4000  # packets on their way over one link


@dataclasses.dataclass
class Link:
    delay: float = 0.0  # seconds
    jitter: float = 0.0  # at most so much more
    loss: float = 0.0  # share of packets
    cut: bool = False


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def open_tun(name):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def enter(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Links:
    def __init__(self, name, members):
        self.name, self.members = name, members
        self.device = f"{name[-8:]}x"  # at most 15 letters
        self.links = {(a, b): Link() for a in range(members) for b in range(members)}
        self.carried = self.dropped = 0
        self._tuns, self._late, self._number, self._waiting = [], [], 0, {}
        self._random = random.Random(1)
        self._closing = threading.Event()
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            for member in range(members):
                run("ip", "netns", "add", self.namespace(member))
                there = os.open(f"/run/netns/{self.namespace(member)}", os.O_RDONLY)
                enter(there)
                self._tuns.append(open_tun(self.device))
                os.close(there)
                enter(home)
        finally:
            enter(home)
            os.close(home)
        for member in range(members):
            where = ["ip", "-n", self.namespace(member)]
            run(*where, "addr", "add", f"{self.address(member)}/24", "dev", self.device)
            run(*where, "link", "set", self.device, "mtu", str(MTU), "up")
            run(*where, "link", "set", "lo", "up")
        self._carrier = threading.Thread(target=self._carry, daemon=True)
        self._carrier.start()

    def namespace(self, member):
        return f"{self.name}-{member}"

    def address(self, member):
        return f"{PREFIX}.{member + 1}"

    def door(self, member, port):
        """A port of the caller's loopback that leads to a port of the member's."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        threading.Thread(target=self._serve, args=(member, port, listener), daemon=True).start()
        return listener.getsockname()[1]

    def _serve(self, member, port, listener):
        with open(f"/run/netns/{self.namespace(member)}") as there:
            enter(there.fileno())  # this thread alone: what it opens from here on is the member's

        async def pump(reader, writer):
            with contextlib.suppress(OSError):
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
            writer.close()

        async def through(reader, writer):
            try:
                inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                writer.close()
                return
            await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

        async def serve():
            await (await asyncio.start_server(through, sock=listener)).serve_forever()

        asyncio.run(serve())

    def set(self, source, target, **what):
        self.links[source, target] = Link(**what)

    def heal(self):
        for key in self.links:
            self.links[key] = Link()

    def _send(self, target, packet):
        try:
            os.write(self._tuns[target], packet)
            self.carried += 1
        except OSError:  # its queue is full, or it is going down: as a wire would, this loses the packet
            self.dropped += 1

    def _take(self, source, packet):
        target = packet[19] - 1 if len(packet) >= 20 and packet[0] >> 4 == 4 else -1
        link = self.links.get((source, target))
        waiting = self._waiting.get((source, target), 0)
        if link is None or link.cut or self._random.random() < link.loss or waiting >= QUEUE_MAX:
            self.dropped += 1
        elif link.delay == 0 and waiting == 0:
            self._send(target, packet)
        else:  # jitter may overtake, as it does in networks
            due = time.monotonic() + link.delay + self._random.random() * link.jitter
            self._number += 1
            self._waiting[source, target] = waiting + 1
            heapq.heappush(self._late, (due, self._number, source, target, packet))

    def _carry(self):
        poll = select.epoll()
        of = {}
        for member, tun in enumerate(self._tuns):
            poll.register(tun, select.EPOLLIN)
            of[tun] = member
        while not self._closing.is_set():
            wait = 0.1 if not self._late else min(0.1, max(0.0, self._late[0][0] - time.monotonic()))
            for tun, _ in poll.poll(wait):
                for _ in range(64):
                    try:
                        packet = os.read(tun, 65536)
                    except OSError:
                        break
                    self._take(of[tun], packet)
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, source, target, packet = heapq.heappop(self._late)
                self._waiting[source, target] -= 1
                if not self.links[source, target].cut:
                    self._send(target, packet)

    def close(self):
        self._closing.set()
        self._carrier.join()
        for tun in self._tuns:
            os.close(tun)
        for member in range(self.members):
            subprocess.run(["ip", "netns", "del", self.namespace(member)], check=False, stderr=subprocess.DEVNULL)
