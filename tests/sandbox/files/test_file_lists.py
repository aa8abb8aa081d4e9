"""Finding, describing and deleting files; what is in use stays unless forced."""

import json
from typing import Any

import httpx
import pytest

from preo_mcp.sandbox.files.documents import content_path
from preo_mcp.sandbox.store import Store

POSTER, LOGO, TSHIRT = "fil_nordlysposter", "fil_nordlyslogo", "fil_nordlystshirt"
MAP, HOURS = "fil_nordlysmap", "fil_nordlyshours"


async def found(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/v1/files", params=query)
    assert answer.status_code == 200, answer.text
    return [file["api_id"] for file in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, [HOURS, MAP, TSHIRT, POSTER, LOGO]),
        ({"file_name": "NORDLYS"}, [POSTER, LOGO]),
        ({"file_name": "abning"}, [HOURS]),  # Åbningstider
        ({"file_name": "ÅBNING"}, [HOURS]),
        ({"file_name": "%"}, []),
        ({"tags": "festival"}, [MAP, POSTER]),
        ({"tags": "logo, KORT ,nothing"}, [MAP, LOGO]),
        ({"tags": "nothing"}, []),
        ({"tags": " , "}, [HOURS, MAP, TSHIRT, POSTER, LOGO]),
        ({"tags": "festival", "file_name": "pdf"}, [MAP]),
        ({"organization_id": "org_elbklang"}, []),
        ({"ordering": "file_name"}, [HOURS, LOGO, POSTER, MAP, TSHIRT]),
        ({"ordering": "created_at", "page_size": 2, "page": 2}, [TSHIRT, MAP]),
    ],
)
async def test_filters_and_order(manager: httpx.AsyncClient, query: dict[str, Any], ids: list[str]) -> None:
    assert await found(manager, **query) == ids


async def test_available_tags_are_those_of_the_organizations(
    admin: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    async def tags(client: httpx.AsyncClient, **query: Any) -> list[str]:
        return (await client.get("/v1/files", params=query)).json()["available_tags"]

    nordlys = ["e-mail", "festival", "kort", "logo", "merchandise", "plakat"]
    assert await tags(manager) == await tags(manager, file_name="nothing like it") == nordlys
    assert await tags(admin, organization_id="org_elbklang") == ["Aushang", "Plakat"]
    assert await tags(admin) == ["Aushang", "e-mail", "festival", "kort", "logo", "merchandise", "Plakat", "plakat"]
    assert await tags(manager, organization_id="org_elbklang") == []


async def test_others_files_do_not_exist(manager: httpx.AsyncClient) -> None:
    address = "/v1/files/fil_elbklangposter"
    answers = [
        await manager.get(address),
        await manager.patch(address, json={"caption": "x"}),
        await manager.delete(address),
        await manager.get("/v1/files/fil_none"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4


async def test_usages(manager: httpx.AsyncClient, store: Store) -> None:
    poster = (await manager.get(f"/v1/files/{POSTER}")).json()
    assert [(use["type"], use["id"], use["field"]) for use in poster["usages"]] == [
        ("edition", "edt_nordlys26", "meta_image_id"),
        ("edition", "edt_nordlys27", "meta_image_id"),
    ]
    assert poster["usages"][0]["name"] == "Nordlys Festival – Aarhus"
    shirt = (await manager.get(f"/v1/files/{TSHIRT}")).json()
    assert [(use["type"], use["name"]) for use in shirt["usages"]] == [("product", "T-shirt")] * 2
    logo = (await manager.get(f"/v1/files/{LOGO}")).json()
    assert logo["usages"] == []
    for key, text in (("eml_1", logo["file_url"]), ("eml_2", f"cid:{LOGO}"), ("eml_3", "nothing")):
        doc = {"id": key, "title": f"Tak {key}", "html": f'<img src="{text}">'}
        store.insert("email_messages", doc, id=key, organization_id="org_nordlys")
    logo = (await manager.get(f"/v1/files/{LOGO}")).json()
    assert [(use["type"], use["id"], use["name"]) for use in logo["usages"]] == [
        ("email_message", "eml_1", "Tak eml_1"),
        ("email_message", "eml_2", "Tak eml_2"),
    ]
    listed = {file["api_id"]: file for file in (await manager.get("/v1/files")).json()["results"]}
    assert (listed[POSTER], listed[LOGO], listed[TSHIRT]) == (poster, logo, shirt)


async def test_texts_and_tags_change_and_the_rest_stays(manager: httpx.AsyncClient, staff: httpx.AsyncClient) -> None:
    before = (await manager.get(f"/v1/files/{POSTER}")).json()
    sent = {"caption": "Foto fra 2025", "image_alt_text": None, "tags": ["Forside", "forside", "2026,2027"]}
    changed = (await manager.patch(f"/v1/files/{POSTER}", json={**sent, "file_name": "x", "size": 1})).json()
    assert changed == {
        **before,
        **sent,
        "tags": ["Forside", "2026", "2027"],
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > before["updated_at"]
    assert await found(manager, ordering="-updated_at", page_size=1) == [POSTER]
    assert await found(manager, tags="FORSIDE") == [POSTER]
    assert (await staff.patch(f"/v1/files/{POSTER}", json={"caption": "x"})).status_code == 403
    refused = await manager.patch(f"/v1/files/{POSTER}", json={"caption": "x" * 501, "tags": ["y" * 51]})
    assert (refused.status_code, refused.json().keys()) == (400, {"caption", "tags"})
    assert (await manager.get(f"/v1/files/{POSTER}")).json() == changed


async def test_deleting_what_nobody_uses(manager: httpx.AsyncClient, staff: httpx.AsyncClient, store: Store) -> None:
    address = (await manager.get(f"/v1/files/{LOGO}")).json()["file_url"]
    assert (await staff.delete(f"/v1/files/{LOGO}")).status_code == 403
    answer = await manager.delete(f"/v1/files/{LOGO}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await manager.get(f"/v1/files/{LOGO}")).status_code == 404
    assert (await manager.get(address)).status_code == 404
    assert (await manager.delete(f"/v1/files/{LOGO}")).status_code == 404
    assert not content_path(store, LOGO).exists()


@pytest.mark.parametrize(("key", "names"), [(POSTER, ["Aarhus", "Aalborg", "edt_nordlys26"]), (TSHIRT, ["T-shirt"])])
async def test_what_is_in_use_stays_unless_forced(
    manager: httpx.AsyncClient, store: Store, key: str, names: list[str]
) -> None:
    for query in ({}, {"force": "false"}):
        refused = await manager.delete(f"/v1/files/{key}", params=query)
        assert refused.status_code == 400
        assert all(name in refused.json()["detail"] for name in [*names, "force=true"])
        assert len(refused.json()["usages"]) == 2
        assert content_path(store, key).exists()
    assert (await manager.delete(f"/v1/files/{key}", params={"force": "true"})).status_code == 204
    rows = store.db.execute("SELECT doc FROM editions UNION ALL SELECT doc FROM products").fetchall()
    assert not any(key in json.dumps(doc) for (doc,) in rows)
