//! What boards show against what the rows say.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[BOARD, TALLIES];

const BOARD: Rule = Rule {
    name: "board-tallies",
    meaning: "what the board reads of a regency, by method of payment and by day, is the sum of its villages",
    severity: Violation,
    examined: "SELECT count(*) FROM board_tallies",
    found: "WITH villages AS (SELECT t.tranche, left(t.village, 4) AS regency, coalesce(p.kind, '') AS method, t.measure,
              sum(t.families) AS families, sum(t.rupiah) AS rupiah
            FROM tallies t LEFT JOIN pay_points p ON p.code = t.pay_point GROUP BY 1, 2, 3, 4),
          days AS (SELECT tranche, regency, sum(families) AS families, sum(rupiah) AS rupiah FROM board_days GROUP BY 1, 2),
          paid AS (SELECT tranche, regency, sum(families) AS families, sum(rupiah) AS rupiah FROM villages WHERE measure = 'paid' GROUP BY 1, 2)
        SELECT format('tranche %s, regency %s, %s, %s: %s of %s on the board, %s of %s in its villages', tranche, regency, method, measure,
          coalesce(b.families, 0), coalesce(b.rupiah, 0), coalesce(v.families, 0), coalesce(v.rupiah, 0))
        FROM board_tallies b FULL JOIN villages v USING (tranche, regency, method, measure)
        WHERE (coalesce(b.families, 0), coalesce(b.rupiah, 0)) <> (coalesce(v.families, 0), coalesce(v.rupiah, 0))
        UNION ALL SELECT format('tranche %s, regency %s: %s of %s paid by day, %s of %s in its villages', tranche, regency,
          coalesce(d.families, 0), coalesce(d.rupiah, 0), coalesce(p.families, 0), coalesce(p.rupiah, 0))
        FROM days d FULL JOIN paid p USING (tranche, regency)
        WHERE (coalesce(d.families, 0), coalesce(d.rupiah, 0)) <> (coalesce(p.families, 0), coalesce(p.rupiah, 0))",
};

const TALLIES: Rule = Rule {
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
};
