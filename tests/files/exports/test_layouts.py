"""The layouts of many services come in as they mean, with the orders, pieces and sums that their bytes have."""

import io
from pathlib import Path

import pytest

from tests.files.exports.invented_orders import LAYOUTS, layouts, text_of
from tests.files.exports.judging import judge
from tests.files.exports.plain_reading import check_sum, read_back

ALL = layouts()


@pytest.mark.parametrize("name", ALL)
def test_a_layout_comes_in_as_it_means(name: str, tmp_path: Path) -> None:
    judged, settlement = judge(name, ALL[name], tmp_path)
    assert "wrong" not in judged.aspects.values(), judged.why
    assert not any(why.startswith("taken for") for why in judged.why), judged.why
    out = io.StringIO()
    settlement.write(out)
    back = read_back(out.getvalue(), ALL[name]["currency"])
    told = settlement.announced
    assert (back.orders, back.pieces, dict(back.sums)) == (told.orders, told.pieces, told.sums)
    check_sum(settlement)


@pytest.mark.parametrize("name", ALL)
def test_the_files_are_what_the_generator_writes(name: str) -> None:
    assert (LAYOUTS / name).read_bytes() == text_of(ALL[name]).encode(ALL[name].get("encoding", "utf-8"))


def test_of_every_service_it_is_said_where_its_headings_are_known_from() -> None:
    kinds = ("documentation: https://", "documentation of a ", "export's code: ", "parser: ", "knowledge")
    made_up = {"a shop's own", "a ticket office's own", "a form's own"}
    for name, layout in ALL.items():
        assert layout["service"] in made_up or layout["known_from"].startswith(kinds), name


def test_there_are_many_of_them_and_few_ask_without_need(tmp_path: Path) -> None:
    found = [judge(name, layout, tmp_path)[0] for name, layout in ALL.items()]
    assert len(found) >= 60
    assert len({one.service for one in found if one.known}) >= 25
    assert len({one.language for one in found}) >= 12
    assert 10 * sum(bool(one.needless) for one in found) < len(found)
