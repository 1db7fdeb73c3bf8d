# shellcheck shell=bash
# Debian packages, installed only when a binary is missing. Nothing that already runs is touched: for the time of one apt call
# service starts are forbidden (policy-rc.d) and PostgreSQL's automatic cluster is switched off; both are put back afterwards.

readonly POLICY_FILE=/usr/sbin/policy-rc.d
readonly CLUSTER_FILE=/etc/postgresql-common/createcluster.conf

# Installs the named packages, or says exactly what to type and stops.
install_packages() {
  local -r line="apt-get install --no-install-recommends $*"
  command -v apt-get >/dev/null || die "missing: $*. This machine has no apt-get; install them by its own means," \
    "or point SALUR__BROKER__URL, SALUR__DATABASE__URL and SALUR__STORE__URL at running services."
  if ((EUID != 0)); then
    say "missing: $*. Not root, so nothing was installed. Run:"
    say "  sudo $line"
    say "(Debian then also starts its own instances; they are not used here and may be disabled.)"
    exit 1
  fi
  local -r began=$(now_ms)
  local log
  log=$(mktemp /tmp/salur-apt.XXXXXX)
  say "installing $* ..."
  if ! (apt_without_starts "$@") >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "\`$line\` failed; the whole log is $log"
  fi
  rm -f "$log"
  say "installed $* in $(since "$began")"
}

# One apt call with starts forbidden. Called in a subshell: its EXIT trap restores what was there, also after a failure or a signal.
apt_without_starts() {
  local saved
  saved=$(mktemp -d /tmp/salur-saved.XXXXXX)
  # The values are wanted as they are now: `saved` is gone when the trap runs.
  # shellcheck disable=SC2064
  trap "restore_file '$POLICY_FILE' '$saved/policy'; restore_file '$CLUSTER_FILE' '$saved/cluster'; rm -rf '$saved'" EXIT
  trap 'exit 130' INT TERM HUP
  export DEBIAN_FRONTEND=noninteractive
  [[ ! -e $POLICY_FILE ]] || cp -p "$POLICY_FILE" "$saved/policy"
  printf '#!/bin/sh\nexit 101\n' >"$POLICY_FILE"
  chmod 0755 "$POLICY_FILE"
  if needs_cluster_guard "$@"; then
    apt_install postgresql-common
    cp -p "$CLUSTER_FILE" "$saved/cluster"
    printf '\ncreate_main_cluster = false\n' >>"$CLUSTER_FILE"
  fi
  apt_install "$@"
}

needs_cluster_guard() {
  local name
  for name in "$@"; do
    if [[ $name == postgresql* ]]; then return 0; fi
  done
  return 1
}

# A second try after `update`: the lists of a fresh image are empty or old.
apt_install() {
  apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@" && return 0
  apt-get update && apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
}

# Puts a saved file back; without a saved copy a policy file was ours and goes, a configuration was not touched and stays.
restore_file() {
  local -r file=$1 copy=$2
  if [[ -e $copy ]]; then
    cp -p "$copy" "$file"
  elif [[ $file == "$POLICY_FILE" ]]; then
    rm -f "$file"
  fi
}

# The pages are tested in Debian's own browser; nothing is downloaded from elsewhere.
ensure_browser() {
  local -a missing=()
  if ! command -v chromium >/dev/null; then missing+=(chromium); fi
  if ! command -v chromedriver >/dev/null; then missing+=(chromium-driver); fi
  if ((${#missing[@]} > 0)); then install_packages "${missing[@]}"; fi
}

# A test checks our pain.002 with another project's library and schema, from PyPI.
ensure_python() {
  local -a missing=()
  if ! command -v python3 >/dev/null; then missing+=(python3); fi
  if ! python3 -m pip --version >/dev/null 2>&1; then missing+=(python3-pip); fi
  if ((${#missing[@]} > 0)); then install_packages "${missing[@]}"; fi
}

# Codes are read and pages drawn by programs that did not make them.
ensure_readers() {
  local -a missing=()
  if ! command -v zbarimg >/dev/null; then missing+=(zbar-tools); fi
  if ! command -v pdftoppm >/dev/null; then missing+=(poppler-utils); fi
  if ((${#missing[@]} > 0)); then install_packages "${missing[@]}"; fi
}

# The quick start is run as it stands, with the system's Python where another one comes first in the path.
ensure_pika() {
  if python3 -c 'import pika' 2>/dev/null || /usr/bin/python3 -c 'import pika' 2>/dev/null; then return 0; fi
  install_packages python3-pika
}

# ring and the allocator compile a little C; libjpeg-turbo is built by cmake, and its vector code by nasm.
ensure_compiler() {
  local -a missing=()
  if ! command -v cc >/dev/null; then missing+=(gcc libc6-dev); fi
  if ! command -v cmake >/dev/null; then missing+=(cmake); fi
  if ! command -v make >/dev/null; then missing+=(make); fi
  if ! command -v nasm >/dev/null && [[ $(uname -m) == x86_64 ]]; then missing+=(nasm); fi
  if ((${#missing[@]} > 0)); then install_packages "${missing[@]}"; fi
}

# Rust comes from rustup or from wherever its owner wants; it is not installed behind anybody's back.
ensure_rust() {
  command -v cargo >/dev/null || die "cargo is missing: install Rust 1.95 or later, for example with rustup (https://rustup.rs)"
  local component
  for component in fmt clippy; do
    cargo "$component" --version >/dev/null 2>&1 ||
      die "cargo $component is missing: rustup component add rustfmt clippy"
  done
}
