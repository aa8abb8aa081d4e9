"""What fits what was typed, and how well."""

from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.resources.completion_ids import Candidate, fitting, sorted_by_fit

CANDIDATES = [
    Candidate("edt_5", ["Vinter i Nordlys Aarhus"]),
    Candidate("edt_4", ["Sommernordlys"]),
    Candidate("edt_3", ["Festival Nordlys"]),
    Candidate("edt_2", ["Nordlys Festival – Aarhus", "nordlys-aarhus"]),
    Candidate("edt_1", ["NORDLYS"]),
    Candidate("edt_0", ["Elbklang – Hamburg", "Ærø på Ø"]),
]
texts = st.text(alphabet="aæøbAÅ 1-", max_size=6)
lists = st.lists(st.builds(Candidate, st.text(alphabet="abc", min_size=1, max_size=4), st.lists(texts, max_size=2)))


def test_the_best_come_first() -> None:
    assert fitting(CANDIDATES, "nordlys") == ["edt_1", "edt_2", "edt_5", "edt_3", "edt_4"]
    assert fitting(CANDIDATES, "edt_3") == ["edt_3"]
    assert fitting(CANDIDATES, "AARHUS nord") == ["edt_5", "edt_2"]
    assert fitting(CANDIDATES, "aero paa") == []
    assert fitting(CANDIDATES, "aerø pa") == ["edt_0"]
    assert fitting(CANDIDATES, " ") == fitting(CANDIDATES, "") == [one.id for one in CANDIDATES]
    assert sorted_by_fit(CANDIDATES, "hamburg")[0] == "edt_0"


@given(lists, texts)
def test_what_is_found_holds_every_word(candidates: list[Candidate], typed: str) -> None:
    found = fitting(candidates, typed)
    assert sorted(sorted_by_fit(candidates, typed)) == sorted(one.id for one in candidates)
    assert sorted_by_fit(candidates, typed)[: len(found)] == found
    for one in candidates:
        exact = typed.strip() and typed.strip() in (one.id, *one.names)
        assert not exact or one.id in found
