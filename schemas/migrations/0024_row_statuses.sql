-- One place says what a row's status is and why: reports, answers over HTTP and the totals of webhooks read this view. A payment that a registry's answer
-- stopped is held in all of them.
DROP VIEW row_statuses;
CREATE VIEW row_statuses AS
  SELECT s.batch, s.row, s.amount, s.status, s.codes,
    s.payment IS NOT NULL AND s.funded_at IS NULL AND s.status NOT IN ('returned', 'cancelled') AS waits_for_funding,
    s.status NOT IN ('rejected', 'paid', 'returned', 'cancelled') AND s.decision IS DISTINCT FROM 'already' AS waits_for_end,
    s.funded_at, greatest(s.staged_at, s.decided_at, s.ended_at, s.stopped_at, s.paid_at, s.returned_at, s.cancelled_at) AS moved_at
  FROM (
    SELECT r.batch, r.row, r.amount, r.staged_at, d.decision, d.decided_at, e.decided_at AS ended_at, u.answered_at AS stopped_at, p.id AS payment,
      p.funded_at, p.paid_at, p.returned_at, p.cancelled_at,
      CASE WHEN u.waits THEN 'held' WHEN p.id IS NOT NULL THEN p.status WHEN d.decision = 'already' THEN 'accepted'
        WHEN e.effect = 'rejected' OR d.decision = 'ended' THEN 'rejected'
        WHEN d.decision = 'held' THEN 'held' WHEN r.intake = 'staged' AND q.held_at IS NOT NULL THEN 'held' WHEN r.intake = 'substitute' THEN 'staged'
        ELSE r.intake END AS status,
      array_remove(array_cat(ARRAY[CASE WHEN u.effect IS DISTINCT FROM 'released' THEN u.code END,
        CASE WHEN e.effect = 'released' THEN NULL ELSE coalesce(e.held_code, d.code) END,
        CASE WHEN p.id IS NULL AND d.code IS NULL AND r.intake = 'staged' AND q.held_at IS NOT NULL THEN 'MON01' END],
        array_cat(r.findings, (SELECT array_agg(w.code ORDER BY w.code) FROM row_warnings w WHERE w.batch = r.batch AND w.row = r.row))), NULL) AS codes
    FROM recipients r
    LEFT JOIN row_decisions d ON d.batch = r.batch AND d.row = r.row
    LEFT JOIN batch_parts q ON q.batch = r.batch AND q.regency = left(r.village, 4)
    LEFT JOIN LATERAL (SELECT h.effect, h.held_code, h.decided_at FROM hold_decisions h WHERE h.batch = r.batch AND h.effect <> 'refused'
        AND h.code NOT IN ('CIV01', 'CIV02') AND (h.row = r.row
        OR (h.row IS NULL AND r.intake = 'staged' AND d.batch IS NULL AND h.regency = q.regency)) ORDER BY h.decided_at DESC, h.id LIMIT 1) AS e ON true
    LEFT JOIN payments p ON p.tranche = r.tranche AND p.id = r.payment AND p.batch = r.batch AND p.row = r.row
    LEFT JOIN unverified_payments u ON u.tranche = p.tranche AND u.id = p.id) AS s;
GRANT SELECT ON row_statuses TO salur_webhooks, salur_portal, salur_worker, salur_auditor;
