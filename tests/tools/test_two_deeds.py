"""Two deeds in one call: what exists and what is missing where the second fails, and that the settings hold for it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from preo_mcp.settings import Mode
from tests.door import DECLINE, YES, Door, Person, open_door
from tests.past_the_guard import control_of, rows
from tests.tools.conftest import OpenServer


class Deed(NamedTuple):
    """A call of two deeds, the answer of Preo to the first, the operation of the second, and what is then missing."""

    tool: str
    arguments: dict[str, Any]
    first: dict[str, Any]
    second: str
    field: str
    missing: str


DEEDS = [
    Deed(
        "adopt_email_message",
        {"email_message_id": "eml_1", "edition_id": "edt_1", "subject": "Autumn"},
        {"id": "eml_2", "subject": "Nyt"},
        "update_email_message",
        "not_done",
        "The template was copied as eml_2, without the subject",
    ),
    Deed(
        "duplicate_edition",
        {"edition_id": "edt_1", "start_date": "2028-05-19T12:00:00Z"},
        {"id": "edt_2", "name": "Copy"},
        "update_edition",
        "not_done",
        "The edition was copied as edt_2, without its dates",
    ),
    Deed(
        "upload_file",
        {"organization_id": "org_1", "text": "x", "file_name": "a.txt", "caption": "A poster"},
        {"api_id": "fil_2", "file_name": "a.txt"},
        "update_file",
        "not_done",
        "The file was uploaded as fil_2, without its texts",
    ),
    Deed(
        "create_segment",
        {"organization_id": "org_1", "name": "All", "condition": "true", "count": True},
        {"id": "seg_2", "status": "draft"},
        "recalculate_segment",
        "next_step",
        "The segment was made, without being counted",
    ),
    Deed(
        "recalculate_segment",
        {"segment_id": "seg_2", "restart": True},
        {"id": "seg_2", "status": "draft"},
        "recalculate_segment",
        "next_step",
        "The calculation that hung was given up, without being counted",
    ),
]
each_deed = pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.tool)


def api(deed: Deed, second: Callable[[], httpx.Response]) -> Callable[[httpx.Request], httpx.Response]:
    """An API that does the first write, and answers the second otherwise."""
    writes: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=deed.first)
        writes.append(request.url.path)
        return httpx.Response(201, json=deed.first) if len(writes) == 1 else second()

    return answer


def refused() -> httpx.Response:
    return httpx.Response(403, json={"detail": "Only managers may."})


def lost() -> httpx.Response:
    raise httpx.ReadTimeout("no answer")


@each_deed
async def test_what_exists_and_what_is_missing(tmp_path: Path, deed: Deed) -> None:
    async with open_door(tmp_path, "auto", Person(YES), api=api(deed, refused)) as door:
        done = await door.done(deed.tool, **deed.arguments)
    assert done[deed.field].startswith(deed.missing)
    assert "Only managers may" in done[deed.field]
    assert deed.second in done[deed.field]
    assert (done.get("id") or done["file_id"]).endswith("_2")


@each_deed
async def test_what_may_or_may_not_be(tmp_path: Path, deed: Deed) -> None:
    async with open_door(tmp_path, "auto", Person(YES), api=api(deed, lost)) as door:
        done = await door.done(deed.tool, **deed.arguments)
    assert "it is not known about" in done[deed.field]
    assert "Look before you repeat" in done[deed.field]


IN_SANDBOX: dict[str, dict[str, Any]] = {
    "adopt_email_message": {"email_message_id": "eml_nordlys_news", "edition_id": "edt_nordlys27", "subject": "Autumn"},
    "duplicate_edition": {"edition_id": "edt_nordlys27", "name": "Odense", "start_date": "2028-05-19T12:00:00"},
    "upload_file": {"organization_id": "org_nordlys", "text": "x", "file_name": "a.txt", "caption": "A poster"},
    "create_segment": {"organization_id": "org_nordlys", "name": "All", "condition": "true", "count": True},
}
SECOND = {deed.tool: deed.second for deed in DEEDS}
TABLES = ("email_messages", "editions", "files", "segments")


def counts(door: Door) -> list[int]:
    return [rows(door.folder, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]


WAYS_IN = pytest.mark.parametrize("mode", Mode)


@WAYS_IN
@pytest.mark.parametrize("tool", IN_SANDBOX)
async def test_a_denied_second_deed_stops_the_first(open_server: OpenServer, tool: str, mode: Mode) -> None:
    async with open_server(Person(YES), deny=(SECOND[tool],), mode=mode) as door:
        await door.done("list_editions")
        before = counts(door)
        assert f"do not offer {SECOND[tool]} (PREO_DENY)" in await door.refused(tool, **IN_SANDBOX[tool])
        assert counts(door) == before
        plain = {name: value for name, value in IN_SANDBOX[tool].items() if name in PLAIN}
        await door.done(tool, **plain)
        assert sum(counts(door)) > sum(before)


PLAIN = {"email_message_id", "edition_id", "name", "organization_id", "text", "file_name", "condition"}
"""Arguments of the first deed alone."""


@WAYS_IN
@pytest.mark.parametrize("tool", IN_SANDBOX)
async def test_a_second_deed_that_is_asked_about_is(open_server: OpenServer, tool: str, mode: Mode) -> None:
    person = Person(YES)
    async with open_server(person, ask_about=(SECOND[tool],), mode=mode) as door:
        await door.done(tool, **{name: value for name, value in IN_SANDBOX[tool].items() if name in PLAIN})
        assert not person.questions, "what is not asked for is not asked about"
        before = counts(door)
        await door.done(tool, **IN_SANDBOX[tool])
        assert sum(counts(door)) > sum(before)
        [question] = person.questions
        assert re.search(r"Step: “\w[\w ]+ \+ (Update|Recalculate) ", question), question


@WAYS_IN
@pytest.mark.parametrize("tool", IN_SANDBOX)
async def test_a_no_to_the_second_deed_stops_the_first(open_server: OpenServer, tool: str, mode: Mode) -> None:
    async with open_server(Person(DECLINE), ask_about=(SECOND[tool],), mode=mode) as door:
        await door.done("list_editions")
        before = counts(door)
        await door.refused(tool, **IN_SANDBOX[tool])
        assert counts(door) == before


SEVERAL_WRITES: dict[str, dict[str, Any]] = {
    **IN_SANDBOX,
    "recalculate_segment": {"segment_id": "seg_nordlys_stuck", "restart": True},
    "retry_webhook_delivery": {"webhook_id": "whk_nordlysbooks", "failed_since": "2020-01-01T00:00:00Z"},
}


async def writes(door: Door) -> int:
    """Return how many writes the sandbox got."""
    control = await control_of(door.backend)
    seen: list[dict[str, Any]] = (await control.get("/__sandbox/requests")).raise_for_status().json()
    return sum(one["method"] != "GET" for one in seen)


@WAYS_IN
@pytest.mark.parametrize("tool", SEVERAL_WRITES)
@pytest.mark.parametrize("says_yes", [True, False])
async def test_one_answer_is_for_all_writes_of_a_call(
    open_server: OpenServer, tool: str, mode: Mode, *, says_yes: bool
) -> None:
    person = Person(YES if says_yes else DECLINE)
    async with open_server(person, ask_about=(tool,), mode=mode) as door:
        result = await door.call(tool, **SEVERAL_WRITES[tool])
        assert result.is_error is not says_yes
        assert (await writes(door), len(person.questions)) == (2 if says_yes else 0, 1)


async def test_a_question_before_an_upload_names_its_texts(open_server: OpenServer) -> None:
    person = Person(YES)
    async with open_server(person) as door:
        given = {**IN_SANDBOX["upload_file"], "file_name": "a.csv", "image_alt_text": "Light"}
        done = await door.done("upload_file", **given)
        [question] = person.questions
        assert "Caption: “A poster”" in question
        assert "Text in place of the image: “Light”" in question
        assert (done["caption"], done["image_alt_text"]) == ("A poster", "Light")


async def test_dates_that_do_not_do_leave_no_copy(open_server: OpenServer) -> None:
    async with open_server(Person(YES)) as door:
        await door.done("list_editions")
        before = counts(door)
        given = {"edition_id": "edt_nordlys27", "start_date": "2028-05-19T12:00:00"}
        assert "not after" in await door.refused("duplicate_edition", **given, end_date="2028-05-18T12:00:00")
        spring = {"edition_id": "edt_nordlys27", "start_date": "2028-03-26T02:30:00"}
        assert "not a single moment" in await door.refused("duplicate_edition", **spring)
        assert counts(door) == before
        copy = await door.done("duplicate_edition", **given, end_date="2028-05-21T12:00:00")
        assert (copy["start_date"], copy["is_draft"]) == ("2028-05-19T12:00:00+02:00", True)


async def test_a_stuck_calculation_is_begun_anew_and_one_that_is_not_is_begun(open_server: OpenServer) -> None:
    async with open_server(Person(YES)) as door:
        stuck = "seg_nordlys_stuck"
        assert "processing" in await door.refused("recalculate_segment", segment_id=stuck)
        first = await door.done("recalculate_segment", segment_id=stuck, restart=True)
        again = await door.done("recalculate_segment", segment_id=stuck, restart=True)
        assert first["status"] == again["status"] == "completed"
        assert first["user_count"] == again["user_count"] > 0
        assert "next_step" not in first


async def test_the_second_write_of_a_yes_is_no_repetition_of_the_first(tmp_path: Path) -> None:
    deed, keys = DEEDS[0], list[str]()
    answered = api(deed, lambda: httpx.Response(200, json=deed.first))

    def noting(request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            keys.append(request.headers["idempotency-key"])
        return answered(request)

    async with open_door(tmp_path, "auto", Person(YES), api=noting, ask_about=(deed.second,)) as door:
        await door.done(deed.tool, **deed.arguments)
    first, second = keys
    assert first.startswith("pln_")
    assert second == f"{first}-2"
