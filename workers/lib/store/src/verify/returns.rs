//! What went back to the treasury, against payments and the ledger.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[Rule {
    name: "payments-returned",
    meaning: "each return is of one payment, of its amount, from its recipient or, never funded, from its reserve; a returned payment has one that stands",
    severity: Violation,
    examined: "SELECT count(*) FROM returns",
    found: "WITH moved AS (SELECT t.tranche, t.subject, t.n, t.kind, t.amount, t.debit, d.regency FROM transfers t JOIN ledger_accounts d ON d.id = t.credit
          WHERE t.kind IN ('return', 'return_unfunded')),
          undone AS (SELECT tranche, subject, n, amount FROM transfers WHERE kind = 'return_reversed')
        SELECT format('payment %s/%s: %s', tranche, id, why)
        FROM (SELECT coalesce(p.tranche, r.tranche) AS tranche, coalesce(p.id, r.payment) AS id, concat_ws('; ',
            CASE WHEN p.id IS NULL THEN 'a return of no payment' END,
            CASE WHEN r.moved AND NOT r.remembered THEN 'its money went back, and nothing says why' END,
            CASE WHEN r.remembered AND NOT r.moved THEN 'a return without a transfer' END,
            CASE WHEN p.returned_at IS NOT NULL AND r.payment IS NULL THEN 'returned, and its money did not go back' END,
            CASE WHEN r.reversed IS NULL AND p.id IS NOT NULL AND p.returned_at IS NULL AND r.payment IS NOT NULL
              THEN 'its money went back, and it is not returned' END,
            CASE WHEN r.reversed IS NOT NULL AND p.returned_at IS NOT NULL AND p.round = r.n THEN 'returned, and the return was reversed' END,
            CASE WHEN r.reversed <> r.amount THEN format('%s returned, %s reversed', r.amount, r.reversed) END,
            CASE WHEN r.amount <> p.amount THEN format('amount %s, %s went back', p.amount, r.amount) END,
            CASE WHEN r.regency <> p.regency THEN 'booked to another regency' END,
            CASE WHEN r.kind = 'return_unfunded' AND p.funded_at IS NOT NULL THEN 'funded, and given back as unfunded' END,
            CASE WHEN r.kind = 'return' AND p.funded_at IS NULL THEN 'never funded, and given back as funded' END,
            CASE WHEN r.moved AND p.id IS NOT NULL AND r.debit IS DISTINCT FROM CASE r.kind WHEN 'return' THEN q.recipient_account ELSE q.reserve_account END
              THEN 'given back from accounts of another part' END) AS why
          FROM (SELECT * FROM payments WHERE returned_at IS NOT NULL OR round > 1) p
          FULL JOIN (SELECT coalesce(r.tranche, t.tranche) AS tranche, coalesce(r.payment, t.subject) AS payment, coalesce(r.n, t.n) AS n,
              r.payment IS NOT NULL AS remembered, t.subject IS NOT NULL AS moved, coalesce(t.amount, r.amount) AS amount, t.kind, t.debit,
              coalesce(t.regency, r.regency) AS regency, u.amount AS reversed
            FROM returns r FULL JOIN moved t ON t.tranche = r.tranche AND t.subject = r.payment AND t.n = r.n
            LEFT JOIN undone u ON u.tranche = coalesce(r.tranche, t.tranche) AND u.subject = coalesce(r.payment, t.subject) AND u.n = coalesce(r.n, t.n)) r
            ON r.tranche = p.tranche AND r.payment = p.id
          LEFT JOIN part_accounts q ON q.batch = p.batch AND q.regency = p.regency) AS pairs
        WHERE why <> ''",
}];
