-- What treasurers enter, and what other treasurers approve. The portal keeps the file that came and says `setups.sent`; the stage programme-setup, the one
-- writer of master data and of `opened_at`, carries it out and keeps its answer. Whoever entered anything of a tranche does not approve it.
CREATE TABLE setups (
  id uuid PRIMARY KEY,
  actor text NOT NULL REFERENCES actors,
  content text NOT NULL,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  dry_run boolean NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE setup_answers (
  setup uuid PRIMARY KEY REFERENCES setups,
  answer jsonb NOT NULL,                -- as `salur setup --json` prints it
  answered_at timestamptz NOT NULL DEFAULT now()
);

-- Who had a part in what a tranche is: in its row or in its allocations.
CREATE TABLE tranche_entries (
  tranche int NOT NULL REFERENCES tranches,
  actor text NOT NULL,
  entered_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, actor)
);
-- What came of an approval. An approved tranche is what its approver saw: neither its sum nor its amount nor its window changes any more.
CREATE TABLE tranche_decisions (
  id uuid PRIMARY KEY,
  tranche int NOT NULL REFERENCES tranches,
  actor text NOT NULL REFERENCES actors,
  effect text NOT NULL CHECK (effect IN ('approved', 'refused')),
  reason text NOT NULL CHECK (reason IN ('', 'entered', 'open', 'changed', 'empty')),
  allocation bigint NOT NULL,           -- what the approver saw
  document text NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'approved') = (reason = ''))
);
CREATE UNIQUE INDEX tranche_decisions_once ON tranche_decisions (tranche) WHERE effect = 'approved';

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['setups', 'setup_answers', 'tranche_entries', 'tranche_decisions'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

-- A treasurer enters programmes and their money; another treasurer approves.
ALTER TABLE actors DROP CONSTRAINT actors_role_check;
ALTER TABLE actors ADD CONSTRAINT actors_role_check
  CHECK (role IN ('administrator', 'treasurer', 'upstream', 'office', 'supervisor', 'auditor', 'ops'));

DO $$ BEGIN
  CREATE ROLE salur_stage_programme_setup NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_worker', 'salur_stage_programme_setup', 'MEMBER') THEN
    GRANT salur_stage_programme_setup TO salur_worker;
  END IF;
END $$;
GRANT SELECT, INSERT, UPDATE ON programmes, programme_exclusions, allocations, pay_points, pay_point_villages, offices, tellers, sources
  TO salur_stage_programme_setup;
GRANT SELECT, INSERT (code, pay_point, public_key), UPDATE (pay_point, public_key) ON devices TO salur_stage_programme_setup;
GRANT SELECT, INSERT, UPDATE (code, programme, name, amount, opens_at, closes_at, returns_at, cheques_stored, specimen, opened_at) ON tranches
  TO salur_stage_programme_setup;
GRANT SELECT, INSERT ON ledger_accounts, transfers TO salur_stage_programme_setup;
GRANT UPDATE (debits, credits) ON ledger_accounts TO salur_stage_programme_setup;
GRANT SELECT ON payments, cheques, setups TO salur_stage_programme_setup;
GRANT SELECT, INSERT ON setup_answers, tranche_entries, tranche_decisions TO salur_stage_programme_setup;
GRANT INSERT ON audit TO salur_stage_programme_setup;
GRANT SELECT, INSERT ON setups TO salur_portal;
GRANT SELECT ON setup_answers, tranche_entries, tranche_decisions TO salur_portal;
GRANT SELECT ON setups, setup_answers, tranche_entries, tranche_decisions TO salur_auditor;
