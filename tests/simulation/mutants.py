#!/usr/bin/env python3
"""Plants one fault at a time in a copy of the tree and demands that the simulator catches it.

    mutants.py                      all of tests/simulation/mutants, a table, about 20 minutes on two cores
    mutants.py quorum view          those whose names contain one of these words
    mutants.py --seeds 200          seeds of each scenario before a fault counts as survived (default: 60)
    mutants.py --check              only whether every patch still applies to the tree (what ctest runs)
    mutants.py --build DIR          keeps the copy and its build there, for the next time

A fault counts as caught when a run of simulation_soak breaks a rule, makes no progress or trips an invariant, or
when a test of simulation_test fails that is not a scenario. Exit code 0: all caught (or apply). 1: one survives, no
longer applies or does not compile; its line says which. 2: wrong arguments.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COPIED = ["CMakeLists.txt", "CMakePresets.json", "cmake", "consensus", "contracts", "deploy", "proto", "src", "tests"]
# What is no scenario; those are run by simulation_soak.
OTHER_TESTS = "-All/*"
RUN_SECONDS_MAX = 900


def run(command, cwd, **more):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace", **more)


def applies(tree, patch):
    """git, since it needs no repository and refuses what does not fit exactly."""
    return run(["git", "apply", "--check", str(patch)], tree)


def build(tree, jobs):
    return run(["cmake", "--build", "build/release", "-j", str(jobs), "--target", "simulation_soak", "simulation_test"], tree)


def prepare(tree):
    for name in COPIED:
        for path in [ROOT / name, *sorted((ROOT / name).rglob("*"))]:
            copy = tree / path.relative_to(ROOT)
            if path.is_dir():
                copy.mkdir(parents=True, exist_ok=True)
            elif not copy.exists() or copy.read_bytes() != path.read_bytes():
                copy.write_bytes(path.read_bytes())  # only what has changed, so that a kept build stays fresh
                copy.chmod(path.stat().st_mode)
    # A fault may leave a name unused; that is not what is tested here.
    command = ["cmake", "--preset", "release", "-DCMAKE_CXX_FLAGS=-w"]
    if shutil.which("ccache"):
        command.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    return run(command, tree)


def hunt(tree, seeds):
    """(scenario, seed, what happened, runs) or None."""
    soak = run(["build/release/bin/simulation_soak", "--seeds", str(seeds), "--quiet"], tree, timeout=RUN_SECONDS_MAX)
    found = re.search(r"^FAILED (\S+) (\d+)\s+(.*)", soak.stdout, re.MULTILINE)
    if found:
        names = run(["build/release/bin/simulation_soak", "--list"], tree).stdout.split()
        seed = int(found[2])
        return found[1], str(seed), found[3], (seed - 1) * len(names) + names.index(found[1]) + 1
    if soak.returncode != 0:
        return "?", "?", f"the program ended with {soak.returncode}", "?"
    tests = run(["build/release/bin/simulation_test", "--gtest_filter=" + OTHER_TESTS], tree, timeout=RUN_SECONDS_MAX)
    failed = re.search(r"^\[  FAILED  \] (\S+)", tests.stdout, re.MULTILINE)
    if failed or tests.returncode != 0:
        return failed[1] if failed else "?", "-", "test failed", "-"
    return None


def try_one(tree, patch, seeds, jobs):
    """(is caught, line of the table)"""
    name = patch.stem
    if applies(tree, patch).returncode != 0:
        return False, f"{name:45} NO LONGER APPLIES"
    run(["git", "apply", str(patch)], tree)
    try:
        if build(tree, jobs).returncode != 0:
            return False, f"{name:45} DOES NOT COMPILE"
        caught = hunt(tree, seeds)
    except subprocess.TimeoutExpired:
        return False, f"{name:45} HANGS"
    finally:
        run(["git", "apply", "--reverse", str(patch)], tree)
    if caught is None:
        return False, f"{name:45} SURVIVES {seeds} seeds of each scenario"
    scenario, seed, what, runs = caught
    return True, f"{name:45} {scenario:25} {seed:>5} {runs:>6}  {what}"


def check(patches):
    stale = [(patch, refused) for patch in patches if (refused := applies(ROOT, patch)).returncode != 0]
    for patch, refused in stale:
        print(f"{patch.name} no longer applies: write it again for the present code\n{refused.stderr}")
    print(f"{len(patches) - len(stale)} of {len(patches)} faults can be planted")
    return 1 if stale or not patches else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--seeds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--build", type=pathlib.Path)
    arguments = parser.parse_args()

    patches = sorted((HERE / "mutants").glob("*.patch"))
    if arguments.check:
        return check(patches)
    patches = [p for p in patches if not arguments.words or any(word in p.stem for word in arguments.words)]
    if not patches:
        print("mutants.py: no fault has such a name", file=sys.stderr)
        return 2

    with tempfile.TemporaryDirectory() as folder:
        tree = (arguments.build or pathlib.Path(folder)).resolve()
        tree.mkdir(parents=True, exist_ok=True)
        configured = prepare(tree)
        built = build(tree, arguments.jobs) if configured.returncode == 0 else configured
        if built.returncode != 0 or hunt(tree, 1):
            print("mutants.py: the tree itself does not build or does not pass\n" + built.stdout[-2000:], file=sys.stderr)
            return 1
        print(f"{'fault':45} {'scenario or test':25} {'seed':>5} {'runs':>6}  what the simulator says", flush=True)
        survived, start = 0, time.monotonic()
        for patch in patches:
            caught, line = try_one(tree, patch, arguments.seeds, arguments.jobs)
            survived += not caught
            print(line, flush=True)
        minutes = (time.monotonic() - start) / 60
        print(f"{len(patches) - survived} of {len(patches)} faults caught in {minutes:.0f} minutes")
        return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
