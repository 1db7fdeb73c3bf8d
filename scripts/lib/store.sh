# shellcheck shell=bash
# The object store of the quick start: `salur dev-store` from the built binary. Never for evidence: it has no object lock.

readonly STORE_READY_S=20 STORE_STOP_S=10
readonly BUCKET=salur-proofs

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
store_package() { :; }
store_check() { :; }

store_launch() {
  local -r home=$DATA/store
  free_ports store_port
  mkdir -p "$home/$BUCKET"
  # Keys in the environment: arguments are readable by everyone in `ps`.
  spawn store "$(id -un)" env SALUR__STORE__ACCESS_KEY="${VALUES[store_access_key]}" \
    SALUR__STORE__SECRET_KEY="${VALUES[store_secret_key]}" \
    "$(salur_binary)" dev-store --listen "127.0.0.1:${VALUES[store_port]}" --data "$home"
}

store_ready() { port_open "${VALUES[store_port]}"; }
store_await() { wait_ready store store_ready "$STORE_READY_S"; }
store_stop() { terminate store TERM "$STORE_STOP_S"; }
