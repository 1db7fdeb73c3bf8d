-- A teller signs in at a browser and sees one drawer: the own. Which drawer, and at which pay point, stands with the actor and is no parameter of a request.
ALTER TABLE actors ADD COLUMN teller text REFERENCES tellers, ADD COLUMN pay_point text REFERENCES pay_points;
ALTER TABLE actors DROP CONSTRAINT actors_role_check;
ALTER TABLE actors ADD CONSTRAINT actors_role_check
  CHECK (role IN ('administrator', 'treasurer', 'upstream', 'office', 'supervisor', 'teller', 'auditor', 'ops', 'viewer'));
ALTER TABLE actors ADD CONSTRAINT actors_counter_check
  CHECK ((role = 'teller') = (teller IS NOT NULL) AND (role = 'teller') = (pay_point IS NOT NULL));

-- The portal reads for a teller in a role that reaches these views alone, with teller and pay point as settings of the transaction: a statement that forgets
-- to ask whose rows they are finds the teller's own, and without the settings none. The views hold no family, no photo and no finding, and of the books
-- only what a closed day says: who knows what should lie there counts that.
DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['salur_teller', 'salur_teller_views'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
    END;
  END LOOP;
END $$;
SELECT pg_advisory_xact_lock(7226310001);
DO $$ BEGIN
  IF NOT pg_has_role('salur_portal', 'salur_teller', 'MEMBER') THEN
    GRANT salur_teller TO salur_portal;
  END IF;
END $$;

CREATE SCHEMA drawer;
GRANT USAGE ON SCHEMA drawer TO salur_teller;

-- Null, and so no row at all, where nobody said whose drawer it is.
CREATE FUNCTION drawer.teller() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('salur.teller', true), '') $$;
CREATE FUNCTION drawer.pay_point() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('salur.pay_point', true), '') $$;

CREATE VIEW drawer.counters WITH (security_barrier) AS
  SELECT t.code AS teller, t.name, t.office, p.code AS pay_point, p.name AS pay_point_name, p.utc_offset_minutes
  FROM public.tellers t, public.pay_points p WHERE t.code = drawer.teller() AND p.code = drawer.pay_point();

-- What came into the drawer and what went back, without what families got: the rest would be what the books say. The second list of kinds is the index's.
CREATE VIEW drawer.floats WITH (security_barrier) AS
  SELECT a.programme,
    coalesce((SELECT sum(t.amount) FROM public.transfers t WHERE t.debit = a.id AND t.kind IN ('cash_to_teller', 'cash_between_tellers')
      AND t.kind IN ('cash_to_office', 'cash_back_to_bank', 'cash_to_teller', 'cash_back_to_office', 'cash_between_tellers', 'cash_short', 'cash_over',
        'second_pay_out', 'difference_settled')), 0)::bigint AS received,
    coalesce((SELECT sum(t.amount) FROM public.transfers t WHERE t.credit = a.id AND t.kind IN ('cash_back_to_office', 'cash_between_tellers')
      AND t.kind IN ('cash_to_office', 'cash_back_to_bank', 'cash_to_teller', 'cash_back_to_office', 'cash_between_tellers', 'cash_short', 'cash_over',
        'second_pay_out', 'difference_settled')), 0)::bigint AS given_back
  FROM public.ledger_accounts a WHERE a.kind = 'teller_cash' AND a.tranche = 0 AND a.regency = '' AND a.owner = drawer.teller();

CREATE VIEW drawer.moves WITH (security_barrier) AS
  SELECT m.id, m.programme, m.from_place, m.to_place, m.amount, m.document, m.effect, m.reason, m.decided_at
  FROM public.cash_moves m WHERE m.from_place = 'teller:' || drawer.teller() OR m.to_place = 'teller:' || drawer.teller();

CREATE VIEW drawer.counts WITH (security_barrier) AS
  SELECT c.id, c.programme, c.day, c.counted, c.unsynchronised, c.explanation, c.effect, c.reason,
    CASE WHEN c.effect = 'closed' THEN c.counted - c.books END AS difference, c.decided_at
  FROM public.cash_counts c WHERE c.teller = drawer.teller();

CREATE VIEW drawer.hand_overs WITH (security_barrier) AS
  SELECT f.capture, f.captured_at, f.rupiah, cardinality(f.payments) AS payments,
    CASE WHEN u.claim IS NOT NULL THEN 'undone' WHEN f.judgement <> 'questioned' THEN f.judgement ELSE coalesce(w.verdict, 'questioned') END AS state
  FROM public.proofs f LEFT JOIN public.proof_reviews w ON w.capture = f.capture AND w.effect = 'carried_out'
    LEFT JOIN public.hand_over_undos u ON u.claim = f.claim AND u.effect = 'carried_out'
  WHERE f.teller = drawer.teller() AND f.pay_point = drawer.pay_point();

GRANT SELECT ON ALL TABLES IN SCHEMA drawer TO salur_teller;

-- The views read with the rights of a role that can read those columns and no other, so that a mistake in a view shows nothing more.
GRANT USAGE ON SCHEMA public TO salur_teller_views;
GRANT USAGE, CREATE ON SCHEMA drawer TO salur_teller_views;
GRANT SELECT (code, name, office) ON tellers TO salur_teller_views;
GRANT SELECT (code, name, utc_offset_minutes) ON pay_points TO salur_teller_views;
GRANT SELECT (id, kind, programme, tranche, regency, owner) ON ledger_accounts TO salur_teller_views;
GRANT SELECT (kind, debit, credit, amount) ON transfers TO salur_teller_views;
GRANT SELECT (id, programme, from_place, to_place, amount, document, effect, reason, decided_at) ON cash_moves TO salur_teller_views;
GRANT SELECT (id, programme, teller, day, counted, unsynchronised, explanation, effect, reason, books, decided_at) ON cash_counts TO salur_teller_views;
GRANT SELECT (capture, claim, teller, pay_point, rupiah, judgement, payments, captured_at) ON proofs TO salur_teller_views;
GRANT SELECT (capture, verdict, effect) ON proof_reviews TO salur_teller_views;
GRANT SELECT (claim, effect) ON hand_over_undos TO salur_teller_views;
DO $$
DECLARE v text;
BEGIN
  IF NOT pg_has_role('salur_teller_views', 'MEMBER') THEN
    EXECUTE format('GRANT salur_teller_views TO %I', current_user);  -- who gives a thing away is of the role that gets it
  END IF;
  FOR v IN SELECT viewname FROM pg_views WHERE schemaname = 'drawer' LOOP
    EXECUTE format('ALTER VIEW drawer.%I OWNER TO salur_teller_views', v);
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION drawer.teller(), drawer.pay_point() TO salur_teller_views;
REVOKE CREATE ON SCHEMA drawer FROM salur_teller_views;
