-- Who did what. Every changing act of a person or of the command line leaves a row here, in the same transaction as the change.
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  act text NOT NULL,
  detail jsonb NOT NULL
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION refuse_change();
GRANT SELECT ON audit TO salur_auditor;
GRANT INSERT ON audit TO salur_worker, salur_portal;
