-- Upstream's lists as they were sent. Rows are insert-only: intake's verdict stands in the row for ever, so that a redelivered message is
-- answered from it; what release decides about a row goes to row_decisions. Personal data is one sealed blob under the batch's data key.
CREATE TABLE batches (
  id uuid PRIMARY KEY,
  source text NOT NULL,
  name text NOT NULL,
  data_key bytea,                       -- wrapped by the master key; destroying it shreds the batch
  tranche int REFERENCES tranches,      -- as declared; null: not declared yet, or unknown
  declared_count bigint,
  declared_sum bigint,
  declared_at timestamptz,
  seen_count bigint NOT NULL DEFAULT 0, -- rejected rows too, at their stated amount
  seen_sum bigint NOT NULL DEFAULT 0,
  unreadable_count bigint NOT NULL DEFAULT 0,
  completed_at timestamptz,
  release_started_at timestamptz,
  decided_at timestamptz,
  released_at timestamptz,
  UNIQUE (source, name)
) WITH (fillfactor = 50);

CREATE TABLE recipients (
  batch uuid NOT NULL,
  row text COLLATE "C" NOT NULL,
  tranche int,
  intake text NOT NULL CHECK (intake IN ('staged', 'held', 'rejected')),
  findings text[] NOT NULL,
  amount bigint,
  village text,
  pay_point text,
  payment uuid,                         -- keyed function of (tranche, NIK)
  account uuid,                         -- blind index of the NIK
  household uuid,                       -- blind index of the household card
  content bytea NOT NULL,               -- keyed digest of every field: same row again, or a conflict?
  person bytea,                         -- keyed digest of name, amount, village: same person again in the tranche?
  name_digest bytea,                    -- keyed digest of the name: same account under another name?
  masked_name text,
  masked_nik text,
  sealed bytea NOT NULL,                -- NIK, KK, name, birth date, sex, address
  staged_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (batch, row)
);
-- "the same person waits in another batch of the tranche": only held rows need the look-up, so only they pay for the index
CREATE INDEX recipients_held ON recipients (tranche, account) WHERE intake = 'held';
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recipients EXECUTE FUNCTION refuse_change();

-- The same key again with other content: kept, shown, nothing changed. row '' is the declaration itself.
CREATE TABLE row_conflicts (
  batch uuid NOT NULL,
  row text COLLATE "C" NOT NULL,
  content bytea NOT NULL,
  sealed bytea NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (batch, row, content)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON row_conflicts EXECUTE FUNCTION refuse_change();

-- What release decided about a row that did not simply become a payment. already: the same person is in the tranche with the same amount,
-- name and place, so the answer is "accepted" and no second payment.
CREATE TABLE row_decisions (
  batch uuid NOT NULL,
  row text COLLATE "C" NOT NULL,
  decision text NOT NULL CHECK (decision IN ('held', 'already')),
  code text NOT NULL,
  tranche int NOT NULL,
  account uuid NOT NULL,
  other_batch uuid,                     -- the other row of the pair
  other_row text,
  decided_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (batch, row)
);
CREATE INDEX row_decisions_held ON row_decisions (tranche, account) WHERE decision = 'held';
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON row_decisions EXECUTE FUNCTION refuse_change();

-- Warnings found after intake.
CREATE TABLE row_warnings (
  batch uuid NOT NULL,
  row text COLLATE "C" NOT NULL,
  code text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (batch, row, code)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON row_warnings EXECUTE FUNCTION refuse_change();

-- A batch's part of one regency: reserved, or held whole with the figures.
CREATE TABLE batch_parts (
  batch uuid NOT NULL,
  regency text NOT NULL,
  families bigint NOT NULL,
  rupiah bigint NOT NULL,
  reserve_account bigint,
  recipient_account bigint,
  reserved_at timestamptz,
  held_at timestamptz,
  available bigint,                     -- what the allocation had left when the part was held
  PRIMARY KEY (batch, regency),
  CHECK (reserved_at IS NULL OR held_at IS NULL)
);

GRANT SELECT ON batches, recipients, row_conflicts, row_decisions, row_warnings, batch_parts
  TO salur_worker, salur_portal, salur_stage_intake, salur_stage_release, salur_stage_account_creation,
     salur_stage_transfer_posting, salur_stage_cheque_rendering, salur_stage_photo_ingest, salur_stage_status_finalizer;
GRANT INSERT ON batches, recipients, row_conflicts, row_decisions TO salur_stage_intake;
GRANT UPDATE (tranche, declared_count, declared_sum, declared_at, seen_count, seen_sum, unreadable_count, completed_at) ON batches TO salur_stage_intake;
GRANT INSERT ON row_decisions, batch_parts TO salur_stage_release;
GRANT UPDATE (release_started_at, decided_at, released_at) ON batches TO salur_stage_release;
GRANT UPDATE (reserve_account, recipient_account, reserved_at, held_at, available) ON batch_parts TO salur_stage_release;
GRANT INSERT ON row_warnings TO salur_stage_account_creation;
