"""Measures the portal for `scripts/bench portal`: how long pages take, what a thousand live viewers cost, and how late a change reaches them.

Viewers are as many sockets, each with its own request. A change is a row counted as submitted, committed by itself; it has arrived when the figure that a
viewer last got counts it. Processor time is the portal's own, from /proc. Standard library alone.
"""

import argparse
import asyncio
import gzip
import json
import os
import subprocess
import time
import urllib.parse
import urllib.request

from machine import cpu_s, quantile
from viewers import connected, figures

# Several figures change between two readings of the board, as on the day of payment.
CHANGE_EVERY_S = 0.25


def ask(address, path, token=None, body=None):
    headers = {"accept-encoding": "gzip", "sec-fetch-site": "same-origin"} | ({"authorization": f"Bearer {token}"} if token else {})
    return urllib.request.urlopen(urllib.request.Request(address + path, data=body, headers=headers), timeout=60)


def pages(args):
    told = {}
    wanted = [("board", "/", None), ("board, a province", "/board/32", None), ("board, a regency with its villages", "/board/3201", args.token),
              ("board as JSON", "/api/board", None), ("sheet of 200", "/proofs?photos=200", args.token)]
    ask(args.address, "/proofs/why", args.token, urllib.parse.urlencode({"why": "a measurement", "next": "/"}).encode())
    for name, path, token in wanted:
        took, size = [], 0
        for _ in range(args.times):
            began = time.perf_counter()
            with ask(args.address, path, token) as answer:
                size = len(answer.read())
            took.append(1000 * (time.perf_counter() - began))
        told[name] = {"p50_ms": round(quantile(took, 0.5), 1), "p99_ms": round(quantile(took, 0.99), 1), "bytes": size}
    return told


class Viewers:
    def __init__(self, args):
        self.args = args
        self.changes = []  # (figure, when it was committed)
        self.lags, self.events, self.bytes, self.is_counting = [], 0, 0, False

    async def view(self, greeted):
        heard = 0
        try:
            async for at, figure, size in figures(self.args.address, "submitted"):
                greeted.set()
                if self.is_counting:
                    self.bytes += size
                    self.events += 1
                    self.lags += [at - committed for count, committed in self.changes if heard < count <= figure]
                heard = figure
        except (asyncio.IncompleteReadError, ConnectionError):
            if not greeted.is_set():
                raise

    async def change(self, psql, first, until):
        figure = first
        while time.perf_counter() < until:
            figure += 1
            psql.stdin.write(b"INSERT INTO tally_deltas SELECT tranche, village, pay_point, 'submitted', 1, 0 FROM tallies LIMIT 1; SELECT 1;\n")
            psql.stdin.flush()
            await asyncio.to_thread(psql.stdout.readline)
            self.changes.append((figure, time.time()))
            await asyncio.sleep(CHANGE_EVERY_S)

    async def run(self):
        with ask(self.args.address, "/api/board") as answer:
            first = json.loads(gzip.decompress(answer.read()))["place"]["totals"]["submitted"]["families"]
        began = time.perf_counter()
        watching = await connected(self.view, self.args.viewers)
        connected_s = time.perf_counter() - began
        await asyncio.sleep(2)
        quiet = await self.cpu_over(5)
        psql = subprocess.Popen([self.args.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", os.environ["SALUR__DATABASE__URL"]],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.is_counting = True
        changing = asyncio.create_task(self.change(psql, first, time.perf_counter() + self.args.seconds))
        busy = await self.cpu_over(self.args.seconds)
        await changing
        await asyncio.sleep(3)
        self.is_counting = False
        psql.stdin.close()
        psql.wait()
        for one in watching:
            one.cancel()
        missing = self.args.viewers * len(self.changes) - len(self.lags)
        return {"viewers": self.args.viewers, "connected_s": round(connected_s, 2), "cpu_percent_quiet": quiet, "cpu_percent": busy,
                "events_per_s": round(self.events / self.args.seconds), "mb_per_s": round(self.bytes / self.args.seconds / 1e6, 1),
                "changes": len(self.changes), "not_arrived": missing, "lag_p50_ms": round(1000 * quantile(self.lags, 0.5)),
                "lag_p99_ms": round(1000 * quantile(self.lags, 0.99))}

    async def cpu_over(self, seconds):
        before, began = cpu_s(self.args.pid), time.perf_counter()
        await asyncio.sleep(seconds)
        return round(100 * (cpu_s(self.args.pid) - before) / (time.perf_counter() - began), 1)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--address", "--token", "--psql"):
        parser.add_argument(name, required=True)
    for name, default in (("--pid", None), ("--viewers", 1000), ("--seconds", 30), ("--times", 100)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = {"pages": pages(args), "live": asyncio.run(Viewers(args).run())}
    for name, of in found["pages"].items():
        print(f"{name:36} p50 {of['p50_ms']:8.1f} ms   p99 {of['p99_ms']:8.1f} ms   {of['bytes']:8d} bytes")
    for name, value in found["live"].items():
        print(f"{name:36} {value:>12}")
    if args.json:
        print(json.dumps(found, sort_keys=True))


if __name__ == "__main__":
    main()
