-- What must be known before a family can be paid: programmes and tranches, where money may be spent, who hands it over and with which
-- device. Written by `salur setup` alone, in one transaction with the funding entries.
CREATE TABLE programmes (
  code text PRIMARY KEY,
  name text NOT NULL,
  approval_threshold bigint NOT NULL CHECK (approval_threshold >= 0)
);

-- Windows: opens_at <= hand-over <= closes_at is law; returns_at = closes_at + offline grace. opened_at: when release was allowed.
-- releasing: the one batch of the tranche whose release is under way; releases of a tranche go one after another, so that "already in the
-- tranche" is a question with one answer.
CREATE TABLE tranches (
  id int PRIMARY KEY CHECK (id > 0),
  code text NOT NULL UNIQUE,
  programme text NOT NULL REFERENCES programmes,
  name text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  opens_at timestamptz NOT NULL,
  closes_at timestamptz NOT NULL,
  returns_at timestamptz NOT NULL,
  cheques_stored boolean NOT NULL,
  specimen boolean NOT NULL,            -- fictitious families: cheques say CONTOH
  opened_at timestamptz,
  releasing uuid,
  CHECK (opens_at < closes_at AND closes_at <= returns_at)
);

-- One row per document that grants money to a regency: a top-up is another document, so nothing granted is ever rewritten.
CREATE TABLE allocations (
  tranche int NOT NULL REFERENCES tranches,
  regency text NOT NULL CHECK (regency ~ '^[0-9]{4}$'),
  amount bigint NOT NULL CHECK (amount > 0),
  document text NOT NULL,
  PRIMARY KEY (tranche, regency, document)
);

CREATE TABLE pay_points (
  code text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('post_office', 'community', 'home_visit')),
  name text NOT NULL,
  address text NOT NULL,
  latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
  longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
  radius_m int NOT NULL CHECK (radius_m > 0),
  utc_offset_minutes int NOT NULL CHECK (utc_offset_minutes BETWEEN -720 AND 840),
  opens time NOT NULL,
  closes time NOT NULL
);

CREATE TABLE pay_point_villages (
  village text PRIMARY KEY CHECK (village ~ '^[0-9]{10}$'),
  pay_point text NOT NULL REFERENCES pay_points
);

CREATE TABLE offices (code text PRIMARY KEY, name text NOT NULL, regency text NOT NULL);
CREATE TABLE tellers (code text PRIMARY KEY, name text NOT NULL, office text NOT NULL REFERENCES offices);
CREATE TABLE devices (
  code text PRIMARY KEY,
  pay_point text NOT NULL REFERENCES pay_points,
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  revoked_at timestamptz
);
CREATE TABLE sources (name text PRIMARY KEY CHECK (name ~ '^[a-z0-9-]{1,32}$'), description text NOT NULL);

GRANT SELECT ON programmes, tranches, allocations, pay_points, pay_point_villages, offices, tellers, devices, sources
  TO salur_worker, salur_portal, salur_auditor, salur_stage_intake, salur_stage_release, salur_stage_account_creation,
     salur_stage_transfer_posting, salur_stage_cheque_rendering, salur_stage_photo_ingest, salur_stage_status_finalizer;
GRANT UPDATE (releasing) ON tranches TO salur_stage_release;
