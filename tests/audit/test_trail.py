"""The audit's file: whole lines from several processes, bounded in size, and no change where it cannot be written."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from filelock import FileLock

from preo_mcp.api.errors import ConflictError
from preo_mcp.approval.ended import Ended
from preo_mcp.audit import trail
from preo_mcp.audit.entry import Approval, AuditEntry
from preo_mcp.audit.reading import Wanted, read_audit
from preo_mcp.audit.trail import AUDIT_FILE, KEPT_FILES, Audit, AuditError, audit_path, locked, older_file
from preo_mcp.files.keys import KEY_BYTES, Keys
from preo_mcp.settings import Settings, Way

KEYS = Keys(bytes(KEY_BYTES))
LARGE = 1_000_000
posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")

WRITER = """
import sys
from pathlib import Path
from preo_mcp.audit.entry import AuditEntry
from preo_mcp.audit.trail import Audit
from preo_mcp.approval.ended import Ended
from preo_mcp.files.keys import KEY_BYTES, Keys

audit = Audit(Path(sys.argv[1]), 20_000, Keys(bytes(KEY_BYTES)))
for number in range(150):
    audit.must_be_writable()
    audit.record(AuditEntry(f"writer_{sys.argv[2]}", {"number": number}, Ended.DONE))
"""


HOLDER = """
import fcntl, sys
with open(sys.argv[1], "r+") as file:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / AUDIT_FILE


@pytest.fixture
def audit(path: Path) -> Audit:
    return Audit(path, LARGE, KEYS)


def lock_of(path: Path) -> Path:
    return path.with_name(f"{AUDIT_FILE}.lock")


def entry(**arguments: Any) -> AuditEntry:
    return AuditEntry("send_campaign", arguments or {"campaign_id": "cmp_1"}, Ended.DONE)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_line_says_what_was_done_and_how_it_was_approved(audit: Audit, path: Path) -> None:
    audit.record(
        AuditEntry(
            "create_refund",
            {"purchase_id": "pur_1", "amount": 395.0, "comment": "Kirsten called"},
            Ended.FAILED,
            approval=Approval.of(Way.ELICITATION),
            plan_id="pln_1",
            error=ConflictError,
            duration_ms=1234,
            request_ids=("req-1", "req-2"),
            account="3f9a",
            sandbox=True,
            at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        )
    )
    [line] = lines(path)
    digest = line["arguments"].pop("comment")
    assert digest.startswith("hmac:")
    assert line == {
        "at": "2026-11-23T12:00:00Z",
        "tool": "create_refund",
        "outcome": "failed",
        "approval": "host dialog",
        "plan": "pln_1",
        "error": "ConflictError",
        "ms": 1234,
        "requests": ["req-1", "req-2"],
        "account": "3f9a",
        "sandbox": True,
        "arguments": {"purchase_id": "pur_1", "amount": 395.0},
    }
    assert {Approval.of(way) for way in Way} == set(Approval) - {Approval.SANDBOX_YES, Approval.NOT_NEEDED}


def test_an_entry_does_not_show_its_arguments() -> None:
    assert "kirsten" not in repr(entry(email="kirsten@example.org"))


@posix
def test_it_is_its_owners_alone(audit: Audit, path: Path) -> None:
    audit.must_be_writable()
    assert path.read_text(encoding="utf-8") == ""
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    path.chmod(0o644)
    with pytest.raises(AuditError, match="other users"):
        audit.must_be_writable()


def test_a_link_in_its_place_is_not_followed(audit: Audit, path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    (tmp_path / "victim").write_text("")
    path.symlink_to(tmp_path / "victim")
    audit.record(entry())
    assert (tmp_path / "victim").read_text(encoding="utf-8") == ""
    with pytest.raises(AuditError, match="it is a link"):
        audit.must_be_writable()


def test_what_could_not_be_written_is_written_first(audit: Audit, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.write_text("a file in the place of the folder")
    audit.record(entry(number=1, email="kirsten@example.org"))
    audit.record(entry(number=2))
    assert "nothing is changed" in caplog.text
    assert "kirsten" not in caplog.text
    with pytest.raises(AuditError) as caught:
        audit.must_be_writable()
    assert len(str(caught.value).split(" · ")) == 3
    assert "PREO_AUDIT_FILE" in str(caught.value)
    path.parent.unlink()
    audit.must_be_writable()
    audit.record(entry(number=3))
    assert [line["arguments"]["number"] for line in lines(path)] == [1, 2, 3]


def test_a_line_that_only_half_fits_is_taken_back(audit: Audit, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit.record(entry(number=1))
    whole = os.write

    def half(descriptor: int, data: bytes) -> int:
        return whole(descriptor, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    audit.record(entry(number=2))
    with pytest.raises(AuditError, match="no space"):
        audit.must_be_writable()
    assert len(lines(path)) == 1
    monkeypatch.setattr(os, "write", whole)
    audit.must_be_writable()
    assert [line["arguments"]["number"] for line in lines(path)] == [1, 2]


def test_a_line_that_a_dead_process_left_unfinished_spoils_no_other(audit: Audit, path: Path) -> None:
    audit.record(entry(number=1))
    with path.open("a") as file:
        file.write('{"at": "2026-')
    audit.record(entry(number=2))
    found = read_audit(path, Wanted(), 10)
    assert [line.arguments["number"] for line in found.lines] == [1, 2]
    assert found.damaged == (f"{AUDIT_FILE}:2",)


def test_it_begins_anew_by_size_and_keeps_five_older_files(path: Path) -> None:
    audit = Audit(path, 1000, KEYS)
    for number in range(100):
        audit.record(entry(number=number))
    files = [older_file(path, age) for age in range(KEPT_FILES, 0, -1)]
    numbers = [line["arguments"]["number"] for file in [*files, path] for line in lines(file)]
    assert numbers == list(range(numbers[0], 100))
    assert len(numbers) > 30
    assert all(file.stat().st_size <= 1000 for file in [*files, path])
    assert not older_file(path, KEPT_FILES + 1).exists()


def test_several_processes_write_whole_lines(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert older_file(path, 1).exists()
    found = read_audit(path, Wanted(), 1000)
    assert found.damaged == ()
    for name in "abc":
        numbers = [line.arguments["number"] for line in found.lines if line.tool == f"writer_{name}"]
        assert numbers == list(range(150))


def test_a_lock_that_is_held_too_long_stops_changes(audit: Audit, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "PATIENCE", 0.01)
    audit.record(entry())
    with FileLock(lock_of(path)), pytest.raises(AuditError, match="another process"):
        audit.must_be_writable()
    audit.must_be_writable()


@posix
def test_the_lock_keeps_out_a_process_that_locks_the_same_file_by_itself(
    audit: Audit, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As earlier versions of the server do, which may still run beside this one."""
    monkeypatch.setattr(trail, "PATIENCE", 0.01)
    audit.record(entry())
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(lock_of(path))], stdin=PIPE, stdout=PIPE)
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AuditError, match="another process"):
            audit.must_be_writable()
    finally:
        holder.communicate(b"\n", timeout=30)
    audit.must_be_writable()
    with locked(lock_of(path)):
        assert subprocess.run([sys.executable, "-c", HOLDER, str(lock_of(path))], check=False).returncode == 1


def test_a_link_in_the_locks_place_is_not_followed(audit: Audit, path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    lock_of(path).symlink_to(tmp_path / "victim")
    with pytest.raises(AuditError, match="it is a link"):
        audit.must_be_writable()
    (tmp_path / "victim").write_text("kept")
    with pytest.raises(AuditError, match="it is a link"):
        audit.must_be_writable()
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "kept"
    assert not path.exists()


@posix
def test_a_link_that_takes_the_locks_place_meanwhile_is_not_followed(
    audit: Audit, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at it and the lock."""
    (tmp_path / "victim").write_text("kept")
    look = trail.open_private

    def exchanged(place: Path, flags: int) -> int:
        descriptor = look(place, flags)
        if place == lock_of(path):
            place.unlink()
            place.symlink_to(tmp_path / "victim")
        return descriptor

    monkeypatch.setattr(trail, "open_private", exchanged)
    with pytest.raises(AuditError):
        audit.must_be_writable()
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "kept"
    assert not path.exists()


@posix
def test_a_lock_that_others_can_open_and_a_pipe_in_its_place_are_refused(audit: Audit, path: Path) -> None:
    audit.must_be_writable()
    lock_of(path).chmod(0o644)
    with pytest.raises(AuditError, match="other users"):
        audit.must_be_writable()
    lock_of(path).unlink()
    os.mkfifo(lock_of(path), 0o600)
    with pytest.raises(AuditError, match="it is not a file"):
        audit.must_be_writable()


def test_its_place_is_a_setting(tmp_path: Path) -> None:
    folder = Settings(sandbox=True, state_folder=tmp_path)
    assert audit_path(folder) == tmp_path / AUDIT_FILE
    assert audit_path(folder.model_copy(update={"audit_file": tmp_path / "x"})) == tmp_path / "x"


def test_an_id_that_preo_may_not_know_is_not_kept(audit: Audit, path: Path) -> None:
    for ended in (Ended.REFUSED, Ended.CANCELLED, Ended.FAILED, Ended.DONE):
        audit.record(AuditEntry("get_user", {"user_id": "ida_lund"}, ended))
    kept = [line["arguments"]["user_id"] for line in lines(path)]
    assert kept[-1] == "ida_lund"
    assert all(one.startswith("hmac:") for one in kept[:-1])
