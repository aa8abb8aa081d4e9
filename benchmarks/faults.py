"""`python -m benchmarks.faults`: refunds and sends while connections break and servers are killed.

A sandbox on loopback lets requests fail in every way there is. Hosts of both protocol eras, whose person says yes,
request refunds and send campaigns through preo-mcp; its processes are killed (SIGKILL) at random moments, and the
identical call is made again until an outcome is reported. Then each report is checked against the sandbox's records.
With `--replicas` each host's servers are several behind a balancer, and the Redis that they share is killed too.
Bounded in calls and time; loopback only.
"""

import argparse
import os
import random
import re
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from benchmarks.fault_hosts import ERAS, Host, Job, Place
from benchmarks.fault_places import OneProcess, Replica, Replicas
from benchmarks.fault_reports import Reported
from benchmarks.fault_truth import await_quiet, effects, messages_sent_twice, refunds_wanted, sends_wanted
from benchmarks.processes import TOKEN, Sandbox, sandbox, scratch_folder
from benchmarks.redis_server import RedisServer, redis_server
from preo_mcp.api.operations import CREATE_PURCHASE_REFUND, SEND_CAMPAIGN
from preo_mcp.files.keys import KEY_BYTES
from preo_mcp.sandbox.faults import FaultKind
from preo_mcp.serving import bearer_of
from preo_mcp.settings import PREFIX, Settings

FAULTS = "/__sandbox/faults"
RUN_SECONDS = 3_600.0
READ_TIMEOUT, TIME_BUDGET = 1.5, 6.0
SLOW_SECONDS = 2.5
"""Longer than the server waits for an answer: a slow one is a lost one, and a slow_before takes effect afterwards."""

WRITE_SHARES = {
    FaultKind.DROP_BEFORE: 0.06,
    FaultKind.DROP_AFTER: 0.08,
    FaultKind.ERROR_BEFORE: 0.04,
    FaultKind.ERROR_AFTER: 0.06,
    FaultKind.THROTTLE: 0.03,
    FaultKind.SLOW_BEFORE: 0.03,
    FaultKind.SLOW: 0.03,
    FaultKind.TRUNCATED: 0.06,
}
READ_SHARES = {
    FaultKind.DROP_BEFORE: 0.02,
    FaultKind.ERROR_BEFORE: 0.02,
    FaultKind.THROTTLE: 0.01,
    FaultKind.SLOW: 0.005,
    FaultKind.TRUNCATED: 0.01,
}
"""Shares of the requests that each kind strikes, of the two writes and of all reads."""
TAKES_SECONDS = {FaultKind.SLOW: SLOW_SECONDS, FaultKind.SLOW_BEFORE: SLOW_SECONDS}

COLUMNS = ("", "calls", "happened", "did not", "unknown", "double", "lost", "untruthful", "unknown, knowable")


def main() -> None:
    """Run, print the tables and what went wrong; exit with 1 where something did."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--refunds", type=int, default=1_000)
    parser.add_argument("--sends", type=int, default=200)
    parser.add_argument("--kills", type=int, default=200, help="how often a server is killed, all together")
    parser.add_argument("--replicas", type=int, default=0, help="servers behind a balancer; 0 for one over stdio")
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    with scratch_folder() as folder:
        wrong = fault_run(folder, parsed.refunds, parsed.sends, parsed.kills, parsed.seed, parsed.replicas)
    sys.exit(1 if wrong else 0)


@dataclass(frozen=True, slots=True)
class Lane:
    """A host and its sandbox."""

    host: Host
    running: Sandbox
    folder: Path

    def note_effects(self) -> None:
        """Note on each job how often it took effect, once nothing is on its way."""
        await_quiet(self.folder)
        found = effects(self.folder, [job.wanted for job in self.host.jobs])  # ids repeat from sandbox to sandbox
        for job in self.host.jobs:
            job.effects = found[job.wanted.subject]

    def struck(self) -> Counter[str]:
        """Return how many requests each kind of fault struck."""
        found: list[dict[str, Any]] = self.running.http.get(FAULTS).raise_for_status().json()
        struck = Counter[str]()
        for rule in found:
            struck[f"{rule['kind']} of {'reads' if 'writes' in rule else 'writes'}"] += rule["struck"]
        return struck


def fault_run(folder: Path, refunds: int, sends: int, kills: int, seed: int, replicas: int = 0) -> int:
    """Do the run; return how many calls had an effect or a report that they must not have."""
    with ExitStack() as stack:
        lanes: list[Lane] = []
        redis = stack.enter_context(redis_server(folder / "redis")) if replicas else None
        striking = anyio.Lock()
        for number, era in enumerate(ERAS):
            data = folder / f"sandbox-{era}"
            running = stack.enter_context(sandbox(data))
            wanted = refunds_wanted(data, refunds)[number :: len(ERAS)]
            wanted += sends_wanted(running.http, len(range(number, sends, len(ERAS))))
            running.http.post(FAULTS, json=rules(seed + number)).raise_for_status()
            draws = random.Random(f"{era} {seed}")
            own = folder / era
            own.mkdir()
            place: Place = OneProcess(_environment(running.url) | {"PREO_STATE_FOLDER": str(folder / "state")}, own)
            if redis is not None:
                place = _replicas(redis, running.url, own, replicas, draws, striking)
            jobs = [Job(one) for one in draws.sample(wanted, len(wanted))]
            lanes.append(Lane(Host(era, running.url, place, draws, jobs, kills // len(ERAS)), running, data))
        began = time.monotonic()
        anyio.run(_work, [lane.host for lane in lanes])
        seconds = time.monotonic() - began
        time.sleep(SLOW_SECONDS)  # what was on its way when the last call ended
        for lane in lanes:
            lane.note_effects()
        twice = sum(messages_sent_twice(lane.folder) for lane in lanes)
        if redis is not None:
            print(f"Redis was started {redis.starts} times")
        return _told(lanes, twice, seconds)


def rules(seed: int) -> list[dict[str, Any]]:
    """Return the faults of a run, as the control plane takes them; each rule draws for itself."""
    about: list[tuple[dict[str, Any], dict[FaultKind, float]]] = [
        ({"operation": CREATE_PURCHASE_REFUND.title}, WRITE_SHARES),
        ({"operation": SEND_CAMPAIGN.title}, WRITE_SHARES),
        ({"writes": False}, READ_SHARES),
    ]
    found: list[dict[str, Any]] = []
    for which, shares in about:
        for kind, share in shares.items():
            rule = {"kind": kind, **which, "probability": share, "seed": 1000 * seed + len(found)}
            found.append(rule | ({"seconds": TAKES_SECONDS[kind]} if kind in TAKES_SECONDS else {}))
    return found


def _environment(url: str) -> dict[str, str]:
    """Return that of a server before a sandbox; all servers of a person share one state folder, or one Redis."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
        "PREO_BASE_URL": url,
        "PREO_TOKEN": TOKEN,
        "PREO_APPROVE_VIA": "elicitation",
        "PREO_READ_TIMEOUT": str(READ_TIMEOUT),
        "PREO_TIME_BUDGET": str(TIME_BUDGET),
    }


def _replicas(
    redis: RedisServer, url: str, folder: Path, count: int, draws: random.Random, striking: anyio.Lock
) -> Replicas:
    """Return servers on one Redis and with one key, each with a state folder of its own."""
    key_file = redis.folder / "key"
    if not key_file.exists():
        key_file.touch(0o600)
        key_file.write_text(secrets.token_hex(KEY_BYTES))
    environment = _environment(url) | {"PREO_LEDGER_URL": redis.url, "PREO_KEY_FILE": str(key_file)}
    servers = [Replica(environment, folder / f"replica-{number}") for number in range(count)]
    bearer = bearer_of(Settings(sandbox=True, key_file=key_file))
    return Replicas(servers, redis, bearer, draws, striking)


async def _work(hosts: Sequence[Host]) -> None:
    with anyio.fail_after(RUN_SECONDS):
        async with AsyncExitStack() as stack:
            for host in hosts:
                if isinstance(host.place, Replicas):
                    await stack.enter_async_context(host.place.running())
            async with anyio.create_task_group() as tasks:
                for host in hosts:
                    tasks.start_soon(host.work)


def _told(lanes: Sequence[Lane], messages_twice: int, seconds: float) -> int:
    """Print what was reported next to what is, and return how many calls went wrong."""
    jobs = [job for lane in lanes for job in lane.host.jobs]
    rows, wrong = list[tuple[str, ...]]([COLUMNS]), list[str]()
    for tool in sorted({job.wanted.tool for job in jobs}):
        mine = [job for job in jobs if job.wanted.tool == tool]
        counts = Counter(_verdict(job) for job in mine)
        outcomes = Counter(job.outcome for job in mine)
        told = (outcomes[Reported.HAPPENED], outcomes[Reported.DID_NOT_HAPPEN], outcomes[Reported.UNKNOWN])
        figures = (len(mine), *told, *(counts[verdict] for verdict in WRONG))
        rows.append((tool, *(f"{figure:,}" for figure in figures)))
        wrong += _described(mine)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *cells in rows:
        print(
            name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)), sep="  "
        )
    print(f"messages that somebody got twice: {messages_twice}")
    print(_circumstances(lanes, jobs, seconds))
    refusals = Counter(_anonymous(job) for job in jobs if job.outcome is not Reported.HAPPENED)
    print(*(f"{count:,} × {text}" for text, count in refusals.most_common(MOST_TEXTS)), sep="\n")
    print(*wrong, sep="\n")
    return len(wrong) + messages_twice


def _circumstances(lanes: Sequence[Lane], jobs: Sequence[Job], seconds: float) -> str:
    struck = sum((lane.struck() for lane in lanes), Counter[str]())
    figures = {
        "seconds": round(seconds),
        "calls made": sum(job.attempts for job in jobs),
        "questions": sum(job.questions for job in jobs),
        "kills in a call": sum(len(job.killed) for job in jobs),
        "server starts": sum(lane.host.place.starts for lane in lanes),
        "unknown at some time": sum(Reported.UNKNOWN in job.reports for job in jobs),
        **struck,
    }
    return ", ".join(f"{name} {figure:,}" for name, figure in figures.items())


SHOWN = 300
"""Characters of a result's text that are printed."""
MOST_TEXTS = 20
WRONG = ("double", "lost", "untruthful", "knowable")


def _verdict(job: Job) -> str | None:
    """Return what is wrong with a call that took effect `effects` times, None where nothing is."""
    match job.outcome:
        case _ if job.effects > 1:
            return "double"
        case None:
            return "lost"
        case _ if job.denied:
            return "untruthful"
        case Reported.HAPPENED | Reported.DID_NOT_HAPPEN:
            return None if (job.effects == 1) is (job.outcome is Reported.HAPPENED) else "untruthful"
        case _:
            return None if job.excuses else "knowable"


def _anonymous(job: Job) -> str:
    """Return how a call was refused at last, without what differs from call to call."""
    return re.sub(r"\S*\d\S*", "…", job.last_text.replace(job.wanted.subject, "…"))[:SHOWN]


def _described(jobs: Sequence[Job]) -> Iterator[str]:
    for job in jobs:
        if verdict := _verdict(job):
            reports = " → ".join(job.reports) or "none"
            text = f"{verdict}: {job.wanted.subject} took effect {job.effects} times, reported {reports}"
            yield f"{text}; writes {'; '.join(job.trail)}: {' '.join(job.last_text.split())[:SHOWN]}"


if __name__ == "__main__":
    main()
