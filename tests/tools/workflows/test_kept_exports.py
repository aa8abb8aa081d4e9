"""A file that was sent once is there for the next call, for a while, for its owner alone, and gone with the process."""

import os
import signal
import stat
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from preo_mcp.api.errors import ValidationError
from preo_mcp.tools.workflows import kept_exports
from preo_mcp.tools.workflows.kept_exports import LIFETIME, KeptExport, KeptExports
from tests.door import EDITION, ORDERS, YES, Door, Era, Person, content_of, open_door


def storing(content: bytes = b"a,b\n") -> Callable[[Path], Awaitable[str]]:
    async def store(path: Path) -> str:
        await anyio.Path(path).write_bytes(content)
        return "orders.csv"

    return store


def within(folder: Path) -> list[Path]:
    return list(folder.iterdir())


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptExports:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return KeptExports(clock)


async def test_a_file_is_its_owners_alone_and_gone_with_all_others(kept: KeptExports, tmp_path: Path) -> None:
    one = await kept.keep(EDITION, storing(b"Kirsten"))
    assert kept.find(one.handle) is one
    assert (one.name, one.size, one.path.read_bytes()) == ("orders.csv", 7, b"Kirsten")
    if os.name == "posix":
        assert stat.S_IMODE(one.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(one.folder.parent.stat().st_mode) == 0o700
    kept.close()
    assert within(tmp_path) == []
    with pytest.raises(ValidationError, match="Give the file itself once more"):
        kept.find(one.handle)


async def test_what_cannot_be_stored_leaves_nothing(kept: KeptExports, tmp_path: Path) -> None:
    async def refuse(_: Path) -> str:
        raise ValidationError("a", "b", "c")

    with pytest.raises(ValidationError):
        await kept.keep(EDITION, refuse)
    [root] = within(tmp_path)
    assert within(root) == []


async def test_a_file_lives_as_long_as_it_is_used(kept: KeptExports, clock: Clock) -> None:
    one, other = await kept.keep(EDITION, storing()), await kept.keep(EDITION, storing())
    clock.now = LIFETIME - 1
    kept.find(one.handle)
    clock.now = LIFETIME + 1
    kept.sweep()
    assert kept.find(one.handle) is one
    assert not other.folder.exists()
    with pytest.raises(ValidationError, match="kept for 2 hours"):
        kept.find(other.handle)


@pytest.mark.parametrize(("limit", "value"), [("MOST_KEPT", 3), ("MOST_BYTES", 12)])
async def test_the_oldest_go_where_there_are_too_many(
    kept: KeptExports, clock: Clock, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(kept_exports, limit, value)
    made = list[KeptExport]()
    for clock.now in range(5):
        made.append(await kept.keep(EDITION, storing()))
    assert [one.folder.exists() for one in made] == [False, False, True, True, True]
    async with made[2].lock:
        await kept.keep(EDITION, storing())
        assert made[2].folder.exists(), "a call works on it"
        assert not made[3].folder.exists()


async def test_the_file_goes_with_the_server(tmp_path: Path, era: Era, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    async with open_door(tmp_path / "sandbox", era, Person(YES)) as door:
        prepared = await door.prepared(settle=[])
        [root] = [one for one in within(scratch) if (one / prepared["source"]).is_dir()]
        content = (root / prepared["source"] / "file").read_text(encoding="utf-8")
        assert content == ORDERS
        await door.done("prepare_import", source=prepared["source"], settle=["products: skip"])
        assert [one.name for one in (root / prepared["source"]).iterdir() if one.is_file()] == ["file"], (
            "no plain table"
        )
    assert not root.exists()


async def gone(folder: Path) -> None:
    while within(folder):  # noqa: ASYNC110 - another process empties it
        await anyio.sleep(0.05)


@pytest.mark.skipif(os.name != "posix", reason="Windows ends a process without a signal")
async def test_nothing_stays_after_a_signal(tmp_path: Path) -> None:
    scratch, state = tmp_path / "scratch", tmp_path / "state"
    scratch.mkdir()
    code = (
        "import os, sys; from pathlib import Path; "
        f"Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); "
        "sys.argv[1:] = ['--sandbox']; from preo_mcp.__main__ import main; main()"
    )
    environment = {"PREO_STATE_FOLDER": str(state), "TMPDIR": str(scratch)}
    server = StdioServerParameters(command=sys.executable, args=["-c", code], env=environment)
    with anyio.fail_after(60):
        async with Client(stdio_client(server)) as client:
            given = {"edition_id": EDITION, "text": ORDERS}
            handle = content_of(await client.call_tool("prepare_import", given))["source"]
            assert list(scratch.glob(f"*/{handle}/file"))
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)
            await gone(scratch)


async def test_settled_once_is_settled(door: Door) -> None:
    text = ORDERS.replace("Order ID,Email", "Order ID,Status,Email").replace("A-1,k", "A-1,paid,k")
    text = text.replace("A-2,j", "A-2,refunded,j").replace("A-3,i", "A-3,paid,i")
    first = await door.prepared(text, settle=[])
    assert {one["key"] for one in first["decisions"]} == {"states", "products"}
    second = await door.done("prepare_import", source=first["source"], settle=["products: skip"])
    assert {one["key"] for one in second["decisions"]} == {"states"}
    refused = await door.refused("prepare_import", source=first["source"], settle=["states: maybe"])
    assert "no option 'maybe'" in refused
    third = await door.done("prepare_import", source=first["source"], settle=["states: leave_out"])
    assert third["decisions"] == []
    again = await door.done("prepare_import", source=first["source"], settle=[])
    assert again["import_id"] == third["import_id"], "the same table is uploaded once"
    other = await door.done("prepare_import", source=first["source"], settle=["states: take"])
    assert other["import_id"] != third["import_id"]
    assert await door.stage(third["import_id"]) == "cancelled"
    assert any("was cancelled" in one["about"] for one in other["told"])
    assert "columns" in first
    assert "columns" not in third, "columns and the edition's products are told once"
