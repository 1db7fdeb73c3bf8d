//! What is under way at a teller's drawer: families being paid, captures that are not booked yet, the last day that was closed.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use salur_domain::cash::Drawer;
use sqlx::PgExecutor;

use crate::{Error, sql};

sql! {
    // a capture is settled once every payment of its visit was handed over or had ended, its claim was undone, or somebody has to look at it
    UNDER_WAY = "SELECT k.programme, k.teller,
          (SELECT max(c.day) FROM cash_counts c WHERE c.programme = k.programme AND c.teller = k.teller AND c.effect = 'closed') AS last_closed,
          (SELECT count(*) FROM heard_captures h LEFT JOIN proofs p ON p.capture = h.capture
            WHERE h.programme = k.programme AND h.teller = k.teller AND h.heard_at > now() - interval '2 days' AND CASE
              WHEN p.capture IS NULL THEN NOT EXISTS (SELECT FROM cases x WHERE x.capture = h.capture)
              WHEN p.judgement = 'refused' OR EXISTS (SELECT FROM hand_over_undos u WHERE u.claim = p.claim AND u.effect = 'carried_out') THEN false
              ELSE EXISTS (SELECT FROM unnest(p.tranches, p.payments) AS v(tranche, payment) JOIN payments y ON y.tranche = v.tranche AND y.id = v.payment
                WHERE y.returned_at IS NULL AND y.cancelled_at IS NULL
                  AND NOT EXISTS (SELECT FROM hand_overs o WHERE o.tranche = v.tranche AND o.payment = v.payment)) END) AS unjudged,
          (SELECT count(*) FROM claims c JOIN claim_leases l ON l.programme = c.programme AND l.account = c.account AND l.claim = c.id
            WHERE c.programme = k.programme AND c.teller = k.teller AND c.expires_at > now() AND l.expires_at > now()
              AND NOT EXISTS (SELECT FROM heard_captures h WHERE h.programme = c.programme AND h.teller = c.teller AND h.claim = c.id)
              AND EXISTS (SELECT FROM unnest(c.tranches, c.payments) AS v(tranche, payment) JOIN payments y ON y.tranche = v.tranche AND y.id = v.payment
                WHERE y.handed_over_at IS NULL AND y.returned_at IS NULL AND y.cancelled_at IS NULL)) AS claimed
        FROM unnest($1::text[], $2::text[]) AS k(programme, teller)";
}

/// Programme and teller.
pub(super) type Whose = (String, String);

#[derive(sqlx::FromRow)]
pub(super) struct UnderWay {
    programme: String,
    teller: String,
    pub(super) last_closed: Option<NaiveDate>,
    pub(super) unjudged: i64,
    pub(super) claimed: i64,
}

impl UnderWay {
    /// With what the books say, for the rules.
    pub(super) fn drawer(&self, books: i64) -> Drawer {
        Drawer { books, unjudged: self.unjudged, claimed: self.claimed, last_closed: self.last_closed }
    }
}

/// Of each drawer.
pub(super) async fn read(from: impl PgExecutor<'_>, whose: BTreeSet<Whose>) -> Result<HashMap<Whose, UnderWay>, Error> {
    let (programmes, tellers): (Vec<String>, Vec<String>) = whose.into_iter().unzip();
    let rows: Vec<UnderWay> =
        sqlx::query_as(UNDER_WAY).bind(programmes).bind(tellers).fetch_all(from).await.map_err(Error::database("looking into drawers"))?;
    Ok(rows.into_iter().map(|row| ((row.programme.clone(), row.teller.clone()), row)).collect())
}
