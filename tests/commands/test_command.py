"""`preo-mcp audit`: what a person reads, what a program reads, and what is said about damage."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from preo_mcp import cli
from preo_mcp.approval.ended import Ended
from preo_mcp.audit.entry import Approval, AuditEntry
from preo_mcp.audit.trail import AUDIT_FILE, Audit
from preo_mcp.commands.audit import WIDTH
from preo_mcp.files.keys import Keys
from preo_mcp.settings import Settings

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder in which the audit has three calls."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PREO_{name.upper()}", raising=False)
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path))
    audit = Audit(tmp_path / AUDIT_FILE, 1_000_000, Keys.load(tmp_path))
    mappings = [{"id": f"map_{number}", "product_id": f"prd_{number}"} for number in range(20)]
    audit.record(AuditEntry("update_product_mappings", {"mappings": mappings}, Ended.DONE, at=NOW - timedelta(days=3)))
    audit.record(
        AuditEntry(
            "create_purchase_refund",
            {"purchase_id": "pur_1", "amount": 395.0, "comment": "Kirsten called"},
            Ended.UNKNOWN,
            approval=Approval.PAGE,
            plan_id="pln_1",
            duration_ms=61_000,
            request_ids=("req-1",),
            sandbox=True,
        )
    )
    declined = AuditEntry("send_campaign", {"campaign_id": "cmp_1"}, Ended.DECLINED, approval=None, principal="anna")
    audit.record(declined)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[str, str]:
    cli.main(["audit", *flags])
    return capsys.readouterr()


def refused(capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    with pytest.raises(SystemExit) as caught:
        cli.main(["audit", *flags])
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_the_table_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = shown(capsys)
    assert err == ""
    assert max(map(len, out.splitlines()[:-1])) <= WIDTH, "but for the file's name, which is as long as it is"
    assert "irsten" not in out
    rows = out.splitlines()
    [refund] = [number for number, row in enumerate(rows) if "create_purchase_refund" in row]
    assert rows[refund].split()[3:] == ["unknown", "page", "61000"]
    for detail in ("purchase_id=pur_1", "amount=395.0", "comment=hmac:", "plan pln_1", "request req-1", "sandbox"):
        assert detail in " ".join(rows[refund + 1 : refund + 3])
    assert "by anna" in out
    assert rows[-1].startswith("3 of 3 calls")


@pytest.mark.parametrize(
    ("flags", "tools"),
    [
        (["--tool", "send_campaign"], ["send_campaign"]),
        (["--outcome", "declined"], ["send_campaign"]),
        (["--by", "anna"], ["send_campaign"]),
        (["--by", "bo"], []),
        (["--last", "2"], ["create_purchase_refund", "send_campaign"]),
        (["--since", "24h"], ["create_purchase_refund", "send_campaign"]),
        (["--since", f"{NOW - timedelta(days=4):%Y-%m-%d}", "--last", "1"], ["send_campaign"]),
        (["--since", f"{NOW + timedelta(days=2):%Y-%m-%dT%H:%M}"], []),
    ],
)
def test_what_is_looked_for(capsys: pytest.CaptureFixture[str], flags: list[str], tools: list[str]) -> None:
    out, _ = shown(capsys, "--json", *flags)
    assert [json.loads(line)["tool"] for line in out.splitlines()] == tools


def test_damage_is_named_and_does_not_hide_the_rest(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    forged = '{"at": "2026-11-23T12:00:00Z", "tool": "x\\u001b[2J\\n\\u202eSAFE", "outcome": "done", "ms": 1}'
    with (folder / AUDIT_FILE).open("ab") as file:
        file.write(f'{{"at": "2026-11-\n\xff\nnull\n{forged}\n'.encode("latin-1"))
    out, err = shown(capsys)
    assert "4 of 4 calls" in out
    assert "create_purchase_refund" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert err == f"3 damaged: {AUDIT_FILE}:4, {AUDIT_FILE}:5, {AUDIT_FILE}:6\n"


def test_nothing_yet_is_no_failure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREO_STATE_FOLDER", str(tmp_path / "none"))
    out, err = shown(capsys)
    assert (out, err) == (f"Nothing in {tmp_path / 'none' / AUDIT_FILE}.\n", "")
    assert not (tmp_path / "none").exists()
    out, _ = shown(capsys, "--file", str(tmp_path / AUDIT_FILE))
    assert "3 of 3" in out


def test_mistaken_flags_are_explained(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert "there is no file" in refused(capsys, "--file", str(folder / "none"))
    assert "one of: done, failed" in refused(capsys, "--outcome", "good")
    assert "24h" in refused(capsys, "--since", "yesterday")
    assert "not a number from 1" in refused(capsys, "--last", "0")
    assert "cannot be read" in refused(capsys, "--file", str(folder))
