//! Slots against schedules and pay points.

use super::{
    Rule,
    Severity::{Information, Violation},
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "slots",
        meaning: "versions of a slot count up from 1, each of a schedule that placed as many as it has, and what is counted by day is what there is",
        severity: Violation,
        examined: "SELECT count(*) FROM slots",
        found: "SELECT format('slot %s of payment %s: %s', version, payment, concat_ws('; ',
              CASE WHEN version <> counted THEN 'versions do not count up from 1' END, CASE WHEN of IS NULL THEN 'there is no such schedule' END))
            FROM (SELECT s.*, row_number() OVER (PARTITION BY s.tranche, s.payment ORDER BY s.version) AS counted, d.id AS of
              FROM slots s LEFT JOIN schedules d ON d.id = s.schedule AND d.tranche = s.tranche AND d.effect = 'planned') AS c
            WHERE version <> counted OR of IS NULL
          UNION ALL SELECT format('schedule %s of tranche %s: %s families have a slot, its steps placed %s', schedule, tranche, slots, placed)
            FROM (SELECT d.schedule, d.tranche, sum(d.placed) AS placed,
                (SELECT count(*) FROM slots s WHERE s.tranche = d.tranche AND s.schedule = d.schedule AND s.day IS NOT NULL) AS slots
              FROM schedule_steps d GROUP BY 1, 2) AS c WHERE slots <> placed
          UNION ALL SELECT format('tranche %s, %s in %s: %s families are counted, %s have a slot', tranche, day, regency, counted, slots)
            FROM (SELECT tranche, regency, day, sum(counted) AS counted, sum(slots) AS slots FROM (
                SELECT tranche, regency, day, families AS counted, 0 AS slots FROM schedule_days
                UNION ALL SELECT s.tranche, left(p.village, 4), s.day, 0, 1 FROM slots_now s JOIN payments p ON p.tranche = s.tranche AND p.id = s.payment
                WHERE s.day IS NOT NULL) AS both_of_them GROUP BY 1, 2, 3) AS c WHERE counted <> slots",
    },
    // a capacity that was lowered makes it so as well
    Rule {
        name: "full-hours",
        meaning: "hours with more families than the pay point takes by now",
        severity: Information,
        examined: "SELECT count(*) FROM (SELECT DISTINCT pay_point, day, starts FROM slots WHERE day IS NOT NULL) AS hours",
        found: "SELECT format('%s on %s from %s: %s families, it takes %s', pay_point, day, starts, families, per_hour)
            FROM (SELECT s.pay_point, s.day, s.starts,
                count(*) AS families, max(q.per_hour) AS per_hour FROM slots_now s JOIN pay_points q ON q.code = s.pay_point GROUP BY 1, 2, 3) AS c
            WHERE families > per_hour",
    },
];
