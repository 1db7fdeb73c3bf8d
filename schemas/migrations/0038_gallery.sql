-- Auditors look proofs up by place, person, device and time; ten million of them, newest first, a page at a time. Where the family lives and what the visit
-- was worth stand with the proof, so that a page reads no payments. A province is read along the time.
ALTER TABLE proofs ADD COLUMN village text, ADD COLUMN pay_point text, ADD COLUMN rupiah bigint;
ALTER TABLE proofs DISABLE TRIGGER insert_only;
UPDATE proofs f SET pay_point = d.pay_point, village = p.village, rupiah = p.rupiah FROM claims c JOIN devices d ON d.code = c.device,
  LATERAL (SELECT min(q.village) AS village, sum(q.amount)::bigint AS rupiah FROM unnest(c.tranches, c.payments) AS k(tranche, id)
    JOIN payments q ON q.tranche = k.tranche AND q.id = k.id) AS p WHERE c.id = f.claim;
ALTER TABLE proofs ENABLE TRIGGER insert_only;
ALTER TABLE proofs ALTER COLUMN village SET NOT NULL, ALTER COLUMN pay_point SET NOT NULL, ALTER COLUMN rupiah SET NOT NULL;
CREATE INDEX proofs_time ON proofs (captured_at, capture);
CREATE INDEX proofs_regency ON proofs (left(village, 4), captured_at, capture);
CREATE INDEX proofs_village ON proofs (village, captured_at, capture);
CREATE INDEX proofs_pay_point ON proofs (pay_point, captured_at, capture);
CREATE INDEX proofs_teller ON proofs (teller, captured_at, capture);
CREATE INDEX proofs_device ON proofs (device, captured_at, capture);
CREATE INDEX proofs_doubted ON proofs (captured_at, capture) WHERE judgement <> 'accepted';
CREATE INDEX findings_code ON findings (code, capture);
-- who saw whose photo: every answer of the gallery leaves one line in the audit
CREATE INDEX audit_seen ON audit USING gin ((detail -> 'captures')) WHERE act = 'proofs_seen';
