//! Rows against their batches and against what became of them.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[
    // Rows that came after completion are counted as seen too: those that could have been paid are held under BAT02.
    Rule {
        name: "batches",
        meaning: "each batch has seen exactly its rows, a complete one exactly those declared besides late ones",
        severity: Violation,
        examined: "SELECT count(*) FROM batches",
        found: "WITH r AS (SELECT batch, count(*) AS rows, coalesce(sum(amount), 0) AS sum, count(*) FILTER (WHERE amount IS NULL) AS unreadable,
                count(*) FILTER (WHERE intake <> 'staged') AS ended FROM recipients c
                WHERE NOT EXISTS (SELECT FROM substitutes s WHERE s.batch = c.batch AND s.row = c.row) GROUP BY 1),
              l AS (SELECT batch, count(*) AS late FROM row_decisions WHERE code = 'BAT02' GROUP BY 1)
            SELECT format('batch %s: %s', id, why)
            FROM (SELECT coalesce(b.id, r.batch) AS id, concat_ws('; ',
                CASE WHEN b.id IS NULL THEN 'rows without a batch' END,
                CASE WHEN (b.seen_count, b.seen_sum, b.unreadable_count) <> (coalesce(r.rows, 0), coalesce(r.sum, 0), coalesce(r.unreadable, 0))
                  THEN format('seen %s rows of %s with %s unreadable, there are %s of %s with %s', b.seen_count, b.seen_sum, b.unreadable_count,
                    coalesce(r.rows, 0), coalesce(r.sum, 0), coalesce(r.unreadable, 0)) END,
                CASE WHEN b.completed_at IS NOT NULL AND NOT coalesce(
                    r.rows - coalesce(l.late, 0) - b.declared_count BETWEEN 0 AND r.ended
                    AND (r.rows > b.declared_count OR r.sum = b.declared_sum), b.declared_count = 0)
                  THEN format('complete, declared %s rows of %s, there are %s of %s with %s late', b.declared_count, b.declared_sum,
                    coalesce(r.rows, 0), coalesce(r.sum, 0), coalesce(l.late, 0)) END,
                CASE WHEN (b.release_started_at IS NOT NULL AND b.completed_at IS NULL) OR (b.decided_at IS NOT NULL AND b.release_started_at IS NULL)
                    OR (b.released_at IS NOT NULL AND b.decided_at IS NULL) THEN 'released before it was complete and decided' END) AS why
              FROM batches b FULL JOIN r ON r.batch = b.id LEFT JOIN l ON l.batch = b.id) AS counted
            WHERE why <> ''",
    },
    Rule {
        name: "rows",
        meaning: "each row has at most one fate (rejected, held, already accepted, payment; a hold that ended is none), exactly one once its batch is released",
        severity: Violation,
        examined: "SELECT count(*) FROM recipients",
        found: "WITH e AS (SELECT batch, row, regency, effect, row IS NULL AND NOT EXISTS (SELECT FROM hold_sweeps s WHERE s.decision = h.id) AS under_way
                FROM ended_holds h)
            SELECT format('row %s of batch %s: %s fates', row, batch, fates)
            FROM (SELECT r.batch, r.row, r.intake, b.released_at, coalesce(ep.under_way, false) AS under_way,
                (r.intake = 'rejected')::int + coalesce(p.payments, 0) + coalesce(d.decision IN ('already', 'ended'), false)::int
                + ((r.intake = 'held' OR coalesce(d.decision = 'held', false)) AND coalesce(e.effect = 'rejected', true))::int
                + (r.intake = 'staged' AND d.batch IS NULL AND q.held_at IS NOT NULL AND coalesce(ep.effect = 'rejected', true))::int AS fates
              FROM recipients r LEFT JOIN batches b ON b.id = r.batch
              LEFT JOIN e ON e.batch = r.batch AND e.row = r.row
              LEFT JOIN e AS ep ON ep.batch = r.batch AND ep.row IS NULL AND ep.regency = left(r.village, 4)
              LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
              LEFT JOIN (SELECT batch, row, count(*) AS payments FROM payments GROUP BY 1, 2) AS p ON p.batch = r.batch AND p.row = r.row
              LEFT JOIN batch_parts q ON q.batch = r.batch AND q.regency = left(r.village, 4)) AS counted
            WHERE fates > 1 OR (fates <> 1 AND released_at IS NOT NULL AND NOT under_way AND intake <> 'substitute')",
    },
    Rule {
        name: "decisions",
        meaning: "each decision is about a row that intake staged, or took as a substitute",
        severity: Violation,
        examined: "SELECT count(*) FROM row_decisions",
        found: "SELECT format('row %s of batch %s: decided %s', d.row, d.batch, d.code)
            FROM row_decisions d LEFT JOIN recipients r ON r.batch = d.batch AND r.row = d.row
            WHERE r.intake IS NULL OR r.intake NOT IN ('staged', 'substitute') OR (d.tranche, d.account) IS DISTINCT FROM (r.tranche, r.account)",
    },
];
