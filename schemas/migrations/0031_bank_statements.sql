-- What a bank says of a programme's account, beside what the ledger says. The portal keeps the file that a treasurer sent and says
-- `bank-statements.sent`; the stage bank-reconciliation reads it and matches its lines with transfers on the bank account, by document and amount.
-- Nothing here moves money: a line is evidence for a transfer, and what has no counterpart on either side is a case that a person closes.
CREATE TABLE bank_statements (            -- a file as sent
  id uuid PRIMARY KEY,                    -- derived from programme and digest: the same file again is the same
  programme text NOT NULL REFERENCES programmes,
  actor text NOT NULL REFERENCES actors,
  content bytea NOT NULL,                 -- compressed (gzip)
  bytes bigint NOT NULL,                  -- as sent
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  sent_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE bank_statement_answers (
  file uuid PRIMARY KEY REFERENCES bank_statements,
  answer jsonb NOT NULL,                  -- as `salur bank import --json` prints it
  answered_at timestamptz NOT NULL DEFAULT now()
);

-- A statement of one account inside a file. The bank's number stands once: the same content under it is the same statement, other content a conflict.
CREATE TABLE bank_sheets (
  id uuid PRIMARY KEY,                    -- derived from (programme, account, name)
  file uuid NOT NULL REFERENCES bank_statements,
  programme text NOT NULL,
  account text NOT NULL,
  name text NOT NULL,                     -- year and number, or day and the bank's name of the message
  opens_on date NOT NULL,
  opening bigint NOT NULL,
  closes_on date NOT NULL,
  closing bigint NOT NULL,
  lines int NOT NULL CHECK (lines >= 0),
  content bytea NOT NULL CHECK (length(content) = 32),
  read_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (programme, account, name)
);
CREATE TABLE bank_lines (
  sheet uuid NOT NULL REFERENCES bank_sheets,
  n int NOT NULL CHECK (n > 0),
  programme text NOT NULL,
  account text NOT NULL,
  booked_on date NOT NULL,
  value_on date NOT NULL,
  direction text NOT NULL CHECK (direction IN ('credit', 'debit')),
  is_reversal boolean NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  bank_reference text NOT NULL,
  refs text[] NOT NULL,
  text text NOT NULL,
  PRIMARY KEY (sheet, n)
);
CREATE INDEX bank_lines_in_order ON bank_lines (programme, booked_on, sheet, n);
CREATE INDEX bank_lines_by_reference ON bank_lines (programme, account, bank_reference) WHERE bank_reference <> '';
CREATE INDEX bank_lines_by_amount ON bank_lines (programme, account, amount, direction);

-- What a line came to; one that has no row here waits, as a case.
CREATE TABLE bank_outcomes (
  sheet uuid NOT NULL,
  n int NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('matched', 'partial', 'doubled', 'reversed')),
  document text NOT NULL DEFAULT '',
  missing bigint NOT NULL DEFAULT 0,      -- partial: what its document still waited for then
  other_sheet uuid,                       -- doubled: the line that was first; reversed: the other of the two
  other_n int,
  decided_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (sheet, n),
  FOREIGN KEY (sheet, n) REFERENCES bank_lines,
  CHECK ((outcome IN ('doubled', 'reversed')) = (other_sheet IS NOT NULL)),
  CHECK ((outcome = 'partial') = (missing > 0))
);
CREATE INDEX bank_outcomes_by_other ON bank_outcomes (other_sheet, other_n) WHERE outcome = 'reversed';
-- How much of a line is evidence for which transfer; below zero where a reversal takes it back.
CREATE TABLE bank_matches (
  sheet uuid NOT NULL,
  n int NOT NULL,
  tranche int NOT NULL,
  subject uuid NOT NULL,
  kind text NOT NULL,
  transfer_n smallint NOT NULL,
  amount bigint NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (sheet, n, tranche, subject, kind, transfer_n),
  FOREIGN KEY (sheet, n) REFERENCES bank_outcomes
);
CREATE INDEX bank_matches_by_transfer ON bank_matches (tranche, subject, kind, transfer_n);

-- The steps of a matching, so that one heard again is answered and not done again.
CREATE TABLE bank_steps (
  matching uuid NOT NULL,
  after text NOT NULL,
  next text,                              -- none: the last
  lines int NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (matching, after)
);

CREATE TABLE bank_cases (
  id uuid PRIMARY KEY,                    -- derived from what it is about
  kind text NOT NULL CHECK (kind IN ('unmatched', 'partial', 'doubled', 'reversed', 'missing')),
  programme text NOT NULL,
  sheet uuid,                             -- of a line
  n int,
  tranche int,                            -- of a transfer
  subject uuid,
  transfer_kind text,
  transfer_n smallint,
  document text NOT NULL DEFAULT '',      -- that the line names, or the transfer's
  amount bigint NOT NULL CHECK (amount > 0),
  expected bigint,                        -- what the document waited for when the line came
  opened_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind = 'missing') = (subject IS NOT NULL)),
  CHECK ((kind = 'missing') = (sheet IS NULL))
);
CREATE INDEX bank_cases_by_transfer ON bank_cases (tranche, subject, transfer_kind, transfer_n) WHERE kind = 'missing';
CREATE TABLE bank_case_decisions (
  id uuid PRIMARY KEY,
  bank_case uuid NOT NULL REFERENCES bank_cases,
  actor text NOT NULL REFERENCES actors,
  reason text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('closed', 'refused')),
  decided_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX bank_case_decisions_once ON bank_case_decisions (bank_case) WHERE effect = 'closed';

-- The few transfers of many that touch a bank account: the kinds whose line in the chart of accounts names one.
CREATE INDEX transfers_of_bank ON transfers (kind, document) WHERE kind IN ('programme_funded', 'cash_to_office', 'cash_back_to_bank', 'remitted');
CREATE VIEW bank_transfers AS
  SELECT a.programme, CASE WHEN t.debit = a.id THEN 'credit' ELSE 'debit' END AS direction, t.tranche, t.subject, t.kind, t.n, t.amount, t.document, t.at,
    coalesce((SELECT sum(m.amount) FROM bank_matches m
      WHERE (m.tranche, m.subject, m.kind, m.transfer_n) = (t.tranche, t.subject, t.kind, t.n)), 0)::bigint AS covered
  FROM transfers t JOIN ledger_accounts a ON a.kind = 'bank' AND (a.id = t.debit OR a.id = t.credit)
  WHERE t.kind IN ('programme_funded', 'cash_to_office', 'cash_back_to_bank', 'remitted');

-- Whether a case is still one: a line that waited may be matched, what was missing may come. What a person has closed stays closed.
CREATE VIEW bank_cases_now AS
  SELECT c.*, d.actor AS closed_by, d.reason, d.decided_at AS closed_at,
    CASE c.kind
      WHEN 'unmatched' THEN EXISTS (SELECT FROM bank_outcomes o WHERE (o.sheet, o.n) = (c.sheet, c.n))
      WHEN 'partial' THEN EXISTS (SELECT FROM bank_outcomes o WHERE o.outcome = 'reversed' AND (o.other_sheet, o.other_n) = (c.sheet, c.n))
        OR NOT EXISTS (SELECT FROM bank_transfers t JOIN bank_lines l ON l.direction = t.direction
          WHERE (l.sheet, l.n) = (c.sheet, c.n) AND t.programme = c.programme AND t.document = c.document AND t.covered < t.amount)
      WHEN 'missing' THEN EXISTS (SELECT FROM bank_transfers t
        WHERE (t.tranche, t.subject, t.kind, t.n) = (c.tranche, c.subject, c.transfer_kind, c.transfer_n) AND t.covered > 0)
      ELSE false
    END AS resolved
  FROM bank_cases c LEFT JOIN bank_case_decisions d ON d.bank_case = c.id AND d.effect = 'closed';

-- THE LIST of what a person has to look at, whatever it is about.
CREATE VIEW open_cases AS
  SELECT id, kind, opened_at FROM cases
  UNION ALL
  SELECT id, 'bank_' || kind, opened_at FROM bank_cases_now WHERE closed_at IS NULL AND NOT resolved;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['bank_statements', 'bank_statement_answers', 'bank_sheets', 'bank_lines', 'bank_outcomes', 'bank_matches', 'bank_steps',
    'bank_cases', 'bank_case_decisions'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

DO $$ BEGIN
  CREATE ROLE salur_stage_bank_reconciliation NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_worker', 'salur_stage_bank_reconciliation', 'MEMBER') THEN
    GRANT salur_stage_bank_reconciliation TO salur_worker;
  END IF;
END $$;
GRANT SELECT, INSERT ON bank_statement_answers, bank_sheets, bank_lines, bank_outcomes, bank_matches, bank_steps, bank_cases, bank_case_decisions
  TO salur_stage_bank_reconciliation;
GRANT SELECT ON bank_statements, bank_transfers, bank_cases_now TO salur_stage_bank_reconciliation;
GRANT SELECT, INSERT ON bank_statements TO salur_portal;
GRANT SELECT ON bank_statement_answers, bank_sheets, bank_lines, bank_outcomes, bank_matches, bank_steps, bank_cases, bank_case_decisions, bank_transfers,
  bank_cases_now TO salur_portal;
GRANT SELECT ON bank_statements, bank_statement_answers, bank_sheets, bank_lines, bank_outcomes, bank_matches, bank_steps, bank_cases, bank_case_decisions,
  bank_transfers, bank_cases_now TO salur_worker, salur_auditor;
GRANT SELECT ON open_cases TO salur_worker, salur_portal, salur_auditor;
