-- What people signed about money, and what a bank said of it, is evidence as transfers are: returns and their statements, signatures, remittances, cash as it
-- moved and was counted, statements of the bank with what their lines came to. Rows that are older have 0, as in 0029.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['returns', 'return_reasons', 'late_captures', 'return_reviews', 'return_reversals', 'signatures', 'return_statements',
    'return_statement_lines', 'unused_returns', 'remittances', 'cash_moves', 'cash_counts', 'bank_statements', 'bank_sheets', 'bank_lines',
    'bank_outcomes', 'bank_matches', 'bank_cases', 'bank_case_decisions'] LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN tx bigint NOT NULL DEFAULT 0', t);
    EXECUTE format('ALTER TABLE %I ALTER COLUMN tx SET DEFAULT pg_current_xact_id()::text::bigint', t);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (tx) WITH (pages_per_range = 32, autosummarize = on)', t || '_tx', t);
  END LOOP;
END $$;
