"""What both peers share: a Celery application as its documentation tunes it for tasks that must not be lost, and one connection per process.

Durable like salur: quorum queues, persistent messages, publisher confirms, acknowledgement after the work, commits that wait for the disk.
Not done by either peer, and done by salur in the same time: validation of rows, sealing of what is personal, answers for upstream,
reserving per batch, the journal of evidence, isolation of a message that fails.
"""

import hmac
import os

import psycopg
from celery import Celery
from celery.signals import worker_process_init

TRANCHE = 4
KEY = bytes(32)

app = Celery("peers", broker=os.environ["PEERS_BROKER"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue_type="quorum",
    worker_detect_quorum_queues=True,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    # nobody reads results: storing them would be one write more for each task
    task_ignore_result=True,
    # a process never waits for the broker between two tasks
    worker_prefetch_multiplier=int(os.environ.get("PEERS_PREFETCH", "64")),
)
database = None


def connect(**options):
    """A connection on which only `transaction()` opens transactions."""
    return psycopg.connect(os.environ["PEERS_DATABASE"], autocommit=True, **options)


@worker_process_init.connect
def connect_process(**_):
    global database
    # for arrays as salur does: a plan made for empty tables is not kept. Single rows may keep theirs.
    database = connect(options=os.environ.get("PEERS_DATABASE_OPTIONS", ""))
    database.prepare_threshold = 0


def account_id(nik):
    """One account per person: the keyed blind index of the number."""
    return hmac.digest(KEY, b"nik" + nik.encode(), "sha256")[:16].hex()


def payment_id(nik):
    """One payment per person and tranche."""
    return hmac.digest(KEY, b"payment%d" % TRANCHE + nik.encode(), "sha256")[:16].hex()


def name_digest(name):
    return hmac.digest(KEY, b"name" + name.encode(), "sha256")
