-- What a civil registry answered about the person of a payment, once per payment and for ever. No personal data: the question went out of memory. An
-- account is verified by the registry when an answer about it was `confirmed`, for the name it was confirmed under; any other account is verified
-- structurally, by the rules of the NIK and by pairs alone.
CREATE TABLE registry_answers (
  tranche int NOT NULL,
  payment uuid NOT NULL,
  account uuid NOT NULL,
  name_digest bytea NOT NULL,           -- keyed, of the name that was asked about
  answer text NOT NULL CHECK (answer IN ('confirmed', 'differs', 'unknown', 'deceased')),
  fields text[] NOT NULL,               -- which differ
  answered_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment),
  FOREIGN KEY (tranche, payment) REFERENCES payments (tranche, id),
  CHECK ((answer = 'differs') = (cardinality(fields) > 0))
);
CREATE INDEX registry_answers_confirmed ON registry_answers (account) WHERE answer = 'confirmed';
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry_answers EXECUTE FUNCTION refuse_change();

-- The moment a registry's answer stopped a payment. It stays `accepted`, is shown as held, and goes on only by a person's decision.
ALTER TABLE payments ADD COLUMN unverified_at timestamptz;
CREATE INDEX payments_unverified ON payments (tranche, id) WHERE unverified_at IS NOT NULL;

-- A row has one hold of its own and, once it is a payment, one of the registry's: each ends once. Only the first is counted among the held.
DROP INDEX hold_decisions_once;
CREATE UNIQUE INDEX hold_decisions_once ON hold_decisions (batch, coalesce(row, ''), regency, (code IN ('CIV01', 'CIV02')))
  WHERE effect IN ('released', 'rejected');
CREATE OR REPLACE VIEW ended_holds AS
  SELECT id, batch, row, regency, tranche, effect, families, rupiah FROM hold_decisions
  WHERE effect IN ('released', 'rejected') AND code NOT IN ('CIV01', 'CIV02');

-- Payments that a registry's answer stopped, and what a person decided about each.
CREATE VIEW unverified_payments AS
  SELECT p.tranche, p.id, p.batch, p.row, p.account_opened_at, p.cancelled_at, a.answer, a.fields, a.answered_at,
    CASE a.answer WHEN 'differs' THEN 'CIV02' ELSE 'CIV01' END AS code, h.effect, h.decided_at,
    p.account_opened_at IS NULL AND p.cancelled_at IS NULL AND p.returned_at IS NULL AND h.effect IS NULL AS waits
  FROM payments p JOIN registry_answers a ON a.tranche = p.tranche AND a.payment = p.id
  LEFT JOIN hold_decisions h ON h.batch = p.batch AND h.row = p.row AND h.code IN ('CIV01', 'CIV02') AND h.effect IN ('released', 'rejected')
  WHERE p.unverified_at IS NOT NULL;

ALTER TABLE tally_deltas DROP CONSTRAINT tally_deltas_measure_check;
ALTER TABLE tally_deltas ADD CONSTRAINT tally_deltas_measure_check CHECK (measure IN ('submitted', 'rejected', 'held', 'already', 'accepted',
  'withdrawn', 'verified', 'funded', 'cancelled', 'cheque_issued', 'in_question', 'paid'));

GRANT SELECT ON registry_answers, unverified_payments TO salur_worker, salur_portal, salur_auditor, salur_stage_account_creation, salur_stage_release;
GRANT SELECT ON unverified_payments TO salur_stage_feed_replay;
GRANT SELECT ON hold_decisions TO salur_stage_account_creation;
GRANT INSERT ON registry_answers TO salur_stage_account_creation;
GRANT UPDATE (unverified_at) ON payments TO salur_stage_account_creation;
