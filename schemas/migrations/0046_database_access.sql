-- An auditor who brings a query of their own asks the database, and PostgreSQL cannot say afterwards which rows were read. So they reach views alone: of their
-- region, masked, without a sealed column and without a keyed digest. Views, and not row-level security on the tables: the tables are written at the speed
-- of the hot path, by roles that no region binds, and a policy would be evaluated for each of their rows.
--
-- Which region a login has stands in a row that it cannot reach, under session_user, which no SET changes: a setting would be the caller's word. The views are
-- barriers: a function in a query runs on the rows of the region alone.
DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['salur_auditor', 'salur_audit_views'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- roles belong to the cluster: another database may have made it
    END;
  END LOOP;
END $$;

-- What the role of auditors could read until now: whole tables. A migration that grants it a table again is caught by a test.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM salur_auditor;

CREATE TABLE database_logins (
  login text PRIMARY KEY CHECK (login ~ '^salur_audit_[a-z][a-z0-9_]{1,30}$' AND login <> 'salur_audit_views'),
  region text NOT NULL CHECK (region ~ '^([0-9]{2}|[0-9]{4})?$'),  -- empty: the country
  given_at timestamptz NOT NULL DEFAULT now(),
  ends_at timestamptz NOT NULL,
  ended_at timestamptz
);

CREATE SCHEMA audited;
GRANT USAGE ON SCHEMA audited TO salur_auditor;

-- Empty: the country. Null, and so no row at all: whoever was given no region, or whose time is over.
CREATE FUNCTION audited.region() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT region FROM public.database_logins WHERE login = session_user AND ended_at IS NULL AND ends_at > now()
$$;
REVOKE ALL ON FUNCTION audited.region() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audited.region() TO salur_auditor, salur_audit_views;

CREATE VIEW audited.tranches WITH (security_barrier) AS
  SELECT id AS tranche, code, programme, name, amount, opens_at, closes_at, returns_at, opened_at FROM public.tranches
  WHERE (SELECT audited.region()) IS NOT NULL;

CREATE VIEW audited.payments WITH (security_barrier) AS
  SELECT tranche, id AS payment, round, amount, village, regency, pay_point, status, accepted_at, account_opened_at, funded_at, cheque_issued_at,
    handed_over_at, questioned_at, paid_at, returned_at, cancelled_at
  FROM public.payments WHERE starts_with(village, (SELECT audited.region()));

-- Rows that no payment came of too, where they name a village: what names none is the country's.
CREATE VIEW audited.recipients WITH (security_barrier) AS
  SELECT batch, row, tranche, intake, findings, amount, village, pay_point, payment, masked_name, masked_nik, staged_at
  FROM public.recipients WHERE starts_with(coalesce(village, ''), (SELECT audited.region()));

CREATE VIEW audited.cheques WITH (security_barrier) AS
  SELECT c.tranche, c.payment, c.version, c.serial, c.issued_at
  FROM public.cheques c JOIN public.payments p ON p.tranche = c.tranche AND p.id = c.payment
  WHERE starts_with(p.village, (SELECT audited.region()));

-- Money on its way: each transfer with the accounts it moved between. Cash between offices and bank is of no regency, and the country's.
CREATE VIEW audited.transfers WITH (security_barrier) AS
  SELECT t.tranche, t.subject, t.kind, t.n, d.kind AS debit, c.kind AS credit, coalesce(nullif(d.regency, ''), c.regency) AS regency, t.amount,
    t.document, t.at
  FROM public.transfers t JOIN public.ledger_accounts d ON d.id = t.debit JOIN public.ledger_accounts c ON c.id = t.credit
  WHERE starts_with(coalesce(nullif(d.regency, ''), c.regency), (SELECT audited.region()));

CREATE VIEW audited.hand_overs WITH (security_barrier) AS
  SELECT h.tranche, h.payment, h.n, h.capture, h.teller, h.believed, h.at
  FROM public.hand_overs h JOIN public.payments p ON p.tranche = h.tranche AND p.id = h.payment
  WHERE starts_with(p.village, (SELECT audited.region()));

CREATE VIEW audited.proofs WITH (security_barrier) AS
  SELECT capture, claim, device, teller, village, pay_point, rupiah, judgement, tranches, payments, sha256, size, captured_at, received_at, judged_at
  FROM public.proofs WHERE starts_with(village, (SELECT audited.region()));

-- Codes and severity: the evidence of a finding may quote another family's proof.
CREATE VIEW audited.findings WITH (security_barrier) AS
  SELECT f.capture, f.code, f.severity FROM public.findings f JOIN public.proofs p ON p.capture = f.capture
  WHERE starts_with(p.village, (SELECT audited.region()));

CREATE VIEW audited.proof_reviews WITH (security_barrier) AS
  SELECT r.id, r.capture, r.verdict, r.ground, r.document, r.actor, r.effect, r.reviewed_at
  FROM public.proof_reviews r JOIN public.proofs p ON p.capture = r.capture
  WHERE starts_with(p.village, (SELECT audited.region()));

CREATE VIEW audited.returns WITH (security_barrier) AS
  SELECT r.tranche, r.payment, r.n, r.regency, r.reason, r.amount, r.statement, r.returned_at
  FROM public.returns r JOIN public.payments p ON p.tranche = r.tranche AND p.id = r.payment
  WHERE starts_with(p.village, (SELECT audited.region()));

CREATE VIEW audited.complaints WITH (security_barrier) AS
  SELECT c.number, c.serial, c.tranche, c.payment, c.kind, c.rupiah, c.lodged_at, a.verdict, a.answered_at
  FROM public.complaints c JOIN public.payments p ON p.tranche = c.tranche AND p.id = c.payment
    LEFT JOIN public.complaint_answers a ON a.complaint = c.id
  WHERE starts_with(p.village, (SELECT audited.region()));

CREATE VIEW audited.tallies WITH (security_barrier) AS
  SELECT tranche, village, pay_point, measure, families, rupiah FROM public.tallies_now WHERE starts_with(village, (SELECT audited.region()));

GRANT SELECT ON ALL TABLES IN SCHEMA audited TO salur_auditor;

-- The views read with the rights of a role that can read those columns and no other, so that a mistake in a view shows nothing sealed.
GRANT USAGE ON SCHEMA public TO salur_audit_views;
GRANT USAGE, CREATE ON SCHEMA audited TO salur_audit_views;
GRANT SELECT (id, code, programme, name, amount, opens_at, closes_at, returns_at, opened_at) ON tranches TO salur_audit_views;
GRANT SELECT (tranche, id, round, amount, village, regency, pay_point, status, accepted_at, account_opened_at, funded_at, cheque_issued_at, handed_over_at,
  questioned_at, paid_at, returned_at, cancelled_at) ON payments TO salur_audit_views;
GRANT SELECT (batch, row, tranche, intake, findings, amount, village, pay_point, payment, masked_name, masked_nik, staged_at) ON recipients
  TO salur_audit_views;
GRANT SELECT (tranche, payment, version, serial, issued_at) ON cheques TO salur_audit_views;
GRANT SELECT (tranche, subject, kind, n, debit, credit, amount, document, at) ON transfers TO salur_audit_views;
GRANT SELECT (id, kind, regency) ON ledger_accounts TO salur_audit_views;
GRANT SELECT (tranche, payment, n, capture, teller, believed, at) ON hand_overs TO salur_audit_views;
GRANT SELECT (capture, claim, device, teller, village, pay_point, rupiah, judgement, tranches, payments, sha256, size, captured_at, received_at, judged_at)
  ON proofs TO salur_audit_views;
GRANT SELECT (capture, code, severity) ON findings TO salur_audit_views;
GRANT SELECT (id, capture, verdict, ground, document, actor, effect, reviewed_at) ON proof_reviews TO salur_audit_views;
GRANT SELECT (tranche, payment, n, regency, reason, amount, statement, returned_at) ON returns TO salur_audit_views;
GRANT SELECT (id, number, serial, tranche, payment, kind, rupiah, lodged_at) ON complaints TO salur_audit_views;
GRANT SELECT (complaint, verdict, answered_at) ON complaint_answers TO salur_audit_views;
GRANT SELECT ON tallies_now TO salur_audit_views;
GRANT SELECT (login, region, ends_at, ended_at) ON database_logins TO salur_audit_views;
DO $$
DECLARE v text;
BEGIN
  IF NOT pg_has_role('salur_audit_views', 'MEMBER') THEN
    EXECUTE format('GRANT salur_audit_views TO %I', current_user);  -- who gives a thing away is of the role that gets it
  END IF;
  FOR v IN SELECT viewname FROM pg_views WHERE schemaname = 'audited' LOOP
    EXECUTE format('ALTER VIEW audited.%I OWNER TO salur_audit_views', v);
  END LOOP;
END $$;
ALTER FUNCTION audited.region() OWNER TO salur_audit_views;
REVOKE CREATE ON SCHEMA audited FROM salur_audit_views;

-- Makes a login, its password already hashed by who asks (RFC 7677), so that neither a log nor a look at running statements shows it. Everything that it asks
-- goes to the log of the database, where the owner may say so: that is the record of what it saw.
CREATE FUNCTION give_database_access(login text, region text, verifier text, days int) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE until timestamptz;
BEGIN
  INSERT INTO database_logins AS l (login, region, ends_at) VALUES (login, region, now() + make_interval(days => days)) RETURNING l.ends_at INTO until;
  EXECUTE format('CREATE ROLE %I LOGIN CONNECTION LIMIT 4 PASSWORD %L VALID UNTIL %L IN ROLE salur_auditor', login, verifier, until);
  EXECUTE format('ALTER ROLE %I SET search_path = audited', login);
  EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', login);
  EXECUTE format('ALTER ROLE %I SET statement_timeout = ''5min''', login);
  BEGIN
    EXECUTE format('ALTER ROLE %I SET log_statement = ''all''', login);
  EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'not a superuser: set log_statement = all for % yourself', login;
  END;
  RETURN until;
END $$;

-- Ends one: no new session, no row in an open one, and open ones are closed.
CREATE FUNCTION end_database_access(gone text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE database_logins SET ended_at = now() WHERE login = gone AND ended_at IS NULL;
  EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL', gone);
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = gone;
END $$;
REVOKE ALL ON FUNCTION give_database_access(text, text, text, int), end_database_access(text) FROM PUBLIC;
