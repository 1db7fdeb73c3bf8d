# shellcheck shell=bash
# A private PostgreSQL cluster on loopback TCP. No Unix socket: its path may hold only 107 bytes, and a test's directory is longer.

readonly DATABASE_READY_S=180 DATABASE_STOP_S=60 DATABASE_ORPHANS_S=20

# The directory with `postgres`, the newest of those that are 15 or later.
postgresql_bin() {
  local found best='' best_version=0 version
  for found in /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres "$(command -v postgres || true)"; do
    [[ -x $found ]] || continue
    found=$(readlink -f "$found")
    version=$("$found" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    if ((version >= 15 && version > best_version)) && [[ -x ${found%/*}/initdb ]]; then
      best=${found%/*}
      best_version=$version
    fi
  done
  [[ -n $best ]] && printf '%s' "$best"
}

# The package to install, when there is nothing to use.
postgresql_package() { postgresql_bin >/dev/null || printf 'postgresql'; }

postgresql_check() {
  postgresql_bin >/dev/null || die "no PostgreSQL 15 or later found; Debian 12 or later has it as \`postgresql\`"
}

postgresql_launch() {
  local -r home=$DATA/postgresql user=$(service_user postgres)
  free_ports database_port
  postgresql_unlock "$home"
  [[ -e $home/PG_VERSION ]] || postgresql_create "$home" "$user"
  postgresql_configure "$home" "$user"
  spawn postgresql "$user" env -i PATH="$PATH" LANG=C.UTF-8 "$(postgresql_bin)/postgres" -D "$home"
}

# A new cluster. `salur` owns it: migrations make the other roles. Checksums: a flipped bit is an error and not a payment.
postgresql_create() {
  local -r home=$1 user=$2
  rm -rf "$home.new"
  mkdir -m 0700 "$home.new"
  printf '%s\n' "${VALUES[database_password]}" >"$DATA/pwfile"
  chmod 0600 "$DATA/pwfile"
  own "$user" "$home.new" "$DATA/pwfile"
  run_as "$user" "$(postgresql_bin)/initdb" -D "$home.new" -U salur --pwfile="$DATA/pwfile" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 --data-checksums >>"$DATA/log/postgresql.log" 2>&1 ||
    die "initdb failed; its log is $DATA/log/postgresql.log"
  rm -f "$DATA/pwfile"
  # Renamed only when complete: an interrupted initdb leaves no half cluster behind.
  mv "$home.new" "$home"
}

postgresql_configure() {
  local -r home=$1 user=$2
  {
    cat "$ROOT/infra/postgresql/salur.conf"
    printf '\n# Added for this machine by scripts/services.\n'
    printf "listen_addresses = '127.0.0.1'\nport = %s\nunix_socket_directories = ''\n" "${VALUES[database_port]}"
    postgresql_sizes
  } >"$home/postgresql.conf"
  printf 'host all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n' >"$home/pg_hba.conf"
  own "$user" "$home/postgresql.conf" "$home/pg_hba.conf"
}

# Smaller than the reference machine: an eighth of the memory, a quarter of the free disk.
postgresql_sizes() {
  local -r memory=$(memory_mib) disk=$(($(df -Pk "$DATA" | awk 'NR == 2 { print $4 }') / 1024))
  if ((memory < 8192)); then
    printf 'shared_buffers = %dMB\neffective_cache_size = %dMB\n' "$(between 64 $((memory / 8)) 1024)" $((memory / 2))
    printf 'maintenance_work_mem = %dMB\nwork_mem = 4MB\n' "$(between 16 $((memory / 64)) 256)"
  fi
  if ((disk / 4 < 8192)); then
    printf 'max_wal_size = %dMB\nmin_wal_size = 80MB\n' "$(between 256 $((disk / 4)) 8192)"
  fi
  # lz4 is chosen when PostgreSQL is built; Debian's is.
  if ! postgresql_has_lz4; then printf 'wal_compression = on\n'; fi
}

postgresql_has_lz4() { ldd "$(postgresql_bin)/postgres" 2>/dev/null | grep -q liblz4; }

between() {
  local -r low=$1 value=$2 high=$3
  printf '%d' $((value < low ? low : value > high ? high : value))
}

postgresql_ready() { sql postgres 'select 1' >/dev/null 2>&1; }

# One statement as the owner: sql DATABASE STATEMENT.
sql() {
  local client
  client=$(postgresql_bin)/psql
  [[ -x $client ]] || client=psql
  PGPASSWORD=${VALUES[database_password]} PGCONNECT_TIMEOUT=5 "$client" -h 127.0.0.1 -p "${VALUES[database_port]}" -U salur \
    -d "$1" -v ON_ERROR_STOP=1 -XAtqc "$2"
}

# After a kill -9 the lock file stays, and where nobody reaps the dead its pid still answers. It is removed only when its owner is dead and
# no process works in the cluster any more: an orphaned backend beside a new server would tear pages.
postgresql_unlock() {
  local -r home=$1 deadline=$(($(now_ms) + DATABASE_ORPHANS_S * 1000))
  local pid
  [[ -e $home/postmaster.pid ]] || return 0
  read -r pid <"$home/postmaster.pid"
  if start_time "$pid" >/dev/null; then return 0; fi
  while works_in "$home"; do
    (($(now_ms) < deadline)) || die "PostgreSQL was killed but its children still run in $home"
    sleep 0.1
  done
  rm -f "$home/postmaster.pid"
}

# True when any process has $1 as its working directory, as every PostgreSQL process has.
works_in() { [[ -n $(find /proc -maxdepth 2 -path '/proc/[0-9]*' -name cwd -lname "$1" -print -quit 2>/dev/null) ]]; }

postgresql_await() {
  wait_ready postgresql postgresql_ready "$DATABASE_READY_S" || return 1
  postgresql_database
}

postgresql_database() {
  if [[ $(sql postgres "select count(*) from pg_database where datname = 'salur'") == 0 ]]; then
    sql postgres 'create database salur'
  fi
}

# SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (recovery at the next start).
postgresql_stop() { terminate postgresql "${1:-INT}" "$DATABASE_STOP_S"; }
