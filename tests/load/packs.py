#!/usr/bin/env python3
"""Waits until so many cheques lie in packs, and tells how long it took, and what each process used: processor time and memory at most.

Used by `scripts/bench packs`. A process is `name=pid` and stands for its tree; those it has buried are counted.
"""

import argparse
import glob
import json
import os
import subprocess
import sys
import time

TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")


def trees(roots):
    """Microseconds of processor time of each named process with all below it."""
    parent, used = {}, {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = open(path).read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pid = int(path.split("/")[2])
        parent[pid] = int(fields[1])
        used[pid] = sum(int(field) for field in fields[11:15]) * TICK_US
    below = lambda pid: used.get(pid, 0) + sum(below(child) for child, of in parent.items() if of == pid)
    return {name: below(pid) for name, pid in roots}


def most_memory(pid):
    """kB that a process ever had resident."""
    lines = open(f"/proc/{pid}/status").read().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


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
    processes = [(name, int(pid)) for name, pid in (text.split("=") for text in given.process)]

    def asked(query):
        return subprocess.run([given.psql, "-X", "-q", "-A", "-t", given.url, "-c", query], check=True, capture_output=True, text=True).stdout.strip()

    began, before = time.monotonic(), trees(processes)
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
    told |= {f"cpu us/cheque {name}": round((us - before[name]) / packed, 1) for name, us in trees(processes).items()}
    told |= {f"kB at most {name}": most_memory(pid) for name, pid in processes if name in given.memory}
    if given.json:
        print(json.dumps(told))
        return
    for name, value in told.items():
        print(f"{name:<36} {value:>12}")


main()
