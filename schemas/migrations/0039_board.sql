-- What the board reads. A country of 84,000 villages is too much to add up every second, so the folder adds each delta up twice: by village and pay point, as
-- before, and by regency and method of payment, where a reading costs the same whatever the number of families. Days are those of western Indonesia.
ALTER TABLE tally_deltas ADD COLUMN day date NOT NULL DEFAULT (now() AT TIME ZONE 'Asia/Jakarta')::date;

CREATE TABLE board_tallies (
  tranche int NOT NULL,
  regency text NOT NULL,                -- '' where a rejected row has none
  method text NOT NULL,                 -- kind of the pay point; '' where a row has none
  measure text NOT NULL,
  families bigint NOT NULL,
  rupiah bigint NOT NULL,
  PRIMARY KEY (tranche, regency, method, measure)
) WITH (fillfactor = 70);
COMMENT ON TABLE board_tallies IS 'The tallies of a regency by method of payment: what the board reads each second';

CREATE TABLE board_days (
  tranche int NOT NULL,
  regency text NOT NULL,
  day date NOT NULL,                    -- on which it was booked
  families bigint NOT NULL,
  rupiah bigint NOT NULL,
  PRIMARY KEY (tranche, regency, day)
) WITH (fillfactor = 70);
COMMENT ON TABLE board_days IS 'What was paid each day, undone payments taken off on the day they were undone';

INSERT INTO board_tallies
  SELECT t.tranche, left(t.village, 4), coalesce(p.kind, ''), t.measure, sum(t.families), sum(t.rupiah)
  FROM tallies t LEFT JOIN pay_points p ON p.code = t.pay_point GROUP BY 1, 2, 3, 4;
-- deltas that wait to be folded bring their families themselves
INSERT INTO board_days
  SELECT p.tranche, left(p.village, 4), (p.paid_at AT TIME ZONE 'Asia/Jakarta')::date, count(*), sum(p.amount) FROM payments p
  WHERE p.paid_at IS NOT NULL GROUP BY 1, 2, 3;
INSERT INTO board_days
  SELECT tranche, left(village, 4), day, -sum(families), -sum(rupiah) FROM tally_deltas WHERE measure = 'paid' GROUP BY 1, 2, 3
  ON CONFLICT (tranche, regency, day)
  DO UPDATE SET families = board_days.families + excluded.families, rupiah = board_days.rupiah + excluded.rupiah;

CREATE VIEW board_now AS
  SELECT tranche, regency, method, measure, families, rupiah FROM board_tallies
  UNION ALL
  SELECT d.tranche, left(d.village, 4), coalesce(p.kind, ''), d.measure, d.families, d.rupiah
  FROM tally_deltas d LEFT JOIN pay_points p ON p.code = d.pay_point;

GRANT SELECT ON board_tallies, board_days, board_now TO salur_worker, salur_portal, salur_auditor;
GRANT INSERT, UPDATE ON board_tallies, board_days TO salur_worker;

-- Leaders look at exact figures and at nothing else.
ALTER TABLE actors DROP CONSTRAINT actors_role_check;
ALTER TABLE actors ADD CONSTRAINT actors_role_check
  CHECK (role IN ('administrator', 'treasurer', 'upstream', 'office', 'supervisor', 'auditor', 'ops', 'viewer'));
