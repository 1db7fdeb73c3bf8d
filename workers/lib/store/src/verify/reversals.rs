//! Hand-overs that do not stand, against the decisions of people, the ledger and the rounds of payments.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "reversals",
        meaning: "each hand-over that does not stand was decided about by those who may, and was booked back once, by its amount, to its teller's account",
        severity: Violation,
        examined: "SELECT count(*) FROM reversals",
        found: "SELECT format('payment %s/%s, round %s: %s', tranche, payment, n, why)
            FROM (SELECT coalesce(v.tranche, t.tranche) AS tranche, coalesce(v.payment, t.subject) AS payment, coalesce(v.n, t.n) AS n, concat_ws('; ',
                CASE WHEN v.n IS NULL THEN 'booked back, and nobody decided it' END,
                CASE WHEN t.n IS NULL THEN format('%s, and not booked back', v.kind) END,
                CASE WHEN v.n IS NOT NULL AND (h.capture, h.teller) IS DISTINCT FROM (v.capture, v.teller) THEN 'of another hand-over' END,
                CASE WHEN t.amount <> p.amount THEN format('amount %s, booked back %s', p.amount, t.amount) END,
                CASE WHEN v.n IS NOT NULL AND d.owner IS DISTINCT FROM v.teller AND t.n IS NOT NULL THEN 'booked back to another teller' END,
                CASE WHEN t.n IS NOT NULL AND p.id IS NOT NULL AND t.credit IS DISTINCT FROM q.recipient_account THEN 'booked back to another regency' END,
                CASE WHEN v.kind = 'not_proven' AND NOT EXISTS (SELECT FROM proof_reviews w WHERE w.id = v.decision AND w.capture = v.capture
                  AND w.effect = 'carried_out' AND w.verdict = 'not_proven') THEN 'no review says so' END,
                CASE WHEN v.kind = 'hand_over_undone' AND NOT EXISTS (SELECT FROM hand_over_undos u LEFT JOIN claims c ON c.id = u.claim
                  WHERE u.id = v.decision AND u.claim = v.claim AND u.effect = 'carried_out' AND (u.device = c.device OR EXISTS (
                    SELECT FROM hand_over_undos f WHERE f.claim = u.claim AND f.effect = 'signed' AND f.actor <> u.actor)))
                  THEN 'neither its device nor two people undid it' END) AS why
              FROM reversals v
              FULL JOIN (SELECT * FROM transfers WHERE kind IN ('hand_over_undone', 'not_proven')) t
                ON t.tranche = v.tranche AND t.subject = v.payment AND t.n = v.n AND t.kind = v.kind
              LEFT JOIN hand_overs h ON h.tranche = v.tranche AND h.payment = v.payment AND h.n = v.n
              LEFT JOIN payments p ON p.tranche = coalesce(v.tranche, t.tranche) AND p.id = coalesce(v.payment, t.subject)
              LEFT JOIN part_accounts q ON q.batch = p.batch AND q.regency = p.regency
              LEFT JOIN ledger_accounts d ON d.id = t.debit) AS pairs
            WHERE why <> ''",
    },
    Rule {
        name: "rounds",
        meaning: "the round of each payment is one more than those that were reversed: hand-overs that do not stand, and returns undone by a late capture",
        severity: Violation,
        examined: "SELECT count(*) FROM payments WHERE round > 1",
        found: "SELECT format('payment %s/%s: round %s, %s were reversed', p.tranche, p.id, p.round, coalesce(e.ended, 0))
            FROM (SELECT tranche, payment, count(*) AS ended FROM (SELECT tranche, payment FROM reversals
                UNION ALL SELECT tranche, payment FROM return_reversals) AS v GROUP BY 1, 2) AS e
            FULL JOIN (SELECT tranche, id, round FROM payments WHERE round > 1) AS r ON r.tranche = e.tranche AND r.id = e.payment
            JOIN payments p ON p.tranche = coalesce(e.tranche, r.tranche) AND p.id = coalesce(e.payment, r.id)
            WHERE p.round <> coalesce(e.ended, 0) + 1",
    },
];
