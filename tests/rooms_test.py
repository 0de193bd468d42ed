#!/usr/bin/env python3
"""Holds the source to the table of rooms: who may use whom, what the pure rooms never touch, how long
files and functions may grow.

    rooms_test.py build/release/rooms.txt [source directory]

rooms.txt is written by pcq_room (cmake/rooms.cmake): a line a room, "folder uses...". Before it looks at
the tree the test plants one violation of each rule in a small tree of its own and demands to find it.
Exit code 0: nothing found. 1: faults, one a line with file, line and what to do. 2: wrong arguments.
"""

import pathlib
import re
import sys
import tempfile

# --- The rules -------------------------------------------------------------------------------------------

# Room: the rooms it may use, the outermost ones. What these may use it may use as well: layers point inwards.
ROOMS = {
    "proto": [],
    "src/base": [],
    "src/crypto": ["src/base"],
    "src/economics": ["src/base"],
    "src/ledger": ["src/base", "src/crypto", "proto"],
    "contracts": ["src/ledger", "src/economics"],
    "consensus": ["src/base", "src/crypto", "proto"],
    "src/storage": ["src/ledger"],
    "src/mempool": ["src/ledger"],
    "src/network": ["proto", "src/crypto"],  # keys are what a peer is known by
    "src/rpc": ["src/ledger"],
    "src/answers": ["contracts", "src/rpc"],  # a node gives them, and whoever holds the proven records gets the same
    "src/node": ["consensus", "contracts", "src/answers", "src/mempool", "src/network", "src/rpc", "src/storage"],
    "src/client": ["src/ledger", "src/crypto"],
    "src/audit": ["src/ledger", "contracts", "src/storage"],  # to read the store of a node that is stopped
    "src/audit/verifier": ["src/base", "proto"],  # written apart from the node: an error there is none here
    "src/cli": ["src/client", "src/answers", "src/audit", "src/economics", "consensus"],  # the last to replay a recording of it
}

# Library: the beginning of its headers' names, and the rooms that may include them. Everything inside
# angle brackets with a slash or a ".h" belongs to a library or to the operating system.
LIBRARIES = {
    "Boost.System": (["boost/system/result."], ROOMS),
    "Boost.Multiprecision": (["boost/multiprecision/"], ["src/base", "src/economics", "src/ledger", "contracts"]),
    "Boost.Unordered": (["boost/unordered/"], ["src/storage"]),
    "Boost.Asio": (["boost/asio"], ["src/network", "src/rpc", "src/node", "src/client", "src/cli"]),
    "Boost.System errors": (["boost/system/"], ["src/network", "src/rpc", "src/node", "src/client", "src/cli"]),
    "Boost.Beast": (["boost/beast"], ["src/rpc", "src/client"]),
    "Boost.JSON": (["boost/json"], ["src/rpc", "src/answers", "src/node", "src/client", "src/cli", "src/audit", "src/audit/verifier"]),
    "OpenSSL": (["openssl/"], ["src/crypto", "src/network", "src/rpc", "src/client", "src/audit/verifier"]),
    "libsodium": (["sodium"], ["src/crypto", "src/base", "src/audit/verifier"]),
    "protobuf": (["google/protobuf/"], ["src/ledger", "src/rpc", "src/client", "src/cli", "src/audit", "src/audit/verifier"]),
    "RocksDB": (["rocksdb/"], ["src/storage"]),
    "spdlog": (["spdlog/"], ["src/base", "src/network", "src/rpc", "src/node", "src/cli"]),
    "prometheus-cpp": (["prometheus/"], ["src/rpc", "src/node"]),
    "CLI11": (["CLI/"], ["src/node", "src/cli"]),
    "toml++": (["toml++/"], ["src/node", "src/cli"]),
    "SQLite": (["sqlite3.h"], ["src/audit"]),
    "libpqxx": (["pqxx/", "libpq-fe.h"], ["src/audit"]),
    "zlib": (["zlib.h"], ["src/cli"]),
    "zstd": (["zstd.h"], ["src/storage", "src/audit/verifier"]),
    "POSIX": (
        ["fcntl.h", "unistd.h", "sys/", "signal.h", "termios.h", "poll.h", "spawn.h"],
        ["src/crypto", "src/storage", "src/node", "src/cli"],
    ),
}

PURE_ROOMS = ["consensus", "contracts", "src/answers", "src/mempool", "src/economics", "src/ledger"]

# What the pure rooms neither include ...
IMPURE_HEADERS = {
    "threads": "thread mutex shared_mutex atomic condition_variable future semaphore latch barrier stop_token "
    "coroutine execution",
    "a clock": "chrono ctime time.h sys/time.h",
    "a random source": "random",
    "files or the terminal": "fstream filesystem cstdio stdio.h iostream ostream istream print unistd.h fcntl.h",
    "floating point": "cmath cfloat cfenv math.h complex",
    "containers without an order": "unordered_map unordered_set",
    "the locale": "locale clocale",
    "sockets": "sys/socket.h netdb.h",
}
# ... nor name.
IMPURE_WORDS = {
    "threads": r"std::(?:this_)?j?thread|std::\w*mutex|std::atomic\w*|thread_local|pthread_\w+",
    "a clock": r"std::chrono|\w+_clock|clock_gettime|gettimeofday|std::time|time\s*\(\s*(?:0|NULL|nullptr)\s*\)",
    "a random source": r"std::random_device|std::mt19937\w*|s?rand\s*\(|arc4random\w*|getrandom|randombytes\w*",
    "files or the terminal": r"std::[io]?fstream|std::filesystem|fopen|FILE|printf|std::cout|std::cerr|spdlog",
    "floating point": r"float|double|std::strtod|std::stod|std::stof",
    "containers without an order": r"std::unordered_\w+|boost::unordered\w*",
    "Asio": r"asio",
    "the environment": r"std::getenv|getenv|std::locale|setlocale",
}
FLOATING_LITERAL = re.compile(r"(?<![\w.])(?:\d[\d']*\.\d|\d[\d']*\.(?![\w.])|\d+[eE][-+]?\d)")

# (file, what): why it may. An exception that nobody needs any more is a fault too.
IMPURE_ALLOWED = {}

# Folders inside a room that are not for everybody: who may include them, and why nobody else.
INNER_FOLDERS = {
    ("src/economics/exact/", "src/economics/printed/"): (
        ("src/economics/exact/", "src/economics/printed/", "src/cli/"),
        "is for analysis; what the chain calls are integers",
    ),
}

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 100
# What is longer, how long it may be, and why. They shrink or stay; they do not grow.
LONGER_FILES = {}
LONGER_FUNCTIONS = {
    ("src/base/code.cc", "name"): (200, "one line for each code"),
    ("src/rpc/methods.cc", "chain_methods"): (139, "the table of the methods: name, parameters, answer"),
}
MEASURED = {".h", ".cc", ".cpp", ".hpp", ".py", ".proto", ".ts", ".sh"}
# Folders of src/web that are made by its build, and not committed.
MADE_BY_BUILDS = {"node_modules", "dist", "dist-test", "gen"}

# --- Reading ---------------------------------------------------------------------------------------------

TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^\s()\\]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL,
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def code_only(text):
    """The text with comments and the inside of literals blanked; lines keep their numbers."""

    def blank(match):
        token = match.group(0)
        filler = "\n" * token.count("\n")
        return filler if token.startswith("/") else '""' + filler

    return TOKENS.sub(blank, text)


def includes(text):
    """(line, '<' or '"', name) of every include that is no comment."""
    without_blocks = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.DOTALL)
    return [(line_of(without_blocks, m.start(1)), m.group(1), m.group(2)) for m in INCLUDE.finditer(without_blocks)]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def functions(code):
    """(name, first line, lines) of every block of code_only() text outside of a function that is no class,
    namespace or list of values."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m.group(0).count("\n"), code, flags=re.MULTILINE)
    found, stack, start = [], [], 0
    for match in re.finditer(r"[{};]", code):
        if match.group(0) == "{":
            head = code[start : match.start()]
            inside_code = any(kind == "code" for kind, _, _ in stack)
            stack.append(("code" if inside_code else kind_of(head), head, match.start()))
        elif match.group(0) == "}" and stack:
            kind, head, opened = stack.pop()
            if kind == "code" and not any(outer == "code" for outer, _, _ in stack):
                first = line_of(code, opened)
                found.append((name_of(head), first, line_of(code, match.start()) - first + 1))
        start = match.end()
    return found


def kind_of(head):
    head = re.sub(r"\b(?:public|private|protected)\s*:(?!:)", " ", head)
    head = re.sub(r"\btemplate\s*<[^{}]*?>\s*(?=class|struct|union|enum)", " ", head).strip()
    if re.match(r"(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b", head):
        return "container"
    return "values" if re.search(r"[^=!<>]=\s*$", head) else "code"


def name_of(head):
    match = re.search(r"([\w~]+)\s*\(", head)
    return match.group(1) if match else " ".join(head.split())[-40:]


def closure(rooms, room):
    reached, waiting = set(), list(rooms.get(room, []))
    while waiting:
        other = waiting.pop()
        if other not in reached:
            reached.add(other)
            waiting += rooms.get(other, [])
    return reached


def read_uses(rooms_file):
    uses = {}
    for line in pathlib.Path(rooms_file).read_text(encoding="utf-8").splitlines():
        room, *used = re.split(r"[\s;]+", line.strip())
        if room:
            uses[room] = [name for name in used if name]
    return uses


def room_of(name):
    fitting = [room for room in ROOMS if name == room or name.startswith(room + "/")]
    return max(fitting, key=len) if fitting else None


def files_below(root, folders, suffixes):
    for folder in folders:
        for file in sorted((root / folder).rglob("*")):
            name = file.relative_to(root)
            if file.suffix in suffixes and file.is_file() and MADE_BY_BUILDS.isdisjoint(name.parts):
                yield name.as_posix(), file.read_text(encoding="utf-8")


# --- Checking --------------------------------------------------------------------------------------------


def check_table(uses):
    for room, used in uses.items():
        if room not in ROOMS:
            yield f"{room}: no room of the table; add it to ROOMS here and to the architecture, or move it"
            continue
        for other in used:
            if other not in closure(ROOMS, room):
                yield f"{room}/CMakeLists.txt: USES {other}, which the table of rooms forbids"


def check_includes(name, text, uses):
    room = room_of(name)
    if room is None:
        yield f"{name}: lies in no room"
        return
    if room not in uses:
        yield f"{name}: its room {room} has no pcq_room() in CMake"
        return
    for line, bracket, target in includes(text):
        where = f"{name}:{line}"
        if bracket == "<":
            yield from check_library(where, room, target)
            continue
        other = room_of(target)
        if other is None:
            yield f'{where}: "{target}" is no path from the root of the repository into a room'
        elif other != room and other not in uses[room] and other != "src/base":
            yield f"{where}: includes {target}, but {room} does not say USES {other}"
        elif other == "src/base" and other not in closure(uses, room) | {room}:
            yield f"{where}: includes {target}, but {room} does not use src/base"
        for folders, (users, why) in INNER_FOLDERS.items():
            if target.startswith(folders) and not name.startswith(users):
                yield f"{where}: includes {target}, which {why}"


def check_library(where, room, target):
    if "/" not in target and not target.endswith((".h", ".hpp")):
        return  # the standard library
    for library, (beginnings, allowed) in LIBRARIES.items():
        if target.startswith(tuple(beginnings)):
            if room not in allowed:
                yield f"{where}: <{target}>: {room} may not use {library}"
            return
    yield f"{where}: <{target}> belongs to no library of the table (LIBRARIES in this test)"


def check_purity(name, text, needed):
    if room_of(name) not in PURE_ROOMS:
        return

    def allowed(what):
        needed.add((name, what))
        return (name, what) in IMPURE_ALLOWED

    for line, _, target in includes(text):
        for what, headers in IMPURE_HEADERS.items():
            if target in headers.split() and not allowed(what):
                yield f"{name}:{line}: <{target}> brings {what} into a pure room; let it come in as a value"
    code = code_only(re.sub(r"^[ \t]*#[ \t]*include[^\n]*", "", text, flags=re.MULTILINE))
    for what, pattern in [*IMPURE_WORDS.items(), ("floating point", FLOATING_LITERAL.pattern)]:
        whole = pattern if what == "floating point" and pattern == FLOATING_LITERAL.pattern else rf"\b(?:{pattern})(?!\w)"
        for match in re.finditer(whole, code):
            if not allowed(what):
                yield f"{name}:{line_of(code, match.start())}: '{match.group(0)}' is {what} in a pure room"


def check_size(name, text):
    lines = text.count("\n")
    limit, _ = LONGER_FILES.get(name, (FILE_LINES_MAX, ""))
    if lines > limit:
        yield f"{name}: {lines} lines, at most {limit}; split it by what it speaks of"
    if not name.endswith((".h", ".cc")):
        return
    for function, first, length in functions(code_only(text)):
        limit, _ = LONGER_FUNCTIONS.get((name, function), (FUNCTION_LINES_MAX, ""))
        if length > limit:
            yield f"{name}:{first}: {function} has {length} lines, at most {limit}; branches in the parent, doing in helpers"


def check(root, rooms_file):
    uses = read_uses(rooms_file)
    faults, needed, names = list(check_table(uses)), set(), set()
    for name, text in files_below(root, ["src", "consensus", "contracts"], {".h", ".cc"}):
        faults += check_includes(name, text, uses)
        faults += check_purity(name, text, needed)
    for name, text in files_below(root, ["src", "consensus", "contracts", "proto", "tests", "deploy"], MEASURED):
        names.add(name)
        faults += check_size(name, text)
    for name, what in IMPURE_ALLOWED:
        if (name, what) not in needed:
            faults.append(f"rooms_test.py: {name} needs no exception for {what} any more")
    return faults, len(names)


# --- The test of the test --------------------------------------------------------------------------------

PLANTED = [
    # what it shows, file, its text, rooms.txt, a piece of the only fault (None: there is none)
    ("an orderly file", "contracts/a.cc", '#include <map>\n#include "src/ledger/b.h"\n#include "src/base/x.h"\n', None, None),
    ("a room that USES does not name", "contracts/a.cc", '#include "proto/pcq/v1/block.pb.h"\n', None, "USES proto"),
    ("a room that the table forbids", "src/mempool/a.cc", '#include "src/rpc/b.h"\n', None, "USES src/rpc"),
    ("analysis on the chain", "src/economics/a.cc", '#include "src/economics/exact/b.h"\n', None, "is for analysis"),
    ("analysis in its folder", "src/economics/printed/a.cc", '#include "src/economics/exact/b.h"\n', None, None),
    ("USES against the table", "src/base/a.cc", "", "src/base src/ledger\n", "which the table of rooms forbids"),
    ("USES against the table, outwards", "src/rpc/a.cc", "", "src/rpc src/base;src/storage\n", "USES src/storage"),
    ("a room nobody knows", "src/base/a.cc", "", "src/base\nsrc/wishes\n", "src/wishes"),
    ("a room without pcq_room", "src/storage/a.cc", "", "src/base\n", "no pcq_room"),
    ("a relative include", "contracts/a.cc", '#include "check.h"\n', None, "no path from the root"),
    ("a library in the wrong room", "src/rpc/a.cc", "#include <rocksdb/db.h>\n", None, "may not use RocksDB"),
    ("a library nobody knows", "src/rpc/a.cc", "#include <folly/String.h>\n", None, "no library of the table"),
    ("a clock", "consensus/a.h", "#include <chrono>\n", None, "a clock"),
    ("a thread", "contracts/a.cc", "void f() { std::thread t; }\n", None, "threads"),
    ("randomness", "consensus/a.cc", "#include <random>\n", None, "a random source"),
    ("a file", "src/ledger/a.cc", "#include <fstream>\n", None, "files"),
    ("a float", "src/economics/a.cc", "double price = 1;\n", None, "'double' is floating point"),
    ("a literal", "src/economics/a.cc", "auto price = 1.5;\n", None, "'1.5' is floating point"),
    ("an unordered map", "src/mempool/a.h", "std::unordered_map<int, int> m;\n", None, "without an order"),
    ("impurity outside the pure rooms", "src/rpc/a.cc", "#include <chrono>\ndouble seconds = 1.5;\n", None, None),
    ("words in comments and strings", "contracts/a.cc", '// double\n/* std::thread */ auto s = "1.5 float";\n', None, None),
    ("separators of digits", "consensus/a.cc", "auto n = 1'000'000; auto d = 1'5; // it's\n", None, None),
    ("a long file", "src/rpc/a.cc", "int a;\n" * 501, None, "501 lines"),
    ("a long test", "tests/unit/a_test.cc", "int a;\n" * 501, None, "501 lines"),
    (
        "a long function in a class",
        "src/rpc/a.h",
        "namespace x {\ntemplate <class T>\nclass A : B<C> {\npublic:\n    int far(int a) const {\n"
        + "        if (a) { a; }\n" * 100 + "    }\n};\n}\n",
        None,
        "far has 102 lines",
    ),
    ("a long class and a long list", "src/rpc/a.h",
     "namespace x {\nstruct A {\n" + "    int a;\n" * 120 + "};\nconst int k[] = {\n" + "    1,\n" * 120 + "};\n}\n", None, None),
]

ALL_ROOMS = "\n".join(
    ["src/base", "src/ledger src/base", "contracts src/ledger", "src/mempool src/ledger", "consensus src/base",
     "src/economics src/base", "src/rpc src/ledger"]
)


def test_itself():
    for what, name, text, rooms, expected in PLANTED:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / name).parent.mkdir(parents=True)
            (root / name).write_text(text, encoding="utf-8")
            (root / "rooms.txt").write_text(rooms or ALL_ROOMS, encoding="utf-8")
            faults, _ = check(root, root / "rooms.txt")
            good = not faults if expected is None else len(faults) == 1 and expected in faults[0]
            if not good:
                yield f"rooms_test.py itself: {what}: expected {expected or 'no fault'}, found {faults}"


def main(arguments):
    if not 2 <= len(arguments) <= 3:
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[2]) if len(arguments) == 3 else pathlib.Path(__file__).resolve().parent.parent
    broken = list(test_itself())
    faults, count = ([], 0) if broken else check(root, arguments[1])
    for fault in broken + faults:
        print(fault)
    print(f"{len(PLANTED)} planted cases, {count} files, {len(broken + faults)} faults")
    return 1 if broken or faults or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
