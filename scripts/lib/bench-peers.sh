# shellcheck shell=bash
# `scripts/bench peers`: salur, then Celery on the same services with a database and a virtual host of its own. Their code is in tests/load.

readonly PEERS=tests/load

# The rate of the chain is steady, so a fiftieth of the list is enough for it, and half of it for the chunks.
peers() {
  local -r one_by_one=$((RECIPIENTS < 100000 ? RECIPIENTS / 50 : 2000)) in_chunks=$((RECIPIENTS < 100000 ? RECIPIENTS / 2 : 50000))
  ((one_by_one > 0)) || die "--recipients wants at least 50"
  local -ra wanted=("${JSON[@]}")
  JSON=(--json)
  begin
  make_python "$PEERS/requirements.txt"
  make_programme
  # the two stages get a copy of what is set up, as it is before anything is sent
  measure prepare stages --like "${SALUR__DATABASE__URL##*/}"
  measure_pipeline >&2
  stop_role workers
  cp "$WORK/result.txt" "$WORK/salur.json"
  settle
  measure_two_stages >"$WORK/stages.json"
  settle
  measure prepare peers
  use_own peers
  # as many processes as cores; and twice as many, since each waits for the disk and for confirms
  local processes
  local -a results=()
  for processes in $(nproc) $(($(nproc) * 2)); do
    PEERS_PREFETCH=64 one_peer one_by_one "$one_by_one" "$processes" --shuffle
    # a chunk is long: few wait in a process, so that none idles at the end; plans of arrays as salur wants them
    PEERS_PREFETCH=4 PEERS_DATABASE_OPTIONS='-c plan_cache_mode=force_custom_plan' one_peer in_chunks "$in_chunks" "$processes"
    results+=("1 by 1, $processes processes=$WORK/one_by_one-$processes.json" "chunks, $processes processes=$WORK/in_chunks-$processes.json")
  done
  measure table salur="$WORK/salur.json" "salur, two stages=$WORK/stages.json" "${results[@]}" "${wanted[@]}"
}

# one_peer NAME RECIPIENTS PROCESSES [more]
one_peer() {
  measure run "$1" --recipients "$2" --workers "$3" "${@:4}" --list "$WORK/tranche-4.csv" "${TOOK_PART[@]}" --log "$WORK/celery.log" >"$WORK/$1-$3.json"
}

# What the peer with chunks leaves out is left out of the clock: validation, sealing and release are over when the two stages that it imitates begin.
measure_two_stages() {
  use_own stages
  local accepted
  accepted=$(expected accepted)
  SALUR__DATABASE__CONNECTIONS=16 start_role workers run intake release
  "$SALUR_BIN" submit --amqp --source "$(source_name)" --tranche BST-4 "$WORK/tranche-4.csv" >&2
  until (($(emitted recipients.accepted) >= accepted)); do
    kill -0 "${ROLES[workers]}" 2>/dev/null || die "the workers ended; see $WORK/workers.log"
    sleep 0.5
  done
  stop_role workers
  PORT=$(free_port)
  SALUR__HTTP__LISTEN=127.0.0.1:$PORT SALUR__LOG__FILTER=${SALUR__LOG__FILTER:-warn} SALUR__DATABASE__CONNECTIONS=16 \
    measure stages --accepted "$accepted" --metrics "http://127.0.0.1:$PORT/metrics" "${TOOK_PART[@]}" --log "$WORK/workers.log" \
    "$SALUR_BIN" run account-creation transfer-posting
}

# Facts of a kind that the workers have said.
emitted() {
  curl -fsS "http://127.0.0.1:$PORT/metrics" | awk -v kind="\"$1\"" '/^salur_emitted_facts_total{/ && index($0, kind) { sum += $NF } END { print sum + 0 }'
}

# The database and the virtual host of that name are those that settings name from now on.
use_own() {
  TOOK_PART=(--process "postgresql=$(service_pid postgresql)" --process "rabbitmq=$(service_pid rabbitmq)")
  export SALUR__BROKER__URL=${SALUR__BROKER__URL%/*}/$1 SALUR__DATABASE__URL=${SALUR__DATABASE__URL%/*}/$1
}

# What vacuums itself or is written back later would be counted to whoever is next.
settle() { sql 'VACUUM ANALYZE' && sql CHECKPOINT; }

measure() {
  PYTHONDONTWRITEBYTECODE=1 PEERS_BROKER=$SALUR__BROKER__URL PEERS_DATABASE=$SALUR__DATABASE__URL "$PYTHON" "$PEERS/measure.py" "$@"
}

# make_python REQUIREMENTS: the packages that it pins, in an environment kept for the next run.
make_python() {
  local -r wanted=$1
  local -r kept=/var/tmp/salur-peers-$EUID-$(sha256sum <"$wanted" | head -c 8)
  PYTHON=$kept/bin/python
  ensure_python
  if [[ -e $kept && ! -O $kept ]]; then die "$kept belongs to another user"; fi
  if [[ -e $kept/complete ]]; then return 0; fi
  rm -rf "$kept"
  if ! python3 -m venv "$kept" >&2; then
    install_packages python3-venv
    /usr/bin/python3 -m venv --clear "$kept" >&2
  fi
  "$PYTHON" -m pip install --quiet --disable-pip-version-check --only-binary :all: --requirement "$wanted" >&2
  touch "$kept/complete"
}
