"""Users: who is found, and what may be changed by whom."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from preo_mcp.api.models.base import Page
from preo_mcp.api.models.users import User, UserOrdering
from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.store import Store
from preo_mcp.text.folding import folded

Json = dict[str, Any]

SOREN, MAJA, JUERGEN = "usr_soeren", "usr_maja", "usr_juergen"
PATH = f"/v1/users/{SOREN}"


async def listed(client: httpx.AsyncClient, **query: Any) -> Json:
    answer = await client.get("/v1/users", params=query)
    assert answer.status_code == 200, answer.text
    Page[User].model_validate(answer.json())
    return answer.json()


async def found(client: httpx.AsyncClient, **query: Any) -> list[str]:
    return [row["id"] for row in (await listed(client, **query, page_size=1000))["results"]]


@pytest.mark.parametrize(
    "search",
    [
        *("Søren Kjærgaard", "SOREN KJAER", "kjærgaard søren", "soeren.kjaergaard@", "20 13 45 67", "+45 2013 4567"),
        *("søren 20134567", "0045 20134567"),
    ],
)
async def test_a_customer_is_found_by_parts(manager: httpx.AsyncClient, search: str) -> None:
    assert SOREN in await found(manager, search=search)
    assert MAJA not in await found(manager, search=search)


async def test_only_customers_of_own_organizations(manager: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    assert await found(manager, search="jürgen groß") == []
    assert await found(admin, search="JURGEN GROSS") == [JUERGEN]
    assert await found(manager, organization_id="org_elbklang") == []
    assert await found(admin, organization_id="org_nordlys", search="juergen.gross") == []
    assert (await manager.get(f"/v1/users/{JUERGEN}")).status_code == 404
    assert (await admin.get(f"/v1/users/{JUERGEN}")).json()["last_name"] == "Groß"


async def test_customers_of_an_edition(admin: httpx.AsyncClient, store: Store) -> None:
    for edition in ("edt_nordlys27", "edt_elbklang25", "edt_elbklang_draft"):
        rows = store.db.execute("SELECT DISTINCT customer_id FROM orders WHERE edition_id = ?", (edition,)).fetchall()
        answer = await listed(admin, edition_id=edition, page_size=1000)
        assert answer["count"] == len(rows)
        assert {row["id"] for row in answer["results"]} == {key for (key,) in rows}


@pytest.mark.parametrize("ordering", UserOrdering)
async def test_orderings_of_users(manager: httpx.AsyncClient, ordering: UserOrdering) -> None:
    rows = (await listed(manager, ordering=ordering, page_size=1000))["results"]
    field = ordering.lstrip("-")
    values = [folded(f"{row['first_name']} {row['last_name']}") if field == "name" else row[field] for row in rows]
    assert values == sorted(values, reverse=ordering[0] == "-")


async def test_newest_first_in_pages(manager: httpx.AsyncClient) -> None:
    first = await listed(manager, page_size=700)
    second = await listed(manager, page_size=700, page=2)
    rows = first["results"] + second["results"]
    assert (first["count"], len({row["id"] for row in rows})) == (1_300, 1_300)
    assert [row["created"] for row in rows] == sorted((row["created"] for row in rows), reverse=True)
    assert first["next"].endswith("page=2")


async def test_a_change_is_kept_and_found(manager: httpx.AsyncClient, clock: FixedClock, store: Store) -> None:
    clock.move(timedelta(minutes=5))
    change = {
        "email": " Sören.Ny@Example.com ",
        "first_name": " Sören ",
        "last_name": None,
        "phone_number": "+45 (31) 11-22-33",
        "locale": "se",
    }
    changed = (await manager.patch(PATH, json=change)).json()
    assert (changed["email"], changed["first_name"], changed["last_name"]) == ("Sören.Ny@example.com", "Sören", None)
    assert (changed["phone_number"], changed["locale"], changed["modified"]) == ("+4531112233", "se", store.now())
    assert (await manager.get(PATH)).json() == changed
    for search in ("sören", "SOREN.NY@", "31 11 22 33"):
        assert SOREN in await found(manager, search=search)
    for search in ("kjærgaard søren", "20134567", "soeren.kj"):
        assert SOREN not in await found(manager, search=search)


async def test_what_is_absent_or_the_same_changes_nothing(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    before = (await manager.get(PATH)).json()
    clock.move(timedelta(minutes=5))
    same = {"email": "Soeren.Kjaergaard@example.com".lower(), "phone_number": "+45 20 13 45 67"}
    for body in ({}, same, {"id": "usr_other", "organization_id": "org_elbklang"}):
        answer = await manager.patch(PATH, json=body)
        assert (answer.status_code, answer.json()) == (200, before)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": None}, "email"),
        ({"email": "a@b.dk, c@d.dk"}, "email"),
        ({"email": "Maja <maja@example.com>"}, "email"),
        ({"email": "MAJA.oestergaard@example.com"}, "email"),
        ({"phone_number": "20134567"}, "phone_number"),
        ({"phone_number": "+45 12"}, "phone_number"),
        ({"phone_number": "ring +4520134567"}, "phone_number"),
        ({"phone_number": ""}, "phone_number"),
        ({"first_name": "x" * 151}, "first_name"),
        ({"last_name": "a\nb"}, "last_name"),
        ({"first_name": 5}, "first_name"),
        ({"locale": "de"}, "locale"),
        ({"locale": None}, "locale"),
    ],
)
async def test_what_does_not_do_is_refused(manager: httpx.AsyncClient, body: Json, field: str) -> None:
    before = (await manager.get(PATH)).json()
    answer = await manager.patch(PATH, json={"first_name": "Changed", **body})
    assert answer.status_code == 400
    assert field in answer.json()
    assert (await manager.get(PATH)).json() == before


async def test_an_address_is_free_in_another_organization(admin: httpx.AsyncClient) -> None:
    answer = await admin.patch(PATH, json={"email": "juergen.gross@example.com"})
    assert answer.status_code == 200, answer.text


async def test_who_may_change(staff: httpx.AsyncClient, manager: httpx.AsyncClient) -> None:
    assert (await staff.get(PATH)).status_code == 200
    assert (await staff.patch(PATH, json={"first_name": "Nej"})).status_code == 403
    assert (await manager.patch(f"/v1/users/{JUERGEN}", json={"first_name": "Nein"})).status_code == 404
    assert (await manager.get(PATH)).json()["first_name"] == "Søren"


async def test_user_info(manager: httpx.AsyncClient, admin: httpx.AsyncClient, staff: httpx.AsyncClient) -> None:
    info = (await manager.get("/v1/auth/user-info")).json()
    assert info["email"] == "mikkel.dahl@example.org"
    nordlys = {"id": "org_nordlys", "name": "Nordlys Festival ApS", "slug": "nordlys"}
    assert info["organizations"] == [{**nordlys, "role": "manager"}]
    assert (await staff.get("/v1/auth/user-info")).json()["organizations"] == [{**nordlys, "role": "staff"}]
    assert [one["role"] for one in (await admin.get("/v1/auth/user-info")).json()["organizations"]] == ["admin"] * 2


async def test_without_a_token(connect: Any) -> None:
    for path in ("/v1/auth/user-info", "/v1/users", PATH, "/v1/orders?edition_id=edt_nordlys27"):
        assert (await connect(None).get(path)).status_code == 401


def test_columns_of_customers_follow_their_documents(store: Store) -> None:
    for name, folded_email, doc in store.db.execute("SELECT name, email_folded, doc FROM customers"):
        customer = json.loads(doc)
        assert name == folded(f"{customer['first_name']} {customer['last_name']}")
        assert folded_email == folded(customer["email"])
