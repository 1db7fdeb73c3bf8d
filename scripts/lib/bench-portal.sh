# shellcheck shell=bash
# `scripts/bench portal`: pages and live viewers of a country.

# A real tranche of RECIPIENTS families, whose figures are then multiplied to FAMILIES, and as many proofs as PROOFS: pages of the board read figures, whose
# number does not grow with families, and sheets read proofs.
portal() {
  begin
  make_programme
  measure_pipeline BST-4 >&2
  stop_role workers
  start_role exporter exporter
  until [[ $(sql_value 'SELECT count(*) FROM tally_deltas') == 0 ]]; do sleep 1; done
  enlarge
  start_portal
  add_person the.auditor auditor
  local token
  token=$(field token <"$PEOPLE/the.auditor/session.json")
  # one core for the portal, the other for viewers and database
  taskset -a -c -p 0 "${ROLES[portal]}" >/dev/null
  say "$(sql_value "SELECT to_char(sum(families), 'FM999,999,999') || ' families in ' || count(DISTINCT village) || ' villages' FROM tallies
    WHERE measure = 'funded'"), $PROOFS proofs:"
  python3 tests/load/portal.py --address "$PORTAL" --pid "${ROLES[portal]}" --token "$token" --psql "$(postgresql_bin)/psql" \
    --viewers "$VIEWERS" "${JSON[@]}"
}

enlarge() {
  local -r factor=$((FAMILIES / RECIPIENTS))
  sql "ALTER TABLE allocations DISABLE TRIGGER USER; ALTER TABLE ledger_accounts DISABLE TRIGGER USER;
    UPDATE allocations SET amount = amount * $factor;
    UPDATE ledger_accounts SET debits = debits * $factor, credits = credits * $factor;
    UPDATE tallies SET families = families * $factor, rupiah = rupiah * $factor;
    UPDATE board_tallies SET families = families * $factor, rupiah = rupiah * $factor;"
  # some of it is paid, in each regency another part, over ten days; the ledger's control accounts say the same
  sql "CREATE TEMPORARY TABLE paid AS SELECT tranche, village, pay_point, families * (20 + abs(hashtext(left(village, 4))) % 81) / 100 AS families
      FROM tallies WHERE measure = 'funded';
    INSERT INTO tallies SELECT tranche, village, pay_point, 'paid', families, families * 300000 FROM paid;
    INSERT INTO board_tallies SELECT p.tranche, left(p.village, 4), q.kind, 'paid', sum(p.families), sum(p.families) * 300000
      FROM paid p JOIN pay_points q ON q.code = p.pay_point GROUP BY 1, 2, 3;
    INSERT INTO board_days SELECT tranche, left(village, 4), current_date - n, sum(families) / 10, sum(families) / 10 * 300000
      FROM paid, generate_series(0, 9) AS n GROUP BY 1, 2, 3;
    UPDATE ledger_accounts a SET debits = a.debits + p.rupiah
      FROM (SELECT tranche, left(village, 4) AS regency, sum(families) * 300000 AS rupiah FROM paid GROUP BY 1, 2) AS p
      WHERE a.kind = 'recipient' AND a.tranche = p.tranche AND a.regency = p.regency;
    UPDATE tranches SET opens_at = now() - interval '10 days', closes_at = now() + interval '20 days' WHERE code = 'BST-4'"
  sql "INSERT INTO proofs (capture, claim, device, teller, sha256, size, statement, signature, content, width, height, judgement, tranches, payments,
        captured_at, received_at, judged_at, village, pay_point, rupiah)
      SELECT gen_random_uuid(), gen_random_uuid(), 'device', 'teller', decode(repeat('00', 32), 'hex'), 1, '{}', '', '', 1, 1,
        CASE n % 50 WHEN 0 THEN 'questioned' ELSE 'accepted' END, ARRAY[4], '{}', now() - n * interval '0.2 seconds', now(), now(),
        places[n % cardinality(places) + 1], points[n % cardinality(places) + 1], 300000
      FROM generate_series(1, $PROOFS) AS n,
        (SELECT array_agg(village) AS places, array_agg(pay_point) AS points FROM tallies WHERE measure = 'funded') AS served"
  sql 'VACUUM ANALYZE'
}

sql_value() { "$(postgresql_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$SALUR__DATABASE__URL" -c "$1"; }
