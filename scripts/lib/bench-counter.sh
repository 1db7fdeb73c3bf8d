# shellcheck shell=bash
# `scripts/bench counter`: the day of payment, from the family's claim to the payment that is paid and on the board.

# Funded, cheques and packs made; then everything runs as in the demo, and tellers pay by the clock.
counter() {
  begin
  sql "ALTER SYSTEM SET track_commit_timestamp = on"
  if [[ $STATEMENTS == true ]]; then count_statements; else scripts/services restart postgresql; fi
  make_programme
  start_role exporter exporter
  start_role sealer seal
  start_role workers run --all
  start_portal
  "$SALUR_BIN" submit "$WORK/tranche-4.csv" --tranche BST-4 --amqp --source "$(source_name)" >&2
  "$SALUR_BIN" simulate wait --for cheques >&2
  until [[ $(sql_value 'SELECT coalesce(sum(cheques), 0) FROM packs') == $(expected accepted BST-4) ]]; do sleep 1; done
  sql 'VACUUM ANALYZE'
  sql 'CHECKPOINT'
  if [[ $STATEMENTS == true ]]; then sql 'SELECT FROM pg_stat_statements_reset()'; fi
  if ((OUTAGE > 0)); then
    pay "$FAMILIES" "$PER_SECOND" "$VIEWERS" --outage "$OUTAGE"
  else
    pay 300 5 0
    pay "$FAMILIES" "$PER_SECOND" "$VIEWERS"
  fi
  if [[ $STATEMENTS == true ]]; then print_statements "$FAMILIES"; fi
  "$SALUR_BIN" verify >"$WORK/verify.txt" || { cat "$WORK/verify.txt" && die "verify found something"; }
}

# pay FAMILIES PER_SECOND VIEWERS [more options]: who was paid before is not there any more.
pay() {
  local -r families=$1 per_second=$2 viewers=$3
  shift 3
  local -a took_part
  mapfile -t took_part < <(processes workers portal exporter sealer)
  say "$families families, $per_second a second:"
  python3 tests/load/counter.py --address "$PORTAL" --psql "$(postgresql_bin)/psql" --record "$WORK/record-$per_second.jsonl" --families "$families" \
    --per-second "$per_second" --viewers "$viewers" "${took_part[@]}" --memory workers "$@" "${JSON[@]}" \
    "$SALUR_BIN" simulate counter --portal "$PORTAL" --devices "$WORK/devices.json" --tranches BST-4 --seed "bench $per_second" \
    --no-show 0 --both 0 --wrong 0 --photos 2048x1536
}
