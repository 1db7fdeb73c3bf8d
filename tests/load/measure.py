"""Measures the peers and prints them beside salur; called by `scripts/bench peers` with the addresses of private services in the environment.

prepare: a database and a virtual host of that name. stages: starts salur's workers on a full queue and waits for the last fact.
run: starts Celery's workers, publishes a list and waits for the last commit, which shows in the balances, since they move with it; then
checks what was written. table: what was measured, side by side.
The clock starts before the first message is published. Processor time is read from /proc over the trees of all that took part.
"""

import argparse
import csv
import importlib
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import amqp.exceptions
import peer
from machine import cpu_of_trees

HERE = Path(__file__).parent
LOOK_EVERY_S = 0.05
# Confirms are waited for one by one in each connection of Celery's: several at once keep the broker busy.
PUBLISHERS = 8


def prepare(args):
    # by way of a third: one that somebody is connected to cannot be copied
    with peer.connect(dbname="postgres") as admin:
        # one that exists is somebody's: this fails, and nothing is touched
        admin.execute(f"CREATE DATABASE {args.name} TEMPLATE {args.like}")
    address = urllib.parse.urlsplit(os.environ["SALUR__BROKER__MANAGEMENT_URL"])
    base = f"{address.scheme}://{address.hostname}:{address.port}/"
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, base, address.username, address.password)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    opener.open(urllib.request.Request(f"{base}api/vhosts/{args.name}", data=b"{}", headers={"content-type": "application/json"}, method="PUT"))
    everything = json.dumps({"configure": ".*", "write": ".*", "read": ".*"}).encode()
    opener.open(urllib.request.Request(f"{base}api/permissions/{args.name}/{address.username}", data=everything,
                                       headers={"content-type": "application/json"}, method="PUT"))


def read_people(path, wanted):
    """Evenly thinned from the list that salur paid, in its order; rows that salur would refuse at sight and second rows of a person stay out."""
    people = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            nik, village, amount = row["nik"], row["village"], row["amount"]
            if len(nik) == 16 and nik.isdigit() and len(village) == 10 and village.isdigit() and amount.isdigit() and int(amount) > 0:
                people.setdefault(nik, (nik, row["name"], village, int(amount)))
    people = list(people.values())
    if len(people) < wanted:
        raise SystemExit(f"error: {wanted} recipients wanted, the list has {len(people)}")
    return [people[at * len(people) // wanted] for at in range(wanted)]


def fill(people):
    """A fresh schema, and the shared accounts of each regency, as a release leaves them."""
    with peer.connect() as database:
        database.execute("DROP SCHEMA public CASCADE")
        database.execute("CREATE SCHEMA public")
        database.execute((HERE / "schema.sql").read_text(encoding="utf-8"))
        regencies = sorted({village[:4] for _, _, village, _ in people})
        database.execute("INSERT INTO ledger_accounts (kind, regency) SELECT kind, regency FROM unnest(%s::text[]) AS r(regency), "
                         "(VALUES ('reserve'), ('recipient')) AS k(kind)", (regencies,))


def start_workers(queue, processes, log):
    """Celery's own command, without what talks to other workers."""
    command = [sys.executable, "-m", "celery", "--app", queue, "worker", "--queues", queue, "--concurrency", str(processes), "--pool", "prefork",
               "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "warning"]
    workers = subprocess.Popen(command, cwd=HERE, stdout=log, stderr=log)
    deadline = time.monotonic() + 60
    while consumers(queue) == 0:
        if workers.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("error: Celery's workers did not start")
        time.sleep(0.2)
    return workers


def consumers(queue):
    with peer.app.connection_for_read() as connection:
        try:
            return connection.default_channel.queue_declare(queue, passive=True).consumer_count
        except amqp.exceptions.NotFound:
            return 0


def publish(messages):
    """All messages, by several threads in order."""
    waiting = iter(messages)
    lock = threading.Lock()
    failures = []

    def go_on():
        try:
            while True:
                with lock:
                    message = next(waiting, None)
                if message is None:
                    return
                message()
        except Exception as error:  # a thread's error would be lost
            failures.append(error)

    threads = [threading.Thread(target=go_on) for _ in range(PUBLISHERS)]
    for thread in threads:
        thread.start()
    return threads, failures


def run(args):
    chain = importlib.import_module(args.name)
    people = read_people(args.list, args.recipients)
    total = sum(amount for *_, amount in people)
    if args.shuffle:
        random.Random(0).shuffle(people)
    fill(people)
    messages = chain.send(people)
    roots = dict(process.split("=") for process in args.process)
    with open(args.log, "ab") as log:
        workers = start_workers(chain.QUEUE, args.workers, log)
        try:
            roots["workers"] = workers.pid
            seconds, published, cpu = measure(messages, total, workers, roots, args.deadline_s)
        finally:
            workers.terminate()
            workers.wait(60)
    check(args.recipients, total, tallied=args.name == "in_chunks")
    told(args.recipients, seconds, cpu, submitted_after_s=published, worker_processes=args.workers)


def told(recipients, seconds, cpu, **more):
    """One line, with the names of `salur simulate bench`."""
    per = {name: us / recipients for name, us in cpu.items()}
    print(json.dumps({"recipients": recipients, "seconds": seconds, "recipients_per_s": recipients / seconds, **more,
                      "cpu_us_per_recipient": sum(per.values()), "cpu_us": per}))


def measure(messages, total, workers, roots, deadline_s):
    before, own_before = cpu_of_trees(roots), own_cpu_us()
    began = time.monotonic()
    threads, failures = publish(messages)
    published = None
    with peer.connect() as database:
        while True:
            if published is None and not any(thread.is_alive() for thread in threads):
                published = time.monotonic() - began
            if failures:
                raise failures[0]
            credited = database.execute("SELECT sum(credits)::bigint FROM ledger_accounts").fetchone()[0]
            if credited >= total:
                break
            if workers.poll() is not None or time.monotonic() - began > deadline_s:
                raise SystemExit(f"error: {credited} of {total} after {time.monotonic() - began:.0f} s")
            time.sleep(LOOK_EVERY_S)
    seconds = time.monotonic() - began
    for thread in threads:
        thread.join()
    after = cpu_of_trees(roots)
    cpu = {name: after[name] - before[name] for name in roots}
    cpu["submit"] = own_cpu_us() - own_before
    return seconds, published if published is not None else seconds, cpu


def stages(args):
    """The clock starts before the process does: nothing holds a consumer back that has started."""
    roots = dict(process.split("=") for process in args.process)
    before = cpu_of_trees(roots)
    began = time.monotonic()
    with open(args.log, "ab") as log:
        workers = subprocess.Popen(args.command, stderr=log)
    try:
        while emitted(args.metrics, '"transfers.posted"') < args.accepted:
            if workers.poll() is not None or time.monotonic() - began > args.deadline_s:
                raise SystemExit("error: the stages did not end")
            time.sleep(LOOK_EVERY_S)
        seconds = time.monotonic() - began
        after = cpu_of_trees({**roots, "workers": workers.pid})
    finally:
        workers.terminate()
        workers.wait(60)
    told(args.accepted, seconds, {name: us - before.get(name, 0) for name, us in after.items()})


def emitted(page, kind):
    try:
        with urllib.request.urlopen(page) as answer:
            lines = answer.read().decode().splitlines()
    except urllib.error.URLError:  # not up yet
        return 0
    return sum(int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("salur_emitted_facts_total{") and kind in line)


def check(recipients, total, tallied):
    """Every recipient has one account, one payment and one transfer; balances are the sums of transfers; nothing is left over."""
    questions = {
        "accounts": ("SELECT count(*) FROM accounts", recipients),
        "payments": ("SELECT count(*) FROM payments WHERE funded_at IS NOT NULL", recipients),
        "payments with their account": ("SELECT count(*) FROM payments p JOIN accounts a ON a.id = p.account", recipients),
        "payments with their transfer": ("SELECT count(*) FROM payments p JOIN transfers t ON t.tranche = p.tranche AND t.subject = p.id "
                                         "AND t.amount = p.amount", recipients),
        "transfers": ("SELECT count(*) FROM transfers", recipients),
        "rupiah": ("SELECT sum(amount)::bigint FROM transfers", total),
        "balances unlike their transfers": (
            "SELECT count(*) FROM ledger_accounts a "
            "LEFT JOIN (SELECT debit AS id, sum(amount) AS rupiah FROM transfers GROUP BY 1) AS d USING (id) "
            "LEFT JOIN (SELECT credit AS id, sum(amount) AS rupiah FROM transfers GROUP BY 1) AS c USING (id) "
            "WHERE debits <> coalesce(d.rupiah, 0) OR credits <> coalesce(c.rupiah, 0)", 0),
        "families tallied": ("SELECT coalesce(sum(families), 0)::bigint FROM tally_deltas", recipients if tallied else 0),
    }
    with peer.connect() as database:
        database.execute("ANALYZE")
        for name, (question, expected) in questions.items():
            found = database.execute(question).fetchone()[0]
            if found != expected:
                raise SystemExit(f"error: {name}: {found}, expected {expected}")
        # what vacuums itself or writes back later would be counted to the next
        database.execute("VACUUM")
        database.execute("CHECKPOINT")


def own_cpu_us():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return int((usage.ru_utime + usage.ru_stime) * 1_000_000)


def table(args):
    """Rates and costs side by side. The first result is salur's whole, the second its two stages alone; the others are held to both."""
    results = {}
    for result in args.results:
        name, _, path = result.partition("=")
        results[name] = json.loads(Path(path).read_text(encoding="utf-8").splitlines()[-1])
    whole, two_stages = list(results.values())[:2]
    print(f"{'':<20} {'recipients':>10} {'seconds':>8} {'per s':>7} {'cpu us':>7} | {'salur is':>9} {'at':>6} | {'2 stages':>9} {'at':>6} | cpu us of")
    for name, result in results.items():
        compared = []
        for key, ours in (("salur", whole), ("two_stages", two_stages)):
            faster = ours["recipients_per_s"] / result["recipients_per_s"]
            cheaper = result["cpu_us_per_recipient"] / ours["cpu_us_per_recipient"]
            result[key] = {"times_faster": faster, "times_cheaper": cheaper}
            # how many times faster, and at which part of the processor time
            compared.append(f"{faster:>8.1f}x {'1/' + format(cheaper, '.1f'):>6}")
        parts = ", ".join(f"{part} {us:.0f}" for part, us in sorted(result["cpu_us"].items(), key=lambda item: -item[1]))
        print(f"{name:<20} {result['recipients']:>10} {result['seconds']:>8.2f} {result['recipients_per_s']:>7.0f} "
              f"{result['cpu_us_per_recipient']:>7.0f} | {compared[0]} | {compared[1]} | {parts}")
    if args.json:
        print(json.dumps({"peers": results}))


def main():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("prepare")
    verb.set_defaults(go=prepare)
    verb.add_argument("name")
    verb.add_argument("--like", default="template1", help="a database to copy")
    verb = verbs.add_parser("run")
    verb.set_defaults(go=run)
    verb.add_argument("name", choices=["one_by_one", "in_chunks"])
    verb.add_argument("--list", required=True)
    verb.add_argument("--recipients", type=int, required=True)
    verb.add_argument("--workers", type=int, default=os.cpu_count())
    verb.add_argument("--shuffle", action="store_true", help="not in the list's order, in which neighbours share their hot rows")
    verb.add_argument("--process", action="append", default=[], help="a process whose tree takes part, name=pid")
    verb.add_argument("--deadline-s", type=int, default=600)
    verb.add_argument("--log", required=True)
    verb = verbs.add_parser("stages")
    verb.set_defaults(go=stages)
    verb.add_argument("--accepted", type=int, required=True)
    verb.add_argument("--metrics", required=True, help="address of the workers' metrics page")
    verb.add_argument("--process", action="append", default=[])
    verb.add_argument("--deadline-s", type=int, default=600)
    verb.add_argument("--log", required=True)
    verb.add_argument("command", nargs=argparse.REMAINDER)
    verb = verbs.add_parser("table")
    verb.set_defaults(go=table)
    verb.add_argument("results", nargs="+", help="name=file, salur's two first")
    verb.add_argument("--json", action="store_true")
    args = parser.parse_args()
    args.go(args)


if __name__ == "__main__":
    main()
