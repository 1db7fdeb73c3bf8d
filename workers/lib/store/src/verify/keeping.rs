//! Photos that are not kept any more, against who decided it.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[Rule {
    name: "destroyed-photos",
    meaning: "each photo that was destroyed was so by two people or by the clock, under no hold of then, and neither its key nor its likeness is left",
    severity: Violation,
    examined: "SELECT count(*) FROM photo_destructions WHERE effect = 'carried_out'",
    found: "SELECT format('capture %s: %s', capture, why) FROM (SELECT d.capture, concat_ws('; ',
        CASE WHEN f.photo_key IS NOT NULL THEN 'its key is still there' END,
        CASE WHEN EXISTS (SELECT FROM likenesses l WHERE l.capture = d.capture) THEN 'how it looks is still there' END,
        CASE WHEN d.actor IS NOT NULL AND NOT EXISTS (SELECT FROM photo_destructions s WHERE s.capture = d.capture AND s.ground = d.ground
          AND s.effect = 'signed' AND s.actor <> d.actor) THEN 'nobody else signed' END,
        CASE WHEN EXISTS (SELECT FROM legal_holds h LEFT JOIN legal_hold_ends e ON e.hold = h.id
          WHERE h.placed_at < d.decided_at AND coalesce(e.ended_at, 'infinity') > d.decided_at AND (h.capture = d.capture OR h.tranche = ANY(f.tranches)
            OR h.programme IN (SELECT t.programme FROM tranches t WHERE t.id = ANY(f.tranches)))) THEN 'it was under a legal hold' END) AS why
      FROM photo_destructions d LEFT JOIN proofs f ON f.capture = d.capture WHERE d.effect = 'carried_out') AS destroyed
    WHERE why <> ''",
}];
