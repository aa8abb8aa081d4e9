"""A list that is honest about being one page, and whose `next` gets the rest."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.models.data_imports import ImportOrdering, ListDataImportsQuery, Stage
from preo_mcp.replies.listing import listing
from preo_mcp.replies.reply import reply
from tests.door import content_of

PAGED = re.compile(r"page=(\d+), page_size=(\d+)")


class Row(BaseModel):
    number: int
    name: str


def page_of(rows: list[Row], query: PageQuery) -> Page[Row]:
    """Answer as Preo does."""
    start = (query.page - 1) * query.page_size
    more = "https://api.example/next" if start + query.page_size < len(rows) else None
    return Page[Row](count=len(rows), next=more, results=rows[start : start + query.page_size])


def test_it_says_what_was_returned_of_how_many() -> None:
    rows = [Row(number=number, name="x") for number in range(5)]
    first = listing(page_of(rows, PageQuery(page_size=2)), PageQuery(page_size=2))
    assert (first.returned, first.total, first.next, first.filters) == (2, 5, "page=2, page_size=2", None)
    last = listing(page_of(rows, PageQuery(page=3, page_size=2)), PageQuery(page=3, page_size=2))
    assert (last.returned, last.next) == (1, None)


def test_filters_are_shown_as_they_were_given() -> None:
    query = ListDataImportsQuery(
        stage=Stage.FAILED,
        include_cancelled=True,
        ordering=[ImportOrdering.STAGE, ImportOrdering.CREATED_DESC],
        page_size=10,
    )
    assert listing(Page[Row](count=0, results=[]), query).filters == (
        "include_cancelled=true, ordering=stage,-created, stage=failed"
    )


def test_another_tool_gets_the_rest_of_a_list_that_a_write_answers() -> None:
    rows = [Row(number=number, name="x") for number in range(5)]
    listed = listing(page_of(rows, PageQuery(page_size=2)), PageQuery(page_size=2), "list_rows")
    assert listed.next == "list_rows page=2, page_size=2"
    assert listed.rest_after("results", 1) == (1, "list_rows page=2, page_size=1")


@pytest.mark.parametrize(("field", "kept"), [("notes", 3), ("results", 0)])
def test_only_rows_continue(field: str, kept: int) -> None:
    assert listing(Page[Row](count=0, results=[]), PageQuery()).rest_after(field, kept) is None


@settings(max_examples=60, deadline=None)
@given(
    total=st.integers(0, 150),
    page_size=st.integers(1, 120),
    budget=st.integers(500, 3000),
    lengths=st.lists(st.integers(0, 120), min_size=1, max_size=7),
)
def test_following_next_gets_every_row_once(total: int, page_size: int, budget: int, lengths: list[int]) -> None:
    rows = [Row(number=number, name="æ" * lengths[number % len(lengths)]) for number in range(total)]
    query, seen = PageQuery(page_size=page_size), list[int]()
    for _ in range(total + 1):
        content = content_of(reply(listing(page_of(rows, query), query), [], budget))
        assert content["returned"] == len(content["results"])
        assert content["total"] == total
        seen += [row["number"] for row in content["results"]]
        if "next" not in content:
            break
        page, size = map(int, PAGED.fullmatch(content["next"]).groups())  # pyright: ignore[reportOptionalMemberAccess]
        query = PageQuery(page=page, page_size=size)
    assert seen == list(range(total))


def test_a_first_page_is_cut_no_shorter_than_it_has_to_be() -> None:
    rows = [Row(number=number, name="x" * 20) for number in range(97)]
    listed = listing(page_of(rows, PageQuery(page_size=97)), PageQuery(page_size=97))
    assert listed.rest_after("results", 53) == (53, "page=2, page_size=53")
