"""How many processes may hear recordings at once: one a core, as far as the memory reaches."""

from __future__ import annotations

import os
from pathlib import Path

PROCESS_BYTES = 600_000_000  # one recogniser with a window of sound and its features, without the weights
ROOT = Path("/")


def count_workers(model_bytes: int) -> int:
    """The processes that the cores and the free memory allow, at least one.

    Two threads in a process are hardly faster than one, two processes twice as fast (docs/benchmarks.md).
    """
    memory = free_memory()
    fitting = count_cores() if memory is None else memory // (PROCESS_BYTES + model_bytes)
    return max(1, min(count_cores(), fitting))


def count_cores(root: Path = ROOT) -> int:
    """The cores that this process may use; a core's second thread counts for nothing, a container's limit counts."""
    cpus = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    cores = {_read(root / f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list") or str(cpu) for cpu in cpus}
    quota, _, period = _read(root / "sys/fs/cgroup/cpu.max").partition(" ")
    allowed = int(quota) // int(period) if quota.isdigit() and period.isdigit() else len(cores)
    return max(1, min(len(cores), allowed))


def free_memory(root: Path = ROOT) -> int | None:
    """Bytes that can be had without swapping; None where the system does not say."""
    lines = _read(root / "proc/meminfo").splitlines()
    free = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    limit, used = _read(root / "sys/fs/cgroup/memory.max"), _read(root / "sys/fs/cgroup/memory.current")
    if limit.isdigit() and used.isdigit():
        free.append(max(0, int(limit) - int(used)))
    return min(free, default=None)


def _read(path: Path) -> str:
    """The text of a file of the kernel, "" where there is none."""
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""
