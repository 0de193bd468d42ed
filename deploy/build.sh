#!/usr/bin/env bash
# Configures and builds one preset (default: release); quick when nothing has changed.
#   deploy/build.sh [PRESET] [TARGET ...]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:-release}
shift || true
build=build/$preset

launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
[ -f "$build/build.ninja" ] || cmake --preset "$preset" "${launcher[@]}" >/dev/null
exec cmake --build "$build" ${1:+--target "$@"}
