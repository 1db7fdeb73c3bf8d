//! What keeps the past from being changed, and what a reader should know.

use super::{
    Rule,
    Severity::{Information, Violation},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "insert-only",
        meaning: "the triggers that refuse changes to what was written are in place and enabled",
        severity: Violation,
        examined: "SELECT count(*) FROM pg_trigger WHERE tgname = 'insert_only' AND NOT tgisinternal",
        found: "SELECT format('table %s', name)
            FROM unnest(ARRAY['recipients', 'row_conflicts', 'row_decisions', 'row_warnings', 'registry_answers', 'hold_decisions', 'hold_sweeps',
              'hold_reserves', 'distinct_pairs', 'withdrawals', 'substitutes', 'transfers', 'cheques', 'claims', 'proofs', 'findings', 'uploads',
              'mappings', 'batch_phases', 'setups', 'setup_answers', 'tranche_entries', 'tranche_decisions', 'hand_overs', 'cases', 'audit',
              'return_steps', 'returns', 'return_reasons', 'late_captures', 'return_reviews', 'return_reversals', 'signatures', 'return_statements',
              'return_statement_lines', 'unused_returns', 'remittances', 'cash_moves', 'cash_counts', 'cash_conflicts', 'heard_captures',
              'bank_statements', 'bank_statement_answers', 'bank_sheets', 'bank_lines', 'bank_outcomes', 'bank_matches', 'bank_steps', 'bank_cases',
              'bank_case_decisions', 'pauses', 'pause_conflicts', 'proof_reviews', 'hand_over_undos', 'reversals', 'complaints',
              'complaint_answers', 'journal', 'seals', 'cheque_keys', 'packs', 'pack_cheques', 'pack_hand_outs', 'legal_holds', 'legal_hold_ends',
              'retentions', 'photo_destructions', 'cheque_replacements', 'pay_point_closings', 'schedules', 'schedule_points', 'schedule_steps',
              'schedule_days', 'slots', 'callback_samples', 'callback_classes', 'callback_families', 'callback_results', 'photo_requests',
              'photo_answers', 'device_packs', 'device_pack_claims', 'device_pack_check_ins', 'device_pack_revocations',
              'claim_proxies']) AS names(name)
            WHERE NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = to_regclass(name) AND g.tgname = 'insert_only' AND g.tgenabled IN ('O', 'A'))",
    },
    Rule {
        name: "dead-letters",
        meaning: "messages that could not be processed and wait to be replayed",
        severity: Information,
        examined: "SELECT count(*) FROM dead_letters",
        found: "SELECT format('dead letter %s of %s', id, stage) FROM dead_letters WHERE replayed_at IS NULL",
    },
    Rule {
        name: "conflicts",
        meaning: "rows that came again with other content: kept, and nothing changed",
        severity: Information,
        examined: "SELECT count(*) FROM row_conflicts",
        found: "SELECT CASE row WHEN '' THEN format('declaration of batch %s', batch) ELSE format('row %s of batch %s', row, batch) END
            FROM row_conflicts",
    },
    Rule {
        name: "cases",
        meaning: "what a person has to look at",
        severity: Information,
        examined: "SELECT count(*) FROM open_cases",
        found: "SELECT format('case %s: %s', id, kind) FROM open_cases",
    },
];
