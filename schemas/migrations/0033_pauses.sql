-- Pauses: people stop a stage, a tranche, a regency, a pay point or a teller for a while, and say why. What they say (`pauses.decided`) is decided by the
-- stage pausing and kept here with what came of it. The rows of a scope are numbered: odd ones pause it, even ones resume it, so that it can be neither
-- paused nor resumed twice; what was refused has no number. What came under an id that was taken by other content is kept too, and changes nothing.
CREATE TABLE pauses (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('stage', 'tranche', 'regency', 'pay_point', 'teller')),
  scope text NOT NULL,                  -- name of a stage; code of a tranche, pay point, teller; four digits of a regency
  tranche int,                          -- number of the tranche that is meant
  n int CHECK (n > 0),
  paused boolean NOT NULL,              -- what was asked
  reason text NOT NULL,
  actor text NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 32),            -- of what was said: the same again, or a conflict?
  effect text NOT NULL CHECK (effect IN ('paused', 'resumed', 'refused')),
  refused text NOT NULL CHECK (refused IN ('', 'unknown', 'keeper', 'paused', 'not_paused')),
  decided_at timestamptz NOT NULL DEFAULT now(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  UNIQUE (kind, scope, n),
  CHECK ((effect = 'refused') = (refused <> '') AND (effect = 'refused') = (n IS NULL)),
  CHECK (effect = 'refused' OR ((effect = 'paused') = paused AND (n % 2 = 1) = paused))
);
CREATE INDEX pauses_tx ON pauses USING brin (tx) WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE pause_conflicts (
  id uuid NOT NULL,                     -- of the decision that stands
  digest bytea NOT NULL CHECK (length(digest) = 32),
  content jsonb NOT NULL,               -- what came under it
  came_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, digest)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['pauses', 'pause_conflicts'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

-- What is paused now: the last row of its scope says so. Read by every flight that moves money and by every claim; some hundred rows at most.
CREATE VIEW paused AS
  SELECT kind, scope, tranche, reason, actor, decided_at AS since FROM (
    SELECT DISTINCT ON (kind, scope) * FROM pauses WHERE n IS NOT NULL ORDER BY kind, scope, n DESC) AS last
  WHERE effect = 'paused';

-- Of a paused regency nothing goes back to the treasury: how many of those that a step of a return skipped it left for that reason.
ALTER TABLE return_steps ADD COLUMN paused int NOT NULL DEFAULT 0;

-- Cash does not go to a teller who is paused.
ALTER TABLE cash_moves DROP CONSTRAINT cash_moves_reason_check;
ALTER TABLE cash_moves ADD CONSTRAINT cash_moves_reason_check CHECK (reason IN
  ('', 'programme', 'place', 'same', 'way', 'other_office', 'amount', 'overdrawn', 'paused'));

DO $$ BEGIN
  CREATE ROLE salur_stage_pausing NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_worker', 'salur_stage_pausing', 'MEMBER') THEN
    GRANT salur_stage_pausing TO salur_worker;
  END IF;
END $$;
GRANT SELECT, INSERT ON pauses, pause_conflicts TO salur_stage_pausing;
-- It moves no payment: what waited is said again from its rows, and decided by the stage whose turn it is.
GRANT SELECT ON paused, tranches, allocations, pay_points, tellers, payments, batches, unverified_payments TO salur_stage_pausing;
GRANT SELECT ON paused TO salur_stage_release, salur_stage_account_creation, salur_stage_transfer_posting, salur_stage_cheque_rendering,
  salur_stage_fund_return;
GRANT SELECT ON allocations, pauses TO salur_stage_fund_return;
GRANT SELECT ON pauses, pause_conflicts, paused TO salur_worker, salur_portal, salur_auditor;
