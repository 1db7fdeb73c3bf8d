//! Whether what is evidence stands in the journal. That each row is what it was, and each line in the log, is asked by `salur audit verify`.

use super::{
    Rule,
    Severity::{Violation, Warning},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "journal",
        meaning: "every row of evidence is of a transaction that left its line in the journal",
        severity: Violation,
        examined: "SELECT count(*) FROM journal",
        found: "SELECT format('%s rows of %s of transaction %s', count(*), name, tx) FROM (
            SELECT 'transfers' AS name, tx FROM transfers UNION ALL SELECT 'hand_overs', tx FROM hand_overs UNION ALL SELECT 'proofs', tx FROM proofs
            UNION ALL SELECT 'findings', tx FROM findings UNION ALL SELECT 'cheques', tx FROM cheques UNION ALL SELECT 'claims', tx FROM claims
            UNION ALL SELECT 'claim_proxies', tx FROM claim_proxies
            UNION ALL SELECT 'hold_decisions', tx FROM hold_decisions UNION ALL SELECT 'tranche_decisions', tx FROM tranche_decisions
            UNION ALL SELECT 'withdrawals', tx FROM withdrawals UNION ALL SELECT 'cases', tx FROM cases UNION ALL SELECT 'audit', tx FROM audit
            UNION ALL SELECT 'proof_reviews', tx FROM proof_reviews UNION ALL SELECT 'hand_over_undos', tx FROM hand_over_undos
            UNION ALL SELECT 'reversals', tx FROM reversals UNION ALL SELECT 'pauses', tx FROM pauses
            UNION ALL SELECT 'cheque_replacements', tx FROM cheque_replacements
            UNION ALL SELECT 'photo_destructions', tx FROM photo_destructions UNION ALL SELECT 'returns', tx FROM returns
            UNION ALL SELECT 'return_reasons', tx FROM return_reasons UNION ALL SELECT 'late_captures', tx FROM late_captures
            UNION ALL SELECT 'return_reviews', tx FROM return_reviews UNION ALL SELECT 'return_reversals', tx FROM return_reversals
            UNION ALL SELECT 'signatures', tx FROM signatures UNION ALL SELECT 'return_statements', tx FROM return_statements
            UNION ALL SELECT 'return_statement_lines', tx FROM return_statement_lines UNION ALL SELECT 'unused_returns', tx FROM unused_returns
            UNION ALL SELECT 'remittances', tx FROM remittances UNION ALL SELECT 'cash_moves', tx FROM cash_moves
            UNION ALL SELECT 'cash_counts', tx FROM cash_counts UNION ALL SELECT 'bank_statements', tx FROM bank_statements
            UNION ALL SELECT 'bank_sheets', tx FROM bank_sheets UNION ALL SELECT 'bank_lines', tx FROM bank_lines
            UNION ALL SELECT 'bank_outcomes', tx FROM bank_outcomes UNION ALL SELECT 'bank_matches', tx FROM bank_matches
            UNION ALL SELECT 'bank_cases', tx FROM bank_cases UNION ALL SELECT 'bank_case_decisions', tx FROM bank_case_decisions
            UNION ALL SELECT 'complaints', tx FROM complaints UNION ALL SELECT 'complaint_answers', tx FROM complaint_answers
            UNION ALL SELECT 'callback_samples', tx FROM callback_samples UNION ALL SELECT 'callback_classes', tx FROM callback_classes
            UNION ALL SELECT 'callback_families', tx FROM callback_families UNION ALL SELECT 'callback_results', tx FROM callback_results
            UNION ALL SELECT 'photo_requests', tx FROM photo_requests UNION ALL SELECT 'photo_answers', tx FROM photo_answers) AS r
          WHERE NOT EXISTS (SELECT FROM journal j WHERE j.tx = r.tx) GROUP BY name, tx ORDER BY tx",
    },
    Rule {
        name: "unsealed",
        meaning: "lines of the journal wait for a seal for more than a minute: is `salur seal` running?",
        severity: Warning,
        examined: "SELECT count(*) FROM journal",
        found: "SELECT format('transaction %s, of %s', tx, at) FROM journal
            WHERE tx > coalesce((SELECT max(tx) FROM seals), 0) AND at < now() - interval '1 minute' ORDER BY tx",
    },
];
