-- Evidence: what nobody can change afterwards without being found, superusers of this database included. Each row that money and proof rest on bears the
-- number of its transaction; each transaction that wrote such rows leaves one line in the journal, signed by its writer with a key that is not here; the
-- sealer takes the journal, in the order of transactions and below the horizon of the snapshot, into a tree whose signed heads leave this machine.
-- `tx` is the 64-bit number of the transaction, as bigint since it is read and ordered as one. Rows older than the journal have 0. BRIN: rows of a
-- transaction lie together, and an index of a few pages finds them.
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['transfers', 'hand_overs', 'proofs', 'findings', 'cheques', 'claims', 'hold_decisions', 'tranche_decisions', 'withdrawals',
    'cases', 'audit'] LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN tx bigint NOT NULL DEFAULT 0', t);
    EXECUTE format('ALTER TABLE %I ALTER COLUMN tx SET DEFAULT pg_current_xact_id()::text::bigint', t);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (tx) WITH (pages_per_range = 32, autosummarize = on)', t || '_tx', t);
  END LOOP;
END $$;

CREATE TABLE journal (
  tx bigint PRIMARY KEY DEFAULT pg_current_xact_id()::text::bigint,
  at timestamptz NOT NULL DEFAULT now(),
  note text NOT NULL CHECK (octet_length(note) <= 65535),  -- an entry of the log, as it will be sealed
  marks bytea NOT NULL                  -- 8 bytes per row: they name what changed; the note proves it
);

-- Heads of the tree. A row is written after the tiles it speaks of, and before its checkpoint is shown to anybody.
CREATE TABLE seals (
  size bigint PRIMARY KEY CHECK (size > 0),
  tx bigint NOT NULL UNIQUE,            -- the last transaction sealed
  checkpoint text NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['journal', 'seals'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

-- The sealer reads the journal and writes heads, and nothing else. It is not a part of salur_worker: who writes evidence does not seal it.
DO $$ BEGIN
  CREATE ROLE salur_sealer NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
GRANT SELECT ON journal TO salur_sealer;
GRANT SELECT, INSERT ON seals TO salur_sealer;
-- Written at the end of a transaction by whoever logged in, not by the stage: a stage that is added needs no grant, and numbers cannot be chosen.
GRANT INSERT (note, marks) ON journal TO salur_worker, salur_portal;
GRANT SELECT ON journal, seals TO salur_worker, salur_portal, salur_auditor;
