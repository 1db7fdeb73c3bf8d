//! Cash against what people said of it: each move and each close has its transfer, and nobody gave what the books did not hold.

use super::{
    Rule,
    Severity::{Information, Violation},
};

pub(super) const RULES: &[Rule] = &[
    // An opening float comes from a setup file: two transfers of one sum under one subject, to the office and on to the teller.
    Rule {
        name: "cash-moves",
        meaning: "each move of cash that was booked has its one transfer, of its places and amount, no refused one has any, and no cash moved otherwise",
        severity: Violation,
        examined: "SELECT count(*) FROM cash_moves",
        found: "WITH t AS (SELECT t.*, (SELECT count(*) FROM transfers o WHERE o.tranche = 0 AND o.subject = t.subject AND o.amount = t.amount AND o.n = 1
                AND o.kind IN ('cash_to_office', 'cash_to_teller')) = 2 AND t.kind IN ('cash_to_office', 'cash_to_teller') AS is_opening,
                d.programme, place_of(c.kind, c.owner) AS from_place, place_of(d.kind, d.owner) AS to_place
              FROM transfers t LEFT JOIN ledger_accounts d ON d.id = t.debit LEFT JOIN ledger_accounts c ON c.id = t.credit
              WHERE t.kind IN ('cash_to_office', 'cash_back_to_bank', 'cash_to_teller', 'cash_back_to_office', 'cash_between_tellers', 'difference_settled'))
            SELECT format('move %s: %s', coalesce(m.id, t.subject), CASE
              WHEN m.id IS NULL THEN format('%s of %s was posted, and nobody moved it', t.kind, t.amount)
              WHEN m.effect = 'refused' THEN format('%s of %s was posted, and the move was refused', t.kind, t.amount)
              WHEN t.subject IS NULL THEN format('%s from %s to %s was booked, and no transfer says so', m.amount, m.from_place, m.to_place)
              ELSE format('%s from %s to %s, the transfer says %s from %s to %s', m.amount, m.from_place, m.to_place, t.amount, t.from_place, t.to_place) END)
            FROM cash_moves m FULL JOIN t ON t.subject = m.id
            WHERE CASE WHEN m.id IS NULL THEN NOT t.is_opening
              WHEN m.effect = 'refused' THEN t.subject IS NOT NULL
              ELSE (t.tranche, t.n, t.amount, t.programme, t.from_place, t.to_place)
                IS DISTINCT FROM (0, 1, m.amount, m.programme, m.from_place, m.to_place) END",
    },
    Rule {
        name: "cash-counts",
        meaning: "each day that was closed has a transfer of the difference to its teller, and no difference was booked otherwise",
        severity: Violation,
        examined: "SELECT count(*) FROM cash_counts",
        found: "WITH t AS (SELECT t.subject, d.programme, CASE t.kind WHEN 'cash_over' THEN t.amount ELSE -t.amount END AS beyond,
                d.owner = c.owner AND t.tranche = 0 AND t.n = 1 AS is_own, d.owner
              FROM transfers t LEFT JOIN ledger_accounts d ON d.id = t.debit LEFT JOIN ledger_accounts c ON c.id = t.credit
              WHERE t.kind IN ('cash_short', 'cash_over')),
            k AS (SELECT id, programme, teller, effect, CASE effect WHEN 'closed' THEN counted - books ELSE 0 END AS beyond FROM cash_counts)
            SELECT format('count %s: counted %s beyond the books, the ledger says %s', coalesce(k.id, t.subject), coalesce(k.beyond, 0),
              coalesce(t.beyond, 0))
            FROM k FULL JOIN t ON t.subject = k.id
            WHERE coalesce(k.beyond, 0) <> coalesce(t.beyond, 0) OR (t.subject IS NOT NULL
              AND (NOT t.is_own OR (t.programme, t.owner) IS DISTINCT FROM (k.programme, k.teller)))",
    },
    Rule {
        name: "cash-held",
        meaning: "no bank account and no office gave cash that the books did not hold",
        severity: Violation,
        examined: "SELECT count(*) FROM ledger_accounts WHERE kind IN ('bank', 'office_cash')",
        found: "SELECT format('%s of programme %s: %s', place_of(kind, owner), programme, debits - credits)
            FROM ledger_accounts WHERE kind IN ('bank', 'office_cash') AND debits < credits",
    },
    Rule {
        name: "cash-owed-by-drawers",
        meaning: "tellers who paid families from notes that nobody booked in: the hand-overs count, the cash wants a document",
        severity: Information,
        examined: "SELECT count(*) FROM ledger_accounts WHERE kind = 'teller_cash'",
        found: "SELECT format('%s of programme %s: %s', place_of(kind, owner), programme, debits - credits)
            FROM ledger_accounts WHERE kind = 'teller_cash' AND debits < credits",
    },
    Rule {
        name: "cash-differences",
        meaning: "what tellers answer for and have not made good, or was found beyond the books and is not explained",
        severity: Information,
        examined: "SELECT count(*) FROM ledger_accounts WHERE kind = 'cash_difference'",
        found: "SELECT format('%s of programme %s: %s', place_of(kind, owner), programme, debits - credits)
            FROM ledger_accounts WHERE kind = 'cash_difference' AND debits <> credits",
    },
];
