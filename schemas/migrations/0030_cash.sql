-- Cash moves, and a teller's day closes, because a tranche is paid in notes and somebody must answer for each of them at each moment. What people say
-- (`cash.moved`, `cash.counted`) is decided by transfer-posting and kept here with what came of it, so that it is answered the same for ever: booked or
-- refused, closed or refused, and why. A day closes once. What came under an id that was taken by other content is kept too, and changes nothing.
CREATE TABLE cash_moves (
  id uuid PRIMARY KEY,
  programme text NOT NULL,
  from_place text NOT NULL,             -- bank, office:CODE, teller:CODE, difference:CODE
  to_place text NOT NULL,
  amount bigint NOT NULL CHECK (amount >= 0),
  document text NOT NULL,
  actor text NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 32),            -- of what was said: the same again, or a conflict?
  effect text NOT NULL CHECK (effect IN ('booked', 'refused')),
  reason text NOT NULL CHECK (reason IN ('', 'programme', 'place', 'same', 'way', 'other_office', 'amount', 'overdrawn')),
  held bigint,                          -- what the giver held before, by the books
  decided_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'booked') = (reason = ''))
);

CREATE TABLE cash_counts (
  id uuid PRIMARY KEY,
  programme text NOT NULL,
  teller text NOT NULL,
  day date NOT NULL,                    -- by the teller's clock
  counted bigint NOT NULL CHECK (counted >= 0),
  unsynchronised bigint NOT NULL CHECK (unsynchronised >= 0),   -- captures that the device has not sent
  explanation text NOT NULL,            -- why it differs; empty: nobody said
  actor text NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 32),
  effect text NOT NULL CHECK (effect IN ('closed', 'refused')),
  reason text NOT NULL CHECK (reason IN
    ('', 'programme', 'place', 'amount', 'closed', 'later_day', 'future', 'unsynchronised', 'unjudged', 'claimed', 'differs')),
  books bigint,                         -- float in, less paid out, less given back
  unjudged bigint NOT NULL,             -- captures that came in and were not booked yet
  claimed bigint NOT NULL,              -- families being paid at that moment
  decided_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'closed') = (reason = ''))
);
CREATE UNIQUE INDEX cash_counts_once ON cash_counts (programme, teller, day) WHERE effect = 'closed';

CREATE TABLE cash_conflicts (
  id uuid NOT NULL,                     -- of the move or count that stands
  digest bytea NOT NULL CHECK (length(digest) = 32),
  content jsonb NOT NULL,               -- what came under it
  came_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, digest)
);

-- Captures as the portal hears them, before anybody judged them: a day must not close over them.
CREATE TABLE heard_captures (
  capture uuid PRIMARY KEY,
  claim uuid NOT NULL,
  programme text NOT NULL,
  teller text NOT NULL,
  heard_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX heard_captures_teller ON heard_captures (programme, teller, heard_at);
CREATE INDEX claims_teller ON claims (programme, teller, expires_at);
CREATE INDEX cases_capture ON cases (capture);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['cash_moves', 'cash_counts', 'cash_conflicts', 'heard_captures'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

-- The few transfers of cash among the many of payments: what an office or a teller got and gave. What a teller paid to families is the rest of the account.
CREATE INDEX transfers_of_cash ON transfers (debit, credit) WHERE kind IN ('cash_to_office', 'cash_back_to_bank', 'cash_to_teller',
  'cash_back_to_office', 'cash_between_tellers', 'cash_short', 'cash_over', 'second_pay_out', 'difference_settled');

-- An account of cash as people write it.
CREATE FUNCTION place_of(kind text, owner text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE kind WHEN 'bank' THEN 'bank' WHEN 'office_cash' THEN 'office:' || owner WHEN 'teller_cash' THEN 'teller:' || owner
    WHEN 'cash_difference' THEN 'difference:' || owner END
$$;

-- Setup makes the accounts of each office and teller of a programme, so that a stage needs to make none. Those of programmes that stand already:
INSERT INTO ledger_accounts (kind, programme, owner)
  SELECT DISTINCT k.kind, a.programme, CASE k.kind WHEN 'office_cash' THEN t.office ELSE t.code END
  FROM ledger_accounts a JOIN tellers t ON t.code = a.owner CROSS JOIN (VALUES ('office_cash'), ('cash_difference')) AS k(kind)
  WHERE a.kind = 'teller_cash'
  ON CONFLICT DO NOTHING;

GRANT SELECT, INSERT ON cash_moves, cash_counts, cash_conflicts TO salur_stage_transfer_posting;
GRANT SELECT ON claims, claim_leases, proofs, hand_overs, cases, heard_captures TO salur_stage_transfer_posting;
GRANT SELECT ON cash_moves, cash_counts, cash_conflicts TO salur_worker, salur_portal, salur_auditor;
GRANT SELECT, INSERT ON heard_captures TO salur_portal;
GRANT SELECT ON heard_captures TO salur_worker, salur_auditor;
