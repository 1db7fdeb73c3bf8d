-- Somebody of the same household card receives for an old or sick recipient. A claim names at most one such proxy; who it is stands sealed under a key of its
-- own, and beside it blind indexes: by one the household is compared with that of the payments, by the other is counted how many families a proxy
-- receives for within a day. The cap stands in the row, so that it can be checked whatever is configured later. Times are of the clock and not of the
-- transaction: claims of one proxy wait for each other, and their order is that of the lock.
CREATE TABLE claim_proxies (
  claim uuid PRIMARY KEY REFERENCES claims,
  account uuid NOT NULL,                -- the family's
  person uuid NOT NULL,                 -- blind index of the proxy's NIK
  household uuid NOT NULL,              -- blind index of the household card
  relation text NOT NULL CHECK (relation IN ('spouse', 'child', 'parent', 'sibling', 'grandchild', 'other')),
  masked_name text NOT NULL,
  masked_nik text NOT NULL,
  day date NOT NULL,                    -- in Jakarta, so that counters of all zones count the same one
  max_families smallint NOT NULL CHECK (max_families BETWEEN 1 AND 1000),  -- of one proxy within a day, when this was granted
  content bytea NOT NULL CHECK (length(content) = 16),  -- keyed digest of what was typed: the same claim again, or another?
  data_key bytea,                       -- wrapped; null: what it seals was destroyed
  sealed bytea NOT NULL,                -- NIK, household card, name, document
  named_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  CHECK (person <> account)             -- nobody is one's own proxy
);
CREATE INDEX claim_proxies_person ON claim_proxies (person, named_at);
CREATE INDEX claim_proxies_account ON claim_proxies (account);
CREATE INDEX claim_proxies_tx ON claim_proxies USING brin (tx) WITH (pages_per_range = 32, autosummarize = on);

-- The one thing that may change: the key is forgotten, once the photos of the visit are.
CREATE FUNCTION forget_proxy_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.data_key IS NULL AND to_jsonb(NEW) - 'data_key' = to_jsonb(OLD) - 'data_key'
    AND EXISTS (SELECT FROM proofs f JOIN photo_destructions d ON d.capture = f.capture
      WHERE f.claim = OLD.claim AND d.effect = 'carried_out' AND d.ground <> 'taken_by_mistake')
    AND NOT EXISTS (SELECT FROM proofs f WHERE f.claim = OLD.claim AND f.photo_key IS NOT NULL) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'proxies are insert-only: nothing but the key of a destroyed one is forgotten' USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;
DO $$
DECLARE columns text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
    WHERE attrelid = 'claim_proxies'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'data_key';
  EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OF %s OR DELETE OR TRUNCATE ON claim_proxies EXECUTE FUNCTION refuse_change()', columns);
END $$;
CREATE TRIGGER forget_proxy_only BEFORE UPDATE ON claim_proxies FOR EACH ROW EXECUTE FUNCTION forget_proxy_only();

GRANT SELECT, INSERT ON claim_proxies TO salur_portal;
GRANT SELECT ON claim_proxies TO salur_worker;
GRANT SELECT (claim, account, person, household, named_at) ON claim_proxies TO salur_stage_photo_ingest;
GRANT SELECT (claim, data_key) ON claim_proxies TO salur_stage_photo_keeping;
GRANT UPDATE (data_key) ON claim_proxies TO salur_stage_photo_keeping;
