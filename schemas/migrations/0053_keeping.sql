-- How long photos are kept, and how one is destroyed. A photo is destroyed by forgetting its wrapped key, which works where the store refuses to delete what
-- is locked; its objects go afterwards. The row of the proof stays with the digest of the bytes, and so do findings, decisions and the audit: what was judged
-- can still be told, and a copy that turns up elsewhere can still be recognised. Two people say so, on a ground of a closed list; under a legal hold nobody
-- does, and before the retention ends only by an order that is named. Moments are of the clock and not of the transaction, so that what waited for the lock
-- comes after.
CREATE TABLE legal_holds (
  id uuid PRIMARY KEY,                  -- made from the request of who placed it
  programme text REFERENCES programmes,
  tranche int REFERENCES tranches,
  capture uuid REFERENCES proofs,
  document text NOT NULL,               -- the letter of the court, the auditor or the prosecutor
  actor text NOT NULL REFERENCES actors,
  placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (num_nonnulls(programme, tranche, capture) = 1)
);
CREATE TABLE legal_hold_ends (
  hold uuid PRIMARY KEY REFERENCES legal_holds,
  document text NOT NULL,
  actor text NOT NULL REFERENCES actors,
  ended_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE VIEW standing_legal_holds AS
  SELECT h.* FROM legal_holds h WHERE NOT EXISTS (SELECT FROM legal_hold_ends e WHERE e.hold = h.id);

-- Years after a tranche closed. What one person says counts when another says the same next: whoever shortens a retention destroys.
CREATE TABLE retentions (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,              -- made from the request of who said it
  programme text NOT NULL REFERENCES programmes,
  years smallint NOT NULL CHECK (years BETWEEN 1 AND 100),
  document text NOT NULL,
  actor text NOT NULL REFERENCES actors,
  said_at timestamptz NOT NULL DEFAULT now()
);
CREATE VIEW retentions_in_force AS
  SELECT DISTINCT ON (programme) programme, years, said_at AS since
  FROM (SELECT *, lag(years) OVER before AS years_before, lag(actor) OVER before AS actor_before FROM retentions
    WINDOW before AS (PARTITION BY programme ORDER BY n)) AS r
  WHERE years = years_before AND actor <> actor_before ORDER BY programme, n DESC;

-- What came of each wish to destroy a photo.
CREATE TABLE photo_destructions (
  id uuid PRIMARY KEY,
  capture uuid NOT NULL,
  ground text NOT NULL CHECK (ground IN ('retention_ended', 'court_order', 'data_subject', 'taken_by_mistake')),
  document text NOT NULL,
  actor text REFERENCES actors,         -- none: the clock, when the retention ended
  effect text NOT NULL CHECK (effect IN ('signed', 'carried_out', 'refused')),
  reason text NOT NULL CHECK (reason IN ('', 'unknown', 'destroyed', 'held', 'in_question', 'kept', 'signed')),
  decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  CHECK ((effect = 'refused') = (reason <> '')),
  CHECK (actor IS NOT NULL OR ground = 'retention_ended' AND effect <> 'signed')
);
CREATE UNIQUE INDEX photo_destructions_once ON photo_destructions (capture) WHERE effect = 'carried_out';
CREATE INDEX photo_destructions_capture ON photo_destructions (capture);
CREATE INDEX photo_destructions_tx ON photo_destructions USING brin (tx) WITH (pages_per_range = 32, autosummarize = on);
-- what the clock still has to destroy, by the tranche of the visit; what is destroyed leaves it
CREATE INDEX proofs_kept ON proofs ((tranches[1])) WHERE photo_key IS NOT NULL;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['legal_holds', 'legal_hold_ends', 'retentions', 'photo_destructions'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

-- The one thing of a proof that may change: its key is forgotten, once its destruction is decided.
CREATE FUNCTION forget_key_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.photo_key IS NULL AND to_jsonb(NEW) - 'photo_key' = to_jsonb(OLD) - 'photo_key'
    AND EXISTS (SELECT FROM photo_destructions d WHERE d.capture = OLD.capture AND d.effect = 'carried_out') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'proofs are insert-only: nothing but the key of a destroyed photo is forgotten' USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;
DO $$
DECLARE columns text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
    WHERE attrelid = 'proofs'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'photo_key';
  DROP TRIGGER insert_only ON proofs;
  EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OF %s OR DELETE OR TRUNCATE ON proofs EXECUTE FUNCTION refuse_change()', columns);
END $$;
CREATE TRIGGER forget_key_only BEFORE UPDATE ON proofs FOR EACH ROW EXECUTE FUNCTION forget_key_only();

DO $$ BEGIN
  CREATE ROLE salur_stage_photo_keeping NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_worker', 'salur_stage_photo_keeping', 'MEMBER') THEN
    GRANT salur_stage_photo_keeping TO salur_worker;
  END IF;
END $$;
GRANT SELECT ON proofs, payments, tranches, legal_holds, legal_hold_ends, standing_legal_holds, retentions, retentions_in_force
  TO salur_stage_photo_keeping;
GRANT SELECT, INSERT ON photo_destructions TO salur_stage_photo_keeping;
GRANT UPDATE (photo_key) ON proofs TO salur_stage_photo_keeping;
GRANT SELECT, DELETE ON likenesses TO salur_stage_photo_keeping;
GRANT SELECT ON photo_destructions, legal_holds, legal_hold_ends, standing_legal_holds, retentions, retentions_in_force
  TO salur_worker, salur_portal;
GRANT INSERT ON legal_holds, legal_hold_ends, retentions TO salur_portal;
