-- What the peers write: salur's tables (schemas/migrations 0004, 0005, 0008, 0011) without the columns, checks, indexes, triggers and grants that
-- their work does not touch. Every one left out spares the peers work, never salur.
CREATE TABLE accounts (
  id uuid PRIMARY KEY,
  name_digest bytea NOT NULL,
  first_tranche int NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE payments (
  tranche int NOT NULL,
  id uuid NOT NULL,
  account uuid NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  village text NOT NULL,
  pay_point text NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT now(),
  account_opened_at timestamptz,
  funded_at timestamptz,
  PRIMARY KEY (tranche, id)
) WITH (fillfactor = 30);
CREATE TABLE ledger_accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('reserve', 'recipient')),
  regency text NOT NULL,
  debits bigint NOT NULL DEFAULT 0 CHECK (debits >= 0),
  credits bigint NOT NULL DEFAULT 0 CHECK (credits >= 0),
  UNIQUE (kind, regency)
) WITH (fillfactor = 20);
CREATE TABLE transfers (
  tranche int NOT NULL,
  subject uuid NOT NULL,
  kind text NOT NULL CHECK (kind = 'recipient_funded'),
  n smallint NOT NULL DEFAULT 1,
  debit bigint NOT NULL,
  credit bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  document text NOT NULL DEFAULT '',
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, subject, kind, n),
  CHECK (debit <> credit)
);
CREATE TABLE tally_deltas (
  tranche int NOT NULL,
  village text NOT NULL,
  pay_point text NOT NULL,
  measure text NOT NULL,
  families bigint NOT NULL,
  rupiah bigint NOT NULL
);
