//! What boards show against what the rows say.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[Rule {
    name: "tallies",
    meaning: "what the boards add up, per tranche, village, pay point and measure, is what rows and payments say",
    severity: Violation,
    examined: "SELECT count(*) FROM tallies_now",
    found: "WITH counted(tranche, village, pay_point, measure, families, rupiah) AS (
          SELECT coalesce(tranche, 0), coalesce(village, ''), coalesce(pay_point, ''), 'submitted', count(*), coalesce(sum(amount), 0)
            FROM recipients GROUP BY 1, 2, 3
          UNION ALL SELECT coalesce(r.tranche, 0), coalesce(r.village, ''), coalesce(r.pay_point, ''),
              CASE WHEN r.intake = 'rejected' OR e.effect = 'rejected' OR d.decision = 'ended' THEN 'rejected'
                WHEN d.batch IS NOT NULL THEN d.decision ELSE 'held' END,
              count(*), coalesce(sum(r.amount), 0)
            FROM recipients r LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
            LEFT JOIN batch_parts q ON q.batch = r.batch AND q.regency = left(r.village, 4)
            LEFT JOIN ended_holds e ON e.batch = r.batch
              AND (e.row = r.row OR (e.row IS NULL AND r.intake = 'staged' AND d.batch IS NULL AND e.regency = left(r.village, 4)))
            WHERE (r.intake NOT IN ('staged', 'substitute') OR d.batch IS NOT NULL OR (r.intake = 'staged' AND q.held_at IS NOT NULL))
              AND e.effect IS DISTINCT FROM 'released' GROUP BY 1, 2, 3, 4
          UNION ALL SELECT tranche, village, pay_point, measure, count(*), sum(amount)
            FROM payments CROSS JOIN LATERAL unnest(array_remove(ARRAY['accepted',
              CASE WHEN account_opened_at IS NOT NULL AND EXISTS (SELECT FROM registry_answers a JOIN recipients r ON r.batch = payments.batch
                  AND r.row = payments.row AND r.name_digest = a.name_digest
                WHERE a.account = payments.account AND a.answer = 'confirmed' AND a.answered_at <= account_opened_at) THEN 'verified' END,
              CASE WHEN funded_at IS NOT NULL THEN 'funded' END,
              CASE WHEN cancelled_at IS NOT NULL THEN CASE WHEN funded_at IS NULL THEN 'withdrawn' ELSE 'cancelled' END END,
              CASE WHEN cheque_issued_at IS NOT NULL THEN 'cheque_issued' END,
              CASE WHEN questioned_at IS NOT NULL AND paid_at IS NULL THEN 'in_question' END,
              CASE WHEN returned_at IS NOT NULL THEN CASE WHEN funded_at IS NULL THEN 'returned_unfunded' ELSE 'returned' END END,
              CASE WHEN paid_at IS NOT NULL THEN 'paid' END], NULL)) AS measures(measure) GROUP BY 1, 2, 3, 4)
        SELECT format('tranche %s, village %s, pay point %s, %s: %s of %s on the board, %s of %s in the rows', tranche, village, pay_point, measure,
          coalesce(t.families, 0), coalesce(t.rupiah, 0), coalesce(c.families, 0), coalesce(c.rupiah, 0))
        FROM tallies_now t FULL JOIN counted c USING (tranche, village, pay_point, measure)
        WHERE (coalesce(t.families, 0), coalesce(t.rupiah, 0)) <> (coalesce(c.families, 0), coalesce(c.rupiah, 0))",
}];
