-- A person may sign in with an account that another system keeps (OpenID Connect). Which account is whose stands here because an administrator said so:
-- nobody is made up from what a token claims. A link ends and is not deleted: who came in by it stays known.
CREATE TABLE identities (
  issuer text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 300),
  subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
  actor text NOT NULL REFERENCES actors,
  linked_by text NOT NULL,
  linked_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
);
CREATE UNIQUE INDEX identities_once ON identities (issuer, subject) WHERE ended_at IS NULL;
CREATE INDEX identities_actor ON identities (actor);

-- A state of a sign-in is good once. Kept a little longer than its cookie is good, so that it holds no more than an hour of sign-ins.
CREATE TABLE used_states (
  digest bytea PRIMARY KEY CHECK (length(digest) = 32),
  used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX used_states_age ON used_states (used_at);

GRANT SELECT, INSERT ON identities TO salur_portal;
GRANT UPDATE (ended_at) ON identities TO salur_portal;
GRANT SELECT, INSERT, DELETE ON used_states TO salur_portal;
