"""What benches ask of this machine, processor time and memory of processes, and how they tell what they found."""

import json
import os
from pathlib import Path

TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")


def named(processes):
    """`name=pid` as pairs."""
    return [(name, int(pid)) for name, pid in (text.split("=") for text in processes)]


def cpu_of_trees(roots):
    """Microseconds used by each named process and all its descendants, those it has buried included: as `salur simulate bench` counts."""
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
        used[int(entry.name)] = sum(map(int, fields[11:15])) * TICK_US

    def tree(pid):
        return used.get(pid, 0) + sum(tree(child) for child, parent in parents.items() if parent == pid)

    return {name: tree(int(pid)) for name, pid in dict(roots).items()}


def cpu_s(pid):
    """Seconds of processor time of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US / 1e6


def most_memory(pid):
    """kB that a process ever had resident."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def quantile(values, part):
    """The value below which this part of the values lies."""
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))]


def tell(found, as_json):
    """A line for each figure, or one object."""
    if as_json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:<36} {value:>12}")
