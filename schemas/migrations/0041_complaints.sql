-- What a family or a neighbour says about a cheque: the money never came, a part of it was kept back. Anybody may say it, so a row proves nothing but that it
-- was said; it moves no money and changes no status. What was written, and how its writer can be reached, is sealed under a key of its own. A serial of no
-- cheque is kept too: a forged cheque is worth knowing of.
CREATE TABLE complaints (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,          -- what the family keeps
  serial text NOT NULL,
  tranche int,
  payment uuid,                         -- null: no cheque has this serial
  kind text NOT NULL CHECK (kind IN ('not_received', 'kept_back', 'not_me', 'other')),
  rupiah bigint CHECK (rupiah > 0),     -- kept back, as they say
  data_key bytea,                       -- wrapped by the master key
  sealed bytea,                         -- words and contact
  lodged_at timestamptz NOT NULL DEFAULT now(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  CHECK ((tranche IS NULL) = (payment IS NULL)),
  CHECK ((data_key IS NULL) = (sealed IS NULL)),
  CHECK (rupiah IS NULL OR kind = 'kept_back'),
  FOREIGN KEY (tranche, payment) REFERENCES payments (tranche, id)
);
CREATE INDEX complaints_payment ON complaints (tranche, payment);
CREATE INDEX complaints_age ON complaints (lodged_at, id);
CREATE INDEX complaints_tx ON complaints USING brin (tx) WITH (pages_per_range = 32, autosummarize = on);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON complaints EXECUTE FUNCTION refuse_change();

-- What a supervisor found: the first answer stands.
CREATE TABLE complaint_answers (
  complaint uuid PRIMARY KEY REFERENCES complaints,
  verdict text NOT NULL CHECK (verdict IN ('upheld', 'not_upheld')),
  note text NOT NULL CHECK (length(note) BETWEEN 3 AND 500),
  actor text NOT NULL,
  answered_at timestamptz NOT NULL DEFAULT now(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
);
CREATE INDEX complaint_answers_tx ON complaint_answers USING brin (tx) WITH (pages_per_range = 32, autosummarize = on);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON complaint_answers EXECUTE FUNCTION refuse_change();

GRANT SELECT ON complaints, complaint_answers TO salur_worker, salur_portal, salur_auditor;
GRANT INSERT ON complaints, complaint_answers TO salur_portal;
