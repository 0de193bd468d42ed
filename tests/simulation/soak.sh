#!/usr/bin/env bash
# Runs the simulator for a given time, over ever new seeds, and keeps the ones that fail.
#   tests/simulation/soak.sh                          ten minutes, every scenario, one process
#   tests/simulation/soak.sh --minutes 480 --jobs 2   a night on two cores
#   tests/simulation/soak.sh --scenario twins         one scenario (--list names them)
#   --from SEED     the first seed (default: the seconds since 1970 times 1000, so that no two soaks run the same)
#   --failures DIR  where failing seeds go (default: build/PRESET/soak-failures)
#   --preset NAME   release (default), debug, asan or tsan
# Exit code 0: every run was safe, and everybody moved again after the faults. 1: some were not: DIR has a file for
# each, which says what happened and holds the command that replays it. 2: wrong arguments.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() { sed -n '2,10s/^# \{0,1\}//p' "$0"; }
minutes=10 jobs=1 scenario=all preset=release from=$(($(date +%s) * 1000)) failures=
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --list) list=yes; shift; continue ;;
    --minutes | --jobs | --scenario | --from | --failures | --preset)
      [ $# -ge 2 ] || { echo "soak.sh: $1 takes a value" >&2; exit 2; }
      declare "${1#--}=$2"
      shift 2 ;;
    *) echo "soak.sh: what is $1? See --help" >&2; exit 2 ;;
  esac
done
case $jobs in '' | *[!0-9]* | 0) echo "soak.sh: --jobs takes a number from 1" >&2; exit 2 ;; esac
case $from in '' | *[!0-9]* | 0) echo "soak.sh: --from takes a number from 1" >&2; exit 2 ;; esac

deploy/build.sh "$preset" simulation_soak simulation_test >/dev/null
soak=build/$preset/bin/simulation_soak
if [ "${list:-}" ]; then exec "$soak" --list; fi
"$soak" --list | grep -qx -- "$scenario" || [ "$scenario" = all ] ||
  { echo "soak.sh: there is no scenario $scenario; --list names them" >&2; exit 2; }
failures=${failures:-build/$preset/soak-failures}
mkdir -p "$failures"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A process that consensus itself stops (an invariant) has noted its seed; the soak goes on behind it.
run_job() {
  local job=$1 first=$((from + $1)) end=$(($(date +%s) + ${minutes%.*} * 60)) left=$minutes status
  while :; do
    status=0
    "$soak" --scenario "$scenario" --from "$first" --step "$jobs" --minutes "$left" --keep-going \
      --failures "$work/failures.$job" 2>&1 | tee -a "$work/log.$job" | { grep --line-buffered -E '^[0-9]+ s:|^FAILED' || true; } ||
      status=${PIPESTATUS[0]}
    if grep -q '^seeds per second' "$work/log.$job" || [ "$status" -gt 1 ]; then return "$status"; fi
    left=$(((end - $(date +%s)) / 60))
    [ "$left" -gt 0 ] || return 1
    first=$(($(tail -n 1 "$work/failures.$job" | cut -d' ' -f2) + jobs))
  done
}

echo "$scenario, $minutes minutes, $jobs jobs, from seed $from"
pids=()
for job in $(seq 0 $((jobs - 1))); do
  { run_job "$job" || : >"$work/bad"; } | sed -u "s/^/job $job: /" &
  pids+=($!)
done
wait "${pids[@]}"
status=0
[ ! -e "$work/bad" ] || status=1

# The sum over the jobs.
cat "$work"/log.* | awk '
  /^[a-z].* [0-9.]+$/ { value = $NF; name = $0; sub(/ +[0-9.]+$/, "", name)
                        if (!(name in sum)) order[++n] = name
                        sum[name] += value; times[name]++ }
  # What is a rate or a time is no sum.
  END { for (i = 1; i <= n; ++i) { name = order[i]; is_mean = name ~ /^seconds|per second/
                                   printf "%-40s %s\n", name, is_mean ? int(sum[name] / times[name]) : sum[name] } }'
while read -r name seed; do
  status=1
  file=$failures/$name.$seed
  { grep -hE -A1 "^FAILED $name $seed( |$)" "$work"/log.* || true
    echo "PCQ_SEED=$seed build/$preset/bin/simulation_test --gtest_filter='*/$name'"; } >"$file"
  echo "failed: $file" && cat "$file"
done < <(cat "$work"/failures.* 2>/dev/null)
exit "$status"
