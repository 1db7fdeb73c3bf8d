-- What came of each wish to replace a cheque that was lost, stolen, damaged, misprinted or given to the wrong family. Two people say it of the same version on
-- the same ground; then a cheque of the next version is drawn, and the one before is worth nothing. Moments are of the clock and not of the transaction, so
-- that who waited for the payment's lock comes after.
CREATE TABLE cheque_replacements (
  id uuid PRIMARY KEY,                  -- made from the request of who asked
  tranche int NOT NULL,
  payment uuid NOT NULL,
  version smallint NOT NULL CHECK (version > 0), -- of the cheque that shall be worth nothing
  loss text NOT NULL CHECK (loss IN ('lost', 'stolen', 'damaged', 'wrong_hands', 'misprinted')),
  document text NOT NULL,
  actor text NOT NULL REFERENCES actors,
  effect text NOT NULL CHECK (effect IN ('signed', 'carried_out', 'refused')),
  reason text NOT NULL CHECK (reason IN ('', 'unknown', 'replaced', 'handed_over', 'ended', 'signed')),
  decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  CHECK ((effect = 'refused') = (reason <> ''))
);
CREATE UNIQUE INDEX cheque_replacements_once ON cheque_replacements (tranche, payment, version) WHERE effect = 'carried_out';
CREATE INDEX cheque_replacements_cheque ON cheque_replacements (tranche, payment, version);
CREATE INDEX cheque_replacements_tx ON cheque_replacements USING brin (tx) WITH (pages_per_range = 32, autosummarize = on);
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cheque_replacements EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON cheque_replacements TO salur_stage_cheque_rendering;
GRANT SELECT ON cheque_replacements TO salur_worker, salur_portal, salur_sealer;
