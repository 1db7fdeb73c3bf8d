-- What people decided about rows and parts that wait. A decision is remembered with its effect, so that it is answered the same for ever: released,
-- rejected, still held (under which rule now, beside whom) or refused. A hold ends once. Its money is reserved for itself (hold_reserved), from accounts
-- that stand in hold_reserves where its part reserved nothing.
CREATE TABLE hold_decisions (
  id uuid PRIMARY KEY,                  -- of the fact
  batch uuid NOT NULL,
  row text COLLATE "C",                 -- null: the whole part of the regency
  regency text NOT NULL,
  tranche int NOT NULL,
  code text NOT NULL,                   -- the rule it was held under
  ruling text NOT NULL CHECK (ruling IN ('release', 'distinct', 'reject')),
  reason text NOT NULL,
  actor text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('released', 'rejected', 'held', 'refused')),
  held_code text,                       -- still held: under this rule
  other_batch uuid,                     -- still held: beside this row
  other_row text,
  families bigint NOT NULL,             -- released or rejected
  rupiah bigint NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'held') = (held_code IS NOT NULL))
);
CREATE INDEX hold_decisions_of ON hold_decisions (batch, row, decided_at);
CREATE UNIQUE INDEX hold_decisions_once ON hold_decisions (batch, coalesce(row, ''), regency) WHERE effect IN ('released', 'rejected');
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON hold_decisions EXECUTE FUNCTION refuse_change();

CREATE VIEW ended_holds AS
  SELECT id, batch, row, regency, tranche, effect, families, rupiah FROM hold_decisions WHERE effect IN ('released', 'rejected');

CREATE VIEW waiting_parts AS
  SELECT q.batch, q.regency, q.families, q.rupiah, q.available, q.held_at FROM batch_parts q
  WHERE q.held_at IS NOT NULL AND NOT EXISTS (SELECT FROM ended_holds h WHERE h.batch = q.batch AND h.row IS NULL AND h.regency = q.regency);

-- The rows of a part whose hold ended were answered to the last.
CREATE TABLE hold_sweeps (decision uuid PRIMARY KEY, finished_at timestamptz NOT NULL DEFAULT now());
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON hold_sweeps EXECUTE FUNCTION refuse_change();

CREATE TABLE hold_reserves (
  batch uuid NOT NULL,
  regency text NOT NULL,
  reserve_account bigint NOT NULL,
  recipient_account bigint NOT NULL,
  PRIMARY KEY (batch, regency)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON hold_reserves EXECUTE FUNCTION refuse_change();

CREATE VIEW part_accounts AS
  SELECT batch, regency, reserve_account, recipient_account FROM batch_parts WHERE reserved_at IS NOT NULL
  UNION SELECT batch, regency, reserve_account, recipient_account FROM hold_reserves;

-- Two persons of one household card whom somebody judged to be two families. Both ways round, so that a look-up is one index. Remembered for all
-- tranches.
CREATE TABLE distinct_pairs (
  account uuid NOT NULL,
  other uuid NOT NULL,
  decision uuid NOT NULL,
  PRIMARY KEY (account, other),
  CHECK (account <> other)
);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON distinct_pairs EXECUTE FUNCTION refuse_change();

ALTER TABLE transfers DROP CONSTRAINT transfers_kind_check;
ALTER TABLE transfers ADD CONSTRAINT transfers_kind_check CHECK (kind IN
  ('programme_funded', 'batch_reserved', 'hold_reserved', 'recipient_funded', 'cash_to_office', 'cash_to_teller', 'hand_over', 'return'));

GRANT SELECT ON hold_decisions, ended_holds, waiting_parts, hold_sweeps, hold_reserves, part_accounts, distinct_pairs
  TO salur_worker, salur_portal, salur_auditor, salur_stage_release, salur_stage_transfer_posting;
GRANT INSERT ON hold_decisions, hold_sweeps, hold_reserves, distinct_pairs TO salur_stage_release;
