-- The counter. A claim is one device's ten-minute lease on all open payments of a family; the lease row has one winner, the claim row
-- remembers what it covered. A proof is a judged capture; the photo's bytes lie sealed in the object store under proofs/<capture>/<attempt>.
CREATE TABLE claims (
  id uuid PRIMARY KEY,                  -- made up by the device, so that a repeated request is recognised
  programme text NOT NULL REFERENCES programmes,
  account uuid NOT NULL,
  device text NOT NULL REFERENCES devices,
  teller text NOT NULL REFERENCES tellers,
  tranches int[] NOT NULL,
  payments uuid[] NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  CHECK (cardinality(tranches) = cardinality(payments) AND cardinality(payments) > 0)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claims EXECUTE FUNCTION refuse_change();

CREATE TABLE claim_leases (
  programme text NOT NULL,
  account uuid NOT NULL,
  claim uuid NOT NULL,
  device text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (programme, account)
);

CREATE TABLE proofs (
  capture uuid PRIMARY KEY,
  claim uuid NOT NULL,
  device text NOT NULL,
  teller text NOT NULL,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),   -- of the bytes fetched
  size bigint NOT NULL,
  statement jsonb NOT NULL,             -- as signed by the device
  signature text NOT NULL,
  content bytea NOT NULL,               -- digest of what was captured: same capture again, or a conflict?
  photo_key bytea,                      -- wrapped; null when there was no picture to keep
  sealed_size bigint,
  width int,
  height int,
  dhash bigint,
  judgement text NOT NULL CHECK (judgement IN ('accepted', 'questioned', 'refused')),
  tranches int[] NOT NULL,
  payments uuid[] NOT NULL,
  captured_at timestamptz NOT NULL,     -- scan time by the device, corrected by its clock offset
  received_at timestamptz NOT NULL,
  judged_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX proofs_claim ON proofs (claim);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON proofs EXECUTE FUNCTION refuse_change();

CREATE TABLE findings (
  capture uuid NOT NULL,
  code text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('info', 'question', 'refuse')),
  evidence jsonb NOT NULL,
  PRIMARY KEY (capture, code)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON findings EXECUTE FUNCTION refuse_change();

-- Who used these bytes first. Inserting here makes twins wait for each other, so two lanes cannot both believe the same photo.
CREATE TABLE photo_digests (
  sha256 bytea PRIMARY KEY,
  capture uuid NOT NULL,
  claim uuid NOT NULL
);

-- How each payment was handed over, and by which capture.
CREATE TABLE hand_overs (
  tranche int NOT NULL,
  payment uuid NOT NULL,
  n smallint NOT NULL DEFAULT 1,
  capture uuid NOT NULL,
  teller text NOT NULL,
  believed boolean NOT NULL,            -- proof accepted at once; else in question
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment, n)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON hand_overs EXECUTE FUNCTION refuse_change();

-- What a person has to look at.
CREATE TABLE cases (
  id uuid PRIMARY KEY,                  -- derived from kind, capture and payment
  kind text NOT NULL CHECK (kind IN ('second_capture', 'photo_missing', 'capture_refused', 'capture_conflict')),
  capture uuid NOT NULL,
  tranche int,
  payment uuid,
  teller text NOT NULL,
  other_capture uuid,
  other_teller text,
  opened_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cases EXECUTE FUNCTION refuse_change();

GRANT SELECT ON claims, claim_leases, proofs, findings, hand_overs, cases
  TO salur_worker, salur_portal, salur_auditor, salur_stage_photo_ingest, salur_stage_status_finalizer;
GRANT INSERT ON claims TO salur_portal;
GRANT INSERT, UPDATE ON claim_leases TO salur_portal;
GRANT INSERT ON proofs, findings, cases TO salur_stage_photo_ingest;
GRANT SELECT, INSERT ON photo_digests TO salur_stage_photo_ingest;
GRANT INSERT ON hand_overs, cases TO salur_stage_status_finalizer;
