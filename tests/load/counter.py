"""Measures the day of payment for `scripts/bench counter`: the command given (`salur simulate counter ..`) plays the tellers, and viewers watch the board.

How long a family's payment takes is counted from when the family came (`--record` of the command) to the commit that paid it, by the database's own time of
commits. Figures of the board come to each viewer; the n-th payment is on the board when the figure has grown by n. --outage stops the store for so many
seconds a quarter into the families, and tells how fast what had waited was paid. Standard library alone.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from machine import cpu_of_trees, most_memory, named, quantile, tell
from viewers import connected, figures

# What waits is caught up with when no more families wait than come in so many seconds.
CAUGHT_UP_S = 2


class Viewer:
    def __init__(self, address):
        self.address, self.seen = address, []

    async def watch(self, greeted):
        try:
            async for at, figure, _ in figures(self.address, "paid"):
                self.seen.append((at, figure))
                greeted.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            if not greeted.is_set():
                raise

    def lags(self, commits):
        """Seconds from each commit until this viewer's figure counted it; infinite where it never did."""
        found, at, first = [], 0, self.seen[0][1]
        for number, commit in enumerate(commits, 1):
            while at < len(self.seen) and self.seen[at][1] < first + number:
                at += 1
            found.append(max(0.0, self.seen[at][0] - commit) if at < len(self.seen) else float("inf"))
        return found


def asked(args, query):
    """Rows of the database, each a list of texts."""
    command = [args.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", os.environ["SALUR__DATABASE__URL"], "-c", query]
    return [line.split("|") for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()]


def committed(args, query):
    """When each payment of a query was committed, in seconds."""
    return {payment: float(at) for payment, at in asked(args, query.format(at="extract(epoch FROM pg_xact_commit_timestamp(xmin))"))}


async def outage(args, after):
    """Without the store for a while; when it went and when it was back."""
    await asyncio.sleep(after)
    went = time.time()
    for verb, pause in (("stop", args.outage), ("start", 0)):
        process = await asyncio.create_subprocess_exec("scripts/services", verb, "store", stdout=sys.stderr)
        if await process.wait() != 0:
            raise SystemExit(f"error: the store did not {verb}")
        await asyncio.sleep(pause)
    return went, time.time()


async def play(args, watched):
    viewers = [Viewer(args.address) for _ in range(args.viewers)]
    waiting = iter(viewers)
    watching = await connected(lambda greeted: next(waiting).watch(greeted), args.viewers)
    before, began = cpu_of_trees(watched), time.time()
    command = [*args.command, "--families", str(args.families), "--per-second", str(args.per_second), "--record", str(args.record)]
    tellers = await asyncio.create_subprocess_exec(*command, stdout=sys.stderr)
    away = asyncio.create_task(outage(args, args.families / args.per_second / 4)) if args.outage else None
    if await tellers.wait() != 0:
        raise SystemExit("error: the tellers did not end well")
    # a store that was away is another process
    used = {name: us - before[name] for name, us in cpu_of_trees(watched).items() if name != "store" or not args.outage}
    took = time.time() - began
    await asyncio.sleep(2)  # the last figures
    for one in watching:
        one.cancel()
    return viewers, used, took, await away if away else None


def drained(visits, went, back):
    """How fast those were paid who had waited for the store."""
    due, paid = sorted(visit["due"] for visit in visits), sorted(visit["paid"] for visit in visits)
    count = lambda times, until: sum(1 for time_ in times if time_ <= until)
    per_s = len(due) / (due[-1] - due[0])
    ended = next(at for at in paid if at > back and count(due, at) - count(paid, at) <= CAUGHT_UP_S * per_s)
    rate = (count(paid, ended) - count(paid, back)) / (ended - back)
    return {"away_s": round(back - went, 1), "waited when back": count(due, back) - count(paid, back), "caught up after s": round(ended - back, 1),
            "paid_per_s meanwhile": round(rate, 1), "times arrival": round(rate / per_s, 2)}


def told(args, viewers, used, took, away):
    visits = [json.loads(line) for line in Path(args.record).read_text(encoding="utf-8").splitlines()]
    paid = committed(args, "SELECT id, {at} FROM payments WHERE status = 'paid'")
    judged = committed(args, "SELECT unnest(payments), {at} FROM proofs")
    for visit in visits:
        for name in ("due", "granted", "said"):
            visit[name] /= 1_000
        visit["paid"] = max((paid.get(payment, float("inf")) for payment in visit["payments"]))
        visit["judged"] = max((judged.get(payment, float("inf")) for payment in visit["payments"]))
    ms = lambda values, part: round(1_000 * quantile(values, part), 1)
    found = {"families": len(visits), "came_per_s": args.per_second, "not paid": sum(visit["paid"] == float("inf") for visit in visits)}
    last = max(visit["paid"] for visit in visits)
    found["paid_per_s"] = round(len(visits) / (last - min(visit["due"] for visit in visits)), 1)
    for name, since, until in (("claim", "due", "granted"), ("photo sent", "granted", "said"), ("judged", "said", "judged"),
                               ("booked", "judged", "paid"), ("whole", "due", "paid")):
        times = [visit[until] - visit[since] for visit in visits]
        found |= {f"{name} p50_ms": ms(times, 0.5), f"{name} p99_ms": ms(times, 0.99)}
    commits = sorted(at for visit in visits for at in (paid.get(payment) for payment in visit["payments"]) if at)
    lags = [lag for viewer in viewers for lag in viewer.lags(commits)]
    if lags:
        found |= {"viewers": len(viewers), "board p50_ms": ms(lags, 0.5), "board p99_ms": ms(lags, 0.99)}
    found |= {f"cpu ms/family {name}": round(us / 1_000 / len(visits), 2) for name, us in used.items()}
    found["busy_percent"] = round(sum(used.values()) / 1e4 / took / os.cpu_count(), 1)
    found |= {f"kB at most {name}": most_memory(pid) for name, pid in named(args.process) if name in args.memory}
    return found | (drained(visits, *away) if away else {})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", required=True, help="of the portal")
    parser.add_argument("--psql", required=True)
    parser.add_argument("--record", required=True)
    parser.add_argument("--families", type=int, required=True)
    parser.add_argument("--per-second", type=float, required=True)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--outage", type=float, default=0)
    parser.add_argument("--process", action="append", default=[], help="name=pid; its tree takes part")
    parser.add_argument("--memory", action="append", default=[], help="names whose memory is told")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    # the tellers and the viewers are descendants of this process
    watched = [*named(args.process), ("tellers, viewers", os.getpid())]
    tell(told(args, *asyncio.run(play(args, watched))), args.json)


main()
