-- Who acts, because "who did it" must not be a name that somebody typed. A person proves it with a key whose public half stands here; a system with
-- a token, of which only a digest is kept (32 random bytes: a plain digest hides them). Keys and tokens are revoked, never deleted: what was done
-- with them stays theirs.
CREATE TABLE actors (
  name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9.-]{1,47}$'),
  kind text NOT NULL CHECK (kind IN ('person', 'system')),
  role text NOT NULL CHECK (role IN ('administrator', 'upstream', 'office', 'supervisor', 'auditor', 'ops')),
  source text REFERENCES sources,       -- whose lists it sends and sees
  region text NOT NULL DEFAULT '' CHECK (region ~ '^([0-9]{2}|[0-9]{4})?$'),
  public_key bytea CHECK (length(public_key) = 32),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  CHECK ((role IN ('upstream', 'office')) = (source IS NOT NULL))
);

CREATE TABLE actor_tokens (
  id text PRIMARY KEY,                  -- the public half: names it in lists
  actor text NOT NULL REFERENCES actors,
  secret_digest bytea NOT NULL CHECK (length(secret_digest) = 32),
  purpose text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX actor_tokens_actor ON actor_tokens (actor);

-- One-time codes by which a person hands in a key. Used once, for a day.
CREATE TABLE enrolments (
  code_digest bytea PRIMARY KEY CHECK (length(code_digest) = 32),
  actor text NOT NULL REFERENCES actors,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

-- Lists that came in over HTTP: the same name with other content is a conflict, told before anything is sent.
CREATE TABLE uploads (
  source text NOT NULL REFERENCES sources,
  batch text NOT NULL,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  tranche text NOT NULL,
  format text NOT NULL,
  bytes bigint NOT NULL,
  rows bigint NOT NULL,
  rupiah bigint NOT NULL,
  actor text NOT NULL REFERENCES actors,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, batch)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON uploads EXECUTE FUNCTION refuse_change();

GRANT SELECT ON actors, actor_tokens, enrolments, uploads TO salur_portal;
GRANT SELECT (name, kind, role, source, region, created_by, created_at, revoked_at) ON actors TO salur_auditor;
GRANT SELECT ON uploads TO salur_auditor;
GRANT INSERT ON actors, actor_tokens, enrolments, uploads TO salur_portal;
GRANT UPDATE (public_key, revoked_at) ON actors TO salur_portal;
GRANT UPDATE (revoked_at) ON actor_tokens TO salur_portal;
GRANT UPDATE (used_at) ON enrolments TO salur_portal;
