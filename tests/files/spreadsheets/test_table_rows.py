"""Rows: what is read, what is reported, and that nothing else is lost with it."""

from pathlib import Path
from typing import Any

import pytest

from preo_mcp.files.spreadsheets import BadRow, Fault, Overrides, Row, Table, UnreadableTable, open_table, rows


def table(tmp_path: Path, text: str, **overrides: Any) -> Table:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())
    return open_table(path, "table.csv", overrides=Overrides(**overrides))


def read(tmp_path: Path, text: str) -> list[Row]:
    return list(rows(table(tmp_path, text)))


def faults(found: list[Row]) -> list[tuple[int, Fault]]:
    return [(row.line, row.fault) for row in found if isinstance(row, BadRow)]


def test_an_unclosed_quote_costs_its_line_in_a_file_of_a_hundred_thousand(tmp_path: Path) -> None:
    lines = [f'{n},"Lund, Anna",10.00' for n in range(100_000)]
    lines[500] = '500,"Lund, Anna,10.00'
    found = read(tmp_path, "id,name,price\n" + "\n".join(lines) + "\n")
    assert faults(found) == [(502, Fault.UNCLOSED_QUOTE)]
    assert len(found) == 100_000
    assert found[501] == (503, ["501", "Lund, Anna", "10.00"])


def test_an_unclosed_quote_in_the_last_line_is_reported(tmp_path: Path) -> None:
    found = read(tmp_path, 'id,name,price\n1,Anna,10.00\n2,"Bo,20.00\n')
    assert found[0] == (2, ["1", "Anna", "10.00"])
    assert faults(found) == [(3, Fault.UNCLOSED_QUOTE)]


def test_rows_between_two_unpaired_quotes_are_not_swallowed(tmp_path: Path) -> None:
    body = "".join(f"{n},Anna,10.00\n" for n in range(1000))
    found = read(tmp_path, f'id,name,price\n{body}1000,"Bo,20.00\n{body}1001,Carl",30.00\n')
    assert faults(found) == [(1002, Fault.UNCLOSED_QUOTE)]
    assert len(found) == 2002
    assert found[-1] == (2003, ["1001", 'Carl"', "30.00"])


def test_a_long_note_in_quotes_is_one_cell(tmp_path: Path) -> None:
    note = "Dear all,\nwe come at 10,\nplease keep seats,\nall of us,\nthanks"
    found = read(tmp_path, f'id,name,note\n1,Anna,"{note}"\n2,Bo,\n')
    assert found == [(2, ["1", "Anna", note]), (7, ["2", "Bo", ""])]


def test_every_faulty_line_is_reported_with_its_number_and_reason(tmp_path: Path) -> None:
    good = "".join(f"{n},Anna,anna@example.dk\n" for n in range(30))
    found = read(
        tmp_path,
        f'id,name,email\n{good}30,Lund, Anna,anna@example.dk\n31,"An"na,x@example.dk\n{good}32,Bo\n\n,,\n33,,\n',
    )
    assert faults(found) == [(32, Fault.TOO_MANY_CELLS), (33, Fault.STRAY_QUOTE)]
    reasons = [row.reason for row in found if isinstance(row, BadRow)]
    assert reasons[0].startswith("the row has 4 cells, the table 3 columns")
    assert reasons[1] == 'a quotation mark (") inside a quoted cell is not doubled'
    assert [row for row in found if not isinstance(row, BadRow)][-2:] == [(64, ["32", "Bo", ""]), (67, ["33", "", ""])]


def test_a_report_contains_nothing_of_the_row(tmp_path: Path) -> None:
    found = read(tmp_path, 'id,name\n1,Anna\n2,Bo\n3,"secret"x\n4,secret,secret\n')
    assert len(faults(found)) == 2
    assert "secret" not in repr([row for row in found if isinstance(row, BadRow)])


@pytest.mark.parametrize("label", ["Total", "I alt:", "Summe", "Totaal", "Razem", "SUMMA"])
def test_totals_at_the_end_are_no_order(tmp_path: Path, label: str) -> None:
    found = read(tmp_path, f"id,name,email,price\n1,Anna,a@example.dk,10.00\n2,Bo,b@example.dk,5.00\n{label},,,15.00\n")
    assert faults(found) == [(4, Fault.TOTALS)]
    assert len(found) == 3


@pytest.mark.parametrize(
    "row", ["3,Total,t@example.dk,15.00", "3,Sum Wong,s@example.dk,15.00", "Total,Anna,a@example.dk,15.00"]
)
def test_an_order_of_someone_called_total_is_an_order(tmp_path: Path, row: str) -> None:
    found = read(tmp_path, f"id,name,email,price\n1,Anna,a@example.dk,10.00\n{row}\n")
    assert found[-1] == (3, row.split(","))


def test_totals_in_the_middle_are_left_to_the_importer(tmp_path: Path) -> None:
    more = "".join(f"{n},Bo,b@example.dk,5.00\n" for n in range(6))
    found = read(tmp_path, f"id,name,email,price\n1,Anna,a@example.dk,10.00\nTotal,,,10.00\n{more}")
    assert faults(found) == []


def test_columns_without_heading_are_kept_when_rows_fill_them(tmp_path: Path) -> None:
    opened = table(tmp_path, "id,name\n1,Anna,x\n2,Bo,y\n3,Carl,z\n")
    assert opened.header == ("id", "name", "column 3")


def test_numbered_names_never_collide(tmp_path: Path) -> None:
    opened = table(tmp_path, "Name,Name (2),Name,column 4,,Name\na,b,c,d,e,f\n")
    assert opened.header == ("Name", "Name (2)", "Name (3)", "column 4", "column 5", "Name (4)")


def test_headings_lose_line_breaks_and_invisible_characters(tmp_path: Path) -> None:
    opened = table(tmp_path, '" Order\u200b\nnumber ",E\u00a0mail\n1,a@example.dk\n')
    assert opened.header == ("Order number", "E mail")


def test_the_caller_names_the_line_of_the_headings(tmp_path: Path) -> None:
    text = "one,two\nthree,four\n1,2\n"
    opened = table(tmp_path, text, header_line=2)
    assert (opened.header, list(rows(opened))) == (("three", "four"), [(3, ["1", "2"])])
    opened = table(tmp_path, text, header_line=0)
    assert opened.header == ("column 1", "column 2")
    assert next(rows(opened)) == (1, ["one", "two"])
    with pytest.raises(UnreadableTable, match="no headings at line 9"):
        table(tmp_path, text, header_line=9)


def test_the_caller_names_the_delimiter(tmp_path: Path) -> None:
    opened = table(tmp_path, "a~b;c\n1~2;3\n", delimiter="~")
    assert (opened.header, list(rows(opened))) == (("a", "b;c"), [(2, ["1", "2;3"])])
    with pytest.raises(UnreadableTable, match="has to be one character"):
        table(tmp_path, "a,b\n", delimiter=";;")


def test_a_table_may_have_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, "Order,Name,Email\n") == []
    assert read(tmp_path, "Order,Name,Email") == []


def test_a_file_that_changed_is_not_read_on(tmp_path: Path) -> None:
    opened = table(tmp_path, "id,name\n1,Anna\n")
    opened.path.write_text("id,name\n1,Anna\n2,Bo\n")
    with pytest.raises(UnreadableTable, match="its file has changed"):
        list(rows(opened))


def test_notes_say_what_was_assumed(tmp_path: Path) -> None:
    opened = table(tmp_path, "Report of May\n\nid,name,email\n1,Anna,a@example.dk\n")
    assert opened.format.header_line == 3
    assert opened.format.notes == ("A row before the headings was passed over.",)
