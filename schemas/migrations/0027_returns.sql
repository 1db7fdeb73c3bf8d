-- What was never handed over goes back once a tranche's `returns_at` has passed. A sweep goes over its payments in passes, since a counter may hold a
-- family's cheque while one passes by. Each return is remembered with its reason and with the statement to the treasury that will name it; that number is the
-- one open when the payment was returned, so that a statement is a sum over rows that nobody moves.
ALTER TABLE tranches ADD COLUMN return_pass int NOT NULL DEFAULT 0, ADD COLUMN return_pass_ended_at timestamptz, ADD COLUMN return_ended_at timestamptz;

CREATE TABLE return_steps (
  tranche int NOT NULL REFERENCES tranches,
  pass int NOT NULL CHECK (pass > 0),
  after uuid NOT NULL,                  -- nil: the first
  last uuid,                            -- last payment looked at; none: the pass ended here
  skipped int NOT NULL,                 -- payments whose cheque a counter held
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, pass, after)
);
CREATE TABLE returns (
  tranche int NOT NULL,
  payment uuid NOT NULL,
  n smallint NOT NULL,                  -- the payment's round
  regency text NOT NULL,
  reason text NOT NULL CHECK (reason IN
    ('absent', 'deceased', 'moved', 'unknown', 'refused', 'ineligible', 'duplicate', 'unfunded')),
  amount bigint NOT NULL CHECK (amount > 0),
  statement int NOT NULL CHECK (statement > 0),
  returned_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment, n)
);
-- Why a family did not or will not come, as an office or its source says. The last word before the return counts.
CREATE TABLE return_reasons (
  id uuid PRIMARY KEY,
  tranche int NOT NULL,
  payment uuid NOT NULL,
  reason text NOT NULL CHECK (reason IN ('absent', 'deceased', 'moved', 'unknown', 'refused', 'ineligible', 'duplicate')),
  actor text NOT NULL REFERENCES actors,
  document text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('kept', 'refused')),  -- refused: the payment had ended
  given_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tranche, payment) REFERENCES payments (tranche, id)
);
CREATE INDEX return_reasons_payment ON return_reasons (tranche, payment);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['return_steps', 'returns', 'return_reasons'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

ALTER TABLE tally_deltas DROP CONSTRAINT tally_deltas_measure_check;
ALTER TABLE tally_deltas ADD CONSTRAINT tally_deltas_measure_check CHECK (measure IN ('submitted', 'rejected', 'held', 'already', 'accepted',
  'withdrawn', 'verified', 'funded', 'cancelled', 'cheque_issued', 'in_question', 'paid', 'returned', 'returned_unfunded'));

DO $$ BEGIN
  CREATE ROLE salur_stage_fund_return NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_worker', 'salur_stage_fund_return', 'MEMBER') THEN
    GRANT salur_stage_fund_return TO salur_worker;
  END IF;
END $$;
GRANT SELECT ON payments, tranches, programmes, programme_exclusions, rival_tranches, batches, part_accounts, claim_leases, registry_answers, ledger_accounts,
  transfers TO salur_stage_fund_return;
GRANT UPDATE (returned_at) ON payments TO salur_stage_fund_return;
GRANT UPDATE (return_pass, return_pass_ended_at, return_ended_at) ON tranches TO salur_stage_fund_return;
GRANT INSERT ON ledger_accounts, transfers, tally_deltas TO salur_stage_fund_return;
GRANT UPDATE (debits, credits) ON ledger_accounts TO salur_stage_fund_return;
GRANT SELECT, INSERT ON return_steps, returns, return_reasons TO salur_stage_fund_return;
GRANT SELECT ON return_steps, returns, return_reasons TO salur_worker, salur_portal, salur_auditor, salur_stage_feed_replay, salur_webhooks;

-- A payment returned says why. `closed` to upstream: returned is an end.
CREATE OR REPLACE VIEW row_statuses AS
  SELECT s.batch, s.row, s.amount, s.status, s.codes,
    s.payment IS NOT NULL AND s.funded_at IS NULL AND s.status NOT IN ('returned', 'cancelled') AS waits_for_funding,
    s.status NOT IN ('rejected', 'paid', 'returned', 'cancelled') AND s.decision IS DISTINCT FROM 'already' AS waits_for_end,
    s.funded_at, greatest(s.staged_at, s.decided_at, s.ended_at, s.stopped_at, s.paid_at, s.returned_at, s.cancelled_at) AS moved_at
  FROM (
    SELECT r.batch, r.row, r.amount, r.staged_at, d.decision, d.decided_at, e.decided_at AS ended_at, u.answered_at AS stopped_at, p.id AS payment,
      p.funded_at, p.paid_at, p.returned_at, p.cancelled_at,
      CASE WHEN u.waits THEN 'held' WHEN p.id IS NOT NULL THEN p.status WHEN d.decision = 'already' THEN 'accepted'
        WHEN e.effect = 'rejected' OR d.decision = 'ended' THEN 'rejected'
        WHEN d.decision = 'held' THEN 'held' WHEN r.intake = 'staged' AND q.held_at IS NOT NULL THEN 'held' WHEN r.intake = 'substitute' THEN 'staged'
        ELSE r.intake END AS status,
      array_remove(array_cat(ARRAY[
        CASE WHEN p.returned_at IS NOT NULL THEN (SELECT CASE b.reason WHEN 'absent' THEN 'RET01' WHEN 'deceased' THEN 'RET02' WHEN 'moved' THEN 'RET03'
            WHEN 'unknown' THEN 'RET04' WHEN 'refused' THEN 'RET05' WHEN 'ineligible' THEN 'RET06' WHEN 'duplicate' THEN 'RET07' ELSE 'RET08' END
          FROM returns b WHERE b.tranche = p.tranche AND b.payment = p.id ORDER BY b.n DESC LIMIT 1) END,
        CASE WHEN u.effect IS DISTINCT FROM 'released' THEN u.code END,
        CASE WHEN e.effect = 'released' THEN NULL ELSE coalesce(e.held_code, d.code) END,
        CASE WHEN p.id IS NULL AND d.code IS NULL AND r.intake = 'staged' AND q.held_at IS NOT NULL THEN 'MON01' END],
        array_cat(r.findings, (SELECT array_agg(w.code ORDER BY w.code) FROM row_warnings w WHERE w.batch = r.batch AND w.row = r.row))), NULL) AS codes
    FROM recipients r
    LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
    LEFT JOIN batch_parts q ON q.batch = r.batch AND q.regency = left(r.village, 4)
    LEFT JOIN LATERAL (SELECT h.effect, h.held_code, h.decided_at FROM hold_decisions h WHERE h.batch = r.batch AND h.effect <> 'refused'
        AND h.code NOT IN ('CIV01', 'CIV02') AND (h.row = r.row
        OR (h.row IS NULL AND r.intake = 'staged' AND d.batch IS NULL AND h.regency = q.regency)) ORDER BY h.decided_at DESC, h.id LIMIT 1) AS e ON true
    LEFT JOIN payments p ON p.tranche = r.tranche AND p.id = r.payment AND p.batch = r.batch AND p.row = r.row
    LEFT JOIN unverified_payments u ON u.tranche = p.tranche AND u.id = p.id) AS s;
