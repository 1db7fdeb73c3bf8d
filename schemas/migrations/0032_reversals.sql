-- A hand-over that does not stand. A supervisor reviews a proof in question: paid, or not proven, and then the teller answers for the cash. A wrong hand-over
-- is undone as a whole visit, by its claim: the cash is back in the drawer, and no capture of that claim hands anything over any more, even one that is
-- heard later. Each payment that is reversed is open again in its next round; its reversal remembers what stood before.
CREATE TABLE proof_reviews (
  id uuid PRIMARY KEY,
  capture uuid NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('paid', 'not_proven')),
  ground text NOT NULL CHECK (ground IN ('photo_suffices', 'family_confirmed', 'witnesses', 'family_denied', 'photo_false', 'no_answer')),
  document text NOT NULL,
  actor text NOT NULL REFERENCES actors,
  effect text NOT NULL CHECK (effect IN ('carried_out', 'refused')),
  reason text NOT NULL CHECK (reason IN ('', 'unknown', 'settled')),
  reviewed_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'refused') = (reason <> ''))
);
CREATE UNIQUE INDEX proof_reviews_once ON proof_reviews (capture) WHERE effect = 'carried_out';
CREATE TABLE hand_over_undos (
  id uuid PRIMARY KEY,
  claim uuid NOT NULL,
  ground text NOT NULL CHECK (ground IN ('wrong_family', 'wrong_amount', 'given_back', 'not_paid_out')),
  document text NOT NULL,
  device text,                          -- the teller's, within the claim's ten minutes
  actor text REFERENCES actors,         -- later, one of two
  effect text NOT NULL CHECK (effect IN ('signed', 'carried_out', 'refused')),
  reason text NOT NULL CHECK (reason IN ('', 'unknown', 'undone', 'late', 'nothing', 'signed', 'closed')),
  undone_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((effect = 'refused') = (reason <> '')),
  CHECK ((device IS NULL) <> (actor IS NULL))
);
CREATE UNIQUE INDEX hand_over_undos_once ON hand_over_undos (claim) WHERE effect = 'carried_out';
CREATE INDEX hand_over_undos_signed ON hand_over_undos (claim) WHERE effect = 'signed';
CREATE TABLE reversals (
  tranche int NOT NULL,
  payment uuid NOT NULL,
  n smallint NOT NULL,                  -- the round that ended
  kind text NOT NULL CHECK (kind IN ('hand_over_undone', 'not_proven')),
  claim uuid NOT NULL,
  capture uuid NOT NULL,
  teller text NOT NULL,
  decision uuid NOT NULL,               -- of proof_reviews or hand_over_undos
  cheque smallint CHECK (cheque > 1),   -- version of the cheque that replaces the one paid on; none: that one is good
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tranche, payment, n),
  FOREIGN KEY (tranche, payment, n) REFERENCES hand_overs,
  CHECK ((cheque IS NOT NULL) = (kind = 'not_proven'))
);
CREATE INDEX reversals_decision ON reversals (decision);
CREATE INDEX reversals_claim ON reversals (claim);
-- what waits for a review, in order; an index on payments would cost every payment its update in place
CREATE INDEX hand_overs_questioned ON hand_overs (at, capture) WHERE NOT believed;
-- What came back to an account that it had left: taken off both sides, the running totals of accounts say what was granted, funded and handed over, once.
CREATE INDEX transfers_booked_back ON transfers (credit) INCLUDE (amount)
  WHERE kind IN ('withdrawn', 'cancelled', 'reserve_unused', 'hand_over_undone', 'not_proven', 'return_reversed');
CREATE VIEW booked_back AS
  SELECT a.tranche, a.regency, a.kind AS account, t.kind, sum(t.amount)::bigint AS rupiah FROM transfers t JOIN ledger_accounts a ON a.id = t.credit
  WHERE t.kind IN ('withdrawn', 'cancelled', 'reserve_unused', 'hand_over_undone', 'not_proven', 'return_reversed') GROUP BY 1, 2, 3, 4;

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['proof_reviews', 'hand_over_undos', 'reversals'] LOOP
    EXECUTE format('CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('ALTER TABLE %I ADD COLUMN tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint', t);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (tx) WITH (pages_per_range = 32, autosummarize = on)', t || '_tx', t);
    EXECUTE format('GRANT SELECT ON %I TO salur_worker, salur_portal, salur_auditor, salur_stage_status_finalizer, salur_stage_transfer_posting,
      salur_stage_fund_return, salur_stage_feed_replay, salur_webhooks', t);
    EXECUTE format('GRANT INSERT ON %I TO salur_stage_status_finalizer', t);
  END LOOP;
END $$;
GRANT UPDATE (round) ON payments TO salur_stage_status_finalizer;
GRANT SELECT ON booked_back TO salur_worker, salur_portal, salur_auditor;
