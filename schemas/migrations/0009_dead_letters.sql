-- Messages we could not process, kept where they can be listed, counted and replayed without touching the broker. The body may hold
-- personal data, so it is sealed.
CREATE TABLE dead_letters (
  id uuid PRIMARY KEY,
  stage text NOT NULL,
  cause text NOT NULL,
  fingerprint text NOT NULL,            -- groups letters of one cause
  message_id text NOT NULL,
  fact_type text NOT NULL,
  attempts int NOT NULL,
  body bytea NOT NULL,
  headers jsonb NOT NULL,
  first_published_at timestamptz,
  kept_at timestamptz NOT NULL DEFAULT now(),
  replayed_at timestamptz,
  note text
);
CREATE INDEX dead_letters_open ON dead_letters (stage, fingerprint) WHERE replayed_at IS NULL;
GRANT SELECT, INSERT ON dead_letters TO salur_worker;
GRANT UPDATE (replayed_at, note) ON dead_letters TO salur_worker;
GRANT SELECT ON dead_letters TO salur_portal;
