# shellcheck shell=bash
# `scripts/bench lists`: dry runs over HTTP, each by a fresh portal.

# A portal, somebody who may send, and a token.
lists() {
  local -a results=()
  begin
  "$SALUR_BIN" migrate >&2
  "$SALUR_BIN" simulate programme --out "$WORK" --recipients 100 --seed bench >&2
  start_portal
  set_up
  local token rows format
  token=$(sender_token)
  stop_role portal
  printf '%-8s %10s %12s %12s\n' format rows rows/s peak_MB
  for ((rows = 10000; rows <= ROWS; rows *= 10)); do
    for format in csv jsonl pain001; do
      start_portal
      one_list "$rows" "$format" "$token"
      stop_role portal
    done
  done
  if ((${#JSON[@]} > 0)); then printf '{"lists":[%s]}\n' "$(IFS=,; echo "${results[*]}")"; fi
}

sender_token() {
  as "$ADMIN" actor add bench.sender --role upstream --system --source "$(source_name)" >&2
  as "$ADMIN" actor token bench.sender --purpose bench --json | field token
}

one_list() {
  local -r list=$WORK/list.$2
  local began ended peak answer rate
  "$SALUR_BIN" simulate list --rows "$1" --format "$2" >"$list"
  began=$(now_ms)
  answer=$(curl -sS -X POST -T "$list" -H "Authorization: Bearer $3" "$PORTAL/api/batches?tranche=BST-4&dry_run=true")
  ended=$(now_ms)
  rm "$list"
  [[ $answer == *"\"rows\":$1"* ]] || die "$2: $answer"
  peak=$(awk '/VmHWM/ {printf "%.0f", $2 / 1024}' "/proc/${ROLES[portal]}/status")
  rate=$(($1 * 1000 / (ended - began + 1)))
  printf '%-8s %10s %12s %12s\n' "$2" "$1" "$rate" "$peak"
  results+=("{\"format\":\"$2\",\"rows\":$1,\"rows_per_s\":$rate,\"peak_mb\":$peak}")
}
