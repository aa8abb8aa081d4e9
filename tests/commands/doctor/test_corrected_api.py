"""An API that differs from what is assumed: all differences found, and the tools at work again with the corrections."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from mcp import Client

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.backend import Backend, Factories
from preo_mcp.client.connection import Connection
from preo_mcp.client.corrections import operations_of, read_corrections
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.commands.doctor.comparison import compare
from preo_mcp.commands.doctor.contract import read_contract
from preo_mcp.commands.doctor.differences import Difference
from preo_mcp.commands.doctor.probe import Probe
from preo_mcp.commands.doctor.report import corrections_of, write_corrections
from preo_mcp.sandbox.in_process import run_sandbox
from preo_mcp.sandbox.seed import ADMIN_TOKEN
from preo_mcp.server import build_server
from preo_mcp.settings import Settings
from tests.commands.doctor.changed_api import EXPECTED, ChangedApi, changed_document
from tests.door import API, EDITION, ORDERS, Door, content_of, open_door, text_of

SOLD = "edt_nordlys26"
VOLATILE = {"created", "modified", "next_step", "notes", "source"}
REFUSED = {
    "of a customer",
    "cancelled",
    "order",
    "stats",
    "delivery",
    "found",
    "created",
    "updated",
    "mapped",
    "prepared",
}
"""Steps that the changed API refuses without corrections; the others succeed and say less."""

Story = dict[str, Any]


@pytest.fixture(scope="module")
def differences(document: dict[str, Any]) -> list[Difference]:
    return compare(read_contract(document), read_contract(changed_document(document)))


@pytest.fixture(scope="module")
def corrections(differences: list[Difference], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("doctor") / "corrections.json"
    file, refused = corrections_of(differences, "a changed sandbox")
    assert refused == []
    write_corrections(file, path)
    with pytest.raises(ConfigurationError, match="already"):
        write_corrections(file, path)
    return path


def test_all_differences_are_found_and_no_others(differences: list[Difference]) -> None:
    found = {(one.operation, one.part.value, one.kind.value, one.place, one.ours, one.theirs) for one in differences}
    assert found == EXPECTED
    unknown = [one.operation for one in differences if one.grade is None]
    assert unknown == ["GET /v1/venues"]
    assert {one.matters for one in differences if one.correctable} == {True}


@asynccontextmanager
async def changed_door(folder: Path, corrections: Path | None) -> AsyncGenerator[Door]:
    """A host before the server, whose account is the changed API."""
    async with open_door(folder, "auto"):
        pass  # seeds the folder
    settings = Settings.load({}, {"token": ADMIN_TOKEN, "base_url": API, "corrections": corrections})
    async with anyio.create_task_group() as tasks:
        sandbox = await tasks.start(run_sandbox, folder)
        changed = ChangedApi(sandbox)

        @asynccontextmanager
        async def client(*_: Any) -> AsyncGenerator[PreoClient]:
            operations = operations_of(settings)
            yield PreoClient(Connection.of(settings), transport=changed, operations=operations)

        async with (
            Backend.opened(settings, Factories(client)) as backend,
            Client(build_server(settings, backend), mode="auto") as host,
        ):
            yield Door(host, backend, folder)
        tasks.cancel_scope.cancel()


MAPPED = ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet")


async def story(door: Door) -> Story:
    """What the tools say whose operations are changed."""
    told: Story = {}

    async def step(name: str, tool: str, /, **arguments: Any) -> dict[str, Any]:
        result = await door.call(tool, **arguments)
        content = content_of(result)
        kept = {key: value for key, value in content.items() if key not in VOLATILE}
        told[name] = text_of(result) if result.is_error else kept
        return content

    listed = await step("orders", "list_orders", edition_id=SOLD, page_size=3)
    order = listed["results"][0]
    await step("of a customer", "list_orders", edition_id=SOLD, customer_email="andersson", page_size=2)
    await step("cancelled", "list_orders", edition_id=SOLD, status="cancelled", page_size=2)
    shown = await step("order", "get_order", order_id=order["id"])
    for purchase in shown.get("purchases", [])[:1]:
        await step("purchase", "get_purchase", purchase_id=purchase["id"])
    await step("stats", "get_campaign_stats", campaign_id="cmp_elbklang_spring")
    [delivery, *_] = (await step("deliveries", "list_webhook_deliveries", webhook_id="whk_nordlysbooks"))["results"]
    await step("delivery", "get_webhook_delivery", webhook_id="whk_nordlysbooks", delivery_id=delivery["id"])
    await step("segment", "get_segment", segment_id="seg_elbklang_regulars")
    await step("found", "list_segments", search="stamm")
    condition = "user.country == 'SE'"
    await step("created", "create_segment", organization_id="org_nordlys", name="Sverige", condition=condition)
    await step("updated", "update_segment", segment_id="seg_nordlys_passes", name="Pas")
    made = await step("made", "create_data_import", edition_id=EDITION, text=MAPPED, file_name="orders.csv")
    columns = (await step("columns", "list_column_mappings", import_id=made["id"]))["results"]
    change = {"id": columns[0]["id"], "column_type": "item_id"}
    await step("mapped", "update_column_mappings", import_id=made["id"], mappings=[change])
    await step("prepared", "prepare_import", edition_id=EDITION, text=MAPPED, file_name="orders.csv")
    return told


async def test_corrections_make_the_tools_work_again(corrections: Path, tmp_path: Path) -> None:
    async with open_door(tmp_path / "plain", "auto") as door:
        plain = await story(door)
    async with changed_door(tmp_path / "uncorrected", None) as door:
        uncorrected = await story(door)
    async with changed_door(tmp_path / "corrected", corrections) as door:
        corrected = await story(door)
        hidden = await door.refused("get_order", order_id="no-such-order")
    plain, corrected = at_any_time(plain), at_any_time(corrected)
    assert not [step for step, said in plain.items() if isinstance(said, str)]
    assert {step for step, said in uncorrected.items() if isinstance(said, str)} == REFUSED
    assert uncorrected["segment"] != plain["segment"]
    assert "may differ on the real API; preo-mcp doctor" in uncorrected["delivery"]
    assert "email" in uncorrected["of a customer"]
    stats: dict[str, Any] = {key: value for key, value in plain.pop("stats").items() if key != "open_rate"}
    assert corrected.pop("stats") == stats | {"rates_of": stats["rates_of"].replace("open_rate: delivered, ", "")}
    assert corrected == plain
    assert "doctor" not in hidden


def at_any_time(told: dict[str, Any]) -> dict[str, Any]:
    """Return what was told without the moment of telling, which two stories do not share."""
    return {
        step: {key: value for key, value in said.items() if key != "as_of"} if isinstance(said, dict) else said
        for step, said in cast("dict[str, dict[str, Any] | str]", told).items()
    }


async def test_a_probe_tells_what_it_sees_of_it(corrections: Path, document: dict[str, Any], tmp_path: Path) -> None:
    ours = read_contract(document)
    async with changed_door(tmp_path / "uncorrected", None) as door:
        seen = await Probe(await door.backend.client(), ours).run()
    found = {(one.operation, one.kind.value, one.place, one.theirs) for one in seen if one.kind.value != "untried"}
    gone = "answers 404 (or 405, 410): nothing is there"
    assert found == {
        ("GET /v1/orders", "renamed", "results[].customer.email", "mail"),
        ("GET /v1/orders/{id}", "failed", "", gone),
        ("GET /v1/campaigns/{id}/stats", "failed", "", gone),
        ("GET /v1/webhooks/{id}/deliveries/{delivery_id}", "failed", "", gone),
        ("GET /v1/segments", "renamed", "results[].user_count", "users_count"),
        ("GET /v1/segments/{id}", "renamed", "user_count", "users_count"),
    }
    async with changed_door(tmp_path / "corrected", corrections) as door:
        seen = await Probe(await door.backend.client(), ours).run()
    found = {(one.operation, one.kind.value, one.place, one.theirs) for one in seen if one.kind.value != "untried"}
    assert found == {("GET /v1/campaigns/{id}/stats", "missing", "open_rate", "")}


def test_the_file_reads_back(corrections: Path) -> None:
    assert len(read_corrections(corrections).corrected) == 13
    assert '"PATCH /v1/segments/{id}": {\n      "method": "PUT"' in corrections.read_text(encoding="utf-8")
