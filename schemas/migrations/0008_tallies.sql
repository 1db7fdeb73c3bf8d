-- What boards read. Each commit inserts grouped deltas; readers add tallies + sum(deltas); a folder moves deltas into tallies under an
-- advisory lock. No row is hot, and nothing is notified.
CREATE TABLE tally_deltas (
  tranche int NOT NULL,
  village text NOT NULL,                -- '' where a rejected row has none
  pay_point text NOT NULL,
  measure text NOT NULL CHECK (measure IN ('submitted', 'rejected', 'held', 'already', 'accepted', 'funded', 'cheque_issued', 'in_question', 'paid')),
  families bigint NOT NULL,
  rupiah bigint NOT NULL
);
CREATE TABLE tallies (
  tranche int NOT NULL,
  village text NOT NULL,
  pay_point text NOT NULL,
  measure text NOT NULL,
  families bigint NOT NULL,
  rupiah bigint NOT NULL,
  PRIMARY KEY (tranche, village, pay_point, measure)
) WITH (fillfactor = 70);
CREATE VIEW tallies_now AS
  SELECT tranche, village, pay_point, measure, sum(families)::bigint AS families, sum(rupiah)::bigint AS rupiah
  FROM (SELECT * FROM tallies UNION ALL SELECT * FROM tally_deltas) AS both_of_them
  GROUP BY tranche, village, pay_point, measure;

GRANT SELECT ON tally_deltas, tallies, tallies_now TO salur_worker, salur_portal, salur_auditor;
GRANT INSERT ON tally_deltas TO salur_stage_intake, salur_stage_release, salur_stage_account_creation, salur_stage_transfer_posting,
  salur_stage_cheque_rendering, salur_stage_photo_ingest, salur_stage_status_finalizer;
GRANT INSERT, UPDATE ON tallies TO salur_worker;
GRANT DELETE ON tally_deltas TO salur_worker;
