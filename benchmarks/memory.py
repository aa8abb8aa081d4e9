"""The most memory that a process and its children held, where the system tells (Linux: /proc)."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

EVERY = 0.05
"""Seconds between two looks; the system itself keeps each process's peak, so only a child's last moments can hide."""


class Peak:
    """Peaks in bytes: as it was at the beginning, and as it is at the end of `watched`."""

    def __init__(self, pid: int, *, alone: bool = False) -> None:
        self._pid = pid
        self._alone = alone
        self._peaks: dict[int, int] = {}
        self.before = _bytes(pid, "VmRSS") or 0

    @property
    def whole(self) -> int | None:
        """The peaks of the process and of all its children together; None where the system does not tell."""
        return sum(self._peaks.values()) or None

    @property
    def growth(self) -> int | None:
        """How much the peak lies above what was held at the beginning."""
        return None if self.whole is None else max(self.whole - self.before, 0)

    def look(self) -> None:
        """Note the peaks as they are now."""
        for pid in (self._pid,) if self._alone else _family(self._pid):
            peak = _bytes(pid, "VmHWM")
            if peak:
                self._peaks[pid] = peak


@contextmanager
def watched(pid: int, *, alone: bool = False) -> Generator[Peak]:
    """Watch a process of ours for the length of the block, `alone` without its children."""
    # "5" sets the peak back to what is held now (proc_pid_clear_refs(5)), so that start-up does not count.
    reset = Path(f"/proc/{pid}/clear_refs")
    if reset.exists():
        reset.write_text("5", encoding="ascii")
    peak, over = Peak(pid, alone=alone), threading.Event()

    def watch() -> None:
        while not over.wait(EVERY):
            peak.look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()
        peak.look()


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text(encoding="ascii").split()
        except OSError:  # the thread has ended meanwhile
            continue
        for child in found:
            yield from _family(int(child))


def _bytes(pid: int, field: str) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux, or the process has ended
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:")), None)
