#!/usr/bin/env bash
# Holds the source to its formatter, and with --tidy to its linter (which needs a configured build and some time).
#   tests/lint.sh                     clang-format on every file of ours
#   tests/lint.sh --tidy [PRESET]     also clang-tidy, with the compile commands of build/PRESET (default: debug, which compiles each file by itself)
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t sources < <(find src consensus contracts tests deploy -name '*.cc' -o -name '*.h' | sort)
[ ${#sources[@]} -gt 0 ] || { echo "lint.sh: no sources found" >&2; exit 1; }
clang-format --dry-run --Werror "${sources[@]}"
echo "${#sources[@]} files are formatted as .clang-format says"

if [ "${1:-}" = --tidy ]; then
  build=build/${2:-debug}
  [ -f "$build/compile_commands.json" ] || { echo "lint.sh: $build is not configured; run cmake --preset ${2:-debug} first" >&2; exit 1; }
  command -v clang-tidy >/dev/null || { echo "lint.sh: clang-tidy is missing: apt-get install clang-tidy" >&2; exit 1; }
  printf '%s\n' "${sources[@]}" | grep '\.cc$' | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build"
  echo "clang-tidy has nothing to say"
fi
