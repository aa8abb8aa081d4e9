"""`preo-mcp layouts`: what a person reads, what a program reads, and how a layout is forgotten."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from preo_mcp import cli
from preo_mcp.commands.layouts import WIDTH
from preo_mcp.files.exports.remembering import Meant
from preo_mcp.files.kept_layouts import KeptLayouts
from preo_mcp.settings import Settings
from tests.files.test_kept_layouts import MEMORY, kept

DECIDED = replace(
    MEMORY,
    decisions={
        "people": "buyer",
        "states.refunded": "leave_out",
        **{f"metadata.key_{at}": "ticket" for at in range(9)},
    },
    basis={"people": ("attendee", "buyer")},
    products=(Meant("ADULT", "Adult", "prd_1", "A", "Grown-up"), Meant("POSTER", "", "skip"), Meant("", "", "prd_2")),
)


@pytest.fixture(autouse=True)
def layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptLayouts:
    """A state folder with two layouts."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PREO_{name.upper()}", raising=False)
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path))
    kept_there = KeptLayouts(tmp_path)
    kept_there.put(
        replace(kept(1), layout=replace(kept(1).layout, edition="Summer \x1b[31mwith a very long name indeed"))
    )
    kept_there.put(replace(kept(2), is_sandbox=True, layout=replace(kept(2).layout, organization=None, memory=DECIDED)))
    return kept_there


def shown(capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[str, str]:
    cli.main(["layouts", *flags])
    return capsys.readouterr()


def refused(capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    with pytest.raises(SystemExit) as caught:
        cli.main(["layouts", *flags])
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_the_table_fits_a_terminal_and_says_what_was_decided(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = shown(capsys)
    assert err == ""
    *rows, last = out.splitlines()
    assert max(map(len, rows)) <= WIDTH
    assert "\x1b" not in out
    assert last.startswith("2 layouts in ")
    assert rows[1].split()[:3] == ["lay_000000000002", "2027-03-03", "12:02"]
    for fact in ("people: buyer", "states.refunded: leave_out", "3 products", "sandbox"):
        assert fact in " ".join(rows[2:5])
    assert "org_1" in rows[-2]


def test_one_layout_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = shown(capsys, "show", "lay_000000000002")
    for fact in (
        "settled on 2027-03-03 12:02 UTC, in a sandbox",
        "service shopify",
        "people: buyer (with attendee, buyer)",
        "ADULT Adult → prd_1 A Grown-up",
        "POSTER → left out",
        "all rows → prd_2",
        "sku: product_code",
    ):
        assert fact in out


def test_a_program_reads_them_as_they_are_stored(capsys: pytest.CaptureFixture[str], layouts: KeptLayouts) -> None:
    out, _ = shown(capsys, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["id"] for line in lines] == ["lay_000000000002", "lay_000000000001"]
    stored = json.loads((layouts.folder / "lay_000000000002.json").read_text(encoding="utf-8"))
    assert lines[0] == stored
    assert json.loads(shown(capsys, "show", "lay_000000000002", "--json")[0]) == stored


def test_one_or_all_are_deleted(capsys: pytest.CaptureFixture[str], layouts: KeptLayouts) -> None:
    assert shown(capsys, "delete", "lay_000000000001")[0] == "lay_000000000001 deleted.\n"
    assert [one.id for one in layouts.all().layouts] == ["lay_000000000002"]
    assert shown(capsys, "delete", "--all")[0] == "1 layout deleted.\n"
    assert layouts.all().layouts == ()
    assert shown(capsys)[0].startswith("0 layouts in ")


def test_what_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for flags in (("show", "lay_000000000009"), ("delete", "lay_000000000009"), ("delete", "../master.key")):
        assert "there is no layout" in refused(capsys, *flags)
    refused(capsys, "delete")


def test_damage_is_said_beside_the_table(capsys: pytest.CaptureFixture[str], layouts: KeptLayouts) -> None:
    (layouts.folder / "lay_000000000001.json").write_text("{", encoding="utf-8")
    out, err = shown(capsys)
    assert "1 layout in" in out
    assert err.startswith("not read: ")
    assert "lay_000000000001.json" in err
