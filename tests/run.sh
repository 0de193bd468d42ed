#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test through CTest.
#   tests/run.sh                  the release preset, all tests
#   tests/run.sh --preset asan    another preset
#   tests/run.sh -R ledger        what follows goes to ctest
set -euo pipefail
cd "$(dirname "$0")/.."

preset=release
if [ "${1:-}" = --preset ]; then
  preset=${2:?--preset takes release, debug, asan or tsan}
  shift 2
fi

deploy/install.sh
deploy/install.sh --browser || echo "run.sh: no Chromium can be installed here; the test of the web page will be skipped" >&2
deploy/build.sh "$preset"
# Tests that measure run alone all the same (RUN_SERIAL).
exec ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" "$@"
