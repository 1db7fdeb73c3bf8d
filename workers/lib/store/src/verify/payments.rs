//! Payments against rows, transfers, hand-overs, accounts and the ledger's control accounts.

use super::{Rule, Severity::Violation};

const PAYMENTS: &str = "SELECT count(*) FROM payments";

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "payment-rows",
        meaning: "each payment is the row it came from: same amount, which is the tranche's, same family, same place",
        severity: Violation,
        examined: PAYMENTS,
        found: "SELECT format('payment %s/%s: %s', tranche, id, why)
            FROM (SELECT p.tranche, p.id, concat_ws('; ',
                CASE WHEN r.batch IS NULL THEN format('no row %s of batch %s', p.row, p.batch) END,
                CASE WHEN r.amount <> p.amount THEN format('amount %s, the row says %s', p.amount, r.amount) END,
                CASE WHEN t.amount IS DISTINCT FROM p.amount THEN format('amount %s, the tranche says %s', p.amount, t.amount) END,
                CASE WHEN r.batch IS NOT NULL AND (r.tranche, r.payment, r.account, r.household) IS DISTINCT FROM (p.tranche, p.id, p.account, p.household)
                  THEN 'another family than the row' END,
                CASE WHEN r.batch IS NOT NULL AND (r.village, left(r.village, 4), coalesce(r.pay_point, p.pay_point))
                    IS DISTINCT FROM (p.village, p.regency, p.pay_point) THEN 'another place than the row' END) AS why
              FROM payments p LEFT JOIN recipients r ON r.batch = p.batch AND r.row = p.row LEFT JOIN tranches t ON t.id = p.tranche) AS pairs
            WHERE why <> ''",
    },
    Rule {
        name: "payments-funded",
        meaning: "each funded payment has exactly one transfer from its part's reserve to its regency's recipients, of its amount",
        severity: Violation,
        examined: PAYMENTS,
        found: "SELECT format('payment %s/%s: %s', tranche, id, why)
            FROM (SELECT coalesce(p.tranche, t.tranche) AS tranche, coalesce(p.id, t.subject) AS id, concat_ws('; ',
                CASE WHEN p.id IS NULL THEN 'a transfer without a payment' END,
                CASE WHEN p.funded_at IS NOT NULL AND t.subject IS NULL THEN 'funded without a transfer' END,
                CASE WHEN p.id IS NOT NULL AND p.funded_at IS NULL AND t.subject IS NOT NULL THEN 'a transfer, and not funded' END,
                CASE WHEN t.n > 1 THEN format('transfer %s of a kind that happens once', t.n) END,
                CASE WHEN t.amount <> p.amount THEN format('amount %s, transferred %s', p.amount, t.amount) END,
                CASE WHEN p.id IS NOT NULL AND t.subject IS NOT NULL AND (t.debit, t.credit) IS DISTINCT FROM (q.reserve_account, q.recipient_account)
                  THEN 'transferred between accounts of another part' END) AS why
              FROM payments p
              FULL JOIN (SELECT * FROM transfers WHERE kind = 'recipient_funded') t ON t.tranche = p.tranche AND t.subject = p.id
              LEFT JOIN part_accounts q ON q.batch = p.batch AND q.regency = p.regency) AS pairs
            WHERE why <> ''",
    },
    // A payment that was cancelled before it was funded leaves its money in the reserve where a substitute takes it.
    Rule {
        name: "payments-cancelled",
        meaning: "each cancelled payment gave its amount back once: funded, to its part's reserve, else to the allocation or to its substitute; no other did",
        severity: Violation,
        examined: "SELECT count(*) FROM payments WHERE cancelled_at IS NOT NULL",
        found: "SELECT format('payment %s/%s: %s', tranche, id, why)
            FROM (SELECT coalesce(p.tranche, t.tranche) AS tranche, coalesce(p.id, t.subject) AS id, concat_ws('; ',
                CASE WHEN p.id IS NULL THEN 'its money went back, and it is not cancelled' END,
                CASE WHEN t.subject IS NULL AND NOT (p.funded_at IS NULL AND w.substitute IS NOT NULL)
                  THEN 'cancelled, and its money did not go back' END,
                CASE WHEN p.funded_at IS NULL AND t.kind = 'cancelled' THEN 'never funded, and given back as cancelled' END,
                CASE WHEN p.funded_at IS NOT NULL AND t.kind = 'withdrawn' THEN 'funded, and given back as withdrawn' END,
                CASE WHEN t.n > 1 THEN format('transfer %s of a kind that happens once', t.n) END,
                CASE WHEN t.amount <> p.amount THEN format('amount %s, %s went back', p.amount, t.amount) END,
                CASE WHEN p.id IS NOT NULL AND ((t.kind = 'cancelled' AND (t.debit, t.credit) IS DISTINCT FROM (q.recipient_account, q.reserve_account))
                    OR (t.kind = 'withdrawn' AND t.debit IS DISTINCT FROM q.reserve_account))
                  THEN 'given back between accounts of another part' END) AS why
              FROM (SELECT * FROM payments WHERE cancelled_at IS NOT NULL) p
              FULL JOIN (SELECT * FROM transfers WHERE kind IN ('cancelled', 'withdrawn')) t ON t.tranche = p.tranche AND t.subject = p.id
              LEFT JOIN withdrawals w ON w.batch = p.batch AND w.row = p.row AND w.effect = 'cancelled'
              LEFT JOIN part_accounts q ON q.batch = p.batch AND q.regency = p.regency) AS pairs
            WHERE why <> ''",
    },
    Rule {
        name: "hand-overs",
        meaning: "each payment handed over has one record and one transfer of the round under way, of its amount, from the cash of the teller who did it",
        severity: Violation,
        examined: "SELECT count(*) FROM hand_overs",
        found: "SELECT format('payment %s/%s: %s', tranche, id, why)
            FROM (SELECT coalesce(p.tranche, m.tranche) AS tranche, coalesce(p.id, m.payment) AS id, concat_ws('; ',
                CASE WHEN p.id IS NULL THEN 'cash for no payment' END,
                CASE WHEN p.handed_over_at IS NOT NULL AND m.payment IS NULL THEN 'handed over without a record' END,
                CASE WHEN p.id IS NOT NULL AND m.payment IS NOT NULL AND m.recorded IS NULL THEN 'a transfer without a record' END,
                CASE WHEN p.id IS NOT NULL AND m.payment IS NOT NULL AND m.amount IS NULL THEN 'a record without a transfer' END,
                CASE WHEN p.id IS NOT NULL AND m.payment IS NOT NULL AND (p.handed_over_at IS NULL OR m.n <> p.round) AND NOT m.reversed
                  THEN 'a record or transfer, and not handed over' END,
                CASE WHEN p.handed_over_at IS NOT NULL AND m.n = p.round AND m.reversed THEN 'reversed, and handed over' END,
                CASE WHEN m.amount <> p.amount THEN format('amount %s, handed over %s', p.amount, m.amount) END,
                CASE WHEN m.amount IS NOT NULL AND c.owner IS DISTINCT FROM m.teller THEN 'cash of another teller' END,
                CASE WHEN m.amount IS NOT NULL AND m.debit IS DISTINCT FROM q.recipient_account THEN 'booked against another regency' END) AS why
              FROM payments p
              FULL JOIN (SELECT coalesce(h.tranche, t.tranche) AS tranche, coalesce(h.payment, t.subject) AS payment, coalesce(h.n, t.n) AS n,
                  h.at AS recorded, h.teller, t.amount, t.debit, t.credit, v.n IS NOT NULL AS reversed
                FROM hand_overs h FULL JOIN (SELECT * FROM transfers WHERE kind = 'hand_over') t
                  ON t.tranche = h.tranche AND t.subject = h.payment AND t.n = h.n
                LEFT JOIN reversals v ON v.tranche = h.tranche AND v.payment = h.payment AND v.n = h.n) m
                ON m.tranche = p.tranche AND m.payment = p.id
              LEFT JOIN ledger_accounts c ON c.id = m.credit AND c.kind = 'teller_cash'
              LEFT JOIN part_accounts q ON q.batch = p.batch AND q.regency = p.regency
              WHERE p.handed_over_at IS NOT NULL OR m.payment IS NOT NULL) AS pairs
            WHERE why <> ''",
    },
    Rule {
        name: "status-identity",
        meaning: "per tranche and regency: funded = paid + in question + returned + cancelled after funding + open, and the ledger agrees",
        severity: Violation,
        examined: "SELECT count(*) FROM (SELECT DISTINCT tranche, regency FROM payments) AS groups",
        found: "WITH p AS (SELECT tranche, regency, count(*) AS funded, sum(amount) AS funded_rp,
                count(*) FILTER (WHERE status IN ('paid', 'in_question', 'returned', 'cancelled')) AS settled,
                coalesce(sum(amount) FILTER (WHERE status IN ('paid', 'in_question', 'returned', 'cancelled')), 0) AS settled_rp,
                count(*) FILTER (WHERE status IN ('funded', 'cheque_issued')) AS open,
                coalesce(sum(amount) FILTER (WHERE status IN ('funded', 'cheque_issued')), 0) AS open_rp
              FROM payments WHERE funded_at IS NOT NULL GROUP BY 1, 2),
              undone AS (SELECT credit, sum(amount) AS amount FROM transfers WHERE kind IN ('return_reversed', 'hand_over_undone', 'not_proven') GROUP BY 1),
              l AS (SELECT tranche, regency, sum(debits - coalesce(u.amount, 0)) AS debits, sum(credits - coalesce(u.amount, 0)) AS credits
                FROM ledger_accounts a LEFT JOIN undone u ON u.credit = a.id WHERE kind = 'recipient' GROUP BY 1, 2)
            SELECT format('tranche %s, regency %s: %s families of %s funded, %s of %s ended or in question, %s of %s open; recipients credited %s, debited %s',
              tranche, regency, coalesce(funded, 0), coalesce(funded_rp, 0), coalesce(settled, 0), coalesce(settled_rp, 0), coalesce(open, 0),
              coalesce(open_rp, 0), coalesce(credits, 0), coalesce(debits, 0))
            FROM p FULL JOIN l USING (tranche, regency)
            WHERE funded <> settled + open OR funded_rp <> settled_rp + open_rp
              OR coalesce(credits, 0) <> coalesce(funded_rp, 0) OR coalesce(debits, 0) <> coalesce(settled_rp, 0)",
    },
    Rule {
        name: "statuses",
        meaning: "each payment's moments are in order and legal together, and its status follows from them",
        severity: Violation,
        examined: PAYMENTS,
        found: "SELECT format('payment %s/%s: %s', tranche, id, why)
            FROM (SELECT tranche, id, concat_ws('; ',
                CASE WHEN account_opened_at < accepted_at THEN 'account opened before it was accepted' END,
                CASE WHEN funded_at < account_opened_at OR (funded_at IS NOT NULL AND account_opened_at IS NULL)
                  THEN 'funded before its account was opened' END,
                CASE WHEN cheque_issued_at < funded_at OR (cheque_issued_at IS NOT NULL AND funded_at IS NULL) THEN 'cheque issued before it was funded' END,
                CASE WHEN handed_over_at < cheque_issued_at OR (handed_over_at IS NOT NULL AND cheque_issued_at IS NULL)
                  THEN 'handed over before its cheque was issued' END,
                CASE WHEN paid_at < handed_over_at OR (paid_at IS NOT NULL AND handed_over_at IS NULL) THEN 'paid before it was handed over' END,
                CASE WHEN questioned_at < handed_over_at OR (questioned_at IS NOT NULL AND handed_over_at IS NULL)
                  THEN 'questioned before it was handed over' END,
                CASE WHEN handed_over_at IS NOT NULL AND paid_at IS NULL AND questioned_at IS NULL THEN 'handed over, neither paid nor in question' END,
                CASE WHEN returned_at IS NOT NULL AND handed_over_at IS NOT NULL THEN 'returned, and handed over' END,
                CASE WHEN cancelled_at IS NOT NULL AND (handed_over_at IS NOT NULL OR returned_at IS NOT NULL)
                  THEN 'cancelled, and handed over or returned' END,
                CASE WHEN greatest(accepted_at, account_opened_at, funded_at, cheque_issued_at, handed_over_at, questioned_at, paid_at, returned_at,
                  cancelled_at) > clock_timestamp() THEN 'a moment in the future' END,
                CASE WHEN status <> CASE
                    WHEN paid_at IS NOT NULL THEN 'paid'
                    WHEN questioned_at IS NOT NULL THEN 'in_question'
                    WHEN returned_at IS NOT NULL THEN 'returned'
                    WHEN cancelled_at IS NOT NULL THEN 'cancelled'
                    WHEN cheque_issued_at IS NOT NULL THEN 'cheque_issued'
                    WHEN funded_at IS NOT NULL THEN 'funded'
                    WHEN account_opened_at IS NOT NULL THEN 'account_open'
                    ELSE 'accepted' END THEN format('status %s does not follow from its moments', status) END) AS why
              FROM payments) AS moments
            WHERE why <> ''",
    },
    Rule {
        name: "verification",
        meaning: "a payment that a civil registry's answer stopped has that answer, and an account only after a person released it",
        severity: Violation,
        examined: "SELECT count(*) FROM registry_answers",
        found: "SELECT format('payment %s/%s: %s', tranche, id, why)
            FROM (SELECT p.tranche, p.id, concat_ws('; ',
                CASE WHEN p.unverified_at IS NOT NULL AND a.answer IS NULL THEN 'stopped without an answer' END,
                CASE WHEN p.unverified_at IS NULL AND a.answer <> 'confirmed' THEN format('not stopped, the answer was %s', a.answer) END,
                CASE WHEN p.unverified_at IS NOT NULL AND a.answer = 'confirmed' THEN 'stopped, and confirmed' END,
                CASE WHEN p.unverified_at IS NOT NULL AND p.account_opened_at IS NOT NULL AND NOT coalesce(u.effect = 'released'
                  AND u.decided_at <= p.account_opened_at, false) THEN 'account opened, and nobody released it' END) AS why
              FROM payments p LEFT JOIN registry_answers a ON a.tranche = p.tranche AND a.payment = p.id
              LEFT JOIN unverified_payments u ON u.tranche = p.tranche AND u.id = p.id
              WHERE p.unverified_at IS NOT NULL OR a.answer IS NOT NULL) AS pairs
            WHERE why <> ''",
    },
    Rule {
        name: "accounts",
        meaning: "each person paid has exactly one account, and no account is without a payment",
        severity: Violation,
        examined: "SELECT count(*) FROM accounts",
        found: "SELECT CASE WHEN a.id IS NULL THEN format('account %s of payments does not exist', p.account)
              ELSE format('account %s has no payment', a.id) END
            FROM accounts a FULL JOIN (SELECT DISTINCT account FROM payments WHERE account_opened_at IS NOT NULL) AS p ON p.account = a.id
            WHERE a.id IS NULL OR p.account IS NULL",
    },
];
