# shellcheck shell=bash
# A private Garage of one node. Built from crates.io when it is missing, which takes minutes; metadata and data are synced, or a kill could lose
# what was acknowledged.

readonly GARAGE_VERSION=2.5.0 GARAGE_READY_S=30 GARAGE_STOP_S=10

garage_binary() { command -v garage || { [[ -x $GARAGE_ROOT/bin/garage ]] && printf '%s' "$GARAGE_ROOT/bin/garage"; }; }
readonly GARAGE_ROOT=${GARAGE_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/salur/garage}

garage_package() { :; }

garage_check() {
  garage_binary >/dev/null && return 0
  say "building garage $GARAGE_VERSION from crates.io into $GARAGE_ROOT ..."
  cargo install --locked --root "$GARAGE_ROOT" --version "$GARAGE_VERSION" --no-default-features --features bundled-libs,lmdb \
    garage >"$DATA/log/garage-build.log" 2>&1 || die "garage was not built; the log is $DATA/log/garage-build.log"
}

garage_launch() {
  local -r home=$DATA/garage
  free_ports store_port garage_rpc_port
  mkdir -p "$home"
  (
    umask 077
    cat >"$home/garage.toml" <<CONF
metadata_dir = "$home/meta"
data_dir = "$home/data"
db_engine = "lmdb"
metadata_fsync = true
data_fsync = true
replication_factor = 1
rpc_bind_addr = "127.0.0.1:${VALUES[garage_rpc_port]}"
rpc_public_addr = "127.0.0.1:${VALUES[garage_rpc_port]}"
rpc_secret = "${VALUES[cookie]}"
[s3_api]
s3_region = "us-east-1"
api_bind_addr = "127.0.0.1:${VALUES[store_port]}"
CONF
  )
  spawn store "$(id -un)" env GARAGE_DEFAULT_ACCESS_KEY="$(store_access_key)" \
    GARAGE_DEFAULT_SECRET_KEY="$(store_secret_key)" GARAGE_DEFAULT_BUCKET="$BUCKET" \
    "$(garage_binary)" -c "$home/garage.toml" server --single-node --default-bucket
}

garage_ready() { port_open "${VALUES[store_port]}"; }
garage_await() { wait_ready store garage_ready "$GARAGE_READY_S"; }
garage_stop() { terminate store TERM "$GARAGE_STOP_S"; }
