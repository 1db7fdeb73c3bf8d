-- At a browser a person signs in with a password and the digits of an authenticator: a key that never leaves the person cannot be kept there. The password
-- is kept as argon2id, the authenticator's secret sealed under a key that PostgreSQL does not have. Digits are good once: the step they were made
-- for is remembered. After some failures each further one makes the name wait.
CREATE TABLE passwords (
  actor text PRIMARY KEY REFERENCES actors,
  hash text NOT NULL CHECK (hash LIKE '$argon2id$%'),
  authenticator bytea NOT NULL,
  last_step bigint NOT NULL DEFAULT 0,
  failures int NOT NULL DEFAULT 0 CHECK (failures >= 0),
  wait_until timestamptz NOT NULL DEFAULT now(),
  set_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON passwords TO salur_portal;
GRANT UPDATE (hash, authenticator, last_step, failures, wait_until, set_at) ON passwords TO salur_portal;
-- why somebody who is signed in looks at photos of families: asked once, and part of each record of what they saw
ALTER TABLE actor_tokens ADD COLUMN why text CHECK (length(why) BETWEEN 1 AND 200);
GRANT UPDATE (why) ON actor_tokens TO salur_portal;
