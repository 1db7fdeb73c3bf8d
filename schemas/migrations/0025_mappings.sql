-- What each source calls our columns: the text of a mapping file, kept with the source and applied to every list that it sends over HTTP. Insert-only:
-- the newest version counts, an empty one takes it back. An upload remembers the version it was read by, since another one makes other rows of it.
CREATE TABLE mappings (
  source text NOT NULL REFERENCES sources,
  version int NOT NULL CHECK (version > 0),
  content text NOT NULL CHECK (length(content) <= 65536),
  actor text NOT NULL REFERENCES actors,
  set_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, version)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mappings EXECUTE FUNCTION refuse_change();
ALTER TABLE uploads ADD COLUMN mapping int;     -- none: there was none

GRANT SELECT, INSERT ON mappings TO salur_portal;
GRANT SELECT ON mappings TO salur_auditor;
