-- What summaries and the timelines of payments are read by. Both read what others wrote and write nothing, so this adds indexes and one view.
-- Hand-overs of a tranche by teller, day and regency without its other transfers: families come at the pace of counters, so the index costs no worker
-- anything that it would notice.
CREATE INDEX transfers_of_hand_overs ON transfers (tranche, credit, at) INCLUDE (debit, amount) WHERE kind = 'hand_over';
-- The claims on a family's cheques.
CREATE INDEX claims_account ON claims (account);

-- The clock of a regency: a province has one zone, and the pay points of its villages say which.
CREATE VIEW regency_clocks AS
  SELECT left(v.village, 4) AS regency, min(p.utc_offset_minutes) AS utc_offset_minutes
  FROM pay_point_villages v JOIN pay_points p ON p.code = v.pay_point GROUP BY 1;
GRANT SELECT ON regency_clocks TO salur_worker, salur_portal, salur_auditor;
