"""The page over real HTTP on loopback: who gets the facts, who can answer, and what nobody is told."""

import json
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
import pytest

from preo_mcp.approval.ledgers.ledger import Ledger, LedgerError
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.approval.ways.page import MOST_BYTES, ApprovalPage
from preo_mcp.process import LOOPBACK, is_own_user
from preo_mcp.settings import Language, Way
from tests.approval.forgeries import FORGERIES
from tests.approval.memory_ledger import MemoryLedger
from tests.approval.ways.open_plans import LINES, PLAN_ID, Waiting, open_plan, told
from tests.web.sites import serving_routes


@dataclass(slots=True)
class Open:
    """A page that is served, and a browser that keeps to the rules unless told otherwise."""

    waiting: Waiting
    page: ApprovalPage
    url: str
    http: httpx.AsyncClient

    async def secret(self) -> str:
        address = await self.page.address(self.url, PLAN_ID)
        path, secret = address.split("#")
        assert path == f"{self.url}/approve/{PLAN_ID}"
        return secret

    async def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        mine = {"Origin": self.url, "Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return await self.http.post(f"/approve/{PLAN_ID}/{path}", content=json.dumps(body), headers=mine)

    async def nonce(self) -> str:
        return (await self.post("show", {"secret": await self.secret()})).json()["nonce"]

    async def state(self, path: str, **body: object) -> str:
        return (await self.post(path, body)).json()["state"]


@asynccontextmanager
async def opened(
    plan: Plan | None = None, ledger: Ledger | None = None, is_ours: Callable[[int, int], bool] = is_own_user
) -> AsyncGenerator[Open]:
    waiting = Waiting.of(plan or open_plan())
    page = ApprovalPage(ledger or waiting.ledger, Language.ENGLISH, waiting.clock, is_ours)
    async with anyio.create_task_group() as tasks:
        url = await tasks.start(serving_routes(page.routes()))
        async with httpx.AsyncClient(base_url=url) as http:
            yield Open(waiting, page, url, http)
        tasks.cancel_scope.cancel()


async def test_from_the_address_to_the_yes() -> None:
    async with opened(open_plan(typed="1,590.00 DKK")) as page:
        secret = await page.secret()
        document = await page.http.get(f"/approve/{PLAN_ID}")
        assert document.status_code == 200
        assert 'lang="en"' in document.text
        assert not [value for _, value in LINES if value in document.text]

        shown = (await page.post("show", {"secret": secret})).json()
        assert (shown["state"], shown["question"]) == ("open", "Request this refund?")
        assert told(shown) == list(LINES)
        assert await page.state("show", secret=secret) == "secret"  # replayed

        assert await page.state("answer", nonce=secret, answer=True, typed="1590") == "secret"
        assert await page.state("answer", nonce=shown["nonce"], answer=True, typed="1.59") == "typed"
        assert page.waiting.plan.state is PlanState.OPEN
        assert await page.state("answer", nonce=shown["nonce"], answer=True, typed="1590") == "approved"
        assert (page.waiting.plan.state, page.waiting.plan.approved_via) == (PlanState.APPROVED, Way.PAGE)
        assert await page.state("answer", nonce=shown["nonce"], answer=False) == "approved_before"
        assert await page.state("show", secret=shown["nonce"]) == "approved_before"


async def test_a_reloaded_page_goes_on_with_its_latest_secret() -> None:
    async with opened() as page:
        first = (await page.post("show", {"secret": await page.secret()})).json()
        reloaded = (await page.post("show", {"secret": first["again"]})).json()
        assert await page.state("answer", nonce=first["nonce"], answer=True) == "secret"
        assert await page.state("answer", nonce=reloaded["again"], answer=True) == "secret"
        assert await page.state("answer", nonce=reloaded["nonce"], answer=False) == "declined"


async def test_without_the_secret_nothing_is_told() -> None:
    async with opened() as page:
        await page.secret()
        for secret in ("wrong", "", None, 5, ["x"]):
            answer = await page.post("show", {"secret": secret})
            assert (answer.status_code, answer.json()["state"]) == (409, "secret")
            assert "Ida" not in answer.text
        unknown = "pln_ffffffffffffffffffffffff"
        headers = {"Origin": page.url, "Content-Type": "application/json"}
        missing = await page.http.post(f"/approve/{unknown}/show", content="{}", headers=headers)
        assert (missing.status_code, missing.json()["state"]) == (404, "unknown")
        assert (await page.http.get("/approve/pln_x")).status_code == 404
        assert page.waiting.plan.state is PlanState.OPEN


async def test_an_expired_question() -> None:
    async with opened() as page:
        nonce = await page.nonce()
        page.waiting.later(hours=1)
        answer = await page.post("answer", {"nonce": nonce, "answer": True})
        assert answer.json() == {
            "state": "expired",
            "message": "This question has expired.",
            "next": "Ask the assistant to make the call again.",
        }


async def test_others_are_kept_out() -> None:
    async with opened() as page:
        nonce = await page.nonce()
        port = page.url.rpartition(":")[2]
        yes = {"nonce": nonce, "answer": True}
        foreign: list[dict[str, str]] = [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": ""},
            {"Origin": "http://127.0.0.1:1"},
            {"Origin": f"https://127.0.0.1:{port}"},
            {"Origin": f"http://localhost:{port}"},
            {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}"},
            {"Host": f"127.0.0.1.evil.example:{port}", "Origin": f"http://127.0.0.1.evil.example:{port}"},
            {"Content_Type": "text/plain"},
            {"Content_Type": "application/x-www-form-urlencoded"},
        ]
        for headers in foreign:
            assert (await page.post("answer", yes, **headers)).status_code == 403, headers
        rebound = await page.http.get(f"/approve/{PLAN_ID}", headers={"Host": "evil.example"})
        assert rebound.status_code == 403
        form = await page.http.post(f"/approve/{PLAN_ID}/answer", data={"nonce": nonce, "answer": "true"})
        assert form.status_code == 403
        for name in ("GET", "PUT", "OPTIONS"):
            assert (await page.http.request(name, f"/approve/{PLAN_ID}/answer")).status_code == 405
        assert page.waiting.plan.state is PlanState.OPEN
        assert (await page.post("answer", yes)).status_code == 200


async def test_what_is_no_answer_changes_nothing() -> None:
    async with opened() as page:
        nonce = await page.nonce()
        bodies: tuple[object, ...] = (
            "",
            "yes",
            None,
            {},
            {"nonce": nonce},
            {"nonce": nonce, "answer": "true"},
            [nonce],
        )
        for body in bodies:
            forbidden = 403 if isinstance(body, dict) else 400
            assert (await page.post("answer", body)).status_code == forbidden, body
        assert (await page.post("answer", {"nonce": "x" * MOST_BYTES, "answer": True})).status_code == 403
        assert await page.state("answer", answer=True) == "secret"
        assert page.waiting.plan.state is PlanState.OPEN


async def test_every_answer_forbids_frames_caches_referrers_and_foreign_scripts() -> None:
    async with opened() as page:
        answers = [
            await page.http.get(f"/approve/{PLAN_ID}"),
            await page.http.get(f"/approve/{PLAN_ID}", headers={"Host": "evil.example"}),
            await page.post("show", {"secret": "wrong"}),
            await page.post("show", {"secret": await page.secret()}),
        ]
        for answer in answers:
            policy = answer.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert "access-control-allow-origin" not in answer.headers
            assert "set-cookie" not in answer.headers


async def test_what_customers_wrote_arrives_as_data() -> None:
    lines = tuple((f"Name {number}", text.encode("utf-8", "replace").decode()) for number, text in enumerate(FORGERIES))
    async with opened(open_plan(lines=lines)) as page:
        document = (await page.http.get(f"/approve/{PLAN_ID}")).text
        answer = await page.post("show", {"secret": await page.secret()})
        assert answer.headers["content-type"] == "application/json"
        assert told(answer.json()) == list(lines)
        assert "Ida" not in document


def nobody(_client: int, _server: int) -> bool:
    return False


async def test_another_user_of_the_computer_is_refused(tmp_path: Path) -> None:
    async with opened(is_ours=nobody) as page:
        refused = await page.http.get(f"/approve/{PLAN_ID}")
        assert refused.status_code == 403
        assert refused.text.startswith("Nothing was shown or answered · this page is for the user who runs preo-mcp · ")
        assert (await page.post("show", {"secret": await page.secret()})).status_code == 403
    table = tmp_path / "tcp"
    row = "  1: 0100007F:{:04X} 0100007F:{:04X} {} 00000000:00000000 00:00000000 00000000 {:5} 0 {} 1\n"
    me, other, inode, established, time_wait = os.getuid(), os.getuid() + 1, 4711, "01", "06"
    rows = [
        (40000, 8765, established, other, inode),
        (40001, 8765, established, me, inode),
        (8765, 40002, established, me, inode),
        (40003, 8765, time_wait, me, inode),
        (40004, 8765, established, me, 0),
    ]
    table.write_text("header\n" + "".join(row.format(*one) for one in rows))
    assert not is_own_user(40000, 8765, (table,))
    assert is_own_user(40001, 8765, (table,))
    assert not is_own_user(40002, 8765, (table,)), "the server's own end says nothing about the client"
    assert not is_own_user(40003, 8765, (table,)), "a connection that is over is nobody's"
    assert not is_own_user(40004, 8765, (table,)), "a socket without a process is nobody's"
    assert is_own_user(40000, 8765, (tmp_path / "none",)), "where the system does not tell, the secret decides"


class Broken(MemoryLedger):
    async def get(self, plan_id: str) -> Plan | None:
        raise LedgerError("Nothing was run", "the disk is full", "Free it.")


async def test_a_ledger_that_cannot_be_read_is_said() -> None:
    async with opened(ledger=Broken()) as page:
        answer = await page.post("show", {"secret": "any"})
        assert (answer.status_code, answer.json()["message"]) == (503, "Nothing was run · the disk is full · Free it.")


async def test_it_listens_on_loopback_and_stops_when_cancelled() -> None:
    async with opened() as page:
        assert page.url.startswith(f"http://{LOOPBACK}:")
        assert (await page.http.get("/")).status_code == 404
        url = page.url
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{url}/approve/{PLAN_ID}")


async def test_a_ticket_opens_the_page_once_and_carries_no_secret() -> None:
    async with opened() as page:
        ticket = await page.page.ticket(page.url, PLAN_ID)
        assert "#" not in ticket
        led = await page.http.get(ticket.removeprefix(page.url))
        assert led.status_code == 303
        path, _, secret = led.headers["location"].partition("#")
        assert path == f"/approve/{PLAN_ID}"
        assert secret not in ticket
        assert await page.state("show", secret=secret) == "open"
        assert (await page.http.get(ticket.removeprefix(page.url))).status_code == 409
    async with opened(is_ours=nobody) as page:
        ticket = await page.page.ticket(page.url, PLAN_ID)
        assert (await page.http.get(ticket.removeprefix(page.url))).status_code == 403


async def test_what_cannot_be_read_is_a_bad_request() -> None:
    async with opened() as page:
        for host in ("[::1", "127.0.0.1:x", "a@127.0.0.1"):
            assert (await page.http.get(f"/approve/{PLAN_ID}", headers={"Host": host})).status_code == 400, host
        headers = {"Origin": page.url, "Content-Type": "application/json"}
        deep = "[" * 8000 + "]" * 8000
        for body in (deep, "{", "5"):
            answer = await page.http.post(f"/approve/{PLAN_ID}/answer", content=body, headers=headers)
            assert answer.status_code == 400, body[:10]


async def test_nobody_speaks_for_another_connection(tmp_path: Path) -> None:
    ports: list[int] = []

    def seen(client: int, _server: int) -> bool:
        ports.append(client)
        return True

    async with opened(is_ours=seen) as page:
        await page.http.get(f"/approve/{PLAN_ID}", headers={"X-Forwarded-For": "127.0.0.1:1", "X-Forwarded-Proto": "x"})
    assert ports[0] > 1
