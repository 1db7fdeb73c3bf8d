"""The chain that most teams would write: per recipient a task that opens the account, which calls a task that posts the transfer.

Each task has a transaction of its own. Both may run again: keys are natural, and what exists is left alone. No tallies.
"""

import peer
from peer import TRANCHE, app

QUEUE = "one_by_one"


@app.task(queue=QUEUE)
def open_account(nik, name, village, amount):
    account, payment = peer.account_id(nik), peer.payment_id(nik)
    with peer.database.transaction():
        peer.database.execute(
            "INSERT INTO accounts (id, name_digest, first_tranche) VALUES (%s::uuid, %b, %s) ON CONFLICT DO NOTHING",
            (account, peer.name_digest(name), TRANCHE),
        )
        peer.database.execute(
            """INSERT INTO payments (tranche, id, account, amount, village, pay_point, account_opened_at)
            VALUES (%s, %s::uuid, %s::uuid, %s, %s, %s, now()) ON CONFLICT DO NOTHING""",
            (TRANCHE, payment, account, amount, village, village[:6]),
        )
    post_transfer.delay(payment)


@app.task(queue=QUEUE)
def post_transfer(payment):
    with peer.database.transaction():
        amount, regency, funded = peer.database.execute(
            "SELECT amount, left(village, 4), funded_at IS NOT NULL FROM payments WHERE tranche = %s AND id = %s::uuid FOR NO KEY UPDATE",
            (TRANCHE, payment),
        ).fetchone()
        if funded:
            return
        peer.database.execute("UPDATE payments SET funded_at = now() WHERE tranche = %s AND id = %s::uuid", (TRANCHE, payment))
        # the hot rows last, so that they are locked for the shortest time; always the reserve first
        peer.database.execute(
            """INSERT INTO transfers (tranche, subject, kind, debit, credit, amount)
            SELECT %s, %s::uuid, 'recipient_funded', d.id, c.id, %s FROM ledger_accounts d JOIN ledger_accounts c USING (regency)
            WHERE d.kind = 'reserve' AND c.kind = 'recipient' AND regency = %s""",
            (TRANCHE, payment, amount, regency),
        )
        peer.database.execute("UPDATE ledger_accounts SET debits = debits + %s WHERE kind = 'reserve' AND regency = %s", (amount, regency))
        peer.database.execute("UPDATE ledger_accounts SET credits = credits + %s WHERE kind = 'recipient' AND regency = %s", (amount, regency))


def send(people):
    """The messages of a list, each as a function that publishes it."""
    return [lambda row=row: open_account.delay(*row) for row in people]
