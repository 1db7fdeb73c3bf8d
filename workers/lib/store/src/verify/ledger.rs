//! The ledger against itself: totals, chart, both sides, reserves, allocations.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "balances",
        meaning: "each ledger account's debits and credits are the sums over its transfers",
        severity: Violation,
        examined: "SELECT count(*) FROM ledger_accounts",
        found: "WITH d AS (SELECT debit AS account, sum(amount) AS total FROM transfers GROUP BY 1),
              c AS (SELECT credit AS account, sum(amount) AS total FROM transfers GROUP BY 1)
            SELECT format('ledger account %s (%s): debits %s, transfers say %s; credits %s, transfers say %s',
              a.id, a.kind, a.debits, coalesce(d.total, 0), a.credits, coalesce(c.total, 0))
            FROM ledger_accounts a LEFT JOIN d ON d.account = a.id LEFT JOIN c ON c.account = a.id
            WHERE a.debits <> coalesce(d.total, 0) OR a.credits <> coalesce(c.total, 0)",
    },
    Rule {
        name: "transfers-name-known-accounts",
        meaning: "each transfer debits and credits accounts that the chart allows, of one programme, its tranche and one regency",
        severity: Violation,
        examined: "SELECT count(*) FROM transfers",
        found: "SELECT format('transfer %s/%s/%s/%s: debit %s (%s), credit %s (%s)',
              t.tranche, t.subject, t.kind, t.n, t.debit, coalesce(d.kind, 'unknown'), t.credit, coalesce(c.kind, 'unknown'))
            FROM transfers t
            LEFT JOIN ledger_accounts d ON d.id = t.debit
            LEFT JOIN ledger_accounts c ON c.id = t.credit
            LEFT JOIN (VALUES ('programme_funded', 'bank', 'allocation'), ('batch_reserved', 'allocation', 'reserve'),
                ('hold_reserved', 'allocation', 'reserve'), ('withdrawn', 'reserve', 'allocation'), ('recipient_funded', 'reserve', 'recipient'),
                ('cancelled', 'recipient', 'reserve'), ('cash_to_office', 'office_cash', 'bank'), ('cash_back_to_bank', 'bank', 'office_cash'),
                ('cash_to_teller', 'teller_cash', 'office_cash'), ('cash_back_to_office', 'office_cash', 'teller_cash'),
                ('cash_between_tellers', 'teller_cash', 'teller_cash'), ('cash_short', 'cash_difference', 'teller_cash'),
                ('cash_over', 'teller_cash', 'cash_difference'), ('second_pay_out', 'cash_difference', 'teller_cash'),
                ('difference_settled', 'office_cash', 'cash_difference'), ('hand_over', 'recipient', 'teller_cash'),
                ('hand_over_undone', 'teller_cash', 'recipient'), ('not_proven', 'cash_difference', 'recipient'),
                ('return', 'recipient', 'return_due'), ('return_unfunded', 'reserve', 'return_due'),
                ('return_reversed', 'return_due', 'recipient'), ('reserve_unused', 'reserve', 'allocation'),
                ('allocation_unused', 'allocation', 'return_due'), ('remitted', 'return_due', 'bank')) AS chart(kind, debit, credit)
              ON chart.kind = t.kind AND chart.debit = d.kind AND chart.credit = c.kind
            WHERE chart.kind IS NULL OR d.programme <> c.programme
              OR d.tranche NOT IN (0, t.tranche) OR c.tranche NOT IN (0, t.tranche)
              OR (d.regency <> c.regency AND d.regency <> '' AND c.regency <> '')",
    },
    Rule {
        name: "assets-equal-obligations",
        meaning: "per programme, what is held equals what is owed",
        severity: Violation,
        examined: "SELECT count(DISTINCT programme) FROM ledger_accounts",
        found: "SELECT format('programme %s: assets %s, obligations %s', programme, assets, obligations)
            FROM (SELECT programme,
                coalesce(sum(debits - credits) FILTER (WHERE kind IN ('bank', 'office_cash', 'teller_cash', 'cash_difference')), 0) AS assets,
                coalesce(sum(credits - debits) FILTER (WHERE kind IN ('allocation', 'reserve', 'recipient', 'return_due')), 0) AS obligations
              FROM ledger_accounts GROUP BY programme) AS sides
            WHERE assets <> obligations",
    },
    Rule {
        name: "entries-sum-to-zero",
        meaning: "the entries of each programme sum to zero: no money crosses from one to another or comes from nowhere",
        severity: Violation,
        examined: "SELECT count(*) FROM entries",
        found: "SELECT format('programme %s: entries sum to %s', coalesce(a.programme, 'unknown'), sum(e.amount))
            FROM entries e LEFT JOIN ledger_accounts a ON a.id = e.account GROUP BY a.programme HAVING sum(e.amount) <> 0",
    },
    Rule {
        name: "allocations",
        meaning: "each document that grants money to a regency funded exactly its amount",
        severity: Violation,
        examined: "SELECT count(*) FROM allocations",
        found: "WITH funded AS (SELECT a.tranche, a.regency, t.document, sum(t.amount) AS amount
              FROM transfers t JOIN ledger_accounts a ON a.id = t.credit WHERE t.kind = 'programme_funded' GROUP BY 1, 2, 3)
            SELECT format('tranche %s, regency %s, document %s: granted %s, funded %s', tranche, regency, document, coalesce(l.amount, 0),
              coalesce(f.amount, 0))
            FROM allocations l FULL JOIN funded f USING (tranche, regency, document) WHERE coalesce(l.amount, 0) <> coalesce(f.amount, 0)",
    },
    // A part is (batch, regency); its reserve account serves it alone.
    Rule {
        name: "reserves",
        meaning: "each part was reserved once with its sum, each hold that ended with its own, and the reserve holds what was accepted and not funded yet",
        severity: Violation,
        examined: "SELECT count(*) FROM batch_parts",
        found: "WITH p AS (SELECT batch, regency, count(*) AS families, sum(amount) AS rupiah,
                coalesce(sum(amount) FILTER (WHERE funded_at IS NOT NULL), 0) AS funded FROM payments GROUP BY 1, 2),
              t AS (SELECT credit, count(*) FILTER (WHERE kind = 'batch_reserved') AS times,
                coalesce(sum(amount) FILTER (WHERE kind = 'batch_reserved'), 0) AS amount,
                coalesce(sum(amount) FILTER (WHERE kind = 'hold_reserved'), 0) AS of_holds
                FROM transfers WHERE kind IN ('batch_reserved', 'hold_reserved') GROUP BY 1),
              h AS (SELECT batch, regency, sum(families) AS families, sum(rupiah) AS rupiah,
                bool_or(row IS NULL AND NOT EXISTS (SELECT FROM hold_sweeps s WHERE s.decision = d.id)) AS under_way
                FROM ended_holds d WHERE effect = 'released' GROUP BY 1, 2),
              back AS (SELECT account, sum(amount) AS amount FROM (SELECT credit AS account, amount FROM transfers WHERE kind = 'cancelled'
                UNION ALL SELECT debit, -amount FROM transfers WHERE kind IN ('withdrawn', 'return_unfunded', 'reserve_unused')) AS moved GROUP BY 1),
              s AS (SELECT p.batch, p.regency, count(*) AS families, sum(p.amount) AS rupiah
                FROM payments p JOIN substitutes u ON u.batch = p.batch AND u.row = p.row GROUP BY 1, 2),
              q AS (SELECT batch, regency, coalesce(families, 0) AS families, coalesce(rupiah, 0) AS rupiah, reserve_account
                FROM (SELECT batch, regency, families, rupiah FROM batch_parts WHERE reserved_at IS NOT NULL) AS reserved
                FULL JOIN part_accounts USING (batch, regency))
            SELECT format('batch %s, regency %s: %s', batch, regency, why)
            FROM (SELECT coalesce(q.batch, p.batch) AS batch, coalesce(q.regency, p.regency) AS regency, concat_ws('; ',
                CASE WHEN q.batch IS NULL THEN 'payments without a reserve' END,
                CASE WHEN coalesce(t.times, 0) <> (q.families > 0)::int OR coalesce(t.amount, 0) <> q.rupiah
                  THEN format('reserved %s in %s transfers, the part says %s', coalesce(t.amount, 0), coalesce(t.times, 0), q.rupiah) END,
                CASE WHEN coalesce(t.of_holds, 0) <> coalesce(h.rupiah, 0)
                  THEN format('reserved %s for holds, the decisions say %s', coalesce(t.of_holds, 0), coalesce(h.rupiah, 0)) END,
                CASE WHEN a.credits - a.debits IS DISTINCT FROM q.rupiah + coalesce(h.rupiah, 0) + coalesce(back.amount, 0) - coalesce(p.funded, 0)
                  THEN format('reserve holds %s, %s was not funded', a.credits - a.debits,
                    q.rupiah + coalesce(h.rupiah, 0) + coalesce(back.amount, 0) - coalesce(p.funded, 0)) END,
                CASE WHEN b.released_at IS NOT NULL AND NOT coalesce(h.under_way, false) AND (coalesce(p.families, 0), coalesce(p.rupiah, 0))
                    IS DISTINCT FROM (q.families + coalesce(h.families, 0) + coalesce(s.families, 0), q.rupiah + coalesce(h.rupiah, 0) + coalesce(s.rupiah, 0))
                  THEN format('%s payments of %s, the part and its holds say %s of %s', coalesce(p.families, 0), coalesce(p.rupiah, 0),
                    q.families + coalesce(h.families, 0), q.rupiah + coalesce(h.rupiah, 0)) END)
                AS why
              FROM q FULL JOIN p ON p.batch = q.batch AND p.regency = q.regency
              LEFT JOIN h ON h.batch = q.batch AND h.regency = q.regency
              LEFT JOIN batches b ON b.id = q.batch
              LEFT JOIN ledger_accounts a ON a.id = q.reserve_account
              LEFT JOIN t ON t.credit = q.reserve_account LEFT JOIN back ON back.account = q.reserve_account
              LEFT JOIN s ON s.batch = q.batch AND s.regency = q.regency) AS parts
            WHERE why <> ''",
    },
];
