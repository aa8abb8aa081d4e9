"""A question laid out where there is room: what becomes a table, what waits behind a fold, what never does."""

from decimal import Decimal

import pytest

from preo_mcp.approval.facts import CHANGES, DELETES, Facts, Stakes, Yes
from preo_mcp.approval.layout import MOST_ROWS, sheet_of
from preo_mcp.approval.passages import parts_of_sms
from preo_mcp.approval.phrases import UNKNOWN
from preo_mcp.approval.sheet import Cells, Kind, Part, Sheet
from preo_mcp.approval.wording import (
    Amount,
    Count,
    Key,
    Mark,
    Passage,
    Personal,
    Row,
    Series,
    Sms,
    Span,
    SpanKind,
    row,
    say,
)
from preo_mcp.settings import Language
from preo_mcp.tools.fact_words import change, changed_field, named

QUESTION = say("Delete this file for good?")
COLUMNS = (("count", say("Pieces")), ("product", say("In the file")))


def laid_out(*lines: tuple[str, object], **facts: object) -> Sheet:
    given = tuple((say("{name}", name=Key(label)), value) for label, value in lines)
    return sheet_of(Facts(QUESTION, given, **facts), Language.ENGLISH, is_live=True)  # pyright: ignore[reportArgumentType]


def product(count: int, mark: Mark = Mark.NONE) -> Row:
    return row(say("{count} × {product}", count=Count(count), product=f"P{count}"), *COLUMNS, mark=mark)


def line(text: str) -> tuple[Span, ...]:
    return (Span(SpanKind.LINE, text),)


def test_rows_of_the_same_columns_are_one_table_and_a_series_of_them_goes_on_with_it() -> None:
    [before, table, after] = laid_out(
        ("a", "x"), ("Product", product(1, Mark.OUT)), ("more", Series((product(2), product(3)))), ("b", "y")
    ).rest
    assert (before.value, after.value) == (line("x"), line("y"))
    assert (table.label, table.headings, table.left_out) == ("Product", ("Pieces", "In the file"), "")
    assert table.rows == (
        Cells((line("1"), line("P1")), Mark.OUT),
        Cells((line("2"), line("P2"))),
        Cells((line("3"), line("P3"))),
    )


def test_of_too_many_rows_the_rest_is_counted_and_the_sum_is_shown() -> None:
    total = row(say("{count}", count=Count(9)), *COLUMNS, mark=Mark.SUM)
    rows = Series(tuple(product(number) for number in range(MOST_ROWS + 50)))
    [table] = laid_out(("Product", total), ("Product", rows)).rest
    assert len(table.rows) == MOST_ROWS + 1
    assert table.rows[-1] == Cells((line("9"), ()), Mark.SUM)
    assert table.left_out == "left out: 50"


def test_a_change_is_a_row_under_its_fields_name_unless_it_is_long() -> None:
    short = (changed_field("name"), change("a", None))
    long = (changed_field("sms_body"), change(Sms("x\ny"), Sms("z")))
    deciding = sheet_of(Facts(QUESTION, (), deciding=(short, long)), Language.ENGLISH, is_live=False).deciding
    assert deciding[0].headings == ("What changes", "Before", "After")
    assert deciding[0].rows == (Cells((line("Name"), line("a"), line("none"))),)
    assert deciding[1].label == "Text message (change)"
    assert [(kind, text) for kind, text, _ in deciding[1].value] == [
        ("", "Before"),
        ("sms", "x\ny"),
        ("", "After"),
        ("sms", "z"),
    ]


def test_what_waits_behind_the_fold_and_what_never_does() -> None:
    sheet = laid_out(
        ("plain", "x"),
        ("long", Passage("x")),
        ("unknown", say("{left}, after this refund {after}", left=UNKNOWN, after="1")),
        ("table", product(1)),
        counts=((say("Orders"), 3), (say("Customers"), 4)),
        first_counts=1,
        deciding=((say("Amount"), Amount(Decimal(5), "DKK")),),
    )
    assert [(part.folded, part.unknown) for part in sheet.rest] == [
        (True, False),
        (False, False),
        (False, True),
        (False, False),
        (True, False),
    ]
    assert [(part.label, part.folded) for part in sheet.deciding] == [("Orders", False), ("Amount", False)]


def test_ids_stand_apart_with_their_brackets() -> None:
    [part] = laid_out(("a", say("{order}, {status}", order=named("N-1", "ord_1"), status="paid"))).rest
    assert part.value == (Span(SpanKind.LINE, "N-1 "), Span(SpanKind.KEY, "(ord_1)"), Span(SpanKind.LINE, ", paid"))
    [part] = laid_out(("a", named(Personal("x (ord_2)\x01(y)\x02"), "a b"))).rest
    assert part.value == (Span(SpanKind.LINE, "“x (ord_2)(y)” "), Span(SpanKind.KEY, "(“a b”)"))


@pytest.mark.parametrize(
    ("stakes", "yes", "kind"),
    [
        (Stakes(money=True, people=True), CHANGES, Kind.MONEY),
        (Stakes(people=True), CHANGES, Kind.PEOPLE),
        (Stakes(people=True), DELETES, Kind.REMOVAL),
        (Stakes(), Yes(say("Upload")), Kind.CHANGE),
    ],
)
def test_the_kind_follows_from_the_stakes_and_the_verb(stakes: Stakes, yes: Yes, kind: Kind) -> None:
    assert laid_out(stakes=stakes, yes=yes).kind is kind


def test_a_sheet_survives_as_json() -> None:
    from pydantic import TypeAdapter

    sheet = Sheet(deciding=(Part("a", (Span(SpanKind.WHOLE, "x", "y"),), rows=(Cells((), Mark.OUT),)),))
    adapter = TypeAdapter(Sheet)
    assert adapter.validate_json(adapter.dump_json(sheet)) == sheet


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("øåÆ\n" * 40, 1),
        ("ę" * 70, 1),
        ("ę" * 71, 2),
        ("🎫" * 35, 1),
        ("🎫" * 36, 2),
        (f"{'a' * 159}’", 3),
    ],
)
def test_in_how_many_parts_a_text_message_is_sent(text: str, parts: int) -> None:
    assert parts_of_sms(text) == parts
