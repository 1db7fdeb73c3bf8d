-- What goes back to the treasury is stated, by two people, and then paid. A statement is the sum over returns that bear its number; a capture from within the
-- window that comes late undoes a return for as long as its statement is not approved. A tranche closes when nothing of it is open, and what no family
-- was to get joins the statement that is open then.
CREATE TABLE late_captures (            -- status-finalizer: a capture of a payment that was returned
  tranche int NOT NULL,
  payment uuid NOT NULL,
  capture uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment, capture)
);
CREATE TABLE return_reviews (           -- fund-return: what came of it
  tranche int NOT NULL,
  payment uuid NOT NULL,
  capture uuid NOT NULL,
  reopened boolean NOT NULL,            -- the payment may be handed over; else its statement was approved
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment, capture)
);
CREATE TABLE return_reversals (
  tranche int NOT NULL,
  payment uuid NOT NULL,
  n smallint NOT NULL,
  capture uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment, n),
  FOREIGN KEY (tranche, payment, n) REFERENCES returns
);
-- What a treasurer signed: that a tranche closes, or what is returned, with the sum. Two signatures of different people under the same sum carry it out.
CREATE TABLE signatures (
  id uuid PRIMARY KEY,
  tranche int NOT NULL REFERENCES tranches,
  act text NOT NULL CHECK (act IN ('close', 'return_statement')),
  actor text NOT NULL REFERENCES actors,
  rupiah bigint NOT NULL CHECK (rupiah >= 0),
  document text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('signed', 'carried_out', 'refused')),
  reason text NOT NULL CHECK (reason IN ('', 'early', 'open', 'empty', 'changed', 'signed', 'closed')),
  statement int,                        -- the number that a statement got
  signed_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'refused') = (reason <> ''))
);
CREATE INDEX signatures_tranche ON signatures (tranche, act);
CREATE TABLE return_statements (
  tranche int NOT NULL REFERENCES tranches,
  n int NOT NULL CHECK (n > 0),
  families bigint NOT NULL CHECK (families >= 0),
  rupiah bigint NOT NULL CHECK (rupiah > 0),
  prepared_by text NOT NULL,
  approved_by text NOT NULL,
  document text NOT NULL,
  approved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, n),
  CHECK (prepared_by <> approved_by)
);
CREATE TABLE return_statement_lines (
  tranche int NOT NULL,
  n int NOT NULL,
  regency text NOT NULL,
  reason text NOT NULL,
  families bigint NOT NULL CHECK (families >= 0),
  rupiah bigint NOT NULL CHECK (rupiah > 0),
  PRIMARY KEY (tranche, n, regency, reason),
  FOREIGN KEY (tranche, n) REFERENCES return_statements
);
CREATE TABLE unused_returns (           -- of an allocation, when its tranche closed
  tranche int NOT NULL REFERENCES tranches,
  regency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  statement int NOT NULL CHECK (statement > 0),
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, regency)
);
CREATE TABLE remittances (
  id uuid PRIMARY KEY,
  tranche int NOT NULL,
  statement int NOT NULL,
  actor text NOT NULL REFERENCES actors,
  document text NOT NULL,               -- the treasury's receipt
  rupiah bigint NOT NULL,
  effect text NOT NULL CHECK (effect IN ('remitted', 'refused')),
  reason text NOT NULL CHECK (reason IN ('', 'remitted', 'unknown', 'short')),
  decided_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'refused') = (reason <> ''))
);
CREATE UNIQUE INDEX remittances_once ON remittances (tranche, statement) WHERE effect = 'remitted';
ALTER TABLE tranches ADD COLUMN closed_at timestamptz;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['late_captures', 'return_reviews', 'return_reversals', 'signatures', 'return_statements', 'return_statement_lines',
      'unused_returns', 'remittances'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('GRANT SELECT ON %I TO salur_worker, salur_portal, salur_auditor, salur_stage_fund_return, salur_stage_status_finalizer', t);
    IF t <> 'late_captures' THEN
      EXECUTE format('GRANT INSERT ON %I TO salur_stage_fund_return', t);
    END IF;
  END LOOP;
END $$;
GRANT INSERT ON late_captures TO salur_stage_status_finalizer;
GRANT SELECT ON allocations, proofs, recipients, row_decisions, ended_holds, waiting_parts, batch_parts, unverified_payments, hold_decisions, claims
  TO salur_stage_fund_return;
GRANT UPDATE (round) ON payments TO salur_stage_fund_return;
GRANT UPDATE (closed_at) ON tranches TO salur_stage_fund_return;
