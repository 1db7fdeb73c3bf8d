//! What banks said against itself, and against the ledger.

use super::{
    Rule,
    Severity::{Information, Violation},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "bank-statements",
        meaning: "the lines of each statement are all there and lead from its opening to its closing balance",
        severity: Violation,
        examined: "SELECT count(*) FROM bank_sheets",
        found: "SELECT format('statement %s of %s: opening %s and %s lines of together %s, closing %s', s.name, s.account, s.opening, count(l.n),
              coalesce(sum(CASE l.direction WHEN 'credit' THEN l.amount ELSE -l.amount END), 0), s.closing)
            FROM bank_sheets s LEFT JOIN bank_lines l ON l.sheet = s.id GROUP BY s.id
            HAVING count(l.n) <> s.lines OR coalesce(sum(CASE l.direction WHEN 'credit' THEN l.amount ELSE -l.amount END), 0) <> s.closing - s.opening",
    },
    // a line that waits is a case; an outcome says how much of the line stands for transfers, and names another line where there is one
    Rule {
        name: "bank-lines",
        meaning: "each line that was looked at has one outcome that adds up, or waits as a case",
        severity: Violation,
        examined: "SELECT count(*) FROM bank_lines",
        found: "WITH m AS (SELECT sheet, n, sum(amount) AS amount FROM bank_matches GROUP BY 1, 2)
            SELECT format('line %s of statement %s: %s, of %s its matches have %s', l.n, s.name, coalesce(o.outcome, 'nothing'), l.amount,
              coalesce(m.amount, 0))
            FROM bank_lines l JOIN bank_sheets s ON s.id = l.sheet
            LEFT JOIN bank_outcomes o ON (o.sheet, o.n) = (l.sheet, l.n)
            LEFT JOIN m ON (m.sheet, m.n) = (l.sheet, l.n)
            LEFT JOIN bank_lines f ON (f.sheet, f.n) = (o.other_sheet, o.other_n)
            LEFT JOIN m AS b ON l.is_reversal AND (b.sheet, b.n) = (o.other_sheet, o.other_n)
            WHERE CASE o.outcome
              WHEN 'matched' THEN m.amount IS DISTINCT FROM l.amount
              WHEN 'partial' THEN m.amount IS DISTINCT FROM l.amount
              WHEN 'doubled' THEN m.amount IS NOT NULL OR f.amount IS DISTINCT FROM l.amount
              WHEN 'reversed' THEN coalesce(m.amount, 0) <> -coalesce(b.amount, 0) OR f.amount IS DISTINCT FROM l.amount
              ELSE EXISTS (SELECT FROM bank_steps t WHERE t.matching = s.file AND t.next IS NULL)
                AND NOT EXISTS (SELECT FROM bank_cases c WHERE c.kind = 'unmatched' AND (c.sheet, c.n) = (l.sheet, l.n))
            END",
    },
    Rule {
        name: "bank-matches",
        meaning: "what lines stand for is a transfer of their programme and direction, and no more than its amount",
        severity: Violation,
        examined: "SELECT count(*) FROM bank_matches",
        found: "WITH m AS (SELECT m.tranche, m.subject, m.kind, m.transfer_n, sum(m.amount) AS amount, min(l.programme) AS programme,
                bool_or(l.is_reversal = (m.amount > 0)) AS is_strange, min(CASE l.is_reversal WHEN false THEN l.direction END) AS low,
                max(CASE l.is_reversal WHEN false THEN l.direction END) AS high
              FROM bank_matches m JOIN bank_lines l ON (l.sheet, l.n) = (m.sheet, m.n) GROUP BY 1, 2, 3, 4)
            SELECT format('transfer %s/%s/%s/%s: amount %s, lines stand for %s', m.tranche, m.subject, m.kind, m.transfer_n,
              coalesce(t.amount::text, 'unknown'), m.amount)
            FROM m LEFT JOIN bank_transfers t ON (t.tranche, t.subject, t.kind, t.n) = (m.tranche, m.subject, m.kind, m.transfer_n)
              AND t.programme = m.programme AND t.direction = m.low AND t.direction = m.high
            WHERE t.amount IS NULL OR m.is_strange OR m.amount < 0 OR m.amount > t.amount",
    },
    Rule {
        name: "bank-undocumented",
        meaning: "transfers on a bank account that name no paper: no line can be told to be theirs",
        severity: Information,
        examined: "SELECT count(*) FROM bank_transfers",
        found: "SELECT format('transfer %s/%s/%s/%s of %s', tranche, subject, kind, n, amount) FROM bank_transfers WHERE document = ''",
    },
];
