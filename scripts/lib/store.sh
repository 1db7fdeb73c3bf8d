# shellcheck shell=bash
# The object store, one of three kinds, chosen at the first start of a data directory: `dev` is `salur dev-store` from the built binary, needs
# nothing and is never for evidence; `rgw` is a private Ceph, which locks objects; `garage` a private Garage, which survives kills and does not lock.

readonly STORE_READY_S=20 STORE_STOP_S=10
readonly BUCKET=salur-proofs
readonly STORES=(dev rgw garage)

store_kind() { printf '%s' "${VALUES[store_kind]:-dev}"; }

# Sets the kind; what is written in one store is not in another.
choose_store() {
  local -r kind=$1
  [[ " ${STORES[*]} " == *" $kind "* ]] || die "no store is called $kind; there are: ${STORES[*]}"
  if [[ -e $DATA/store || -e $DATA/rgw || -e $DATA/garage ]] && [[ $(store_kind) != "$kind" ]]; then
    die "$DATA has a store of kind $(store_kind); choose another --data for $kind, or remove it"
  fi
  VALUES[store_kind]=$kind
  save_values
}

store_package() { "$(store_kind)_package"; }
store_check() { "$(store_kind)_check"; }
store_launch() { "$(store_kind)_launch"; }
store_await() { "$(store_kind)_await"; }
store_stop() { "$(store_kind)_stop"; }

# Garage wants keys of its own shape.
store_access_key() {
  local -r key=${VALUES[store_access_key]}
  if [[ $(store_kind) == garage ]]; then printf 'GK%s' "${key:0:24}"; else printf '%s' "$key"; fi
}
store_secret_key() {
  local -r key=${VALUES[store_secret_key]}
  if [[ $(store_kind) == garage ]]; then printf '%s%s' "$key" "$key"; else printf '%s' "$key"; fi
}

# All processes of a kill: of the store the parts behind it die with it.
store_parts() { if [[ $(store_kind) == rgw ]]; then printf '%s\n' "${RGW_PARTS[@]}"; else printf 'store\n'; fi; }

# The built binary: $SALUR_BIN, else the release build, else the debug build.
salur_binary() {
  local -r target=${CARGO_TARGET_DIR:-$ROOT/target}
  local found
  for found in "${SALUR_BIN:-}" "$target/release/salur" "$target/debug/salur"; do
    if [[ -n $found && -x $found ]]; then
      printf '%s' "$found"
      return 0
    fi
  done
  return 1
}

# Part of salur: nothing to install, no version to check.
dev_package() { :; }
dev_check() { :; }

dev_launch() {
  local -r home=$DATA/store
  free_ports store_port
  mkdir -p "$home/$BUCKET"
  # Keys in the environment: arguments are readable by everyone in `ps`.
  spawn store "$(id -un)" env SALUR__STORE__ACCESS_KEY="${VALUES[store_access_key]}" \
    SALUR__STORE__SECRET_KEY="${VALUES[store_secret_key]}" \
    "$(salur_binary)" dev-store --listen "127.0.0.1:${VALUES[store_port]}" --data "$home"
}

dev_ready() { port_open "${VALUES[store_port]}"; }
dev_await() { wait_ready store dev_ready "$STORE_READY_S"; }
dev_stop() { terminate store TERM "$STORE_STOP_S"; }
