#!/usr/bin/env python3
"""Every test that docs/consensus.md names for a situation exists.

    consensus_doc.py ROOT

`S/name` is a scenario of the simulator; `Suite.Name`, `Suite.Begin...` and `Suite.*` are tests; a name without a
suite, as `Begin...`, is of the suite named before it in the row. Exit code 1 lists what does not exist.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
SITUATIONS = 21  # rows of the table, numbered


def tests():
    """(suite, name) of every gtest; the suite of a parameterised one without what it is instantiated as."""
    found = set()
    for path in (ROOT / "tests").rglob("*.cc"):
        found.update(re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(), re.MULTILINE))
    return found


def missing(row, scenarios, known):
    suite = ""
    for name in re.findall(r"`([^`]+)`", row):
        if name.startswith("tests/"):
            if not (ROOT / name).exists():
                yield name
            continue
        if name.startswith("S/"):
            if not any(scenario == name[2:] or name.endswith("_") and scenario.startswith(name[2:]) for scenario in scenarios):
                yield name
            continue
        if "." in name.rstrip(".") and not name.startswith("..."):
            suite, name = name.split(".", 1)
        begin, middle = name.rstrip(".*"), name.startswith("...")
        begin = begin.lstrip(".")
        if not any(of == suite and (begin in test if middle else test.startswith(begin)) for of, test in known):
            yield f"{suite}.{name}"


def main():
    text = (ROOT / "docs" / "consensus.md").read_text().split("## What the tests provoke")[1]
    rows = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    numbers = sorted({int(number) for row in rows for number in re.findall(r"\d+", row.split("|")[1])})
    scenarios = re.findall(r'^\s*\{"(\w+)",', (ROOT / "tests/simulation/scenario.cc").read_text(), re.MULTILINE)
    known = tests()
    wrong = [f"{row.split('|')[1].strip()}: {name}" for row in rows for name in missing(row, scenarios, known)]
    if numbers != list(range(1, SITUATIONS + 1)):
        wrong.append(f"situations {numbers}, instead of 1 to {SITUATIONS}")
    wrong += [f"{row.split('|')[1].strip()}: names no test" for row in rows if "`" not in row]
    print("\n".join(wrong) or f"{len(rows)} rows, every test named is there")
    return 1 if wrong else 0


sys.exit(main())
