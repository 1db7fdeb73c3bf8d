-- Cheques as issued: the stored row wins over any redrawing. The token is signed and public by nature; it holds no personal data.
CREATE TABLE cheques (
  tranche int NOT NULL,
  payment uuid NOT NULL,
  version smallint NOT NULL CHECK (version > 0),
  serial text NOT NULL UNIQUE,
  token text NOT NULL,
  stored boolean NOT NULL,              -- the picture lies in the object store under cheques/<tranche>/<payment>/<version>.png
  issued_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment, version)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cheques EXECUTE FUNCTION refuse_change();
GRANT SELECT ON cheques TO salur_worker, salur_portal, salur_auditor, salur_stage_cheque_rendering, salur_stage_photo_ingest, salur_stage_status_finalizer;
GRANT INSERT ON cheques TO salur_stage_cheque_rendering;
