# shellcheck shell=bash
# `scripts/bench likenesses`: looking for photos like a new one among PHOTOS, and how long its index takes to build.

likenesses() {
  begin
  cargo build --release -p salur-store --example likeness_rate >&2
  "$SALUR_BIN" migrate >&2
  local -r of="FROM pg_indexes WHERE tablename = 'likenesses' AND indexname <> 'likenesses_pkey'"
  local indexes began ours
  indexes=$(sql_value "SELECT string_agg(indexdef, '; ') $of")
  sql "$(sql_value "SELECT string_agg(format('DROP INDEX %I', indexname), '; ') $of")"
  say "remembering $PHOTOS photos"
  # hashes as the example makes them
  sql "INSERT INTO likenesses SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, 'f')::uuid, 'BST', 'KP-' || n % 7000,
      date '2026-03-01' + (n % 30)::int, ('x' || left(md5('d' || n), 16))::bit(64)::bigint, ('x' || left(md5(n::text), 16))::bit(64)::bigint,
      decode(repeat('00', 1024), 'hex')
    FROM generate_series(0, $PHOTOS - 1) AS n"
  began=$(now_ms)
  sql "SET maintenance_work_mem = '1GB'; $indexes"
  local -r built=$(($(now_ms) - began))
  sql 'VACUUM ANALYZE likenesses'
  ours=$("$TARGET/release/examples/likeness_rate" "$SALUR__DATABASE__URL" 2000 "$PHOTOS")
  ours="{\"photos\":$PHOTOS,\"index_built_ms\":$built,${ours#\{}"
  if ((${#JSON[@]} > 0)); then echo "$ours"; return 0; fi
  tr -d '{}" ' <<<"$ours" | tr ',' '\n' | awk -F: '{ printf "%-32s %12s\n", $1, $2 }'
}
