#!/usr/bin/env python3
"""Waits until so many cheques lie in packs, and tells how long it took, and what each process used: processor time and memory at most.

Used by `scripts/bench packs`. A process is `name=pid` and stands for its tree; those it has buried are counted.
"""

import argparse
import subprocess
import sys
import time

from machine import cpu_of_trees, most_memory, named, tell


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--psql", required=True)
    args.add_argument("--url", required=True)
    args.add_argument("--cheques", type=int, required=True)
    args.add_argument("--process", action="append", required=True)
    args.add_argument("--memory", action="append", default=[], help="names whose memory is told")
    args.add_argument("--deadline-s", type=int, default=7_200)
    args.add_argument("--json", action="store_true")
    given = args.parse_args()
    processes = named(given.process)

    def asked(query):
        return subprocess.run([given.psql, "-X", "-q", "-A", "-t", given.url, "-c", query], check=True, capture_output=True, text=True).stdout.strip()

    began, before = time.monotonic(), cpu_of_trees(processes)
    while (packed := int(asked("SELECT coalesce(sum(cheques), 0) FROM packs"))) < given.cheques:
        seconds = time.monotonic() - began
        if seconds > given.deadline_s:
            sys.exit(f"{packed} of {given.cheques} cheques in packs after {seconds:.0f} s")
        print(f"\r{packed} of {given.cheques} in packs, {seconds:.0f} s", end="", file=sys.stderr, flush=True)
        time.sleep(1)
    seconds = time.monotonic() - began
    print(file=sys.stderr)
    packs, pages, largest, size = asked("SELECT count(*), sum(pages), max(cheques), sum(size::bigint) FROM packs").split("|")
    told = {"cheques": packed, "packs": int(packs), "pages": int(pages), "largest_pack": int(largest), "mb": int(size) // 1_000_000}
    told |= {"seconds": round(seconds, 1), "cheques_per_s": round(packed / seconds)}
    told |= {f"cpu us/cheque {name}": round((us - before[name]) / packed, 1) for name, us in cpu_of_trees(processes).items()}
    told |= {f"kB at most {name}": most_memory(pid) for name, pid in processes if name in given.memory}
    tell(told, given.json)


main()
