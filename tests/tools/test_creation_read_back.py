"""What a list has now and had not before: pages, equal moments, lists that cannot tell; and who made what is new."""

import json
from typing import Any

import httpx
import pytest

from preo_mcp.approval.ended import DidNotHappen, Unknown
from preo_mcp.tools.read_backs import MOST_PAGES, PAGE, REMEMBERED
from preo_mcp.tools.webhooks.subjects import IssuedSecret
from tests.unguarded import UnguardedCall, scripted

NEW = {"organization_id": "org_1", "name": "Books", "url": "https://a.example/1", "events": ["A", "B"]}
OURS = {**NEW, "secret": "whsec_…3f9a"}
OTHER: dict[str, Any] = {}


class Hooks:
    """A list of webhooks, the newest first, with what was put in front."""

    def __init__(self, *created: str | None) -> None:
        self.rows = [self._row(f"old_{number}", moment) for number, moment in enumerate(created)]
        self.asked = 0

    def add(self, *rows: dict[str, Any], at: str | None = "2027-01-02T10:00:00Z") -> None:
        for row in rows:
            self.rows.insert(0, self._row(f"new_{len(self.rows)}", at, **row))

    @staticmethod
    def _row(key: str, created: str | None, **fields: Any) -> dict[str, Any]:
        return {"id": key, "created": created, "url": "https://a.example/0", **fields}

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.params["ordering"] == "-created"
        self.asked += 1
        number, size = int(request.url.params["page"]), int(request.url.params["page_size"])
        rows = self.rows[(number - 1) * size : number * size]
        following = "https://api.example/next" if number * size < len(self.rows) else None
        return httpx.Response(200, json={"count": len(self.rows), "next": following, "results": rows})


async def look_back(hooks: Hooks, *rows: dict[str, Any], at: str | None = "2027-01-02T10:00:00Z") -> Any:
    async with scripted(hooks.answer) as backend:
        call = UnguardedCall(backend, "create_webhook", NEW)
        remembered = await call.remember()
        hooks.add(*rows, at=at)
        hooks.asked = 0
        return await call.look_back(json.loads(json.dumps(remembered)))


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], DidNotHappen),
        ([OURS], IssuedSecret),
        ([OURS | {"name": " Books ", "events": ["B", "A"]}], IssuedSecret),
        ([OTHER, OURS, OTHER], IssuedSecret),
        ([OURS, OURS], Unknown),
        ([OURS | {"name": "Ledger"}], Unknown),
        ([OURS | {"events": ["A"]}], Unknown),
        ([OURS, OURS | {"name": "Ledger"}], IssuedSecret),
        ([OURS | {"url": "https://a.example/2"}], DidNotHappen),
    ],
)
async def test_who_made_what_is_new(rows: list[dict[str, Any]], found: type) -> None:
    back = await look_back(Hooks("2027-01-01T10:00:00Z"), *rows)
    assert isinstance(back, found), back
    if isinstance(back, IssuedSecret):
        assert back.secret == OURS["secret"]
        assert back.secret_file is None
        assert "lost with the answer" in str(back.next_step)


@pytest.mark.parametrize("old", [0, 1, 25, 26, 2 * PAGE])
@pytest.mark.parametrize("others", [0, PAGE - 1, PAGE, 2 * PAGE])
async def test_pages_are_read_as_far_as_there_is_news(old: int, others: int) -> None:
    hooks = Hooks(*["2027-01-01T10:00:00Z"] * old, "2026-12-31T10:00:00Z", *["2026-12-30T10:00:00Z"] * 3 * PAGE)
    assert isinstance(await look_back(hooks, OURS, *[OTHER] * others), IssuedSecret)
    assert hooks.asked <= (1 + others + old) // PAGE + 1
    later = "2027-01-03T10:00:00Z"
    assert isinstance(await look_back(hooks, *[OTHER] * others, at=later), DidNotHappen)


async def test_the_same_moment_as_the_newest_before() -> None:
    hooks = Hooks("2027-01-02T10:00:00Z", "2027-01-02T10:00:00Z", "2027-01-01T10:00:00Z")
    assert isinstance(await look_back(hooks), DidNotHappen)
    assert isinstance(await look_back(hooks, OURS), IssuedSecret)


async def test_a_clock_that_is_a_little_behind() -> None:
    hooks = Hooks("2027-01-02T10:00:00.4Z", "2027-01-02T10:00:00Z", "2027-01-02T09:59:59.5Z", "2027-01-01T10:00:00Z")

    def insert(request: httpx.Request) -> httpx.Response:
        answer = hooks.answer(request)
        if hooks.asked == 1:
            hooks.rows.insert(1, {"id": "new", "created": "2027-01-02T10:00:00.1Z", **OURS})
        return answer

    async with scripted(insert) as backend:
        call = UnguardedCall(backend, "create_webhook", NEW)
        found = await call.look_back(await call.remember())
    assert isinstance(found, IssuedSecret), found
    assert found.id == "new"


@pytest.mark.parametrize("at_once", [REMEMBERED, MOST_PAGES * REMEMBERED, MOST_PAGES * PAGE // 2])
async def test_many_at_one_moment_before(at_once: int) -> None:
    hooks = Hooks(*["2027-01-02T10:00:00Z"] * at_once, "2027-01-01T10:00:00Z")
    for row in hooks.rows:
        row |= OURS
    found = await look_back(hooks, at="2027-01-02T10:00:00.5Z")
    assert isinstance(found, DidNotHappen if at_once <= MOST_PAGES * REMEMBERED else Unknown), found


@pytest.mark.parametrize(
    "created",
    [
        ("2027-01-01T10:00:00Z", "2027-01-03T10:00:00Z"),
        ("2027-01-01T10:00:00Z", None),
        (None,),
    ],
)
async def test_a_list_in_another_order_or_without_moments_tells_nothing(created: tuple[str | None, ...]) -> None:
    assert isinstance(await look_back(Hooks(*created)), Unknown)
    assert isinstance(await look_back(Hooks(*created), OURS), Unknown)


async def test_too_many_new_ones_tell_nothing() -> None:
    hooks = Hooks("2027-01-01T10:00:00Z")
    assert isinstance(await look_back(hooks, *[OTHER] * (MOST_PAGES * PAGE + 1)), Unknown)
    assert hooks.asked == MOST_PAGES


ROTATED: dict[str, Any] = {"secret": "whsec_…9b1c", "previous_secret_expires_at": "2027-01-03T10:00:00Z"}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"secret": "whsec_…3f9a"}, ROTATED, IssuedSecret),
        ({"secret": "whsec_…3f9a"}, {**ROTATED, "secret": "whsec_…3f9a"}, IssuedSecret),
        ({"secret": "whsec_…3f9a"}, {"secret": "whsec_…9b1c"}, IssuedSecret),
        ({"secret": "whsec_…3f9a"}, {"name": "Ledger"}, DidNotHappen),
        ({"secret": "whsec_…3f9a", "previous_secret_expires_at": "2027-01-02T10:00:00Z"}, ROTATED, IssuedSecret),
        (ROTATED, {"previous_secret_expires_at": None}, DidNotHappen),  # the older one's day is over
        ({}, {}, Unknown),
        ({}, {"previous_secret_expires_at": "2027-01-03T10:00:00Z"}, IssuedSecret),
    ],
)
async def test_a_rotation_shows_by_the_secrets_end_and_the_older_ones_day(
    before: dict[str, Any], after: dict[str, Any], found: type
) -> None:
    shown = {"id": "whk_1", **before}
    async with scripted(lambda _: httpx.Response(200, json=shown)) as backend:
        call = UnguardedCall(backend, "rotate_webhook_secret", {"webhook_id": "whk_1"})
        remembered = await call.remember()
        shown |= after
        assert isinstance(await call.look_back(remembered), found)
