"""Celery with salur's chunks and salur's statements: a task carries 256 recipients, and each table is written once per task.

The statements are those of workers/lib/store/src/{payments,accounts,ledger,tallies}.rs. Payments are made here too, as release does.
"""

from collections import Counter

import peer
from peer import TRANCHE, app

QUEUE = "in_chunks"
CHUNK = 256

MAKE = """INSERT INTO payments (tranche, id, account, amount, village, pay_point)
    SELECT %s, * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING"""
LOCK = """SELECT p.id::text, p.account::text, p.amount, p.village, p.pay_point, p.account_opened_at, p.funded_at
    FROM payments p JOIN unnest(%s::int[], %s::uuid[]) AS k(tranche, id) ON p.tranche = k.tranche AND p.id = k.id
    ORDER BY p.tranche, p.id FOR NO KEY UPDATE OF p"""
OPEN = """INSERT INTO accounts (id, name_digest, first_tranche)
    SELECT id, digest, %s FROM unnest(%s::uuid[], %s::bytea[]) AS a(id, digest) ORDER BY id ON CONFLICT DO NOTHING RETURNING id::text"""
KNOWN = "SELECT id FROM accounts WHERE id = ANY(%s::uuid[])"
SET_OPENED = """UPDATE payments p SET account_opened_at = now() FROM unnest(%s::int[], %s::uuid[]) AS k(tranche, id)
    WHERE p.tranche = k.tranche AND p.id = k.id AND p.account_opened_at IS NULL"""
SET_FUNDED = """UPDATE payments p SET funded_at = now() FROM unnest(%s::int[], %s::uuid[]) AS k(tranche, id)
    WHERE p.tranche = k.tranche AND p.id = k.id AND p.funded_at IS NULL"""
RESERVES = """SELECT regency, d.id, c.id FROM ledger_accounts d JOIN ledger_accounts c USING (regency)
    WHERE d.kind = 'reserve' AND c.kind = 'recipient' AND regency = ANY(%s)"""
POST = """INSERT INTO transfers (tranche, subject, kind, n, debit, credit, amount)
    SELECT %s, subject, 'recipient_funded', 1, debit, credit, amount
    FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) AS t(subject, debit, credit, amount)
    ON CONFLICT (tranche, subject, kind, n) DO NOTHING RETURNING subject"""
LOCK_ACCOUNTS = "SELECT id FROM ledger_accounts WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
MOVE = """UPDATE ledger_accounts a SET debits = a.debits + m.debits, credits = a.credits + m.credits
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS m(id, debits, credits) WHERE a.id = m.id"""
TALLY = """INSERT INTO tally_deltas (tranche, village, pay_point, measure, families, rupiah)
    SELECT %s, village, pay_point, 'funded', families, rupiah
    FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS d(village, pay_point, families, rupiah)"""


@app.task(queue=QUEUE)
def open_accounts(rows):
    ids = [peer.payment_id(row[0]) for row in rows]
    accounts = [peer.account_id(row[0]) for row in rows]
    digests = dict(zip(accounts, (peer.name_digest(row[1]) for row in rows)))
    amounts, villages = [row[3] for row in rows], [row[2] for row in rows]
    with peer.database.transaction():
        run = peer.database.execute
        run(MAKE, (TRANCHE, ids, accounts, amounts, villages, [village[:6] for village in villages]))
        new = [payment for payment in run(LOCK, keys(ids)) if payment[5] is None]
        wanted = {str_hex(payment[1]) for payment in new}
        opened = {str_hex(account) for (account,) in run(OPEN, (TRANCHE, list(wanted), [digests[account] for account in wanted]))}
        found = list(wanted - opened)
        if found and len(run(KNOWN, (found,)).fetchall()) != len(found):
            raise RuntimeError("an account was neither opened nor found")
        if new:
            run(SET_OPENED, keys([payment[0] for payment in new]))
    post_transfers.delay(ids)


@app.task(queue=QUEUE)
def post_transfers(ids):
    with peer.database.transaction():
        run = peer.database.execute
        locked = run(LOCK, keys(ids)).fetchall()
        if len(locked) != len(set(ids)) or any(payment[5] is None for payment in locked):
            raise RuntimeError("a payment has no account")
        new = [payment for payment in locked if payment[6] is None]
        if new:
            fund(run, new)


def fund(run, new):
    """Once per chunk: the moments, the transfers, the balances of the few shared accounts in id order, the tallies."""
    reserves = {regency: pair for regency, *pair in run(RESERVES, (list({payment[3][:4] for payment in new}),))}
    subjects, amounts = [payment[0] for payment in new], [payment[2] for payment in new]
    pairs = [reserves[payment[3][:4]] for payment in new]
    run(SET_FUNDED, keys(subjects))
    posted = run(POST, (TRANCHE, subjects, [pair[0] for pair in pairs], [pair[1] for pair in pairs], amounts))
    if posted.rowcount != len(new):
        raise RuntimeError("a payment without funds has a transfer")
    debits, credits, families, rupiah = Counter(), Counter(), Counter(), Counter()
    for (_, _, amount, village, pay_point, *_), (debit, credit) in zip(new, pairs):
        debits[debit] += amount
        credits[credit] += amount
        families[village, pay_point] += 1
        rupiah[village, pay_point] += amount
    moved = sorted(debits.keys() | credits.keys())
    run(LOCK_ACCOUNTS, (moved,))
    run(MOVE, (moved, [debits[account] for account in moved], [credits[account] for account in moved]))
    places = sorted(families)
    run(TALLY, (TRANCHE, [p[0] for p in places], [p[1] for p in places], [families[p] for p in places], [rupiah[p] for p in places]))


def keys(ids):
    """Both columns as arrays: beside a constant tranche a table without statistics is read whole for each chunk."""
    return [TRANCHE] * len(ids), ids


def str_hex(uuid):
    return uuid.replace("-", "")


def send(people):
    """The messages of a list, each as a function that publishes it."""
    chunks = [people[at : at + CHUNK] for at in range(0, len(people), CHUNK)]
    return [lambda rows=rows: open_accounts.delay(rows) for rows in chunks]
