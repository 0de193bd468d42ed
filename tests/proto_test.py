#!/usr/bin/env python3
"""Every field of proto/ says its unit and meaning: in a comment on its line or above it. A member of a oneof may
leave that to its message. Before the tree the test judges a small file of its own.

    proto_test.py ROOT

Exit code 0: nothing found. 1: faults, one a line. 2: wrong arguments.
"""
import pathlib
import re
import sys

FIELD = re.compile(r"^\s+(?:(?:repeated|optional) )?(?P<type>[A-Za-z0-9_.]+) (?P<name>[a-z_0-9]+) = \d+;(?P<rest>.*)$")


def silent_fields(text):
    """(line number, field) of each field without a comment."""
    in_oneof = is_enum = False
    previous = ""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"^(message|enum) ", line):
            is_enum = line.startswith("enum")
        elif re.match(r"^\s+oneof ", line):
            in_oneof = True
        elif in_oneof and line.strip() == "}":
            in_oneof = False
        field = FIELD.match(line)
        if field and not is_enum:
            said = "//" in field["rest"] or previous.strip().startswith("//")
            if not said and not (in_oneof and field["type"][0].isupper()):
                yield number, field["name"]
        previous = line


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    planted = "message A {\n  int64 a_g = 1;\n  // grams\n  int64 b_g = 2;\n  bytes c = 3;  // 32 bytes\n" \
              "  oneof d {\n    A e = 4;\n    bytes f = 5;\n  }\n}\n"
    assert [name for _, name in silent_fields(planted)] == ["a_g", "f"], "the rule itself is broken"

    files = sorted(pathlib.Path(sys.argv[1], "proto").rglob("*.proto"))
    faults = [f"{file}:{number}: field {name} says neither unit nor meaning; add a comment"
              for file in files for number, name in silent_fields(file.read_text())]
    print("\n".join(faults) if faults else f"every field of {len(files)} files says what it is")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
