#!/usr/bin/env bash
# Builds the fuzz targets with clang and runs each for some time, from its seeds and its corpus.
#   tests/fuzz/run.sh [SECONDS]              every target, 60 seconds each
#   tests/fuzz/run.sh SECONDS NAME ...       only these
#   tests/fuzz/run.sh --keep SECONDS ...     afterwards the corpora are made anew of what covers most in fewest files
# PCQ_FUZZ_SEED fixes what is drawn; without it every run draws anew.
# An input that breaks a target is left in build/fuzz/failures and named, and the exit code is 1. Without clang: 2.
set -euo pipefail
cd "$(dirname "$0")/../.."

keep=no
if [ "${1:-}" = --keep ]; then keep=yes; shift; fi
seconds=${1:-60}
shift || true
command -v clang++ >/dev/null || { echo "run.sh: clang++ is missing: apt-get install clang libclang-rt-14-dev" >&2; exit 2; }

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  nice -n 5 deploy/build.sh fuzz fuzz_targets
  mapfile -t targets < build/fuzz/fuzz_targets.txt
else
  nice -n 5 deploy/build.sh fuzz "${targets[@]/#/fuzz_}"
fi

failures=build/fuzz/failures
work=build/fuzz/work  # what is found stays here from run to run
mkdir -p "$failures"
broken=()
for name in "${targets[@]}"; do
  program=build/fuzz/bin/fuzz_$name
  corpus=tests/fuzz/corpus/$name
  mkdir -p "$work/$name" "$corpus"
  "$program" --seeds="$work/$name"
  log=$work/$name.log
  if ! "$program" -max_total_time="$seconds" -rss_limit_mb=1024 -malloc_limit_mb=256 -timeout=60 -max_len=4096 -entropic=0 \
       -seed="${PCQ_FUZZ_SEED:-0}" -print_final_stats=1 -artifact_prefix="$failures/$name-" "$work/$name" "$corpus" >"$log" 2>&1; then
    broken+=("$name")
    grep -E 'invariant failed|ERROR: |runtime error|Failure' "$log" | head -3 >&2 || true
    grep -o "$failures/[^ ]*" "$log" | tail -1 >&2 || true
  fi
  awk -v name="$name" '
    /stat::number_of_executed_units/ { units = $2 }
    /stat::average_exec_per_sec/ { rate = $2 }
    /stat::peak_rss_mb/ { rss = $2 }
    / cov: / { for (i = 1; i < NF; ++i) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") features = $(i + 1) } }
    END { printf "%-18s %9d inputs %7d a second %6d edges %7d features %5d MB\n", name, units, rate, cov, features, rss }' "$log"
  if [ "$keep" = yes ] && [ ${#broken[@]} -eq 0 ]; then
    merged=$work/$name.merged
    rm -rf "$merged" && mkdir "$merged"
    "$program" -merge=1 -max_len=2048 "$merged" "$corpus" "$work/$name" >>"$log" 2>&1
    # Twenty of all sizes. What has a name of its own once broke something and stays.
    find "$corpus" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
    find "$merged" -type f -printf '%s %p\n' | sort -n |
      awk '{ file[NR] = $2 } END { n = NR < 20 ? NR : 20; for (i = 1; i <= n; ++i) print file[int(i * NR / n)] }' |
      xargs -r cp -t "$corpus"
  fi
done
if [ ${#broken[@]} -gt 0 ]; then
  echo "broken: ${broken[*]}; build/fuzz/bin/fuzz_NAME FILE runs one input again" >&2
  exit 1
fi
