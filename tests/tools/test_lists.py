"""Lists that are merged and searched here: pages as of one list, and honest about what was read."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import MISSING, BaseModel

from preo_mcp.api.errors import NotFoundError, ValidationError
from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.operations import LIST_SEGMENTS
from preo_mcp.tools.lists import MOST_LISTS, MOST_PAGES, Found, ListOf

START = datetime(2027, 1, 1, tzinfo=UTC)


class State(StrEnum):
    """What a row can be."""

    DRAFT = "draft"
    SENT = "sent"
    FAILED = "failed"


class Row(BaseModel):
    """A row that says by what it is ordered."""

    id: str
    name: str | None = None
    status: State = State.DRAFT
    created: datetime | None = None


class Query(PageQuery):
    """The filters of the list."""

    status: State | MISSING = MISSING
    edition_id: str | MISSING = MISSING
    ordering: list[str] | MISSING = MISSING


ROWS = ListOf(LIST_SEGMENTS, Page[Row], searched=("name", "id"))


class Api:
    """Answers as Preo does, at most `most` rows at once, and remembers what was asked."""

    def __init__(self, rows: Sequence[Row], most: int = 1000) -> None:
        self.rows = rows
        self.most = most
        self.asked: list[Query] = []

    async def __call__(self, query: Query) -> Page[Row]:
        self.asked.append(query)
        rows = [row for row in self.rows if query.status in (MISSING, row.status)]
        rows.sort(key=lambda row: (row.created or START, row.id), reverse=query.ordering != ["created"])
        size = min(query.page_size, self.most)
        start = (query.page - 1) * size
        if query.page > 1 and start >= len(rows):
            raise NotFoundError("List", "there is no such page", "Ask for an earlier one.")
        return Page(count=len(rows), next="there" if start + size < len(rows) else None, results=rows[start:][:size])


def some(count: int, **fields: Any) -> list[Row]:
    return [
        Row(id=f"r{number:05}", status=list(State)[number % 3], created=START + timedelta(hours=number), **fields)
        for number in range(count)
    ]


rows_of_lists = st.lists(
    st.tuples(st.sampled_from(State), st.integers(0, 9), st.sampled_from(["Ørsted", "orsted sommer", "vinter", None])),
    max_size=60,
).map(
    lambda made: [
        Row(id=f"r{number:03}", status=status, created=START + timedelta(hours=hours), name=name)
        for number, (status, hours, name) in enumerate(made)
    ]
)


async def all_pages(api: Api, query: Query, **asked: Any) -> tuple[list[Row], list[Found[Row]]]:
    """Follow `next` to the end."""
    rows, found = list[Row](), list[Found[Row]]()
    while not found or found[-1].page.next:
        found.append(await ROWS.found_by(api, query.model_copy(update={"page": len(found) + 1}), **asked))
        rows += found[-1].page.results
    return rows, found


@settings(max_examples=150, deadline=None)
@given(
    rows=rows_of_lists,
    states=st.lists(st.sampled_from(State), min_size=1, max_size=4),
    size=st.integers(1, 25),
    most=st.integers(3, 30),
    ascending=st.booleans(),
)
async def test_pages_of_several_lists_are_those_of_one(
    rows: list[Row], states: list[State], size: int, most: int, ascending: bool
) -> None:
    query = Query(page_size=size, ordering=["created" if ascending else "-created"])
    if len(set(states)) == 1:
        most = 1000  # then Preo's own page is the answer, as long as it makes it
    read, found = await all_pages(Api(rows, most), query, several={"status": states})
    wanted = [row for row in rows if row.status in states]
    assert sorted(row.id for row in read) == sorted(row.id for row in wanted)
    times = [row.created for row in read if row.created]
    assert times == sorted(times, reverse=not ascending)
    assert {(one.page.count, one.is_counted, one.looked_through) for one in found} == {(len(wanted), True, None)}
    assert all(len(one.page.results) == size for one in found[:-1])


@settings(max_examples=150, deadline=None)
@given(
    rows=rows_of_lists,
    states=st.lists(st.sampled_from(State), max_size=3),
    size=st.integers(1, 25),
    most=st.integers(3, 30),
    search=st.sampled_from(["orsted", "ØRSTED", "sommer orsted", "r00", "nothing"]),
)
async def test_what_is_searched_here_is_found_once(
    rows: list[Row], states: list[State], size: int, most: int, search: str
) -> None:
    among = [row for row in rows if not states or row.status in states]
    words = search.casefold().replace("ø", "o").split()
    wanted = [
        row
        for row in among
        if all(word in f"{(row.name or '').casefold().replace('ø', 'o')} {row.id}" for word in words)
    ]
    read, found = await all_pages(Api(rows, most), Query(page_size=size), several={"status": states}, search=search)
    assert sorted(row.id for row in read) == sorted(row.id for row in wanted)
    assert {one.page.count for one in found} == {len(wanted)}
    assert {one.looked_through for one in found} == {f"all {len(among)}"}


async def test_one_value_is_asked_of_preo_alone_and_several_are_told() -> None:
    api = Api(some(9))
    found = await ROWS.found_by(api, Query(page_size=2), several={"status": [State.SENT, State.SENT]})
    assert ([query.status for query in api.asked], found.filters) == (
        [State.SENT],
        {"status": State.SENT},
    )
    assert (found.page.count, len(found.page.results), bool(found.page.next)) == (3, 2, True)

    found = await ROWS.found_by(api, Query(), several={"status": [State.SENT, State.DRAFT]})
    assert found.filters == {"status": [State.SENT, State.DRAFT]}
    found = await ROWS.found_by(api, Query(), several={"status": MISSING}, search="  ")
    assert (found.filters, found.page.count, found.looked_through) == ({}, 9, None)


async def test_no_more_is_read_than_a_page_needs() -> None:
    api = Api(some(3000))
    await ROWS.found_by(api, Query(page=2, page_size=25), several={"status": list(State)})
    assert [(query.page, query.page_size) for query in api.asked] == [(1, 50)] * 3


async def test_a_page_past_the_end_is_empty_and_the_total_stays() -> None:
    found = await ROWS.found_by(Api(some(9)), Query(page=7), several={"status": [State.SENT, State.DRAFT]})
    assert (found.page.results, found.page.count, found.page.next) == ([], 6, None)


async def test_what_is_not_read_to_its_end_says_so_and_counts_nothing() -> None:
    api = Api(some(900), most=10)
    found = await ROWS.found_by(api, Query(), search="nothing")
    assert (found.page.results, found.is_counted) == ([], False)
    assert found.looked_through == "200 of 900; more may fit: try status, edition_id, the other ordering"
    assert len(api.asked) == 20


async def test_a_condition_of_the_tool_is_one_more_filter() -> None:
    found = await ROWS.found_by(Api(some(9)), Query(), search="r0000", where=lambda row: row.status is State.SENT)
    assert [row.id for row in found.page.results] == ["r00007", "r00004", "r00001"]


async def test_rows_that_change_sides_meanwhile_come_once_and_are_not_counted() -> None:
    row = some(1)[0]

    async def everywhere(_: Query) -> Page[Row]:
        return Page(count=1, results=[row])

    found = await ROWS.found_by(everywhere, Query(), several={"status": list(State)})
    assert (found.page.results, found.is_counted) == ([row], False)


async def test_rows_that_do_not_tell_their_order_are_not_said_to_be_in_it() -> None:
    async def silent(query: Query) -> Page[Row]:
        return Page(count=1, results=[Row(id=str(query.status))])

    found = await ROWS.found_by(silent, Query(), several={"status": [State.SENT, State.DRAFT]}, search="s")
    assert found.filters["ordering"] == "-created (within each status only)"


async def test_too_many_requests_are_refused_with_what_to_ask_instead() -> None:
    many = [f"edt_{number}" for number in range(MOST_LISTS)]
    with pytest.raises(ValidationError, match="fewer values of status and edition_id"):
        await ROWS.found_by(Api([]), Query(), several={"status": [State.SENT, State.DRAFT], "edition_id": many})
    both = {"status": [State.SENT, State.DRAFT]}
    deep = Query(page=MOST_PAGES // 2 + 1, page_size=1000)
    with pytest.raises(ValidationError, match="one value of status"):
        await ROWS.found_by(Api([]), deep, several=both)
    await ROWS.found_by(Api([]), deep.model_copy(update={"page": MOST_PAGES // 2}), several=both)
    in_small_steps = Api(some(900), most=1)
    with pytest.raises(ValidationError, match="one value of status"):
        await ROWS.found_by(in_small_steps, Query(page=200, page_size=1), several=both)


async def test_rows_that_are_gone_while_a_list_is_read_are_no_failure() -> None:
    async def shrinking(query: Query) -> Page[Row]:
        if query.page > 1:
            raise NotFoundError("List", "there is no such page", "Ask for an earlier one.")
        return Page(count=4, next="there", results=some(2))

    found = await ROWS.found_by(shrinking, Query(), search="r")
    assert (found.page.count, found.looked_through) == (2, "all 2")
