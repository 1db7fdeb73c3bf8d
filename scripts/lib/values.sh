# shellcheck shell=bash
# Ports, passwords and keys of one data directory: chosen once, remembered in one file that only its owner reads (0600).

declare -A VALUES=()

# Private ports lie below the kernel's ephemeral range (32768-60999), so that no outgoing connection takes one while we are down.
readonly PORT_FIRST=20000 PORT_COUNT=12000 PORT_TRIES=200

load_values() {
  local key value
  [[ -e $DATA/values ]] || return 0
  while IFS='=' read -r key value; do VALUES[$key]=$value; done <"$DATA/values"
}

save_values() {
  local key
  (
    umask 077
    for key in "${!VALUES[@]}"; do printf '%s=%s\n' "$key" "${VALUES[$key]}"; done | sort >"$DATA/values.new"
  )
  mv "$DATA/values.new" "$DATA/values"
}

# Fills in whatever is not remembered yet.
choose_values() {
  local name
  for name in broker_password database_password store_access_key store_secret_key; do
    [[ -n ${VALUES[$name]:-} ]] || VALUES[$name]=$(random_hex 16)
  done
  for name in cookie key_master key_index key_cheque key_webhook key_journal key_seal key_photo key_sign_in; do
    [[ -n ${VALUES[$name]:-} ]] || VALUES[$name]=$(random_hex 32)
  done
  for name in "${PORT_NAMES[@]}"; do
    [[ -n ${VALUES[$name]:-} ]] || choose_port "$name"
  done
  save_values
}

readonly PORT_NAMES=(broker_port broker_management_port broker_dist_port broker_epmd_port database_port store_port
  rgw_mon_port garage_rpc_port)

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

choose_port() {
  local -r name=$1
  local tries port
  for ((tries = 0; tries < PORT_TRIES; tries++)); do
    port=$((PORT_FIRST + SRANDOM % PORT_COUNT))
    if ! port_remembered "$port" && ! port_open "$port"; then
      VALUES[$name]=$port
      return 0
    fi
  done
  die "no free loopback port after $PORT_TRIES tries"
}

port_remembered() {
  local name
  for name in "${PORT_NAMES[@]}"; do
    if [[ ${VALUES[$name]:-} == "$1" ]]; then return 0; fi
  done
  return 1
}

# A remembered port that a stranger took meanwhile is chosen anew, aloud: whoever holds old exports must read `env` again.
free_ports() {
  local name
  for name in "$@"; do
    if port_open "${VALUES[$name]}"; then
      say "port ${VALUES[$name]} ($name) is taken by another process; choosing a new one, read \`scripts/services env\` again"
      choose_port "$name"
      save_values
    fi
  done
}
