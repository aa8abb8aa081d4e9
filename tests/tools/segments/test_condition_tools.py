"""Checking and explaining conditions through a host: on the sandbox, and on APIs that answer differently."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.cel.condition import check_condition
from preo_mcp.cel.environment import environment_of
from preo_mcp.tools.segments.checking import NOT_HERE
from tests.door import EDITION, Door, open_door

VALIDATE, EXPLAIN = "validate_cel_expression", "explain_cel_expression"
WRONG, RIGHT = "user.contry == 'DK'", "user.country == 'DK'"
MISTAKE = {"line": 1, "column": 6, "message": "no such field", "suggestion": "country"}

Script = Callable[[str, dict[str, Any]], httpx.Response]
"""Answers a path and a body."""


def answering(script: Script) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        return script(request.url.path.removeprefix("/v1/segments/"), json.loads(request.content or b"{}"))

    return answer


def validated(_path: str, body: dict[str, Any]) -> httpx.Response:
    """Answer as a Preo that knows one field of customers."""
    sound = body["expression"] == RIGHT
    return httpx.Response(200, json={"valid": sound, "errors": [] if sound else [MISTAKE]})


def taken(_path: str, _body: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"valid": True})


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is not installed."""
    environment_of.cache_clear()
    monkeypatch.setitem(sys.modules, "preo_mcp.cel.engine", None)


async def asked(tmp_path: Path, script: Script, tool: str = VALIDATE, **arguments: Any) -> dict[str, Any]:
    async with open_door(tmp_path, "auto", api=answering(script)) as door:
        return await door.done(tool, **arguments)


async def test_in_the_sandbox(tmp_path: Path) -> None:
    async with open_door(tmp_path, "legacy") as door:
        await a_mistake_is_shown_and_put_right(door)
        await unknown_values_are_warned_of(door)
        await it_is_counted_on_request(door)
        await it_is_explained(door)


async def a_mistake_is_shown_and_put_right(door: Door) -> None:
    told = await door.done(VALIDATE, expression="user.has_valid_email &&\nuser.contry == 'DK'")
    assert (told["valid"], told["checked_by"]) == (False, "local, Preo")
    assert told["corrected"] == "user.has_valid_email &&\nuser.country == 'DK'"
    [error] = told["errors"]
    assert error == {
        "line": 2,
        "column": 6,
        "message": "User has no field 'contry'",
        "suggestion": "country",
        "caret": "user.contry == 'DK'\n.....^",
    }
    unsure = await door.done(VALIDATE, expression="user.zzz == 'DK'")
    assert "corrected" not in unsure
    assert "suggestion" not in unsure["errors"][0]


async def unknown_values_are_warned_of(door: Door) -> None:
    expression = (
        "user.purchases.exists(p, p.product_type == 'tickets' || p.status in ['completed', 'canceled']\n"
        "  || p.product_id == 'Børnebillet' || 'cat_parkin' in p.category_ids || p.variant_id == 'zzzzzz'\n"
        "  || p.product_name == 'whatever') || user.consents.exists(c, c.consent_id == 'con_nordlys_new')\n"
        "  || user.orders.exists(o, o.status == 'complete' || o.type != 'on-line') || user.country == 'dk'\n"
        "  || user.created.getMonth() == 12 || now.getHours() == 23"
    )
    told = await door.done(VALIDATE, expression=expression, edition_id=EDITION)
    assert told["valid"]
    assert "corrected" not in told
    assert [(one["line"], one["message"], one.get("suggestion")) for one in told["warnings"]] == [
        (1, "no product_type 'tickets' is known", "ticket"),
        (1, "no status 'canceled' is known", "cancelled"),
        (2, "no product_id 'Børnebillet' is known", "prd_n27_child"),
        (2, "no category_id 'cat_parkin' is known", "cat_parking"),
        (2, "no variant_id 'zzzzzz' is known", None),
        (3, "no consent_id 'con_nordlys_new' is known", "con_nordlys_news"),
        (4, "no status 'complete' is known", "completed"),
        (4, "no type 'on-line' is known", "online"),
        (4, "'dk' is not a country code", "DK"),
        (5, "getMonth never gives 12", "0 is January, 11 is December"),
    ]
    assert told["warnings"][0]["caret"].endswith("." * 43 + "^")
    everywhere = await door.done(VALIDATE, expression=expression)
    assert [one["line"] for one in everywhere["warnings"]] == [4, 4, 4, 5]


async def it_is_counted_on_request(door: Door) -> None:
    counted = await door.done(VALIDATE, expression="user.first_name.startsWith('A')", edition_id=EDITION, count=True)
    assert counted["matching"] > len(counted["samples"]) == 3
    assert all(set(one) == {"id", "name"} and one["name"].startswith("A") for one in counted["samples"])
    everybody = await door.done(VALIDATE, expression="true", count=True)
    assert everybody["matching"] == 2000
    failing = await door.done(VALIDATE, expression="user.orders[1].total > 0", edition_id=EDITION, count=True)
    note, labelled = failing["notes"]
    assert labelled.startswith("samples: from customers or files")
    assert note.startswith("It fails on ")
    assert "index=1" in note
    assert "matching" not in await door.done(VALIDATE, expression="true")
    assert "matching" not in await door.done(VALIDATE, expression=WRONG, count=True)


async def it_is_explained(door: Door) -> None:
    expression = "user.purchases.exists(p, p.product_id == 'prd_n27_child')"
    told = await door.done(EXPLAIN, expression=expression, edition_id=EDITION)
    assert "the purchase's product id is 'prd_n27_child' (Børnebillet)." in told["explanation"]
    assert "\nFields: User.purchases: those of all orders" in told["explanation"]
    assert "(Børnebillet)" not in (await door.done(EXPLAIN, expression=expression))["explanation"]
    assert "line 1, column 14" in await door.refused(EXPLAIN, expression="user.country = 'DK'")
    assert "characters" in await door.refused(EXPLAIN, expression="x" * 20_000)
    unknown = await door.done(EXPLAIN, expression="true", edition_id="edt_none")
    assert "No Edition" in unknown["notes"][0]
    assert "No Edition" in await door.refused(VALIDATE, expression="true", edition_id="edt_none")


@pytest.mark.usefixtures("no_engine")
async def test_without_the_engine_preo_alone_speaks(tmp_path: Path) -> None:
    told = await asked(tmp_path, validated, expression=WRONG)
    assert (told["valid"], told["checked_by"], told["corrected"]) == (False, "Preo", RIGHT)
    assert NOT_HERE in told["notes"]
    [error] = told["errors"]
    assert (error["message"], error["caret"]) == ("no such field", "user.contry == 'DK'\n.....^")
    assert "found_by" not in error
    unsure = await asked(tmp_path, validated, expression="user.land == 'DK'")
    assert "corrected" not in unsure
    assert (await asked(tmp_path, validated, expression=RIGHT))["valid"]
    async with open_door(tmp_path, "auto", api=lambda _: httpx.Response(404)) as door:
        assert "Validate CEL expression" in await door.refused(VALIDATE, expression=RIGHT)


async def test_where_the_two_disagree_both_are_heard(tmp_path: Path) -> None:
    milder = await asked(tmp_path, taken, expression=WRONG)
    assert (milder["valid"], milder["errors"][0]["found_by"]) == (True, "local")
    assert "The local check finds mistakes where Preo finds none" in milder["notes"][0]
    stricter = await asked(tmp_path, validated, expression="user.email == 'a@b.dk'")
    assert (stricter["valid"], stricter["errors"][0]["found_by"]) == (False, "Preo")
    assert "Preo finds mistakes where the local check finds none" in stricter["notes"][0]
    assert "corrected" not in stricter
    agreed = await asked(tmp_path, validated, expression=WRONG)
    assert "found_by" not in agreed["errors"][0]
    assert "finds none" not in str(agreed["notes"])
    unprovable = await asked(tmp_path, validated, expression="user.contry == 'SE'")
    assert "corrected" not in unprovable, "Preo does not find the correction sound"


async def test_without_preo_the_local_check_speaks(tmp_path: Path) -> None:
    for answer in (httpx.Response(404), httpx.Response(500)):
        told = await asked(tmp_path, lambda _path, _body, answer=answer: answer, expression=WRONG)
        assert (told["valid"], told["checked_by"], told["corrected"]) == (False, "local", RIGHT)
        assert "Preo did not check it" in told["notes"][0]
    async with open_door(tmp_path, "auto", api=lambda _: httpx.Response(401)) as door:
        await door.refused(VALIDATE, expression=RIGHT)


async def test_a_preo_that_does_not_count_is_not_made_to(tmp_path: Path) -> None:
    def refusing(path: str, body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(400, json={"count": ["Unknown field."]}) if "count" in body else validated(path, body)

    for script in (validated, refusing):
        told = await asked(tmp_path, script, expression=RIGHT, count=True)
        assert told["valid"]
        assert "Preo did not count" in told["notes"][0]


async def test_the_edition_s_own_context_is_what_counts(tmp_path: Path) -> None:
    context: dict[str, Any] = {
        "variables": [{"name": "user", "type": "Guest"}, {"name": "score", "type": "whatever"}],
        "types": [
            {
                "name": "Guest",
                "fields": [
                    {"name": "age", "type": "integer?"},
                    {"name": "tags", "type": "list<string>"},
                    {"name": "born", "type": "datetime", "description": "day of birth"},
                    {"name": "not a name", "type": "string"},
                    {"name": "friends", "type": "list<Guest>"},
                ],
            }
        ],
        "functions": [{"name": "isVip"}, {"name": "size"}, {"name": "&& ||"}],
        "dynamic_values": {},
    }

    def script(path: str, body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=context) if path == "cel-context" else taken(path, body)

    sound = (
        "user.age == 18.0 && 'x' in user.tags && isVip(user) && score.x > 1 && user.friends.all(f, f.born < user.born)"
    )
    told = await asked(tmp_path, script, expression=sound, edition_id="edt_1")
    assert (told["checked_by"], told.get("errors", []), "notes" in told) == ("local, Preo", [], False)
    wrong = await asked(tmp_path, script, expression="user.agee > 5 && isVipp(1)", edition_id="edt_1")
    assert [one["suggestion"] for one in wrong["errors"]] == ["age", "isVip"]
    explained = await asked(tmp_path, script, EXPLAIN, expression="user.born < user.born", edition_id="edt_1")
    assert "Guest.born: day of birth" in explained["explanation"]
    context["types"].append({"name": "Odd", "fields": [{"name": "twice", "type": "bool"}] * 2})
    odd = await asked(tmp_path, script, expression=RIGHT, edition_id="edt_1")
    assert "without the edition's own fields" in odd["notes"][0]
    context["types"] = []
    undescribed = await asked(tmp_path, script, expression=RIGHT, edition_id="edt_1")
    assert undescribed.get("errors", []) == []


@pytest.mark.parametrize("functions", [[], [{"name": "sum"}, {"name": "isMobile"}]], ids=["without", "with"])
async def test_what_stands_for_what_the_language_lacks(tmp_path: Path, functions: list[dict[str, str]]) -> None:
    def script(_path: str, _body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json={"functions": functions, "dynamic_values": {}})

    told = await asked(tmp_path, script, "get_cel_context", edition_id=EDITION)
    if functions:
        assert "notes" not in told
        return
    sums, mobiles = told["notes"]
    for note, begins, ends in ((sums, "as in ", "; further"), (mobiles, "Germany's: ", ".")):
        condition = note.split(begins, 1)[1].rsplit(ends, 1)[0]
        assert check_condition(condition, has_edition=False) == ()
