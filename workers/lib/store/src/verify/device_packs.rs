//! Device packs against the claims in them: two packs that hold one family are two people who pay it.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "device packs",
        meaning: "each pack holds as many families and rupiah as it states, under claims of its own device",
        severity: Violation,
        examined: "SELECT count(*) FROM device_packs",
        found: "SELECT format('device pack %s: %s', k.id, concat_ws('; ',
                  CASE WHEN coalesce(i.families, 0) <> k.families THEN format('%s families, it states %s', coalesce(i.families, 0), k.families) END,
                  CASE WHEN coalesce(i.rupiah, 0) <> k.rupiah THEN format('Rp%s, it states Rp%s', coalesce(i.rupiah, 0), k.rupiah) END,
                  CASE WHEN i.strangers > 0 THEN format('%s claims of another device', i.strangers) END))
            FROM device_packs k LEFT JOIN (SELECT g.pack, count(*) AS families, sum(g.rupiah) AS rupiah,
                count(*) FILTER (WHERE c.device <> o.device) AS strangers
              FROM device_pack_claims g JOIN claims c ON c.id = g.claim JOIN device_packs o ON o.id = g.pack GROUP BY g.pack) AS i ON i.pack = k.id
            WHERE coalesce(i.families, 0) <> k.families OR coalesce(i.rupiah, 0) <> k.rupiah OR i.strangers > 0",
    },
    Rule {
        name: "device packs apart",
        meaning: "no open payment is in two packs that are live, and a pack that ended locks nobody (a claim made before midnight runs out after it)",
        severity: Violation,
        examined: "SELECT (SELECT count(*) FROM device_pack_claims) + (SELECT count(*) FROM claim_leases WHERE pack IS NOT NULL)",
        found: "SELECT format('payment %s/%s: %s live packs hold it', p.tranche, p.id, count(DISTINCT k.id))
            FROM device_packs_now k JOIN device_pack_claims g ON g.pack = k.id JOIN claims c ON c.id = g.claim
            CROSS JOIN unnest(c.tranches, c.payments) AS v(tranche, payment) JOIN payments p ON p.tranche = v.tranche AND p.id = v.payment
            WHERE k.state = 'live' AND p.handed_over_at IS NULL GROUP BY p.tranche, p.id HAVING count(DISTINCT k.id) > 1
          UNION ALL
            SELECT format('device pack %s: %s, and it locks %s families', k.id, k.state, count(*))
            FROM claim_leases l JOIN device_packs_now k ON k.id = l.pack WHERE l.expires_at > now() AND k.state <> 'live'
              AND (k.state <> 'over' OR k.ends_at < now() - interval '15 minutes') GROUP BY k.id, k.state",
    },
];
