-- A NIK is shown whole to who says why, a few times an hour: each time is a line of the audit, counted before the next one.
CREATE INDEX audit_revealed ON audit (actor, at) WHERE act = 'nik_revealed';
-- The portal proves to auditors what a case rests on: from the rows of a transaction to its line in the journal, and from there to the sealed root.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['transfers', 'hand_overs', 'proofs', 'findings', 'cheques', 'claims', 'hold_decisions', 'tranche_decisions', 'withdrawals',
    'pauses', 'cases', 'proof_reviews', 'hand_over_undos', 'reversals', 'returns', 'return_reasons', 'late_captures', 'return_reviews', 'return_reversals',
    'signatures', 'return_statements', 'return_statement_lines', 'unused_returns', 'remittances', 'cash_moves', 'cash_counts', 'bank_statements',
    'bank_sheets', 'bank_lines', 'bank_outcomes', 'bank_matches', 'bank_cases', 'bank_case_decisions', 'journal', 'seals'] LOOP
    EXECUTE format('GRANT SELECT ON %I TO salur_portal', t);
  END LOOP;
END $$;
