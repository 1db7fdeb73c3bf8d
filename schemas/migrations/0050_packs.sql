-- Packs: the cheques of a village as one printable file, with the list by which they are handed out. A pack is made of the cheques that lie in none yet, so
-- that late ones come as a supplement and no cheque is printed for two people. The file lies in the object store under
-- packs/<tranche>/<village>/<generation>.pdf,
-- sealed, its key inside: it holds full names. The generation is a digest of the cheques, so that the same pack made twice is one object.
CREATE TABLE packs (
  tranche int NOT NULL,
  village text NOT NULL,
  generation text NOT NULL CHECK (generation ~ '^[0-9a-f]{32}$'),
  number smallint NOT NULL CHECK (number > 0),
  cheques int NOT NULL CHECK (cheques > 0),
  rupiah bigint NOT NULL CHECK (rupiah > 0),
  pages int NOT NULL CHECK (pages > 0),
  size int NOT NULL CHECK (size > 0),                             -- of the file, before it was sealed
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),              -- of the file, before it was sealed
  unreadable int NOT NULL CHECK (unreadable >= 0),                -- families whose row did not open: they stand there masked
  asked_by text NOT NULL,                                         -- '' where the village was complete
  made_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, village, generation),
  UNIQUE (tranche, village, number)
);

CREATE TABLE pack_cheques (
  tranche int NOT NULL,
  payment uuid NOT NULL,
  version smallint NOT NULL,
  village text NOT NULL,
  generation text NOT NULL,
  PRIMARY KEY (tranche, payment, version),
  FOREIGN KEY (tranche, payment, version) REFERENCES cheques (tranche, payment, version),
  FOREIGN KEY (tranche, village, generation) REFERENCES packs (tranche, village, generation)
);
CREATE INDEX pack_cheques_pack ON pack_cheques (tranche, village, generation);

-- What an office says about a pack: that its cheques are with the families. The first word about a pack stands.
CREATE TABLE pack_hand_outs (
  id uuid PRIMARY KEY,
  tranche int NOT NULL,
  village text NOT NULL,
  number smallint NOT NULL,
  handed_out_on date NOT NULL,
  kept int NOT NULL CHECK (kept >= 0),
  document text NOT NULL,
  actor text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('handed_out', 'refused')),
  refused text NOT NULL CHECK (refused IN ('', 'unknown', 'again', 'kept', 'early')),
  said_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'refused') = (refused <> ''))
);
CREATE UNIQUE INDEX pack_hand_outs_once ON pack_hand_outs (tranche, village, number) WHERE effect = 'handed_out';

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['packs', 'pack_cheques', 'pack_hand_outs'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

DO $$ BEGIN
  CREATE ROLE salur_stage_pack_making NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_worker', 'salur_stage_pack_making', 'MEMBER') THEN
    GRANT salur_stage_pack_making TO salur_worker;
  END IF;
END $$;
-- It opens the rows of families, and moves nothing.
GRANT SELECT ON payments, cheques, recipients, batches, tranches, programmes, pay_points TO salur_stage_pack_making;
GRANT SELECT, INSERT ON packs, pack_cheques, pack_hand_outs TO salur_stage_pack_making;
GRANT SELECT ON packs, pack_cheques, pack_hand_outs TO salur_worker, salur_portal;
