"""The import stories in `examples/` run: three exports, each to completed, in few calls, with no rewritten copy."""

import pytest

from tests.test_examples import EXAMPLES, story

MOST_CALLS = 6
FILES = ("tito-tickets.csv", "pretix-checkin.csv", "woocommerce-orders.csv")


async def test_import_stories(capsys: pytest.CaptureFixture[str]) -> None:
    await story("import_stories").tell()
    told = capsys.readouterr().out
    parts = told.split("→ prepare_import(edition_id=")[1:]
    assert len(parts) == len(FILES)
    for part, file in zip(parts, FILES, strict=True):
        assert f"file_path='{file}'" in part.partition("\n")[0]
        calls = ["prepare_import", *(line[2:].partition("(")[0] for line in part.splitlines() if line[:2] == "→ ")]
        assert len(calls) <= MOST_CALLS
        assert calls[-2:] == ["start_import", "wait_for_import"]
        assert part.count("The host asks a person:") == 1
        assert "as_announced: yes" in part
        assert "stage: completed" in part
        customers = (EXAMPLES / file).read_text(encoding="utf-8").splitlines()[1]
        assert customers not in told, "no row of the file is sent through the model"
    assert "Amount: 3,575.00 DKK" in parts[0]
    assert "Amount: 2,675.00 DKK" in parts[1]
    assert "Amount: 3,215.00 DKK" in parts[2]
    assert "why: left out: voided" in parts[0]


def test_a_story_that_goes_otherwise_ends_with_an_error() -> None:
    module = story("import_stories")
    with pytest.raises(SystemExit, match="nobody knows about price"):
        module.settled({"key": "price", "about": "", "options": ""}, module.STORIES[0])
