"""`python -m benchmarks.kills`: imports killed at random moments, and whether each completes with exact counts.

Each run starts a sandbox on a folder of its own, drives an import through the HTTP API, kills the process (SIGKILL) at
a random moment, starts it again on the same folder and drives on. Bounded in runs and time; loopback only.
"""

import argparse
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.export_files import write_csv
from benchmarks.importing import EDITION, IMPORTS, JSON, create_body
from benchmarks.processes import await_port, end, free_port, http_client, preo_mcp, scratch_folder
from preo_mcp.api.models.data_imports import Stage

ROWS = 20_000
RUN_SECONDS = 60.0
PAUSE_SECONDS = 0.01
STATE = "/__sandbox/state"
COUNTED = ("customers", "orders", "purchases", "turnover")

Counts = dict[str, int]


@dataclass(slots=True)
class Server:
    """A sandbox on a folder, which can be killed and started again."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    starts: int = 1

    @classmethod
    def started(cls, folder: Path) -> "Server":
        """Start a sandbox on `folder`."""
        port = free_port()
        return cls(folder, port, _spawn(folder, port))

    def again(self) -> None:
        """Start it again after it was killed."""
        self.process.wait()
        self.process = _spawn(self.folder, self.port)
        self.starts += 1


def main() -> None:
    """Run, print a line per run and a summary; exit with 1 where an import did not complete exactly."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    wrong = kill_runs(parsed.runs, parsed.seed)
    print(f"{parsed.runs} runs, {wrong} wrong")
    sys.exit(1 if wrong else 0)


def kill_runs(runs: int, seed: int) -> int:
    """Do `runs` interrupted imports; return how many did not end like an uninterrupted one."""
    draws = random.Random(seed)
    with scratch_folder() as folder:
        write_csv(folder / "orders.csv", ROWS)
        body = create_body(folder / "orders.csv")
        expected, _, length = one_run(folder / "whole", body, None)
        print(f"uninterrupted in {length:.2f} s: {expected}")
        wrong = 0
        for run in range(runs):
            moment, starts, attempt, counts = draws.uniform(0, length), 1, 0, expected
            while starts == 1:  # the import was over before its time had come: again, earlier
                counts, starts, _ = one_run(folder / f"run-{run}-{attempt}", body, moment)
                wrong += counts != expected
                moment, attempt = moment / 2, attempt + 1
            verdict = "exact" if counts == expected else f"WRONG: {counts} instead of {expected}"
            print(f"run {run + 1:3}: killed after {moment * 2:5.2f} s, {verdict}", flush=True)
    return wrong


def one_run(folder: Path, body: bytes, moment: float | None) -> tuple[Counts, int, float]:
    """Drive one import to its end, killed `moment` seconds in.

    Returns what it added to the edition, how often the sandbox was started, and the seconds from first to last step.
    """
    server = Server.started(folder)
    try:
        with http_client(server.port) as http:
            before = _counts(http)
            timer = threading.Timer(moment, server.process.kill) if moment is not None else None
            if timer is not None:
                timer.start()
            began = time.monotonic()
            _drive(server, http, body)
            seconds = time.monotonic() - began
            if timer is not None:
                timer.cancel()
            after = _counts(http)
    finally:
        end(server.process)
    return {name: after[name] - before[name] for name in COUNTED}, server.starts, seconds


def _drive(server: Server, http: httpx.Client, body: bytes) -> None:
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        try:
            if _step(http, body):
                return
        except httpx.TransportError:
            server.again()
        time.sleep(PAUSE_SECONDS)
    raise TimeoutError(f"an import did not complete within {RUN_SECONDS} s")


def _step(http: httpx.Client, body: bytes) -> bool:
    """Do what the import's stage calls for; return whether it is completed."""
    found: list[dict[str, Any]] = http.get(IMPORTS).raise_for_status().json()["results"]
    if not found:
        http.post(IMPORTS, content=body, headers=JSON).raise_for_status()
        return False
    path, stage = f"{IMPORTS}/{found[0]['id']}", Stage(found[0]["stage"])
    if stage is Stage.FAILED:
        raise RuntimeError(f"the import failed: {found[0]['error_message']}")
    if stage is Stage.NEEDS_COLUMN_MAPPING and not found[0]["processing"]:
        http.post(f"{path}/process-mappings").raise_for_status()
    if stage is Stage.NEEDS_PRODUCT_MAPPING:
        http.post(f"{path}/start-import?ignore_warnings=true").raise_for_status()
    return stage is Stage.COMPLETED


def _counts(http: httpx.Client) -> Counts:
    return http.get(STATE).raise_for_status().json()["editions"][EDITION]


def _spawn(folder: Path, port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(preo_mcp("sandbox", "serve", "--port", str(port), "--data", str(folder)))
    await_port(process, port)
    return process


if __name__ == "__main__":
    main()
