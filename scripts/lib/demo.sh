# shellcheck shell=bash
# The steps of scripts/demo, one function each.


# A demo has services and data of its own, thrown away by the next demo: what you try in between cannot hurt.
SALUR_SERVICES_DATA=${SALUR_SERVICES_DATA:-/var/tmp/salur-demo-$EUID-$(printf '%s' "$ROOT" | sha256sum | head -c 8)}

readonly WORK=$SALUR_SERVICES_DATA/demo
readonly PEOPLE=$WORK/people
readonly TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
readonly SALUR_BIN=${SALUR_BIN:-$TARGET/release/salur}
# How long a phase may stand still before the demo gives up, in seconds.
readonly PATIENCE_S=300
export SALUR_SERVICES_DATA SALUR_BIN

salur() { "$SALUR_BIN" "$@"; }

# Names a phase and says how long the one before took.
step() {
  end_step
  STEP=$1
  STEP_BEGAN=$(now_ms)
  say "--- $STEP"
}

end_step() {
  [[ -n ${STEP:-} ]] || return 0
  TIMES+=("$(printf '%-10s %s' "$STEP" "$(since "$STEP_BEGAN")")")
}

build() {
  ensure_rust
  ensure_compiler
  if [[ $SALUR_BIN == "$TARGET/release/salur" ]]; then cargo build --release -p salur; fi
  # what follows is the demo proper: the build is the machine's first time
  DEMO_BEGAN=$(now_ms)
}

start_services() {
  stop_roles
  "$ROOT/scripts/services" stop >/dev/null 2>&1 || true
  rm -rf "$SALUR_SERVICES_DATA"
  "$ROOT/scripts/services" start
  mkdir -p "$WORK"
  eval "$("$ROOT/scripts/services" env)"
  export SALUR__PORTAL__LISTEN=${SALUR__PORTAL__LISTEN:-127.0.0.1:0}
}

make_programme() { salur simulate programme --out "$WORK" --recipients "$RECIPIENTS" --seed "$SEED"; }

# Who plays: a treasurer who enters the programme, another who has read the decrees and approves, an office that sends lists.
set_up() {
  begin_people "$PORTAL"
  add_person siti.aminah treasurer
  add_person budi.santoso treasurer
  as siti.aminah setup "$WORK/setup.toml"
  approve_tranches budi.santoso BST-4
  add_person dinsos.belitung office --source dinsos-belitung
  add_person rina.wati supervisor
  add_person joko.susilo ops
}

# Starts a role in the background; its log lies in the work directory.
start_role() {
  local -r name=$1
  shift
  "$SALUR_BIN" "$@" >"$WORK/$name.log" 2>&1 &
  echo "$!" >"$WORK/$name.pid"
}

start_roles() {
  PAID_SINCE=$(now_ms)
  start_role workers run --all
  start_role exporter exporter
  start_role seal seal
  start_role portal portal --address-file "$WORK/portal.address"
  local waited=0
  until [[ -s $WORK/portal.address ]]; do
    ((waited++ < 200)) || die "the portal did not start; see $WORK/portal.log"
    sleep 0.1
  done
  PORTAL=$(cat "$WORK/portal.address")
  say "board: $PORTAL"
}

stop_roles() {
  local file pid
  for file in "$WORK"/*.pid; do
    [[ -e $file ]] || continue
    pid=$(cat "$file")
    # only what is ours: a pid may have been given to somebody else meanwhile
    if [[ $(readlink "/proc/$pid/exe" 2>/dev/null) == *salur* ]]; then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  for file in "$WORK"/*.pid; do
    [[ -e $file ]] || continue
    pid=$(cat "$file")
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    rm -f "$file"
  done
}

# send TRANCHE http|amqp: sends one list.
send() {
  local -r code=$1 door=$2
  local -r list=$WORK/tranche-${code#BST-}.csv
  case $door in
    http) as dinsos.belitung submit "$list" --tranche "$code" ;;
    amqp) salur submit "$list" --tranche "$code" --amqp --source dinsos-belitung ;;
  esac
}

# await_cheques BATCHES: every family on these lists has its cheque.
await_cheques() { salur simulate wait --for cheques --batches "$1" --patience-s "$PATIENCE_S"; }

# send_and_plan TRANCHE: no cheque is drawn until each family has a pay point, a day and an hour, which then stand on it.
send_and_plan() {
  local -r code=$1
  as joko.susilo pause stage cheque-rendering --reason "the schedule is being made" >&2
  send "$code" http
  salur simulate wait --for released --patience-s "$PATIENCE_S"
  as rina.wati schedule plan --tranche "$code" --per-hour 40 >&2
  as rina.wati schedule export --tranche "$code" --out "$WORK/schedule-${code#BST-}.csv"
  as joko.susilo resume stage cheque-rendering --reason "the schedule is made" >&2
  await_cheques 1
}

# The tellers pay the tranches named (comma between them); who stayed away before may come for both.
play_counter() {
  salur simulate counter --portal "$PORTAL" --devices "$WORK/devices.json" --seed "$SEED" --tranches "$1" --json >"$WORK/counter.log"
  tail -n 1 "$WORK/counter.log" >"$WORK/counter.json"
  head -n -1 "$WORK/counter.log" >&2
  salur simulate wait --for visits --expected "$WORK/counter.json" --patience-s "$PATIENCE_S"
}

# Tranche 5 is open for as long as its families should need to come, by what tranche 4 took, a fifth more and half a minute; then for five seconds' grace.
announce_window() {
  local -r took=$(($(now_ms) - PAID_SINCE))
  local -r closes=$(date -u -d "@$(($(date +%s) + 30 + took * 6 / 5000))" +%FT%TZ)
  local -r returns=$(date -u -d "$closes + 5 seconds" +%FT%TZ)
  awk -v closes="$closes" -v returns="$returns" '
    /^code = "BST-/ { five = /BST-5/ }
    five && /^closes_at/ { print "closes_at = " closes; next }
    five && /^returns_at/ { print "returns_at = " returns; five = 0; next }
    { print }' "$WORK/setup.toml" >"$WORK/setup-5.toml"
  as siti.aminah setup "$WORK/setup-5.toml"
  approve_tranches budi.santoso BST-5
  say "tranche 5 closes at $closes"
}

# A supervisor looks at every proof in question. Of each ten one family says that it has no money: it is open again, and its teller answers for the cash.
review_proofs() {
  as rina.wati proof list --json | tr '{' '\n' | field capture >"$WORK/in-question"
  review family-denied < <(awk 'NR % 10 == 1' "$WORK/in-question")
  review family-confirmed < <(awk 'NR % 10 != 1' "$WORK/in-question")
}

# review GROUND < captures
review() { xargs -r -n 200 env SALUR_HOME="$PEOPLE/rina.wati" "$SALUR_BIN" proof review --ground "$1" --document "BA CONTOH 2" | sort | uniq -c >&2; }

# What nobody came for goes back once the window is over.
return_rest() {
  until as siti.aminah returns show BST-5 --json | grep -q '"swept_at":"'; do sleep 1; done
  state_returns 1
}

# state_returns N: two treasurers state the sum that each sees, and the paper lies beside the logs.
state_returns() {
  local who sum
  for who in siti.aminah budi.santoso; do
    sum=$(as "$who" returns show BST-5 --json | sed 's/.*"n":[0-9]*,"rupiah":\([0-9]*\)}.*/\1/')
    if [[ $sum == 0 ]]; then say "nothing goes back"; return 0; fi
    as "$who" returns state BST-5 --rupiah "$sum" --document "BA CONTOH $1" >&2
  done
  as siti.aminah returns show BST-5 >&2
  as siti.aminah returns statement BST-5 "$1" --out "$WORK/BST-5-R$1.pdf"
}

# Where nothing of tranche 5 is open any more, treasurers close it, two above the threshold, and what was never a family's is stated too. Rows that are held
# wait for a person, and so does the tranche.
close_tranche() {
  local who rows
  rows=$(as siti.aminah returns show BST-5)
  if grep -q '^ *open: ' <<<"$rows"; then
    say "tranche 5 stays open: \`salur holds list\` says what waits for a person"
    return 0
  fi
  for who in siti.aminah budi.santoso; do
    rows=$(as "$who" returns show BST-5 --json)
    if grep -q '"closed_at":"' <<<"$rows"; then break; fi
    as "$who" tranche close BST-5 --unused "$(sed 's/.*"unused":\([0-9]*\).*/\1/' <<<"$rows")" --document "BA CONTOH 3" >&2
  done
  state_returns 2
}

report() {
  local code=0
  salur simulate report --seconds "$(seconds_since "$DEMO_BEGAN")" --board "$PORTAL" >"$WORK/report.txt" || code=$?
  end_step
  # the object comes last, after where the time went
  head -n -1 "$WORK/report.txt"
  say ""
  printf '  %s\n' "${TIMES[@]}" >&2
  if [[ $EXIT == true ]]; then finish; else invite; fi
  tail -n 1 "$WORK/report.txt"
  return "$code"
}

# Three people who may look around with a browser: each sets a password and an authenticator with a one-time code.
invite() {
  local role
  say "
The board runs at $PORTAL
Look around at $PORTAL/enrol, with a password and an authenticator of your own, as"
  for role in auditor supervisor ops; do
    say "  $(printf '%-12s' "demo.$role") one-time code $(as "$ADMIN" actor add "demo.$role" --role "$role" --json | field code)"
  done
  say "Stop everything with: scripts/demo --stop"
}

seconds_since() {
  local -r took=$(($(now_ms) - $1))
  printf '%d.%03d' $((took / 1000)) $((took % 1000))
}

# Ends the roles and the services; the logs stay for who wants to read them.
finish() {
  stop_roles
  "$ROOT/scripts/services" stop >/dev/null
}
