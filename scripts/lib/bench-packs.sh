# shellcheck shell=bash
# `scripts/bench packs`: from funded to packs that can be printed.

# A tranche of RECIPIENTS families is funded first, its `transfers.posted` waiting in the queue of cheque-rendering; the clock starts with the two stages.
packs() {
  begin
  if [[ $STATEMENTS == true ]]; then count_statements; fi
  make_programme
  measure_pipeline BST-4 >&2
  stop_role workers
  sql 'CHECKPOINT'
  if [[ $STATEMENTS == true ]]; then sql 'SELECT FROM pg_stat_statements_reset()'; fi
  start_role cheque-rendering run cheque-rendering
  start_role pack-making run pack-making
  local -a took_part
  mapfile -t took_part < <(processes cheque-rendering pack-making)
  python3 tests/load/packs.py --psql "$(postgresql_bin)/psql" --url "$SALUR__DATABASE__URL" --cheques "$(expected accepted BST-4)" \
    "${took_part[@]}" --memory cheque-rendering --memory pack-making "${JSON[@]}"
  if [[ $STATEMENTS == true ]]; then print_statements; fi
}
