"""A send that is interrupted at any point is completed afterwards: no message twice, none missing."""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import interrupted_send
import pytest
from campaign_steps import DRAFT, bought_and_not_again, granted
from interrupted_send import SMALL_BATCH, TINY_SLICE, live

from preo_mcp.sandbox import slices
from preo_mcp.sandbox.campaigns import audience, sending
from preo_mcp.sandbox.seed import seed
from preo_mcp.sandbox.store import Store
from tests.sandbox.lives import lives_until_done


@pytest.fixture(scope="module")
def seeded() -> bytes:
    """The seeded database, to begin each sandbox with."""
    with Store.opened() as store:
        seed(store)
        return store.db.serialize()


@pytest.fixture
def folder(tmp_path: Path, seeded: bytes) -> Path:
    (tmp_path / "preo.db").write_bytes(seeded)
    return tmp_path


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE_SECONDS", TINY_SLICE)
    monkeypatch.setattr(audience, "BATCH", SMALL_BATCH)
    monkeypatch.setattr(sending, "BATCH", SMALL_BATCH)


def check(folder: Path) -> None:
    """Everybody has exactly one message, the counts are those of the rows, and the end was announced once."""
    with Store.opened(folder) as store:
        members = bought_and_not_again(store)
        expected = members & granted(store)
        campaign = store.doc("campaigns", DRAFT)
        assert campaign is not None
        assert campaign["status"] == "sent", campaign["error_message"]
        rows = store.db.execute(
            "SELECT customer_id, status, body FROM outbox WHERE campaign_id = ?", (DRAFT,)
        ).fetchall()
        assert len(rows) == len({customer for customer, _, _ in rows})
        assert {customer for customer, _, _ in rows} == expected
        statuses = [status for _, status, _ in rows]
        assert (campaign["sent_count"], campaign["failed_count"]) == (statuses.count("sent"), statuses.count("failed"))
        assert campaign["sent_count"] + campaign["failed_count"] == campaign["total_recipients"] == len(expected)
        assert campaign["user_count"] == len(members)
        assert campaign["skipped"]["no_consent"] == len(members - expected)
        assert all(body for _, _, body in rows)
        [(reactions,)] = store.db.execute("SELECT count(*) FROM reactions WHERE campaign_id = ?", (DRAFT,))
        assert reactions == campaign["sent_count"]
        [(doc,)] = store.db.execute("SELECT doc FROM events WHERE type = 'CAMPAIGN_SENT'")
        assert json.loads(doc)["campaign_id"] == DRAFT


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("number", range(4))
async def test_lives_that_end_between_two_steps(folder: Path, number: int) -> None:
    lives = await lives_until_done(lambda: live(folder), number, 100)
    assert lives > 2
    check(folder)


DEATHS = (
    ("calculating", 0, 0),
    ("calculating", 1, 0),
    ("calculating", 150, 0),
    ("sending", 0, 1),
    ("sending", 0, 90),
    ("sending", 0, 250),
)
"""Where each life ends: the status, how many are found and how many messages are out, at least."""


def test_lives_that_are_killed(folder: Path) -> None:
    for status, found, out in DEATHS:
        with begun(folder) as process:
            while True:
                standing, recipients, count = read(process)
                answer(process)
                if standing == status and recipients >= found and count >= out:
                    process.kill()
                    process.wait()
                    break
                assert standing in ("draft", "calculating", "sending"), standing
        with Store.opened(folder) as store:
            campaign = store.doc("campaigns", DRAFT)
            assert campaign is not None
            assert campaign["status"] in ("calculating", "sending")  # it died in the middle
            assert campaign["sent_count"] >= out
    with begun(folder) as process:
        while read(process)[0] != "sent":
            answer(process)
        answer(process)
        assert process.wait() == 0
    check(folder)


@contextmanager
def begun(folder: Path) -> Generator[subprocess.Popen[str]]:
    """Begin a life; it is over at the end, whatever happens."""
    program = [sys.executable, interrupted_send.__file__, str(folder)]
    with subprocess.Popen(program, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def read(process: "subprocess.Popen[str]") -> tuple[str, int, int]:
    """Return where the campaign stands: status, how many were found, how many messages are out."""
    assert process.stdout is not None
    status, recipients, count = process.stdout.readline().split()
    return status, int(recipients), int(count)


def answer(process: "subprocess.Popen[str]") -> None:
    """Let the process go on."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
