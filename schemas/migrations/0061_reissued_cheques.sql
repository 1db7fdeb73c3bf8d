-- A pay point that closes stands on cheques that are printed already. Who closes it may have them drawn anew: slot-planning wants each of them replaced, and
-- cheque-rendering finds in these rows that it is so. Asked for by one person, since it follows from the closing and from nobody's word about a family.
ALTER TABLE pay_point_closings ADD COLUMN reissue boolean NOT NULL DEFAULT false;
ALTER TABLE cheque_replacements
  DROP CONSTRAINT cheque_replacements_loss_check,
  ADD CONSTRAINT cheque_replacements_loss_check CHECK (loss IN ('lost', 'stolen', 'damaged', 'wrong_hands', 'misprinted', 'moved')),
  DROP CONSTRAINT cheque_replacements_reason_check,
  ADD CONSTRAINT cheque_replacements_reason_check
    CHECK (reason IN ('', 'unknown', 'replaced', 'handed_over', 'ended', 'signed', 'not_moved'));

-- Cheques older than the slot that a closing moved their family to.
CREATE VIEW cheques_moved AS
  SELECT DISTINCT c.tranche, c.payment, c.version FROM cheques c
  JOIN slots s ON s.tranche = c.tranche AND s.payment = c.payment AND s.day IS NOT NULL AND s.planned_at > c.issued_at
  JOIN schedules h ON h.id = s.schedule AND h.tranche = s.tranche JOIN pay_point_closings g ON g.id = h.closing AND g.reissue;

GRANT SELECT ON schedules, pay_point_closings, cheques_moved TO salur_stage_cheque_rendering;
GRANT SELECT ON cheques TO salur_stage_slot_planning;
GRANT SELECT ON cheques_moved TO salur_worker, salur_portal;
