-- Money. A transfer names the account debited and the account credited in one row, so half an entry cannot exist; the view `entries`
-- unrolls it into the two signed lines that accountants read. Transfers are insert-only by grant and by trigger; a correction is another
-- transfer. Accounts keep running totals only because they are few and shared; recipients have no account row: theirs is the sub-ledger
-- (tranche, subject) of the control account recipient(tranche, regency).
CREATE TABLE ledger_accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN
    ('bank', 'office_cash', 'teller_cash', 'cash_difference', 'allocation', 'reserve', 'recipient', 'return_due')),
  programme text NOT NULL REFERENCES programmes,
  tranche int NOT NULL DEFAULT 0,       -- 0: not of one tranche
  regency text NOT NULL DEFAULT '',
  owner text NOT NULL DEFAULT '',       -- batch, office or teller
  debits bigint NOT NULL DEFAULT 0 CHECK (debits >= 0),
  credits bigint NOT NULL DEFAULT 0 CHECK (credits >= 0),
  UNIQUE (kind, programme, tranche, regency, owner),
  -- obligations cannot be overdrawn: money that was not allocated cannot be reserved, nor paid out twice
  CHECK (kind NOT IN ('allocation', 'reserve', 'recipient', 'return_due') OR credits >= debits)
) WITH (fillfactor = 20);                -- few rows, updated once per transaction: keep the versions on one page

-- No foreign keys to ledger_accounts: they would lock the few hot rows for every line written. `salur verify` looks for strangers.
CREATE TABLE transfers (
  tranche int NOT NULL,
  subject uuid NOT NULL,                -- the payment; for other events an id derived from what caused them
  kind text NOT NULL CHECK (kind IN
    ('programme_funded', 'batch_reserved', 'recipient_funded', 'cash_to_office', 'cash_to_teller', 'hand_over', 'return')),
  n smallint NOT NULL DEFAULT 1,
  debit bigint NOT NULL,
  credit bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  document text NOT NULL DEFAULT '',
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, subject, kind, n),
  CHECK (debit <> credit)
);
-- a payment is handed over or returned, never both
CREATE UNIQUE INDEX transfers_one_way_out ON transfers (tranche, subject, n) WHERE kind IN ('hand_over', 'return');
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers EXECUTE FUNCTION refuse_change();

CREATE VIEW entries AS
  SELECT tranche, subject, kind, n, debit AS account, amount, at FROM transfers
  UNION ALL
  SELECT tranche, subject, kind, n, credit, -amount, at FROM transfers;

GRANT SELECT ON ledger_accounts, transfers, entries
  TO salur_worker, salur_portal, salur_auditor, salur_stage_release, salur_stage_transfer_posting, salur_stage_status_finalizer;
GRANT INSERT ON ledger_accounts, transfers TO salur_stage_release;
GRANT INSERT ON transfers TO salur_stage_transfer_posting, salur_stage_status_finalizer;
GRANT UPDATE (debits, credits) ON ledger_accounts TO salur_stage_release, salur_stage_transfer_posting, salur_stage_status_finalizer;
