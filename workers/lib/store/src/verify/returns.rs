//! What went back to the treasury, against payments and the ledger.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[RETURNED, STATEMENTS_HOLD, STATED, CLOSED];

const RETURNED: Rule = Rule {
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
};

const STATEMENTS_HOLD: Rule = Rule {
    name: "return-statements",
    meaning: "each statement to the treasury is the sum of its lines, its lines are the returns that bear its number, and two people signed it",
    severity: Violation,
    examined: "SELECT count(*) FROM return_statements",
    found: "WITH l AS (SELECT tranche, n, regency, reason, families, rupiah FROM return_statement_lines),
          made AS (SELECT r.tranche, r.statement AS n, r.regency, r.reason, count(*) AS families, sum(r.amount) AS rupiah FROM returns r
              WHERE NOT EXISTS (SELECT FROM return_reversals v WHERE v.tranche = r.tranche AND v.payment = r.payment AND v.n = r.n) GROUP BY 1, 2, 3, 4
            UNION ALL SELECT tranche, statement, regency, 'unused', 0, amount FROM unused_returns),
          sums AS (SELECT tranche, n, sum(families) AS families, sum(rupiah) AS rupiah FROM l GROUP BY 1, 2)
        SELECT format('statement %s/R-%s: %s of %s, its lines say %s of %s', s.tranche, s.n, s.families, s.rupiah, coalesce(sums.families, 0),
            coalesce(sums.rupiah, 0))
          FROM return_statements s LEFT JOIN sums USING (tranche, n) WHERE (s.families, s.rupiah) IS DISTINCT FROM (sums.families, sums.rupiah)
        UNION ALL SELECT format('statement %s/R-%s, regency %s, %s: %s of %s, the returns say %s of %s', tranche, n, regency, reason,
            coalesce(l.families, 0), coalesce(l.rupiah, 0), coalesce(made.families, 0), coalesce(made.rupiah, 0))
          FROM l FULL JOIN (SELECT made.* FROM made JOIN return_statements USING (tranche, n)) AS made USING (tranche, n, regency, reason)
          WHERE (coalesce(l.families, 0), coalesce(l.rupiah, 0)) <> (coalesce(made.families, 0), coalesce(made.rupiah, 0))
        UNION ALL SELECT format('statement %s/R-%s: not signed by %s and %s', tranche, n, prepared_by, approved_by)
          FROM return_statements s WHERE prepared_by = approved_by
            OR NOT EXISTS (SELECT FROM signatures g WHERE g.tranche = s.tranche AND g.act = 'return_statement' AND g.actor = s.prepared_by
              AND g.effect = 'signed' AND g.rupiah = s.rupiah)
            OR NOT EXISTS (SELECT FROM signatures g WHERE g.tranche = s.tranche AND g.act = 'return_statement' AND g.actor = s.approved_by
              AND g.effect = 'carried_out' AND g.statement = s.n AND g.rupiah = s.rupiah)",
};

const STATED: Rule = Rule {
    name: "returns-due",
    meaning: "per tranche and regency, what the ledger owes the treasury is what went back, less what was paid; and only statements are paid, whole and once",
    severity: Violation,
    examined: "SELECT count(*) FROM ledger_accounts WHERE kind = 'return_due'",
    found: "WITH due AS (SELECT tranche, regency, sum(credits - debits) AS rupiah FROM ledger_accounts WHERE kind = 'return_due' GROUP BY 1, 2),
          back AS (SELECT tranche, regency, sum(amount) AS rupiah FROM (SELECT tranche, regency, amount FROM returns r WHERE NOT EXISTS (SELECT FROM
                return_reversals v WHERE v.tranche = r.tranche AND v.payment = r.payment AND v.n = r.n)
              UNION ALL SELECT tranche, regency, amount FROM unused_returns) AS b GROUP BY 1, 2),
          paid AS (SELECT t.tranche, a.regency, sum(t.amount) AS rupiah FROM transfers t JOIN ledger_accounts a ON a.id = t.debit
            WHERE t.kind = 'remitted' GROUP BY 1, 2),
          claimed AS (SELECT l.tranche, l.regency, sum(l.rupiah) AS rupiah FROM return_statement_lines l JOIN remittances r
            ON r.tranche = l.tranche AND r.statement = l.n AND r.effect = 'remitted' GROUP BY 1, 2)
        SELECT format('tranche %s, regency %s: %s went back, %s was paid (receipts say %s), the ledger owes %s', tranche, regency, coalesce(back.rupiah, 0),
          coalesce(paid.rupiah, 0), coalesce(claimed.rupiah, 0), coalesce(due.rupiah, 0))
        FROM due FULL JOIN back USING (tranche, regency) FULL JOIN paid USING (tranche, regency) FULL JOIN claimed USING (tranche, regency)
        WHERE coalesce(due.rupiah, 0) <> coalesce(back.rupiah, 0) - coalesce(paid.rupiah, 0) OR coalesce(paid.rupiah, 0) <> coalesce(claimed.rupiah, 0)",
};

const CLOSED: Rule = Rule {
    name: "closed-tranches",
    meaning: "a tranche that is closed has nothing left in its allocations and reserves, nothing that waits for a family, and was signed by those who must",
    severity: Violation,
    examined: "SELECT count(*) FROM tranches WHERE closed_at IS NOT NULL",
    found: "SELECT format('tranche %s: %s of regency %s still holds %s', t.id, a.kind, a.regency, a.credits - a.debits)
          FROM tranches t JOIN ledger_accounts a ON a.tranche = t.id AND a.kind IN ('allocation', 'reserve')
          WHERE t.closed_at IS NOT NULL AND a.credits <> a.debits
        UNION ALL SELECT format('tranche %s: payment %s is %s', t.id, p.id, p.status) FROM tranches t JOIN payments p ON p.tranche = t.id
          WHERE t.closed_at IS NOT NULL AND p.status NOT IN ('paid', 'in_question', 'returned', 'cancelled') AND p.round = 1
        UNION ALL SELECT format('tranche %s: nobody signed its closing', t.id) FROM tranches t WHERE t.closed_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM signatures g WHERE g.tranche = t.id AND g.act = 'close' AND g.effect = 'carried_out')",
};
