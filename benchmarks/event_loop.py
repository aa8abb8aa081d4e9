"""How long the sandbox leaves a second client without an answer while it processes a large file."""

import gc
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import quantiles
from time import perf_counter, sleep

from benchmarks.export_files import write_csv
from benchmarks.importing import IMPORTS, create, create_body, process
from benchmarks.processes import Sandbox, http_client, sandbox, scratch_folder
from benchmarks.table import Row

COUNT = 100_000
TIMES = 3
PAUSE = 0.002
"""Seconds between two looks of the second client."""
IDLE_SECONDS = 3.0
MOST_MILLISECONDS = 50


def rows() -> Iterator[Row]:
    """Yield the 99th percentile and the longest wait of a cheap GET, beside the same on an idle sandbox."""
    with scratch_folder() as folder:
        path = folder / f"{COUNT}.csv"
        write_csv(path, COUNT)
        body = create_body(path)
        with sandbox(folder / "data") as running:
            imports = [create(running, body) for _ in range(TIMES)]
            idle = waits_during(running, f"{IMPORTS}/{imports[0]}", lambda: sleep(IDLE_SECONDS))
            busy = waits_during(
                running, f"{IMPORTS}/{imports[0]}", lambda: [process(running, import_id) for import_id in imports]
            )
            uploading = waits_during(
                running, f"{IMPORTS}/{imports[0]}", lambda: [create(running, body) for _ in imports]
            )
    note = f"a GET while {COUNT:,} rows are processed ({len(busy)} asked); the same GET, idle"
    yield Row("event loop, p99", "ms", _p99(busy), _p99(idle), most=MOST_MILLISECONDS, note=note)
    yield Row("event loop, longest", "ms", max(busy), max(idle), most=MOST_MILLISECONDS, note="likewise")
    note = f"a GET while the same file is uploaded ({len(uploading)} asked); likewise"
    yield Row("event loop, upload", "ms", max(uploading), max(idle), most=MOST_MILLISECONDS, note=note)


def waits_during(running: Sandbox, path: str, work: Callable[[], object]) -> list[float]:
    """Return how long each GET of `path` took, in milliseconds, while another thread does `work`.

    Raises what `work` raises.
    """
    waits: list[float] = []
    with http_client(running.port) as http, ThreadPoolExecutor(1) as worker, uncollected():
        http.get(path).raise_for_status()
        working = worker.submit(work)
        while not working.done() or not waits:
            started = perf_counter()
            http.get(path).raise_for_status()
            waits.append((perf_counter() - started) * 1000)
            sleep(PAUSE)
        working.result()
    return waits


@contextmanager
def uncollected() -> Generator[None]:
    """Keep garbage collection out of this process for a while: its pauses would count as the sandbox's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _p99(waits: list[float]) -> float:
    return quantiles(waits, n=100, method="inclusive")[98] if len(waits) > 1 else waits[0]
