-- Keys that sign cheques, one after the other for each tranche: public halves alone; the private ones are derived from the installation's secret by
-- who signs.
-- Turn 1 comes with the first cheque of a tranche, later ones when a person says that the key may have leaked. What an earlier turn signed stays good until
-- its cheques are replaced; nothing new is signed by it.
CREATE TABLE cheque_keys (
  tranche int NOT NULL,
  turn smallint NOT NULL CHECK (turn > 0),
  kid bytea NOT NULL UNIQUE CHECK (length(kid) = 4),              -- how tokens name it
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  decision uuid UNIQUE,                                           -- null: came with the first cheque
  actor text NOT NULL,
  reason text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, turn),
  CHECK ((decision IS NULL) = (turn = 1))
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cheque_keys EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON cheque_keys TO salur_stage_cheque_rendering;
GRANT SELECT ON cheque_keys TO salur_worker, salur_portal, salur_stage_photo_ingest;
