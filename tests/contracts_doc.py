#!/usr/bin/env python3
"""Holds docs/contracts.md to the code: the reference of all actions below its marker is what this makes of the
comments in proto/, the reasons in docs/codes.md, and what the contracts' tests saw (tests/data/refusals.txt).

    contracts_doc.py ROOT [--write]

--write puts the reference into the page; without it a page that differs is a fault. Exit code 0: it agrees, or was
written. 1: it differs, or an action lacks a comment, a role or a test. 2: wrong arguments.
"""
import pathlib
import re
import sys

MARKER = "<!-- Below this line: made by tests/contracts_doc.py --write. Do not edit. -->\n"
# Given by the dispatch before any action is looked at, or by every action's check of its fields.
GENERAL = ("action_malformed", "action_wrong_chain", "action_unknown")
FIELD = re.compile(r"^\s+(?:(repeated|optional) )?([A-Za-z0-9_.]+) ([a-z_0-9]+) = \d+;\s*(?://\s*(.*))?$")


def messages(root):
    """name: (comment, [(field, type, comment)]) of every message of the protocol."""
    found = {}
    for path in sorted((root / "proto" / "pcq" / "v1").glob("*.proto")):
        comment, fields, name, above = [], [], None, []
        for line in path.read_text().splitlines():
            opening = re.match(r"^message (\w+) \{(\}?)", line)
            if opening:
                name, fields, above = opening[1], [], []
                found[name] = (" ".join(comment), fields)
                comment = []
                if opening[2]:
                    name = None
            elif name is None:
                comment = comment + [line[2:].strip()] if line.startswith("//") else []
            elif line.startswith("}"):
                name = None
            elif line.strip().startswith("//"):
                above.append(line.strip()[2:].strip())
            else:
                field = FIELD.match(line)
                if field:
                    said = " ".join(above + ([field[4]] if field[4] else []))
                    fields.append((field[3], (field[1] + " " if field[1] == "repeated" else "") + field[2], said))
                above = []
    return found


def actions(root):
    """(section, field name, message name) of each action, in the order of the protocol."""
    text = (root / "proto" / "pcq" / "v1" / "transaction.proto").read_text()
    body = text[text.index("oneof action {"):]
    return re.findall(r"^\s+(\w+) ([a-z_]+) = \d+;", body[:body.index("\n  }")], re.M)


def reasons(root):
    """name: (what it means, what to do) of docs/codes.md."""
    rows = re.findall(r"^\| \d+ \| `(\w+)` \| (.*?) \| (.*?) \|$", (root / "docs" / "codes.md").read_text(), re.M)
    return {name: (means, do) for name, means, do in rows}


def seen(root):
    """action: ([reasons], [events]) that the tests saw."""
    found = {}
    for line in (root / "tests" / "data" / "refusals.txt").read_text().splitlines():
        action, kind, *what = line.split()
        refused, events = found.setdefault(action, ([], []))
        if kind == "refused":
            refused.append(what[0])
        elif kind == "event":
            events.append(what[0])
    return found


def cell(text):
    return text.replace("|", "\\|")


def reference(root):
    """The text, and what is wrong with its sources."""
    known, codes, witnessed = messages(root), reasons(root), seen(root)
    lines, faults = [], []
    for message, action in actions(root):
        comment, fields = known.get(message, ("", []))
        if action not in witnessed:
            faults.append(f"{action}: no test of the contracts does it")
            continue
        refused, events = witnessed[action]
        where = re.match(r"^((?:Side chain|Main chain|Either chain)); ([^.]+)\. (.*)$", comment)
        if not where:
            faults.append(f"{message}: its comment must begin with its chain and who may send it, as "
                          f"\"Side chain; owner. ...\", and say what it does; it is \"{comment}\"")
            continue
        lines += [f"### `{action}`", "", where[3], "", f"- **Where and who**: {where[1].lower()}; {where[2]}."]
        if events:
            lines.append("- **Events**: " + ", ".join(f"`{event}`" for event in events) + ".")
        lines += ["", "| field | type | meaning |", "| --- | --- | --- |"]
        lines += [f"| `{name}` | {kind} | {cell(said)} |" for name, kind, said in fields] or ["| | | no fields |"]
        special = [code for code in refused if code not in GENERAL]
        if special:
            lines += ["", "| refused with | because |", "| --- | --- |"]
        for code in special:
            if code not in codes:
                faults.append(f"{action}: {code} is not in docs/codes.md")
                continue
            lines.append(f"| `{code}` | {codes[code][0]} |")
        lines.append("")
    return "\n".join(lines), faults


def main():
    if len(sys.argv) not in (2, 3) or (len(sys.argv) == 3 and sys.argv[2] != "--write"):
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(sys.argv[1])
    page = root / "docs" / "contracts.md"
    text, faults = reference(root)
    for fault in faults:
        print(fault)
    old = page.read_text()
    if old.count(MARKER) != 1:
        print(f"{page}: the marker must be there once: {MARKER.strip()}")
        return 1
    new = old[:old.index(MARKER)] + MARKER + "\n" + text
    if len(sys.argv) == 3:
        page.write_text(new)
    elif new != old:
        print(f"{page} differs from what the code says; run tests/contracts_doc.py . --write and read what changed")
        return 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
