"""What is given back of a file is imported as the file is: nothing doubles, nothing is lost, whatever its layout."""

import csv
import io
from pathlib import Path

import pytest

from preo_mcp.files.exports import Edition, Fates, Missing, Settlement, understand
from preo_mcp.files.exports.rows_back import ENCODING
from preo_mcp.files.exports.source import TO_CHECK
from tests.files.exports.plain_reading import CASES, EUROS, as_recommended
from tests.files.exports.test_layouts_of_services import EXPECTED

FILES = Path(__file__).parents[1]
LAYOUTS = Path(__file__).parent / "layouts"
PATHS = sorted(
    path
    for path in (*CASES.iterdir(), *LAYOUTS.iterdir(), *(FILES / name for name, *_ in EXPECTED))
    if path.suffix in (".csv", ".tsv", ".txt", ".xlsx")
)
HEAD = "Order ID,Email,SKU,Quantity,Unit price\n"


def settled(path: Path, folder: Path, wishes: list[str]) -> tuple[Settlement, list[str]]:
    """Settle a file as it is recommended, or by its first option; return it with what was settled."""
    found = understand(path, EUROS, workdir=folder)
    settlement = found.settle(wishes)
    while settlement.open:
        for one in settlement.open:
            first = one.options[0].name if one.options else "TICKET"
            wishes.append(f"{one.key}: {one.recommended or first}")
        settlement = found.settle(wishes)
    return settlement, wishes


def given_back(settlement: Settlement, fates: Fates, path: Path, *, came_in: bool = False) -> list[list[str]]:
    """Write what is given back, and return its rows."""
    out = io.StringIO(newline="")
    found = settlement.rows_back(out, fates, came_in=came_in)
    path.write_bytes(out.getvalue().encode(ENCODING))
    [_, *rows] = csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=_delimiter(out.getvalue()))
    assert len(rows) == found.rows
    return rows


def _delimiter(text: str) -> str:
    return max(",;\t|", key=text.partition("\n")[0].count)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_file_of_which_nothing_came_in_comes_back_as_it_was(tmp_path: Path, path: Path) -> None:
    settlement, wishes = settled(path, tmp_path, [])
    back = tmp_path / "back.csv"
    given_back(settlement, Fates(others=Missing("the import failed")), back)
    again = understand(back, EUROS, workdir=tmp_path, file_name=path.name)
    same = again.settle([one for one in wishes if not one.startswith("sheet")])
    assert not same.open
    assert str(same.announced) == str(settlement.announced)
    assert [one.heading for one in same.columns] == [one.heading for one in settlement.columns]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_what_stayed_out_stays_out_until_it_is_put_right(tmp_path: Path, path: Path) -> None:
    settlement, wishes = settled(path, tmp_path, [])
    back = tmp_path / "back.csv"
    if not given_back(settlement, Fates(), back):
        return
    again = understand(back, EUROS, workdir=tmp_path, file_name=path.name)
    assert not again.settle([one for one in wishes if not one.startswith("sheet")]).announced.orders


def test_the_rows_of_one_person_bring_their_whole_order(tmp_path: Path) -> None:
    rows = (
        "1,a@example.org,A,1,5.00\n1,b@example.org,A,viele,5.00\n1,c@example.org,A,1,5.00\n2,d@example.org,A,1,5.00\n"
    )
    (tmp_path / "orders.csv").write_text(HEAD + rows)
    found = understand(tmp_path / "orders.csv", EUROS, workdir=tmp_path)
    wishes = ["people: attendee", "unusable: leave_out"]
    settlement = found.settle(wishes)
    back = given_back(settlement, Fates(), tmp_path / "back.csv")
    assert [row[1:3] for row in back] == [["1", "a@example.org"], ["1", "b@example.org"], ["1", "c@example.org"]]
    assert back[0][0].startswith("comes in as 1/")
    text = (tmp_path / "back.csv").read_text(encoding=ENCODING).replace("viele", "1")
    (tmp_path / "back.csv").write_text(text, encoding=ENCODING)
    first, second = io.StringIO(), io.StringIO()
    settlement.write(first)
    understand(tmp_path / "back.csv", EUROS, workdir=tmp_path).settle(wishes).write(second)
    numbers = [{row["order_id"] for row in csv.DictReader(io.StringIO(one.getvalue()))} for one in (first, second)]
    assert len(numbers[1] - numbers[0]) == 1, "only the one that was put right is new to Preo"


def test_numbers_that_are_made_stay_the_same_with_a_reason_beside(tmp_path: Path) -> None:
    rows = "a@example.org,A,1,5.00\nb@example.org,A,2,5.00\n"
    (tmp_path / "orders.csv").write_text(HEAD.removeprefix("Order ID,") + rows)
    settlement = as_recommended(understand(tmp_path / "orders.csv", EUROS, workdir=tmp_path))
    given_back(settlement, Fates(others=Missing("not written")), tmp_path / "back.csv")
    again = as_recommended(understand(tmp_path / "back.csv", EUROS, workdir=tmp_path))
    first, second = io.StringIO(), io.StringIO()
    settlement.write(first)
    again.write(second)
    assert first.getvalue() == second.getvalue()


def test_formulas_are_guarded_and_come_back_as_they_were(tmp_path: Path) -> None:
    rows = "1,a@example.org,=1+1,1,5.00\n2,b@example.org,'-A,1,5.00\n3,c@example.org,+4512,1,5.00\n"
    (tmp_path / "orders.csv").write_text(HEAD + rows)
    settlement = as_recommended(understand(tmp_path / "orders.csv", Edition("EUR"), workdir=tmp_path))
    back = given_back(settlement, Fates(others=Missing("not written")), tmp_path / "back.csv")
    assert [row[3][0] for row in back] == ["'", "'", "+"]
    again = as_recommended(understand(tmp_path / "back.csv", EUROS, workdir=tmp_path))
    assert [one.code for one in again.products] == [one.code for one in settlement.products]


def test_an_order_twice_in_a_file_comes_in_once(tmp_path: Path) -> None:
    rows = "1,a@example.org,A,1,5.00\n2,b@example.org,A,x,5.00\n3,c@example.org,A,1,5.00\n2,b@example.org,B,1,5.00\n"
    (tmp_path / "orders.csv").write_text(HEAD + rows)
    settlement = as_recommended(understand(tmp_path / "orders.csv", EUROS, workdir=tmp_path))
    back = given_back(settlement, Fates(), tmp_path / "back.csv")
    assert [row[1] for row in back] == ["2", "2"], "in the order of the file"
    preo = Fates({"1": "ord_1", "3": "ord_3"}, others=Missing("not written"))
    came_in = given_back(settlement, preo, tmp_path / "in.csv", came_in=True)
    assert [row[:2] for row in came_in] == [["ord_1", "1"], ["ord_3", "3"]]


def test_rows_that_cannot_be_read_are_given_back_too(tmp_path: Path) -> None:
    text = f"{HEAD}1,a@example.org,A,1,5.00\n2,b@example.org,A,1,5,00,more\n\n3,c@example.org,A,1,5.00\n"
    (tmp_path / "orders.csv").write_text(text)
    settlement = as_recommended(understand(tmp_path / "orders.csv", EUROS, workdir=tmp_path))
    [row] = given_back(settlement, Fates(), tmp_path / "back.csv")
    assert row[1:] == ["2", "b@example.org", "A", "1", "5", "00", "more", TO_CHECK]
    assert row[0].startswith("cannot be read: the row has 7 cells")


def test_a_row_that_was_made_readable_still_waits_to_be_looked_at(tmp_path: Path) -> None:
    content = (
        f"{HEAD}1,a@example.org,A,1,5.00\n".encode()
        + b'2,b@example.org,A,1,"5.00\n3,c@example.org,A,1,5.00\n4,d@example.org,A,1,5.00\n'
    )
    (tmp_path / "orders.csv").write_bytes(content)
    settlement = as_recommended(understand(tmp_path / "orders.csv", EUROS, workdir=tmp_path))
    [row] = given_back(settlement, Fates(), tmp_path / "back.csv")
    assert row[1:] == ["2", "b@example.org", "A", "1", '"5.00', TO_CHECK]
    assert not understand(tmp_path / "back.csv", EUROS, workdir=tmp_path).settle().announced.orders
