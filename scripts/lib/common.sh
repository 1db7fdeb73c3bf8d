# shellcheck shell=bash
# What every script needs: where the checkout is, how to speak, how to measure.

# shellcheck disable=SC2034 # used by whoever sources this
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
readonly ROOT

# Progress goes to standard error, so that `scripts/services env` can be evaluated.
say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

now_ms() { date +%s%3N; }

# Time since $1 (from now_ms), as seconds with one decimal.
since() {
  local -r took=$(($(now_ms) - $1))
  printf '%d.%d s' $((took / 1000)) $((took % 1000 / 100))
}

# $1 random bytes as hex digits.
random_hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# Memory in MiB: the machine's, or the container's when that is less.
memory_mib() {
  local total limit
  total=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
  if [[ $limit =~ ^[0-9]+$ ]] && ((limit / 1048576 < total)); then total=$((limit / 1048576)); fi
  printf '%d' "$total"
}
