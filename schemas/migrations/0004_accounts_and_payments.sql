-- One account per person for all tranches; one payment per person and tranche. The ids are the natural keys (keyed blind indexes), so a
-- twin cannot be inserted. A payment's status is a function of remembered moments: each moment has one writer, and the grant says who.
CREATE TABLE accounts (
  id uuid PRIMARY KEY,
  verification text NOT NULL CHECK (verification IN ('structural')),
  name_digest bytea NOT NULL,
  first_tranche int NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE payments (
  tranche int NOT NULL,
  id uuid NOT NULL,
  account uuid NOT NULL,                -- the account's id; attached once account_opened_at is set
  household uuid NOT NULL,
  batch uuid NOT NULL,
  row text COLLATE "C" NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  village text NOT NULL,
  regency text NOT NULL,
  pay_point text NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT now(),
  account_opened_at timestamptz,
  funded_at timestamptz,
  cheque_issued_at timestamptz,
  handed_over_at timestamptz,
  questioned_at timestamptz,
  paid_at timestamptz,
  returned_at timestamptz,
  cancelled_at timestamptz,
  status text NOT NULL GENERATED ALWAYS AS (
    CASE
      WHEN paid_at IS NOT NULL THEN 'paid'
      WHEN questioned_at IS NOT NULL THEN 'in_question'
      WHEN returned_at IS NOT NULL THEN 'returned'
      WHEN cancelled_at IS NOT NULL THEN 'cancelled'
      WHEN cheque_issued_at IS NOT NULL THEN 'cheque_issued'
      WHEN funded_at IS NOT NULL THEN 'funded'
      WHEN account_opened_at IS NOT NULL THEN 'account_open'
      ELSE 'accepted'
    END) STORED,
  PRIMARY KEY (tranche, id),
  CHECK (funded_at IS NULL OR account_opened_at IS NOT NULL),
  CHECK (cheque_issued_at IS NULL OR funded_at IS NOT NULL),
  CHECK (handed_over_at IS NULL OR cheque_issued_at IS NOT NULL),
  CHECK ((paid_at IS NULL AND questioned_at IS NULL) OR handed_over_at IS NOT NULL),
  CHECK (returned_at IS NULL OR handed_over_at IS NULL)
) WITH (fillfactor = 40);                -- three moments are written soon after the row: leave room on its page, so that no index is touched
-- from a row to its payment: the row names it, recipients(tranche, payment)
CREATE INDEX payments_household ON payments (tranche, household);
CREATE INDEX payments_account ON payments (account);

GRANT SELECT ON accounts, payments
  TO salur_worker, salur_portal, salur_auditor, salur_stage_intake, salur_stage_release, salur_stage_account_creation,
     salur_stage_transfer_posting, salur_stage_cheque_rendering, salur_stage_photo_ingest, salur_stage_status_finalizer;
GRANT INSERT ON payments TO salur_stage_release;
GRANT INSERT ON accounts TO salur_stage_account_creation;
GRANT UPDATE (account_opened_at) ON payments TO salur_stage_account_creation;
GRANT UPDATE (funded_at) ON payments TO salur_stage_transfer_posting;
GRANT UPDATE (cheque_issued_at) ON payments TO salur_stage_cheque_rendering;
GRANT UPDATE (handed_over_at, questioned_at, paid_at) ON payments TO salur_stage_status_finalizer;
