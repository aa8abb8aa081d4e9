"""E-mail messages: listing, making, changing, deleting; whose they are and what uses them."""

from typing import Any

import httpx
import pytest

from preo_mcp.sandbox.store import Store
from tests.sandbox.email_messages.email_blocks import BLOCKS, ELBKLANG, NORDLYS, PAST, RUNNING, UPCOMING, body

PLATFORM, TEMPLATE, OWN = "eml_platform_receipt", "eml_nordlys_receipt", "eml_n27_receipt"
PATH = "/v1/email-messages"


async def listed(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    assert all("blocks" not in one for one in answer.json()["results"])
    return [one["id"] for one in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"scope": "platform"}, ["eml_platform_portal", "eml_platform_refund", PLATFORM]),
        ({"scope": "template"}, ["eml_nordlys_news", "eml_nordlys_refund", TEMPLATE]),
        ({"scope": "template", "organization_id": ELBKLANG}, []),
        ({"edition_id": UPCOMING}, ["eml_n27_vip", "eml_n27_reminder", "eml_n27_refund", OWN]),
        ({"edition_id": PAST}, []),
        ({"type": "receipt"}, [OWN, TEMPLATE, PLATFORM]),
        ({"type": "receipt", "organization_id": NORDLYS}, [OWN, TEMPLATE]),
        ({"scope": "template", "ordering": "title"}, [TEMPLATE, "eml_nordlys_news", "eml_nordlys_refund"]),
        ({"type": "receipt", "ordering": "modified", "page_size": 1, "page": 2}, [TEMPLATE]),
    ],
)
async def test_filters_and_order(staff: httpx.AsyncClient, query: dict[str, Any], ids: list[str]) -> None:
    assert await listed(staff, **query) == ids


async def test_visibility(manager: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    theirs = await listed(admin, organization_id=ELBKLANG)
    assert theirs
    assert not set(theirs) & set(await listed(manager))
    address = f"{PATH}/{theirs[0]}"
    answers = [
        await manager.get(address),
        await manager.patch(address, json={"title": "x"}),
        await manager.delete(address),
        await manager.post(f"{address}/duplicate", json={}),
        await manager.post(f"{address}/adopt", json={"edition_id": UPCOMING}),
        await manager.post(f"{address}/preview", json={}),
        await manager.get(f"{PATH}/eml_none"),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert (await manager.get(f"{PATH}?scope=nobody")).status_code == 400


async def test_create_for_an_edition_and_as_template(manager: httpx.AsyncClient) -> None:
    template = (await manager.post(PATH, json=body())).json()
    assert (template["scope"], template["edition_id"], template["template"]) == ("template", None, "modern")
    assert template["subject"] == "Kvittering"
    assert [{name: value for name, value in one.items() if value is not None} for one in template["blocks"]] == BLOCKS
    answer = await manager.post(PATH, json=body(edition_id=RUNNING, subject="Tak, {{ customer.first_name }}"))
    assert answer.status_code == 201
    own = answer.json()
    assert (own["scope"], own["edition_id"], own["usages"]) == ("edition", RUNNING, [])
    assert (await manager.get(f"{PATH}/{own['id']}")).json() == own
    assert own["id"] in await listed(manager, edition_id=RUNNING)


def block(**fields: Any) -> dict[str, Any]:
    return {"blocks": [{"type": "divider"}, fields]}


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"title": " "}, "title", "blank"),
        ({"type": "spam"}, "type", "receipt_online"),
        ({"template": "retro"}, "template", "modern"),
        ({"scope": "edition"}, "edition_id", "needs the edition"),
        ({"scope": "template", "edition_id": UPCOMING}, "edition_id", "no edition"),
        ({"scope": "platform"}, "scope", "choice"),
        ({"edition_id": PAST}, "edition_id", PAST),
        ({"organization_id": ELBKLANG}, "organization_id", ELBKLANG),
        ({"subject": "one\ntwo"}, "subject", "one line"),
        ({"subject": "{{ x"}, "subject", "line 1"),
        (block(type="text", text="fine\n{% if %}"), "blocks", "Block 2 (text), text, line 2"),
        (block(type="button", text="x", url="{{ a | b }}"), "blocks", "Block 2 (button), url, line 1"),
        (block(type="image", file_id="fil_elbklangposter"), "blocks", "no file"),
        (block(type="image", file_id="fil_nordlysmap"), "blocks", "application/pdf"),
        (block(type="image"), "blocks", "file_id or url"),
        (block(type="button", text="x"), "blocks", "needs url"),
        (block(type="divider", text="x"), "blocks", "no text"),
        (block(type="html", text="x"), "blocks", "choice"),
        ({"blocks": [{"type": "text", "text": "x" * 20_000}] * 6}, "blocks", "100000"),
        ({"blocks": [{"type": "divider"}] * 101}, "blocks", "100"),
    ],
)
async def test_create_refused(manager: httpx.AsyncClient, fields: dict[str, Any], field: str, says: str) -> None:
    before = await listed(manager)
    answer = await manager.post(PATH, json=body(**fields))
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert says in answer.text
    assert await listed(manager) == before


async def test_update_keeps_what_is_absent(manager: httpx.AsyncClient) -> None:
    before = (await manager.get(f"{PATH}/{OWN}")).json()
    after = (await manager.patch(f"{PATH}/{OWN}", json={"subject": "Ny", "type": "other", "scope": "template"})).json()
    assert after == {**before, "subject": "Ny", "modified": after["modified"]}
    assert after["modified"] > before["modified"]
    emptied = (await manager.patch(f"{PATH}/{OWN}", json={"blocks": []})).json()
    assert (emptied["blocks"], emptied["subject"]) == ([], "Ny")
    refused = await manager.patch(f"{PATH}/{OWN}", json={"title": "x", "subject": "{% if %}"})
    assert (refused.status_code, list(refused.json())) == (400, ["subject"])
    assert (await manager.get(f"{PATH}/{OWN}")).json() == emptied


async def test_only_managers_change_and_nobody_the_platforms(
    admin: httpx.AsyncClient, staff: httpx.AsyncClient
) -> None:
    for client, key in ((admin, PLATFORM), (staff, TEMPLATE)):
        for answer in (
            await client.patch(f"{PATH}/{key}", json={"title": "x"}),
            await client.delete(f"{PATH}/{key}"),
        ):
            assert answer.status_code == 403
            assert ("Duplicate email message" in answer.text) is (key == PLATFORM)
    copies = [
        await staff.post(PATH, json=body()),
        await staff.post(f"{PATH}/{TEMPLATE}/duplicate", json={}),
        await staff.post(f"{PATH}/{PLATFORM}/duplicate", json={"organization_id": NORDLYS}),
        await staff.post(f"{PATH}/{TEMPLATE}/adopt", json={"edition_id": UPCOMING}),
    ]
    assert [answer.status_code for answer in copies] == [403] * 4


async def test_what_an_edition_sends_stays(manager: httpx.AsyncClient) -> None:
    message = (await manager.get(f"{PATH}/{OWN}")).json()
    field = "transaction_receipt_email_id"
    assert [(use["type"], use["id"], use["field"]) for use in message["usages"]] == [("edition", UPCOMING, field)]
    refused = await manager.delete(f"{PATH}/{OWN}")
    assert refused.status_code == 400
    assert "Aalborg" in refused.json()["detail"]
    assert "Update edition" in refused.json()["detail"]
    assert (await manager.patch(f"/v1/editions/{UPCOMING}", json={field: None})).status_code == 200
    assert (await manager.delete(f"{PATH}/{OWN}")).status_code == 204
    assert (await manager.get(f"{PATH}/{OWN}")).status_code == 404


@pytest.mark.parametrize("source", [PLATFORM, TEMPLATE])
async def test_adopt(manager: httpx.AsyncClient, source: str) -> None:
    template = (await manager.get(f"{PATH}/{source}")).json()
    answer = await manager.post(f"{PATH}/{source}/adopt", json={"edition_id": RUNNING})
    assert answer.status_code == 201
    copy = answer.json()
    assert (copy["scope"], copy["edition_id"], copy["organization_id"]) == ("edition", RUNNING, NORDLYS)
    assert {name: copy[name] for name in ("title", "subject", "type", "blocks")} == {
        name: template[name] for name in ("title", "subject", "type", "blocks")
    }
    await manager.patch(f"{PATH}/{copy['id']}", json={"blocks": []})
    assert (await manager.get(f"{PATH}/{source}")).json() == template
    field = {"transaction_receipt_email_id": copy["id"]}
    assert (await manager.patch(f"/v1/editions/{RUNNING}", json=field)).status_code == 200


async def test_adopt_refused(admin: httpx.AsyncClient, manager: httpx.AsyncClient) -> None:
    for client, source, edition, field in (
        (manager, OWN, RUNNING, "scope"),
        (admin, TEMPLATE, PAST, "edition_id"),
        (manager, TEMPLATE, PAST, "edition_id"),
        (manager, TEMPLATE, "edt_none", "edition_id"),
    ):
        answer = await client.post(f"{PATH}/{source}/adopt", json={"edition_id": edition})
        assert (answer.status_code, list(answer.json())) == (400, [field])


async def test_duplicate(manager: httpx.AsyncClient) -> None:
    copy = (await manager.post(f"{PATH}/{OWN}/duplicate", json={})).json()
    assert (copy["title"], copy["edition_id"]) == ("Kvittering Aalborg (copy)", UPCOMING)
    assert copy["usages"] == []
    named = (await manager.post(f"{PATH}/{TEMPLATE}/duplicate", json={"title": " Ny "})).json()
    assert (named["title"], named["scope"], named["organization_id"]) == ("Ny", "template", NORDLYS)
    ours = (await manager.post(f"{PATH}/{PLATFORM}/duplicate", json={"organization_id": NORDLYS})).json()
    assert (ours["scope"], ours["organization_id"]) == ("template", NORDLYS)
    for source, sent, field in (
        (PLATFORM, {}, "organization_id"),
        (PLATFORM, {"organization_id": ELBKLANG}, "organization_id"),
        (TEMPLATE, {"organization_id": ELBKLANG}, "organization_id"),
        (TEMPLATE, {"title": "  "}, "title"),
    ):
        answer = await manager.post(f"{PATH}/{source}/duplicate", json=sent)
        assert (answer.status_code, list(answer.json())) == (400, [field])


async def test_an_editions_duplicate_has_its_own_copies(manager: httpx.AsyncClient, store: Store) -> None:
    copy = (await manager.post(f"/v1/editions/{UPCOMING}/duplicate", json={})).json()
    assert len(await listed(manager, edition_id=copy["id"])) == len(await listed(manager, edition_id=UPCOMING)) == 4
    receipt = (await manager.get(f"{PATH}/{copy['transaction_receipt_email_id']}")).json()
    assert (receipt["edition_id"], receipt["title"], receipt["type"]) == (copy["id"], "Kvittering Aalborg", "receipt")
    assert [use["id"] for use in receipt["usages"]] == [copy["id"]]
    assert store.doc("email_messages", OWN)
