"""An import settled by hand over real HTTP: what each step does, whose rules hold, and what nobody else can do."""

import csv
import io
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import anyio
import httpx
import pytest
from mcp import Client

from preo_mcp.approval.guardrails import Guardrails
from preo_mcp.approval.ledgers.ledger import Ledger
from preo_mcp.approval.plans import PlanState
from preo_mcp.approval.ways.answering import answer, exchange
from preo_mcp.backend import Backend, Factories
from preo_mcp.by_hand.desk import ATTENDED
from preo_mcp.by_hand.shown import shown
from preo_mcp.server import build_server
from preo_mcp.settings import Settings, Way
from preo_mcp.tools.workflows.kept_exports import exports_of
from tests.door import EDITION, HASTY, ORDERS, Door, WatchedClock, open_door
from tests.receiving.by_hand import Opened
from tests.receiving.drop_world import hosted
from tests.receiving.test_upload_card import encoded, opened, step

STEPS: Final = ("editions", "settle", "rows", "start", "asked", "progress", "hand_over")
TSHIRT: Final = "products.NF-POSTER: prd_n27_tshirt"


class Page(Opened):
    """An upload's page with its file in it."""

    async def asks(self, do: str, **asked: Any) -> httpx.Response:
        return await self.post("import", {"secret": self.secret, "asked": {"do": do, **asked}})

    async def does(self, do: str, **asked: Any) -> dict[str, Any]:
        answered = await self.asks(do, **asked)
        assert answered.status_code == 200, answered.text
        return answered.json()


@asynccontextmanager
async def page_of(door: Door, text: str = ORDERS, name: str = "orders.csv") -> AsyncGenerator[Page]:
    receiver = door.backend.receiver
    async with httpx.AsyncClient(timeout=30) as http:
        page = await Page.at(http, await receiver.address((await receiver.uploads.ask()).id))
        assert isinstance(page, Page)
        await page.put_in(text.encode(), name)
        yield page


@pytest.fixture
async def door(tmp_path: Path) -> AsyncGenerator[Door]:
    async with open_door(tmp_path, "auto") as made:
        yield made


@pytest.fixture
async def page(door: Door) -> AsyncGenerator[Page]:
    async with page_of(door) as made:
        yield made


async def says_yes(door: Door, address: str) -> None:
    plan_id, _, secret = address.rpartition("/")[2].partition("#")
    ledger: Ledger = door.backend.guardrails.ledger
    now = door.backend.guardrails.timing.now()
    question = await exchange(ledger, plan_id, secret, now)
    plan = await answer(ledger, plan_id, question.nonce, yes=True, typed=None, via=Way.PAGE, now=now)
    assert plan.state is PlanState.APPROVED


def audited(door: Door) -> list[tuple[str, str]]:
    [trail] = (door.backend.settings.state_folder).rglob("audit*.jsonl")
    lines = [json.loads(line) for line in trail.read_text(encoding="utf-8").splitlines()]
    return [(one["tool"], one["outcome"]) for one in lines]


async def test_from_the_drop_to_the_completed_import(door: Door, page: Page) -> None:
    before = door.written()
    found = await page.does("editions", search="Aalborg")
    assert [one["id"] for one in found["editions"]] == [EDITION]
    view = await page.does("settle", edition_id=EDITION, settle=[])
    assert [one["key"] for one in view["decisions"] if one["is_open"]] == ["products"]
    assert view["totals"]["file"] == {"orders": 3, "pieces": 10, "amount": "2920.00 DKK"}
    assert view["import_id"] is None
    assert (await door.done("list_data_imports"))["total"] == 0, "nothing is uploaded while a decision is open"
    early = await page.does("start")
    assert early["message"].startswith("The import was not started · something is still to be decided")
    view = await page.does("settle", settle=[TSHIRT])
    assert [one["key"] for one in view["decisions"] if one["is_open"]] == []
    assert view["totals"]["difference"] == {"orders": 0, "pieces": 0, "amount": ""}
    assert view["stage"] == "needs_product_mapping"
    asked = await page.does("start")
    assert asked["state"] == "asked"
    assert (await page.does("asked"))["plan_state"] == "open"
    assert door.written() == before
    await says_yes(door, asked["address"])
    assert (await page.does("asked"))["plan_state"] == "approved"
    assert door.written() == before, "a yes alone starts nothing"
    done = await page.does("start")
    while done["stage"] == "importing":
        done = await page.does("progress")
    assert done["stage"] == "completed"
    assert done["outcome"]["written"] == "3 orders, 10 pieces, 2920.00 DKK"
    assert door.written()[1] == before[1] + 3
    assert await page.does("start") == done, "starting twice tells what came of it"
    assert door.written()[1] == before[1] + 3
    assert audited(door).count(("start_import", "done")) == 1


async def test_two_starts_at_once_write_once(door: Door, page: Page) -> None:
    before = door.written()
    await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
    first, second = await page.does("start"), await page.does("start")
    assert first["plan"] == second["plan"], "one question, however often it is asked for"
    await says_yes(door, second["address"])
    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(page.does, "start")
    done = await page.does("progress")
    while done["stage"] == "importing":
        done = await page.does("progress")
    assert done["stage"] == "completed"
    assert door.written()[1] == before[1] + 3


async def test_columns_and_decisions_are_chosen_and_taken_back(page: Page) -> None:
    await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
    without = await page.does("settle", settle=["columns.Phone: ignore"])
    assert {one["heading"]: one["used_for"] for one in without["columns"]}["Phone"] == []
    again = await page.does("settle", settle=["columns.Phone: customer_phone"])
    assert {one["heading"]: one["used_for"] for one in again["columns"]}["Phone"] == ["customer_phone"]
    wrong = await page.does("settle", settle=["columns.Phone: nonsense"])
    assert "nonsense" in wrong["refused"]
    assert wrong["settle"] == again["settle"], "what was refused is not kept"


async def test_the_rows_that_stay_out_are_a_file_and_leave_none_behind(door: Door) -> None:
    text = ORDERS + "A-4,nobody,Nobody,,NF-PARK,Parkering,1,195.00\n"
    async with page_of(door, text, "März.csv") as page:
        view = await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
        if opened_ones := [one for one in view["decisions"] if one["is_open"]]:
            view = await page.does("settle", settle=[f"{one['key']}: {one['recommended']}" for one in opened_ones])
        assert [one["line"] for one in view["problems"]] == [6]
        rows = await page.does("rows")
        assert rows["name"] == "März-rows.csv"
        [row] = csv.DictReader(io.StringIO(rows["text"].lstrip("\ufeff")))
        assert row["Order ID"] == "A-4"
        assert row["Not imported because"]
        kept = exports_of(door.backend).of_upload(page.upload, EDITION)
        assert kept is not None
        assert [one.name async for one in anyio.Path(kept.folder).iterdir() if one.suffix == ".csv"] == []
    assert audited(door)[-1] == ("export_import_rows", "done")


async def test_the_waiting_call_returns_with_what_was_settled(door: Door, page: Page) -> None:
    ready = await door.done("receive_file", upload=page.upload)
    assert "prepare_import with source=" in ready["next_step"]
    await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
    meanwhile = await door.done("receive_file", upload=page.upload)
    assert "is settling the import by hand" in meanwhile["next_step"]
    handed = await page.does("hand_over")
    assert handed["told"] in (await door.done("receive_file", upload=page.upload))["next_step"]
    source = re.search(r'source="(src_\w+)"', handed["told"])
    assert source
    assert json.dumps([TSHIRT]) in handed["told"]
    gone_on = await door.done("prepare_import", source=source[1])
    assert gone_on["stage"] == "needs_product_mapping"
    assert gone_on["decisions"] == []


async def test_a_call_that_waits_is_told(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", approval_wait=20) as door, page_of(door) as page:
        await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
        found = list[dict[str, Any]]()

        async def wait() -> None:
            found.append(await door.done("receive_file", upload=page.upload))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await page.does("hand_over")
        assert "go on with prepare_import" in found[0]["next_step"]


async def test_wrong_secrets_and_others_come_to_nothing(door: Door, page: Page) -> None:
    address = await door.backend.receiver.address((await door.backend.receiver.uploads.ask()).id)
    other = await Page.at(page.http, address)
    used = address.rpartition("#")[2]
    for secret in ("", "wrong", used, other.secret, page.secret[:-1], None, 5):
        for do in STEPS:
            body = {"secret": secret, "asked": {"do": do, "edition_id": EDITION}}
            refused = await page.post("import", body)
            assert (refused.status_code, refused.json()["state"]) == (409, "secret"), (secret, do)
    unfinished = await other.post("import", {"secret": other.secret, "asked": {"do": "editions"}})
    assert unfinished.json()["state"] == "incomplete"
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Content_Type": "text/plain"}):
        foreign = await page.post("import", {"secret": page.secret, "asked": {"do": "editions"}}, **headers)
        assert foreign.status_code == 403, headers
    assert (await door.done("list_data_imports"))["total"] == 0


async def test_nothing_but_the_steps_of_the_page_is_done(door: Door, page: Page) -> None:
    for do in ("send_campaign", "approve", "start_import", "prepare_import", "", "hand", "__init__", "cancel"):
        assert (await page.asks(do)).status_code == 403, do
    for asked in (None, "start", ["start"], {"do": ["start"]}, {"do": None}, {}):
        wrong = await page.post("import", {"secret": page.secret, "asked": asked})
        assert wrong.status_code == 403, asked
    for do in ("rows", "start", "asked", "progress", "hand_over", "settle"):
        assert (await page.asks(do)).status_code == 403, f"{do} before an edition was chosen"
    for settle in ("states: take", [5], ["x" * 2_000], ["states: take"] * 501):
        assert (await page.asks("settle", edition_id=EDITION, settle=settle)).status_code == 403
    view = await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
    elsewhere = await door.prepared(ORDERS.replace("A-", "B-"), settle=["products: skip"])
    asked = await page.does("start", import_id=elsewhere["import_id"], plan="pln_" + "0" * 24, yes=True, approve=True)
    plan = await door.backend.guardrails.ledger.get(asked["plan"])
    assert plan is not None
    assert plan.state is PlanState.OPEN, "nothing that the page sends is a yes"
    assert view["import_id"] in str(plan)
    assert elsewhere["import_id"] not in str(plan)


async def test_whoever_is_signed_in_has_their_own(tmp_path: Path) -> None:
    async with hosted(tmp_path, caller="ana") as ana, hosted(tmp_path, caller="bo") as bo:
        mine = await opened(ana.client)
        await step(ana.client, "start", **mine, name="orders.csv", size=len(ORDERS))
        await step(ana.client, "piece", **mine, offset=0, piece=encoded(ORDERS.encode()))
        await step(ana.client, "finish", **mine)
        theirs = await step(bo.client, "import", **mine, asked={"do": "settle", "edition_id": EDITION})
        assert theirs["state"] == "gone"
        view = await step(ana.client, "import", **mine, asked={"do": "settle", "edition_id": EDITION})
        assert view["totals"]["file"]["orders"] == 3
        for do in ("start", "asked", "no_such"):
            result = await ana.client.call_tool("upload", {"action": "import", **mine, "asked": {"do": do}})
            assert result.is_error, f"a card does not {do}"


async def test_a_model_that_shows_no_cards_settles_nothing_by_hand(tmp_path: Path) -> None:
    async with hosted(tmp_path, shows_cards=False) as host:
        arguments = {"action": "import", "upload": "upl_" + "0" * 24, "secret": "x", "asked": {"do": "editions"}}
        result = await host.client.call_tool("upload", arguments)
        assert result.is_error


@pytest.mark.parametrize("flags", [{"read_only": True}, {"preset": ("support",)}, {"deny": ("create_data_import",)}])
async def test_where_the_tool_is_not_offered_nothing_is_offered_by_hand(tmp_path: Path, flags: dict[str, Any]) -> None:
    async with open_door(tmp_path, "auto", **flags) as door, page_of(door) as page:
        seen = (await page.post("show", {"secret": page.secret})).json()
        assert "by_hand" not in seen
        assert (await page.asks("settle", edition_id=EDITION, settle=[])).status_code == 403


async def test_scope_and_denied_tools_hold_for_each_step(tmp_path: Path) -> None:
    flags: dict[str, Any] = {"deny": ("start_import", "export_import_rows"), "allowed_editions": ("edt_nordlys27",)}
    async with open_door(tmp_path, "auto", **flags) as door, page_of(door) as page:
        outside = await page.does("settle", edition_id="edt_nordlys26", settle=[])
        assert outside["state"] == "refused"
        await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
        for do in ("start", "rows"):
            assert "the user's settings do not offer it" in (await page.does(do))["message"]


async def test_the_question_opens_by_itself_and_the_start_waits_for_it(tmp_path: Path) -> None:
    opened_at = list[str]()

    async def opens(address: str) -> bool:
        opened_at.append(address)
        return True

    flags = {"sandbox": True, "state_folder": tmp_path / "state", "sandbox_data": tmp_path / "preo.db"}
    settings = Settings.load({}, {**flags, "approval_wait": 20})
    factories = Factories(guardrails=lambda given, site: Guardrails(given, site, HASTY, opens))
    async with (
        Backend.opened(settings, factories) as backend,
        Client(build_server(settings, backend)) as client,
        page_of(Door(client, backend, tmp_path)) as page,
    ):
        door = Door(client, backend, tmp_path)
        await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
        done = list[dict[str, Any]]()

        async def starts() -> None:
            done.append(await page.does("start"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(starts)
            with anyio.fail_after(10):
                while not opened_at:
                    await anyio.lowlevel.checkpoint()
            ticket = await page.http.get(opened_at[0])
            assert ticket.status_code == 303
            await says_yes(door, ticket.headers["location"])
        assert done[0]["state"] == "running"
        assert len(opened_at) == 1


async def test_where_a_terminal_alone_may_ask_it_is_named(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", approve_via="terminal") as door, page_of(door) as page:
        await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
        asked = await page.does("start")
        assert "address" not in asked
        assert asked["where"].endswith(f"in a terminal: preo-mcp approve {asked['plan']}")


async def test_the_host_of_a_card_is_told_that_it_goes_on(tmp_path: Path) -> None:
    told = list[str | None]()

    async def hears(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)

    async with hosted(tmp_path) as host:
        mine = await opened(host.client)
        await step(host.client, "start", **mine, name="orders.csv", size=len(ORDERS))
        await step(host.client, "piece", **mine, offset=0, piece=encoded(ORDERS.encode()))
        await step(host.client, "finish", **mine)
        asked = {"do": "settle", "edition_id": EDITION, "settle": [TSHIRT]}
        arguments = {"action": "import", **mine, "asked": asked}
        await host.client.call_tool("upload", arguments, progress_callback=hears)
    assert "writing the table" in told


async def test_one_who_left_is_not_waited_for(tmp_path: Path) -> None:
    watched = WatchedClock()
    async with open_door(tmp_path, "auto", clock=watched.clock, approval_wait=0) as door, page_of(door) as page:
        await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
        assert "by hand" in (await door.done("receive_file", upload=page.upload))["next_step"]
        watched.seconds += ATTENDED + 1
        assert "prepare_import with source=" in (await door.done("receive_file", upload=page.upload))["next_step"]
        view = await page.does("settle", settle=[])
        assert view["settle"] == [TSHIRT], "who comes back goes on where it was"


async def test_where_few_tools_are_listed_a_person_needs_not_find_them(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", mode="search") as door, page_of(door) as page:
        view = await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
        assert view["stage"] == "needs_product_mapping"


async def test_a_person_sees_their_own_file_unmasked_and_a_model_does_not(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto", privacy="mask") as door, page_of(door) as page:
        view = await page.does("settle", edition_id=EDITION, settle=[])
        assert "kirsten@example.org" in str(view["columns"])
        told = str(await door.done("prepare_import", source=page.upload, settle=[TSHIRT]))
        assert "kirsten@example.org" not in told


async def test_what_preo_reads_otherwise_has_to_be_accepted(door: Door, page: Page) -> None:
    await page.does("settle", edition_id=EDITION, settle=[TSHIRT])
    kept = exports_of(door.backend).of_upload(page.upload, EDITION)
    assert kept is not None
    assert kept.answer is not None
    settled, carried = kept.answer
    assert carried is not None
    other = replace(carried, differences=("Preo reads 2 orders instead of 3.",))
    [difference] = [one for one in shown(kept, (settled, other), [])["decisions"] if one["is_open"]]
    assert (difference["key"], difference["about"]) == ("difference", "Preo reads 2 orders instead of 3.")
    assert [one["name"] for one in difference["options"]] == ["accept"]
    accepted = await page.does("settle", settle=["difference: accept"])
    assert "difference: accept" in accepted["settle"]
