#!/usr/bin/env bash
# Installs the Debian 12 packages that building, testing and running PCQ needs; does nothing where they are there.
#   deploy/install.sh            all of them, as root or through sudo
#   deploy/install.sh --check    only says what is missing (exit 1) or that nothing is (exit 0)
#   deploy/install.sh --fuzz     also what tests/fuzz/run.sh needs
#   deploy/install.sh --browser  also Chromium, for the test of the web page
set -euo pipefail

packages=(
  build-essential cmake ninja-build pkg-config git
  libboost1.81-dev libboost-json1.81-dev libssl-dev libsodium-dev librocksdb-dev
  libprotobuf-dev protobuf-compiler libspdlog-dev libfmt-dev libcli11-dev libtomlplusplus-dev
  prometheus-cpp-dev zlib1g-dev libzstd-dev libjemalloc-dev libsqlite3-dev libpqxx-dev
  libgtest-dev libgmock-dev libbenchmark-dev python3 iproute2 curl clang-format gnuplot-nox spin postgresql
)

# The web page's build and the tests of the JavaScript client need Node 18 with npm, from wherever they are.
if ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; then
  packages+=(nodejs npm)
elif ! command -v npm >/dev/null; then
  packages+=(npm)
fi

if [ "${1:-}" = --fuzz ]; then packages+=(clang libclang-rt-14-dev); fi
# Another Chromium or Chrome on the path does as well.
if [ "${1:-}" = --browser ]; then
  command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null || packages+=(chromium)
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "${1:-}" = --check ]; then
  echo "missing packages: ${missing[*]}" >&2
  exit 1
fi

. /etc/os-release
if [ "${ID:-}" != debian ] || [ "${VERSION_ID:-0}" -lt 12 ]; then
  echo "install.sh knows Debian 12 or newer; here is ${PRETTY_NAME:-an unknown system}." >&2
  echo "Install what corresponds to these packages and run again: ${missing[*]}" >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "run as root, or install sudo: ${#missing[@]} packages are missing" >&2; exit 1; }
  as_root=(sudo)
fi

echo "installing ${#missing[@]} packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
# The package lists may be absent (a fresh container) or old: fetch them when the first try fails.
if ! install; then
  "${as_root[@]}" apt-get update -qq >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  install || { cat "$log" >&2; exit 1; }
fi
