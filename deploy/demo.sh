#!/usr/bin/env bash
# Installs what is missing, builds, starts four nodes on loopback and runs the year 2013 of real London households
# through them: quota issued, emissions reported, surplus traded, everybody settled, totals checked on both chains.
#   deploy/demo.sh [--scenario trade|no-trade|p2p|all] [--households N] [--data FILE] [--year YEAR] [--seed N]
#                  [--cap PERCENT] [--dir FOLDER]
# People trade with the platform (trade), not at all (no-trade) or with each other (p2p); all runs one after the other
# and sets them side by side. The last network is left running, to look at, in build/demo unless --dir names another.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0"; }

data=$here/deploy/demo/data/london_2013.csv.gz
folder=$here/build/demo
arguments=()
scenarios=(trade)
wrong() { echo "demo.sh: $1" >&2; usage >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --data | --dir) [ $# -ge 2 ] || wrong "$1 takes a path" ;;
    --households | --year | --seed | --cap)
      [[ ${2:-} =~ ^[0-9]{1,9}$ ]] || wrong "$1 takes a whole number, not \"${2:-}\"" ;;
    --scenario) [[ ${2:-} =~ ^(trade|no-trade|p2p|all)$ ]] || wrong "$1 takes trade, no-trade, p2p or all" ;;
    *) wrong "unknown option $1" ;;
  esac
  case $1 in
    --scenario) if [ "$2" = all ]; then scenarios=(no-trade p2p trade); else scenarios=("$2"); fi ;;
    --data) data=$(realpath -m -- "$2"); [ -f "$data" ] || wrong "there is no file $data" ;;
    --dir) folder=$(realpath -m -- "$2") ;;
    *) arguments+=("$1" "$2") ;;
  esac
  shift 2
done

"$here/deploy/install.sh"
echo "building (some minutes the first time, nothing when it is built)"
"$here/deploy/build.sh" release pcqd pcq pcq-demo page

pcq=$here/build/release/bin/pcq
nodes=(127.0.0.1:8400 127.0.0.1:8401 127.0.0.1:8402 127.0.0.1:8403)
demo=("$here/build/release/bin/pcq-demo" --network "$folder" --data "$data" "${nodes[@]/#/--node=}" "${arguments[@]}")
"${demo[@]}" --check

run() {
  if [ -e "$folder" ]; then
    [ -e "$folder/main.json" ] || wrong "$folder is there and holds no network; name another folder with --dir"
    "$pcq" net down --dir "$folder"
    rm -rf -- "$folder"
  fi
  "$pcq" net init --dir "$folder"
  local started
  started=$(date +%s%3N)
  "$pcq" net up --dir "$folder"
  echo
  if ! "${demo[@]}" --scenario "$1" --started "$started" | tee "$folder/report.txt"; then
    echo "demo.sh: the run failed; the nodes' logs are in $folder/log, $pcq net down --dir $folder stops them" >&2
    exit 1
  fi
}
outcomes=$(mktemp -d)
trap 'rm -rf -- "$outcomes"' EXIT
for scenario in "${scenarios[@]}"; do
  run "$scenario"
  cp "$folder/outcome.json" "$outcomes/$scenario.json"
done
if [ ${#scenarios[@]} -gt 1 ]; then
  "$here/build/release/bin/pcq-demo" --compare "${outcomes}"/*.json | tee "$folder/comparison.txt"
fi
household=$(sed -n 's/^A household to look at: //p' "$folder/report.txt")

# Commands as they are typed from the top of the repository.
cd "$here"
short() { realpath --relative-base="$here" -- "$1"; }
pcq=$(short "$pcq")
folder=$(short "$folder")
cat <<TEXT

What to try next, from $here; the network keeps running

  one household's story, proven against the genesis document, whatever the node says
    $pcq audit account $household --genesis $folder/side.json
  the same as the node tells it; the prices, and every input of them
    $pcq quota $household
    $pcq market why
  the web page: the network, the market, a wallet, the regulator's view, verified in the browser
    http://127.0.0.1:8400/
  what else to look at, or to ask with curl (docs/rpc.md has all methods)
    http://127.0.0.1:8400/metrics    http://127.0.0.1:8400/healthz
    curl -s http://127.0.0.1:8400/v1 -H 'Content-Type: application/json' \\
      -d '{"jsonrpc":"2.0","id":1,"method":"settlement","params":{"chain":"side","account":"$household","proof":true}}'
  kill a node and watch: the others go on trading, and it catches up when it is back
    kill -9 \$(cat $folder/run/platform.pid)
    $pcq bench --dir $folder --seconds 5
    $pcq net up --dir $folder
    $pcq net status --dir $folder
  stop everything, then check every stored byte and every sum
    $pcq net down --dir $folder
    $pcq audit totals $folder/data/government/side/store
TEXT
