#!/usr/bin/env python3
"""Checks the model of the consensus (replica.pml, README.md) with spin: the protocol as it is must hold in every
reachable state, and each planted fault must be found.

    check.py [--quick | --long] [--only WORD] [--jobs N]

Without a mode: what CTest runs. A line for each search: what was searched, the outcome, states, depth, memory,
seconds. Exit code 0: all as it must be. 1: something is not. 2: wrong arguments, or spin or a C compiler is missing.
"""

import argparse
import concurrent.futures
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

MODEL = pathlib.Path(__file__).resolve().parent
MEMORY_MB = 1400  # of one search; two run at a time
DEPTH_MAX = 10_000
STEP_SECONDS_MAX = 900  # of spin, the compiler or a search, each; on a busy machine, too
LIARS = [1, 3, 2, 0]  # 1 and 3 put the liar into every place already (README.md)

# What an assertion that failed is about, by what stands in it.
PROPERTIES = [
    ("reached==0", "reached"),  # nothing wrong: it is there, so that the properties are not empty
    ("decided[", "agreement"),
    ("!=5", "validity"),
    ("calm_from", "progress"),  # time is up in a new view of an honest primary
    ("violated 0", "progress"),  # somebody is stuck
    ("", "evidence"),  # an honest replica contradicts itself
]


@dataclasses.dataclass(frozen=True)
class Search:
    name: str
    flags: tuple  # for spin's preprocessor
    liar: int
    compiler: tuple = ("-O1", "-DNOBOUNDCHECK", "-DCOLLAPSE")


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    finds: str  # the property that it must break
    flags: tuple = ("NO_EVIDENCE", "HEIGHTS=1")
    what: str = ""
    kind: str = "FAULT"


CALM = ("CALM", "HEIGHTS=1")
SINGLE_VOTES = ("HEIGHTS=1",)
FAULTS = [
    # Agreement itself has to break, wherever it can.
    Fault("PREPARED_BY_TOO_FEW", "agreement", what="a prepared certificate of q - 1"),
    Fault("DECIDED_BY_TOO_FEW", "agreement", what="a commit certificate of q - 1"),
    Fault("DECIDES_THE_PREPARED", "agreement", what="decides by a prepared certificate"),
    Fault("JUSTIFIED_BY_TOO_FEW", "agreement", what="a justification of q - 1"),
    Fault("VIEWS_MIXED", "agreement", what="Prepares of other views count"),
    Fault("HIDES_CERTIFICATE", "agreement", what="a view change without the certificate"),
    Fault("CERTIFICATES_UNCHECKED", "agreement", what="the certificate in a view change is not verified"),
    Fault("JUSTIFICATION_IGNORED", "agreement", what="a proposal against its justification is accepted"),
    Fault("LOWEST_RULES", "agreement", what="the lowest certificate shown rules"),
    Fault("FIRST_CERTIFICATE_KEPT", "agreement", what="the first certificate is kept, not the highest"),
    Fault("COMMITS_UNHELD", "agreement", what="commits without keeping the certificate"),
    Fault("COMMITS_IN_LEFT_VIEW", "agreement", what="commits in a view that it has left"),
    Fault("VOTE_NOT_PERSISTED", "agreement", what="prepares twice in a view after a restart"),
    Fault("CERTIFICATE_NOT_PERSISTED", "agreement", what="the certificate is lost in a restart"),
    Fault("VIEW_NOT_PERSISTED", "agreement", what="the view is lost in a restart"),
    Fault("RECORD_FORGOTTEN", "agreement", ("NO_EVIDENCE", "INTERLEAVED", "HEIGHTS=1", "VIEWS=2"),
          what="a record above the chain is forgotten"),
    Fault("VOTES_UNEXECUTED", "validity", what="prepares without executing"),
    Fault("FRESH_UNDER_OLD_VIEW", "validity", what="a fresh block under the name of an older view"),
    Fault("ANYBODY_PROPOSES", "validity", what="anybody may propose"),
    # No honest replica may contradict itself.
    Fault("VOTE_NOT_PERSISTED", "evidence", SINGLE_VOTES, what="prepares twice in a view after a restart"),
    Fault("VIEW_NOT_PERSISTED", "evidence", SINGLE_VOTES, what="the view is lost in a restart"),
    Fault("COMMITS_IN_LEFT_VIEW", "evidence", SINGLE_VOTES, what="commits in a view that it has left"),
    Fault("HIDES_CERTIFICATE", "evidence", SINGLE_VOTES, what="a view change without the certificate"),
    Fault("CERTIFICATE_NOT_PERSISTED", "evidence", SINGLE_VOTES, what="the certificate is lost in a restart"),
    # Nobody may be stuck.
    Fault("PRIMARY_IGNORES", "progress", CALM, what="the new primary ignores the certificate"),
    Fault("LOCKED", "progress", CALM, what="accepts only what it has prepared, whatever is shown"),
    Fault("LATER_QUORUM", "progress", CALM, what="the primary does not keep the first quorum"),
    Fault("SAID_ONCE", "progress", CALM, what="view changes are not said again"),
    Fault("THOSE_AHEAD_UNCOUNTED", "progress", CALM, what="who is in a higher view does not count for this one"),
    Fault("NO_CATCH_UP", "progress", CALM, what="decided blocks cannot be fetched"),
    Fault("NOBODY_JOINS", "progress", CALM, what="nobody joins f + 1 that are ahead"),
    Fault("ALONE_AFTER_RESTART", "progress", CALM, what="a vote above view 0 starts no timer after a restart"),
    # And what the model is about does happen.
    Fault("CARRIED", "reached", (), "height 2: a block of view 0 is decided in view 2", "WITNESS"),
    Fault("CALM", "reached", ("CALM",), "height 2: all honest ones, and they alone, decide in view 2", "WITNESS"),
]

# Name, flags, which liars in --quick, in the usual mode and in --long.
TRUE_MODELS = [
    ("safety", (), [1], LIARS, LIARS),
    ("progress", ("CALM",), [1], LIARS, LIARS),
    ("overlap, two views", ("INTERLEAVED", "VIEWS=2"), [], LIARS, LIARS),
]
QUICK_FAULTS = {"PREPARED_BY_TOO_FEW", "HIDES_CERTIFICATE", "VOTE_NOT_PERSISTED", "PRIMARY_IGNORES", "SAID_ONCE"}


@dataclasses.dataclass
class Outcome:
    found: str = ""  # the property that does not hold
    complete: bool = False
    states: str = "?"
    depth: str = "?"
    memory_mb: str = "?"
    seconds: float = 0
    trouble: str = ""


def run(search):
    began = time.monotonic()
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="pcq-model-") as folder:
        try:
            outcome = search_in(search, folder)
        except subprocess.TimeoutExpired as late:
            outcome.trouble = f"{late.cmd[0]} took longer than {late.timeout:.0f} s"
        except subprocess.CalledProcessError as failure:
            outcome.trouble = f"{failure.cmd[0]}: {(failure.stdout + failure.stderr).strip()[:500]}"
    outcome.seconds = time.monotonic() - began
    return outcome


def search_in(search, folder):
    def call(*command, check=True):
        limits = {"check": check, "timeout": STEP_SECONDS_MAX}
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, **limits).stdout

    flags = [f"-DLIAR={search.liar}", *(f"-D{flag}" for flag in search.flags)]
    call("spin", "-a", *flags, str(MODEL / "replica.pml"))
    call("cc", "-w", "-DSAFETY", "-DNOFAIR", f"-DMEMLIM={MEMORY_MB}", *search.compiler, "-o", "pan", "pan.c")
    said = call("./pan", f"-m{DEPTH_MAX}", "-w22", check=False)
    return read(said)


def read(said):
    def number(pattern):
        match = re.search(pattern, said)
        return match.group(1) if match else "?"

    outcome = Outcome(
        states=number(r"\n\s*([\d.e+]+) states, stored"),
        depth=number(r"depth reached (\d+)"),
        memory_mb=number(r"([\d.]+)\s+total actual memory usage"),
    )
    broken = re.search(r"pan:\d+: (.*)", said)
    if broken:
        text = broken.group(1)
        if not text.startswith("assertion violated") or "invalid array index" in text:
            outcome.trouble = text
        outcome.found = next(name for piece, name in PROPERTIES if piece in text)
    limited = "not completed" in said or "max search depth too small" in said or "out of memory" in said
    outcome.complete = "errors: 0" in said and not limited and not broken
    if not broken and not outcome.complete and not outcome.trouble:
        outcome.trouble = "the search is not complete"
    return outcome


def report(name, liar, outcome, verdict, good):
    mark = "ok  " if good else "FAIL"
    liar = f"liar {liar}" if liar is not None else ""
    print(f"{mark} {name:<56} {liar:<7} {verdict:<24} {outcome.states:>10} states  depth {outcome.depth:>3} "
          f"{outcome.memory_mb:>9} MB {outcome.seconds:6.1f} s", flush=True)
    if outcome.trouble:
        print(f"     {outcome.trouble}", flush=True)


def check_true(name, flags, liar, compiler):
    outcome = run(Search(name, flags, liar, compiler))
    verdict = "holds in every state" if outcome.complete else outcome.found or "unknown"
    report(name, liar, outcome, verdict, outcome.complete)
    return outcome.complete


def check_fault(fault):
    """One liar after the other, until the fault is found."""
    for liar in LIARS:
        outcome = run(Search(fault.name, (*fault.flags, f"{fault.kind}_{fault.name}"), liar))
        if outcome.found or outcome.trouble:
            break
    good = outcome.found == fault.finds and not outcome.trouble
    verdict = f"breaks {outcome.found}" if outcome.found else "NOT FOUND"
    if outcome.found == "reached":
        verdict = "is reached"
    if outcome.found and outcome.found != fault.finds:
        verdict += f", not {fault.finds}"
    report(fault.what, liar, outcome, verdict, good)
    return good


def tasks(options):
    mode = 2 if options.quick else 4 if options.long else 3
    compiler = ("-O2", "-DCOLLAPSE") if options.long else Search.compiler
    for model in TRUE_MODELS:
        for liar in model[mode]:
            yield model[0], lambda m=model, l=liar: check_true(m[0], m[1], l, compiler)
    for fault in FAULTS:
        if not options.quick or fault.name in QUICK_FAULTS:
            yield f"{fault.name} {fault.what}", lambda f=fault: check_fault(f)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--quick", action="store_true", help="one liar, a few faults: half a minute")
    modes.add_argument("--long", action="store_true", help="array bounds are checked, too")
    parser.add_argument("--only", metavar="WORD", default="", help="only searches whose name or fault contains this")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help=f"searches at a time, {MEMORY_MB} MB each at most")
    options = parser.parse_args()
    for program in ("spin", "cc"):
        if not shutil.which(program):
            print(f"check.py: {program} is missing; deploy/install.sh installs it", file=sys.stderr)
            return 2

    began = time.monotonic()
    chosen = [task for name, task in tasks(options) if options.only.lower() in name.lower()]
    if not chosen:
        print(f"check.py: nothing is called {options.only}", file=sys.stderr)
        return 2
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, options.jobs)) as pool:
        good = [future.result() for future in [pool.submit(task) for task in chosen]]
    bad = good.count(False)
    print(f"{len(good)} searches, {bad} not as they must be, {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
