"""Customers at the MCP door: found by anything that is known of them, changed only with a person's yes."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.types import ElicitResult

from preo_mcp.api.operations import UPDATE_USER
from tests.door import CANCEL, DECLINE, UNTICKED, YES, Door, Era, Person, open_door
from tests.tools.conftest import OpenServer

SOREN, MAJA = "usr_soeren", "usr_maja"
CHANGE = {"phone_number": "+45 31 11 22 33", "clear": ["last_name"], "first_name": "Søren"}


async def test_customers_are_found(door: Door) -> None:
    for search in ("kjærgaard søren", "20 13 45 67", "SOEREN.KJ"):
        listed = await door.done("list_users", search=search, organization_id="org_nordlys")
        assert [row["id"] for row in listed["results"]] == [SOREN]
    assert listed["results"][0].keys() == {"id", "email", "first_name", "last_name", "phone_number"}
    in_edition = await door.done("list_users", edition_id="edt_nordlys27", ordering=["name"], page_size=2)
    assert in_edition["returned"] == 2 < in_edition["total"]
    assert "ordering" in await door.refused("list_users", ordering=["age"])
    assert (await door.done("get_user", user_id=MAJA))["last_name"] == "Østergaard"
    assert "No User" in await door.refused("get_user", user_id="usr_none")


class Told:
    """An API with one customer, as `user`, of an account whose user belongs to `organizations`."""

    def __init__(self, organizations: list[dict[str, Any]] | None, **user: Any) -> None:
        self.organizations = organizations
        self.user = {"id": "usr_1", "organization_id": "org_a", **user}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path.endswith("/user-info"):
            account = {"id": "usr_me", "organizations": self.organizations}
            return httpx.Response(404) if self.organizations is None else httpx.Response(200, json=account)
        return httpx.Response(200, json=self.user)


@pytest.mark.parametrize(
    ("api", "name", "asked"),
    [
        (Told([{"id": "org_a", "name": "Nordlys"}, {"id": "org_b", "name": "Elbklang"}]), "Nordlys", 1),
        (Told([{"id": "org_b", "name": "Elbklang"}]), None, 1),
        (Told(None), None, 1),
        (Told([], organization={"id": "org_a", "name": "Nordlys"}), "Nordlys", 0),
        (Told([], organization_id=None), None, 0),
    ],
)
async def test_a_customers_organization_is_named_and_asked_for_once(
    tmp_path: Path, api: Told, name: str | None, asked: int
) -> None:
    async with open_door(tmp_path, "auto", api=api) as door:
        for _ in range(3):
            assert (await door.done("get_user", user_id="usr_1")).get("organization") == name
    assert api.asked.count("/v1/users/usr_1") == 3
    assert len(api.asked) == 3 + asked


async def test_organizations_that_are_left_out_are_none_of_a_customers_concern(tmp_path: Path) -> None:
    api = Told([{"id": "org_a", "name": "Nordlys"}, {"id": "org_b", "name": "Elbklang"}])
    async with open_door(tmp_path, "auto", api=api, allowed_organizations=("org_a",)) as door:
        user = await door.done("get_user", user_id="usr_1")
    assert (user["organization"], "notes" in user) == ("Nordlys", False)


async def test_a_change_shows_what_it_changes(door: Door, person: Person) -> None:
    changed = await door.done("update_user", user_id=SOREN, **CHANGE)
    assert (changed["phone_number"], "last_name" in changed) == ("+4531112233", False)
    [question] = person.questions
    orders = (await door.done("list_orders", customer_id=SOREN))["total"]
    for line in (
        "Change the data of “Søren Kjærgaard”?",
        "Customer: “Søren Kjærgaard, soeren.kjaergaard@example.com, +4520134567” (usr_soeren)",
        "Last name: “Kjærgaard” → none",
        "Phone: “+4520134567” → “+45 31 11 22 33”",
        f"Orders: {orders}",
    ):
        assert line in question.splitlines()
    assert "First name" not in question
    listed = await door.done("list_orders", organization_id="org_nordlys", customer_phone="31112233")
    assert listed["total"] == orders


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"email": "s@example.org"}, "e-mail"),
        ({"clear": ["phone_number"]}, "phone number"),
        ({"first_name": "S", "last_name": "K"}, "name"),
        ({"first_name": "S", "locale": "se"}, "data"),
    ],
)
async def test_the_headline_says_what_of_whom(door: Door, person: Person, change: dict[str, Any], what: str) -> None:
    await door.done("update_user", user_id=SOREN, **change)
    assert person.questions[0].startswith(f"Change the {what} of “Søren Kjærgaard”?\n")


class Customers:
    """An API with more customers of an e-mail than one page shows, and one whose fields are not told."""

    def __init__(self, rows: list[dict[str, Any]], **user: Any) -> None:
        self.rows = rows
        self.user = {"id": "usr_1", **user}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/users":
            page = int(request.url.params["page"])
            rows = self.rows[(page - 1) * 2 : page * 2]
            return httpx.Response(200, json={"count": len(self.rows), "results": rows})
        if request.url.path == "/v1/orders":
            return httpx.Response(200, json={"count": 3, "results": []})
        return httpx.Response(200, json=self.user)


def row(number: int, email: str) -> dict[str, Any]:
    return {"id": f"usr_{number}", "email": email}


async def test_all_customers_with_an_e_mail_are_looked_at(tmp_path: Path) -> None:
    person = Person(YES)
    rows = [row(number, f"x.new@example.org.{number}") for number in range(10, 19)]
    for org, others, says in (
        ({"organization_id": "org_1"}, [*rows, row(19, "NEW@example.org")], "another customer"),
        ({}, [*rows, row(19, "new@example.org")], "Other customers with this e-mail: usr_19"),
        ({"organization_id": "org_1"}, rows * 4, "Other customers with this e-mail: unknown"),
    ):
        async with open_door(tmp_path, "auto", person, api=Customers(others, **org)) as door:
            call = {"user_id": "usr_1", "email": "new@example.org"}
            if says == "another customer":
                assert says in await door.refused("update_user", **call)
                continue
            await door.done("update_user", **call)
            assert says in person.questions[-1]
    assert len(person.questions) == 2


async def test_a_field_that_is_not_told_is_unknown_and_its_removal_is_shown(tmp_path: Path) -> None:
    person = Person(YES)
    async with open_door(tmp_path, "auto", person, api=Customers([], first_name="Ida")) as door:
        await door.done("update_user", user_id="usr_1", clear=["phone_number"], last_name="Lund")
    assert "Phone: unknown → none" in person.questions[0]
    assert "Last name: unknown → “Lund”" in person.questions[0]


@pytest.mark.parametrize("answer", [DECLINE, CANCEL, UNTICKED])
async def test_without_a_yes_nothing_changes(open_server: OpenServer, answer: ElicitResult) -> None:
    person = Person(answer)
    async with open_server(person) as door:
        before = await door.done("get_user", user_id=SOREN)
        assert "was not run" in await door.refused("update_user", user_id=SOREN, **CHANGE)
        assert await door.done("get_user", user_id=SOREN) == before
    assert len(person.questions) == 1


async def test_a_host_that_cannot_ask_changes_nothing(open_server: OpenServer) -> None:
    async with open_server() as door:
        assert await door.waiting("update_user", user_id=SOREN, **CHANGE)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "nothing would change"),
        ({"email": "soeren.kjaergaard@example.com"}, "nothing would change"),
        ({"email": " soeren.kjaergaard@example.com"}, "nothing would change"),
        ({"phone_number": "+45 20 13 45-67", "last_name": "Kjærgaard "}, "nothing would change"),
        ({"email": "soeren at example.com"}, "not an address"),
        ({"email": "MAJA.oestergaard@example.com"}, "usr_maja"),
        ({"user_id": "usr_none", "first_name": "x"}, "No User"),
        ({"email": None}, "nothing would change"),
        ({"name": "x"}, "name may mean first_name or last_name"),
    ],
)
async def test_nobody_is_asked_in_vain(door: Door, person: Person, arguments: dict[str, Any], says: str) -> None:
    assert says in await door.refused("update_user", **{"user_id": SOREN, **arguments})
    assert person.questions == []


async def test_staff_are_refused_before_anybody_is_asked(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person, sandbox_token="sandbox-staff") as door:
        text = await door.refused("update_user", user_id=SOREN, first_name="Nej")
    assert "staff in org_nordlys" in text
    assert person.questions == []


async def test_what_only_the_api_can_judge_is_refused_by_it(door: Door) -> None:
    assert "country code" in await door.refused("update_user", user_id=SOREN, phone_number="+45 12")
    assert "en, da, se, nl, pl" in await door.refused("update_user", user_id=SOREN, locale="de")


async def test_facts_that_changed_meanwhile_are_asked_again(open_server: OpenServer) -> None:
    other: Callable[[], Awaitable[object]] | None = None

    async def answer(question: str) -> ElicitResult:
        assert other is not None
        await other()
        return YES

    person = Person(answer, YES)
    async with open_server(person) as door:

        async def change_it() -> None:
            client = await door.backend.client()
            await client.send(UPDATE_USER, path={"id": SOREN}, body={"phone_number": "+4531445566"})

        other = change_it
        await door.done("update_user", user_id=SOREN, phone_number="+45 31 11 22 33")
    first, second = person.questions
    assert "“+4520134567” →" in first
    assert "“+4531445566” →" in second


async def test_an_api_without_user_info_is_asked_itself(era: Era, tmp_path: Path) -> None:
    user = {"id": "usr_1", "email": "a@b.dk", "first_name": "A", "organization_id": "org_1"}
    empty: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}

    def api(request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path:
            case "GET", "/v1/users/usr_1":
                return httpx.Response(200, json=user)
            case "GET", "/v1/orders" | "/v1/users":
                return httpx.Response(200, json=empty)
            case "PATCH", "/v1/users/usr_1":
                return httpx.Response(403, json={"detail": "No."})
            case _:
                return httpx.Response(404, json={"detail": "Not found."})

    person = Person(YES)
    async with open_door(tmp_path, era, person, api=api) as door:
        assert "No." in await door.refused("update_user", user_id="usr_1", first_name="B")
    assert "First name: “A” → “B”" in person.questions[0]
