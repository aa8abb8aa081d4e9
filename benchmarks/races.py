"""`python -m benchmarks.races`: a campaign is sent while another client changes what it sends, or to whom.

One client sends a draft, and a person says yes to what they are shown. At that moment another client changes the
message, the campaign or the segment, which nobody has to be asked about as long as it is a draft. What the sandbox then
sent, and to whom, is held against what the person was shown last. The clients are two of one server, or of two server
processes; their ledger is a file, or a Redis that is started for it. Everything is on loopback.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import anyio
import httpx
from anyio.abc import TaskGroup
from mcp import Client, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp.client.stdio import stdio_client
from mcp.types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from benchmarks.processes import LOOPBACK, TOKEN, await_port, end, free_port, sandbox, scratch_folder
from benchmarks.table import NotMeasuredError
from preo_mcp.backend import Backend, Factories
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
from preo_mcp.server import build_server
from preo_mcp.settings import PREFIX, Settings

ORGANIZATION: Final = "org_nordlys"
EDITION: Final = "edt_nordlys27"
KINDS: Final = ("message", "campaign's message", "campaign's segment", "segment")
SQLITE, REDIS = "SQLite", "Redis"
LEDGERS: Final = (SQLITE, REDIS)
WAIT_SECONDS: Final = 30.0
APART: Final = 0.03
"""Seconds before and after the yes within which the other client begins: about what a commit takes."""
OVER: Final = ("draft", "sent", "failed", "cancelled")
LAUNCH: Final = "from preo_mcp.cli import main; main([])"

SUBJECT: Final = re.compile(r"^Subject: “?(.*?)”?$", re.MULTILINE)
PICKED: Final = re.compile(r"^Condition: .*== '([^']+)'", re.MULTILINE)


@dataclass
class Sender:
    """Who says yes, and remembers what they were shown; that they read it is told."""

    shown: str = ""
    asked: int = 0
    hesitates: float = 0
    reads: anyio.Event = field(default_factory=anyio.Event)

    async def answer(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """Agree to a question."""
        del context  # the client gives it by position to a parameter of this name
        self.shown, self.asked = params.message, self.asked + 1
        self.reads.set()
        await anyio.sleep(self.hesitates)
        if not isinstance(params, ElicitRequestFormParams):
            return ElicitResult(action="decline")
        shapes: dict[str, Any] = params.requested_schema["properties"]
        return ElicitResult(action="accept", content={n: True for n, s in shapes.items() if s.get("type") == "boolean"})


async def _decline(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    del context, params
    return ElicitResult(action="decline")


@dataclass(slots=True)
class Pair:
    """Two connected clients, and the sandbox's API past them."""

    sending: Client
    other: Client
    sender: Sender
    api: httpx.AsyncClient

    async def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Call the API as somebody in Preo itself."""
        answer = await self.api.request(method, f"/v1{path}", json=body)
        if not answer.is_success:
            raise NotMeasuredError(f"{method} {path}: {answer.text}")
        return answer.json()

    async def until(self, path: str, statuses: tuple[str, ...]) -> dict[str, Any]:
        """Return an object once its status is one of these."""
        with anyio.fail_after(WAIT_SECONDS):
            while (found := await self.call("GET", path))["status"] not in statuses:  # noqa: ASYNC110 - no sign
                await anyio.sleep(0.01)
        return found


@dataclass(slots=True)
class Made:
    """What a round is made of: two messages and two segments, of which the first are the campaign's."""

    campaign_id: str
    messages: tuple[str, str]
    segments: tuple[str, str]
    other_condition: str


@dataclass(slots=True)
class Tally:
    """What came of the rounds."""

    rounds: int = 0
    found: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])


async def race(pair: Pair, kind: str, number: int, delay: float, tally: Tally) -> None:
    """Do one round, and count what came of it; the other client begins `delay` seconds after the yes."""
    made = await _made(pair, number)
    pair.sender.asked, pair.sender.hesitates, pair.sender.reads = 0, max(0, -delay), anyio.Event()
    told: dict[str, Any] = {}

    async def change() -> None:
        await pair.sender.reads.wait()
        await anyio.sleep(max(0, delay))
        told["change"] = await pair.other.call_tool(*_change(kind, number, made))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(change)
        told["send"] = await pair.sending.call_tool("send_campaign", {"campaign_id": made.campaign_id})
        pair.sender.reads.set()
    await pair.until(f"/campaigns/{made.campaign_id}", OVER)
    answer = await pair.api.get("/__sandbox/outbox", params={"campaign_id": made.campaign_id})
    sent = {(one["subject"], one["address"]) for one in answer.raise_for_status().json()}
    tally.rounds += 1
    tally.found["sent" if sent else "not sent"] += 1
    tally.found["changed first, asked again"] += pair.sender.asked > 1
    tally.found["change waited and was asked about"] += bool(told["change"].is_error)
    if sent and sent != {_shown(pair.sender.shown)}:
        tally.wrong.append(f"{kind}: shown {_shown(pair.sender.shown)}, sent {sorted(sent)}")
    if "not what was used" in str(told["send"].structured_content):
        tally.wrong.append(f"{kind}: the server itself says that something else was used")


def _shown(question: str) -> tuple[str, str]:
    subject, picked = SUBJECT.search(question), PICKED.search(question)
    if subject is None or picked is None:
        raise NotMeasuredError(f"The question does not show what is sent to whom: {question}")
    return subject[1], picked[1]


async def _made(pair: Pair, number: int) -> Made:
    page = await pair.call("GET", f"/users?organization_id={ORGANIZATION}&page={number + 1}&page_size=2")
    conditions = [f"user.email == '{one['email']}'" for one in page["results"]]
    messages = [await _message(pair, f"{word} {number}") for word in ("Approved", "Another")]
    segments = [await _segment(pair, condition) for condition in conditions]
    body = {
        "organization_id": ORGANIZATION,
        "edition_id": EDITION,
        "name": f"Race {number}",
        "channel": "email",
        "segment_id": segments[0],
        "email_message_id": messages[0],
    }
    campaign_id = (await pair.call("POST", "/campaigns", body))["id"]
    return Made(campaign_id, (messages[0], messages[1]), (segments[0], segments[1]), conditions[1])


async def _message(pair: Pair, subject: str) -> str:
    blocks = [{"type": "text", "text": subject}]
    body = {"organization_id": ORGANIZATION, "title": subject, "type": "campaign", "subject": subject, "blocks": blocks}
    return (await pair.call("POST", "/email-messages", body))["id"]


async def _segment(pair: Pair, condition: str) -> str:
    body = {"organization_id": ORGANIZATION, "name": "One", "condition": condition}
    key = (await pair.call("POST", "/segments", body))["id"]
    await pair.call("POST", f"/segments/{key}/recalculate")
    await pair.until(f"/segments/{key}", ("completed",))
    return key


def _change(kind: str, number: int, made: Made) -> tuple[str, dict[str, Any]]:
    match kind:
        case "message":
            blocks = [{"type": "text", "text": "Something else"}]
            change = {"subject": f"Something else {number}", "blocks": blocks}
            return "update_email_message", {"email_message_id": made.messages[0], **change}
        case "segment":
            return "update_segment", {"segment_id": made.segments[0], "condition": made.other_condition}
        case "campaign's segment":
            return "update_campaign", {"campaign_id": made.campaign_id, "segment_id": made.segments[1]}
        case _:
            return "update_campaign", {"campaign_id": made.campaign_id, "email_message_id": made.messages[1]}


@asynccontextmanager
async def two_clients(folder: Path, ledger_url: str | None) -> AsyncGenerator[Pair]:
    """Connect two clients to two servers in this process, before one sandbox."""
    transports: list[httpx.AsyncBaseTransport] = []

    @asynccontextmanager
    async def client_of(settings: Settings, tasks: TaskGroup) -> AsyncGenerator[PreoClient]:
        if not transports:
            transports.append(await tasks.start(run_sandbox, folder))
        client = PreoClient(Connection.of(settings, SANDBOX_URL), transport=transports[0])
        yield client
        await client.aclose()

    flags: dict[str, Any] = {"sandbox": True, "sandbox_data": folder, "state_folder": folder / "state"}
    settings = Settings.load({}, flags | ({"ledger_url": ledger_url} if ledger_url else {}))
    sender = Sender()
    async with AsyncExitStack() as stack:
        clients: list[Client] = []
        for answer in (sender.answer, _decline):
            backend = await stack.enter_async_context(Backend.opened(settings, Factories(client=client_of)))
            await backend.client()
            host = Client(build_server(settings, backend), mode="auto", elicitation_callback=answer)
            clients.append(await stack.enter_async_context(host))
        headers = {"Authorization": f"Bearer {settings.sandbox_token}"}
        api = httpx.AsyncClient(transport=transports[0], base_url=SANDBOX_URL, headers=headers)
        yield Pair(clients[0], clients[1], sender, api)


@asynccontextmanager
async def two_processes(folder: Path, ledger_url: str | None) -> AsyncGenerator[Pair]:
    """Connect a client each to two server processes, before a sandbox that is a third."""
    with sandbox(folder / "data") as served:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | {
            "PREO_BASE_URL": served.url,
            "PREO_TOKEN": TOKEN,
            "PREO_STATE_FOLDER": str(folder / "state"),
            "PREO_APPROVE_VIA": "elicitation",
            **({"PREO_LEDGER_URL": ledger_url} if ledger_url else {}),
        }
        command = StdioServerParameters(command=sys.executable, args=["-c", LAUNCH], env=environment, cwd=folder)
        sender = Sender()
        async with AsyncExitStack() as stack:
            log = stack.enter_context((folder / "servers.log").open("a", encoding="utf-8"))
            clients: list[Client] = []
            for answer in (sender.answer, _decline):
                host = Client(stdio_client(command, errlog=log), mode="auto", elicitation_callback=answer)
                clients.append(await stack.enter_async_context(host))
            headers = {"Authorization": f"Bearer {TOKEN}"}
            api = httpx.AsyncClient(base_url=served.url, headers=headers, trust_env=False, timeout=WAIT_SECONDS)
            yield Pair(clients[0], clients[1], sender, await stack.enter_async_context(api))


WHO: Final = {"two clients": two_clients, "two processes": two_processes}


@contextmanager
def redis_server(folder: Path) -> Generator[str]:
    """Run a Redis on a free port of loopback until the end of the block, and yield its address.

    Raises:
        NotMeasuredError: it is not installed, or did not come up.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise NotMeasuredError("redis-server is not installed")
    port = free_port()
    command = [program, "--port", str(port), "--bind", LOOPBACK, "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        await_port(process, port)
        yield f"redis://{LOOPBACK}:{port}/0"
    finally:
        end(process)


async def run(who: str, ledger_url: str | None, folder: Path, rounds: int, draws: random.Random) -> Tally:
    """Do so many rounds, of each kind in turn."""
    tally = Tally()
    async with WHO[who](folder, ledger_url) as pair:
        for number in range(rounds):
            kind = KINDS[number % len(KINDS)]
            await race(pair, kind, number, draws.uniform(-APART, APART), tally)
    return tally


def measured(who: str, ledger: str, rounds: int, seed: int) -> Tally:
    """Do the rounds on a ledger of that kind.

    Raises:
        NotMeasuredError: something for it is not installed, or did not come up.
    """
    draws = random.Random(seed)
    with scratch_folder() as folder:
        if ledger == SQLITE:
            return anyio.run(run, who, None, folder, rounds, draws)
        with redis_server(folder) as url:
            return anyio.run(run, who, url, folder, rounds, draws)


def lines(who: str, ledger: str, tally: Tally, seconds: float) -> Iterator[str]:
    """Yield what came of the rounds."""
    found = ", ".join(f"{name} {count}" for name, count in sorted(tally.found.items()))
    wrong = f"{len(tally.wrong)} of anything else"
    yield f"{who:<14} {ledger:<7} {tally.rounds:>4} rounds  {wrong}  ({found}; {seconds:.0f} s)"
    yield from (f"    {one}" for one in tally.wrong)


def main() -> None:
    """Run and print a line for each pair and ledger; exit with 1 where anything was sent but what was shown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.races", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--who", choices=list(WHO), action="append", help="two clients of one process, or two processes"
    )
    parser.add_argument("--ledger", choices=LEDGERS, action="append")
    parsed = parser.parse_args()
    wrong = 0
    for who in parsed.who or WHO:
        for ledger in parsed.ledger or LEDGERS:
            began = time.monotonic()
            tally = measured(who, ledger, parsed.rounds, parsed.seed)
            wrong += len(tally.wrong)
            print("\n".join(lines(who, ledger, tally, time.monotonic() - began)), flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
