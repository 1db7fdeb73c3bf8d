-- A reviewer of a proof in question asks for another photo of the visit, and says what it is to show. status-finalizer decides whether it is asked for: the
-- visit must be in question, and no other request about it wait. The next capture of the claim answers, and is then no second capture of a settled cheque;
-- the visit stays in question until somebody decides.
CREATE TABLE photo_requests (
  id uuid PRIMARY KEY,
  capture uuid NOT NULL,                -- in question
  claim uuid,                           -- of the capture; none: there is no such capture
  wish text NOT NULL CHECK (length(wish) BETWEEN 3 AND 200),
  actor text NOT NULL REFERENCES actors,
  effect text NOT NULL CHECK (effect IN ('asked', 'refused')),
  reason text NOT NULL CHECK (reason IN ('', 'unknown', 'settled', 'asked')),
  asked_at timestamptz NOT NULL DEFAULT now(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  CHECK ((effect = 'refused') = (reason <> '')),
  CHECK (effect = 'refused' OR claim IS NOT NULL)
);
CREATE INDEX photo_requests_capture ON photo_requests (capture) WHERE effect = 'asked';
CREATE INDEX photo_requests_claim ON photo_requests (claim) WHERE effect = 'asked';
CREATE TABLE photo_answers (
  capture uuid PRIMARY KEY,             -- the new photo
  request uuid NOT NULL UNIQUE REFERENCES photo_requests,
  answered_at timestamptz NOT NULL DEFAULT now(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['photo_requests', 'photo_answers'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (tx) WITH (pages_per_range = 32, autosummarize = on)', t || '_tx', t);
    EXECUTE format('GRANT SELECT ON %I TO salur_worker, salur_portal, salur_stage_status_finalizer', t);
    EXECUTE format('GRANT INSERT ON %I TO salur_stage_status_finalizer', t);
  END LOOP;
END $$;
