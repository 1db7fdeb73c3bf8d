-- Rows that upstream takes back, and those it sends in their place. Both are remembered with what came of them. A row that ended at release without a
-- payment is 'ended' among the decisions; a substitute is staged as 'substitute', so that no statement about the rows of a batch takes it for one.
CREATE TABLE withdrawals (
  batch uuid NOT NULL,
  row text COLLATE "C" NOT NULL,
  substitute text COLLATE "C",          -- the row in its place
  reason text NOT NULL,
  document text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('awaited', 'cancelled', 'ended', 'refused')),
  status text NOT NULL,                 -- of the row, after it
  code text NOT NULL,                   -- why
  tranche int,
  regency text NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (batch, row)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON withdrawals EXECUTE FUNCTION refuse_change();

CREATE TABLE substitutes (
  batch uuid NOT NULL,
  row text COLLATE "C" NOT NULL,
  replaces text COLLATE "C" NOT NULL,
  reason text NOT NULL,
  document text NOT NULL,
  staged_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (batch, row)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON substitutes EXECUTE FUNCTION refuse_change();

ALTER TABLE recipients DROP CONSTRAINT recipients_intake_check;
ALTER TABLE recipients ADD CONSTRAINT recipients_intake_check CHECK (intake IN ('staged', 'held', 'rejected', 'substitute'));
ALTER TABLE row_decisions DROP CONSTRAINT row_decisions_decision_check;
ALTER TABLE row_decisions ADD CONSTRAINT row_decisions_decision_check CHECK (decision IN ('held', 'already', 'ended'));
ALTER TABLE tally_deltas DROP CONSTRAINT tally_deltas_measure_check;
ALTER TABLE tally_deltas ADD CONSTRAINT tally_deltas_measure_check CHECK (measure IN
  ('submitted', 'rejected', 'held', 'already', 'accepted', 'withdrawn', 'funded', 'cancelled', 'cheque_issued', 'in_question', 'paid'));
ALTER TABLE cases DROP CONSTRAINT cases_kind_check;
ALTER TABLE cases ADD CONSTRAINT cases_kind_check CHECK (kind IN
  ('second_capture', 'photo_missing', 'capture_refused', 'capture_conflict', 'ended_capture'));

ALTER TABLE transfers DROP CONSTRAINT transfers_kind_check;
ALTER TABLE transfers ADD CONSTRAINT transfers_kind_check CHECK (kind IN ('programme_funded', 'batch_reserved', 'hold_reserved', 'withdrawn',
  'recipient_funded', 'cancelled', 'cash_to_office', 'cash_to_teller', 'hand_over', 'return'));
-- a payment is handed over, returned or cancelled, never two of them
DROP INDEX transfers_one_way_out;
CREATE UNIQUE INDEX transfers_one_way_out ON transfers (tranche, subject, n) WHERE kind IN ('hand_over', 'return', 'cancelled', 'withdrawn');

-- what was withdrawn from a held part is not held with it
CREATE OR REPLACE VIEW waiting_parts AS
  SELECT q.batch, q.regency, q.families - w.families AS families, q.rupiah - w.rupiah AS rupiah, q.available, q.held_at
  FROM batch_parts q CROSS JOIN LATERAL (
    SELECT count(*) AS families, coalesce(sum(r.amount), 0)::bigint AS rupiah FROM row_decisions d JOIN recipients r ON r.batch = d.batch AND r.row = d.row
    WHERE d.batch = q.batch AND d.decision = 'ended' AND d.decided_at > q.held_at AND left(r.village, 4) = q.regency) AS w
  WHERE q.held_at IS NOT NULL AND NOT EXISTS (SELECT FROM ended_holds h WHERE h.batch = q.batch AND h.row IS NULL AND h.regency = q.regency);

GRANT SELECT ON withdrawals, substitutes TO salur_worker, salur_portal, salur_auditor, salur_stage_release, salur_stage_intake;
GRANT INSERT ON withdrawals TO salur_stage_release;
GRANT INSERT ON substitutes TO salur_stage_intake;
GRANT UPDATE (cancelled_at) ON payments TO salur_stage_release;
GRANT SELECT, INSERT, UPDATE ON claim_leases TO salur_stage_release;
GRANT SELECT ON claims TO salur_stage_release;
