# shellcheck shell=bash
# `scripts/bench packs`: from funded to packs that can be printed.

# A tranche of RECIPIENTS families is funded first, its `transfers.posted` waiting in the queue of cheque-rendering; the clock starts with the two stages.
packs() {
  begin
  if [[ $STATEMENTS == true ]]; then count_statements; fi
  make_programme
  measure_pipeline BST-4 >&2
  stop_workers
  sql 'CHECKPOINT'
  if [[ $STATEMENTS == true ]]; then sql 'SELECT FROM pg_stat_statements_reset()'; fi
  local -a pids=()
  start_stage cheque-rendering
  pids+=("cheque-rendering=$WORKERS")
  SEALER=$WORKERS
  start_stage pack-making
  pids+=("pack-making=$WORKERS")
  local -a processes=()
  local pid
  for pid in "${pids[@]}" "postgresql=$(service_pid postgresql)" "rabbitmq=$(service_pid rabbitmq)" "store=$(service_pid store)"; do
    processes+=(--process "$pid")
  done
  python3 tests/load/packs.py --psql "$(postgresql_bin)/psql" --url "$SALUR__DATABASE__URL" --cheques "$(expected accepted BST-4)" \
    "${processes[@]}" --memory cheque-rendering --memory pack-making "${JSON[@]}"
  if [[ $STATEMENTS == true ]]; then print_statements; fi
}

# start_stage STAGE: a process of its own, with the configuration that ships.
start_stage() {
  PORT=$(free_port)
  SALUR__HTTP__LISTEN=127.0.0.1:$PORT SALUR__LOG__FILTER=warn "$SALUR_BIN" run "$1" 2>"$WORK/$1.log" &
  WORKERS=$!
  until (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; do sleep 0.1; done
}
