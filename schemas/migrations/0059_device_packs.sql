-- What a device pays without a network. A pack is many claims at once: the lease of each family goes to one device until the pack ends, so that two packs,
-- or a pack and a counter, cannot hold one family. Nothing about money stands here. The file is kept as it was given out, sealed to the
-- device, so that asking again gives the same bytes.
CREATE TABLE device_packs (
  id uuid PRIMARY KEY,                  -- made by who asked
  device text NOT NULL REFERENCES devices,
  teller text NOT NULL REFERENCES tellers,
  pay_point text NOT NULL REFERENCES pay_points,
  day date NOT NULL,
  families int NOT NULL CHECK (families BETWEEN 1 AND 500),
  rupiah bigint NOT NULL CHECK (rupiah > 0),
  actor text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  ends_at timestamptz NOT NULL,
  file bytea NOT NULL CHECK (length(file) <= 6291456),
  CHECK (ends_at > made_at)
);
CREATE INDEX device_packs_device ON device_packs (device, made_at);

CREATE TABLE device_pack_claims (
  pack uuid NOT NULL REFERENCES device_packs,
  claim uuid PRIMARY KEY REFERENCES claims,
  rupiah bigint NOT NULL CHECK (rupiah > 0)
);
CREATE INDEX device_pack_claims_pack ON device_pack_claims (pack);

-- What a device says it did with a pack. The first word of the pack's own device ends the pack; any other is kept, since it was said by a copy.
CREATE TABLE device_pack_check_ins (
  pack uuid NOT NULL REFERENCES device_packs,
  n smallint NOT NULL CHECK (n > 0),
  digest bytea NOT NULL CHECK (length(digest) = 32),    -- of all that was said
  device text NOT NULL,
  teller text NOT NULL,
  claims uuid[] NOT NULL,
  captures uuid[] NOT NULL,
  said_at timestamptz NOT NULL,         -- by the device's clock
  checked_in_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (pack, n),
  UNIQUE (pack, device, digest),
  CHECK (cardinality(claims) = cardinality(captures))
);

CREATE TABLE device_pack_revocations (
  pack uuid PRIMARY KEY REFERENCES device_packs,
  actor text NOT NULL,
  reason text NOT NULL,
  revoked_at timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['device_packs', 'device_pack_claims', 'device_pack_check_ins', 'device_pack_revocations'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

-- Whose lease it is while a pack has it; null: a counter's, of ten minutes.
ALTER TABLE claim_leases ADD COLUMN pack uuid REFERENCES device_packs;
CREATE INDEX claim_leases_pack ON claim_leases (pack) WHERE pack IS NOT NULL;

-- How each pack stands: `live` until its device said what it did, it was revoked, or its time was over.
CREATE VIEW device_packs_now AS
  SELECT k.id, k.device, k.teller, k.pay_point, k.day, k.families, k.rupiah, k.actor, k.made_at, k.ends_at, i.checked_in_at,
    cardinality(i.captures) AS said, coalesce(r.revoked_at, d.revoked_at) AS revoked_at,
    CASE WHEN i.pack IS NOT NULL THEN 'checked_in' WHEN r.pack IS NOT NULL OR d.revoked_at IS NOT NULL THEN 'revoked'
      WHEN k.ends_at <= now() THEN 'over' ELSE 'live' END AS state
  FROM device_packs k JOIN devices d ON d.code = k.device LEFT JOIN device_pack_revocations r ON r.pack = k.id
  LEFT JOIN LATERAL (SELECT c.pack, c.captures, c.checked_in_at FROM device_pack_check_ins c
    WHERE c.pack = k.id AND c.device = k.device ORDER BY c.n LIMIT 1) i ON true;

-- What shows that a pack was copied, from rows alone, whichever comes first, the word or the photos:
-- `said_twice`: a second, other word about a pack, by this or another device: the hand-overs that the first does not name.
-- `not_said`: a photo of a hand-over that the word does not name.
CREATE VIEW device_pack_doubts AS
  WITH first AS (SELECT DISTINCT ON (c.pack) c.pack, c.n, c.claims, c.captures FROM device_pack_check_ins c JOIN device_packs k ON k.id = c.pack
      AND k.device = c.device ORDER BY c.pack, c.n)
  SELECT o.pack, 'said_twice'::text AS doubt, o.device, o.teller, o.checked_in_at AS at, v.capture, v.claim, coalesce(g.rupiah, 0) AS rupiah
    FROM device_pack_check_ins o LEFT JOIN first f ON f.pack = o.pack LEFT JOIN LATERAL unnest(o.claims, o.captures) AS v(claim, capture)
      ON NOT v.capture = ANY(coalesce(f.captures, '{}'))
    LEFT JOIN device_pack_claims g ON g.pack = o.pack AND g.claim = v.claim WHERE o.n IS DISTINCT FROM f.n
  UNION ALL
  SELECT f.pack, 'not_said', p.device, p.teller, p.judged_at, p.capture, p.claim, g.rupiah
    FROM first f JOIN device_pack_claims g ON g.pack = f.pack JOIN proofs p ON p.claim = g.claim
    WHERE NOT p.capture = ANY(f.captures);

GRANT SELECT, INSERT ON device_packs, device_pack_claims, device_pack_check_ins, device_pack_revocations TO salur_portal;
GRANT SELECT ON device_packs_now, device_pack_doubts TO salur_portal, salur_worker;
GRANT SELECT ON device_packs, device_pack_claims, device_pack_check_ins, device_pack_revocations TO salur_worker;
GRANT SELECT ON device_packs_now, device_pack_claims TO salur_stage_fund_return;
