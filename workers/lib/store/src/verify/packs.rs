//! Packs against the cheques in them.

use super::{Rule, Severity::Violation};

pub(super) const RULES: &[Rule] = &[Rule {
    name: "packs",
    meaning: "each pack holds the cheques, of its village, whose digest and sum it states, and packs of a village are numbered from 1",
    severity: Violation,
    examined: "SELECT count(*) FROM packs",
    found: "SELECT format('pack %s/%s/%s: %s', k.tranche, k.village, k.number, concat_ws('; ',
              CASE WHEN i.cheques IS DISTINCT FROM k.cheques THEN format('%s cheques, it states %s', coalesce(i.cheques, 0), k.cheques) END,
              CASE WHEN i.generation IS DISTINCT FROM k.generation THEN 'other cheques than those it was made of' END,
              CASE WHEN i.rupiah IS DISTINCT FROM k.rupiah THEN format('Rp%s, it states Rp%s', coalesce(i.rupiah, 0), k.rupiah) END,
              CASE WHEN i.strangers > 0 THEN format('%s cheques of another village', i.strangers) END,
              CASE WHEN k.number <> k.counted THEN 'numbers do not count up from 1' END))
        FROM (SELECT *, row_number() OVER (PARTITION BY tranche, village ORDER BY number) AS counted FROM packs) AS k
        LEFT JOIN (SELECT c.tranche, c.village, c.generation AS of, count(*) AS cheques, sum(p.amount) AS rupiah,
              count(*) FILTER (WHERE p.village IS DISTINCT FROM c.village) AS strangers,
              left(encode(sha256(string_agg(uuid_send(c.payment) || int2send(c.version), ''::bytea ORDER BY c.payment)), 'hex'), 32) AS generation
            FROM pack_cheques c LEFT JOIN payments p ON p.tranche = c.tranche AND p.id = c.payment GROUP BY 1, 2, 3) AS i
          ON i.tranche = k.tranche AND i.village = k.village AND i.of = k.generation
        WHERE i.cheques IS DISTINCT FROM k.cheques OR i.generation IS DISTINCT FROM k.generation OR i.rupiah IS DISTINCT FROM k.rupiah
          OR i.strangers > 0 OR k.number <> k.counted",
}];
