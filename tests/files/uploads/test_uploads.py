"""Uploads: whole and interrupted, too large, too many, too old, of others, with wrong secrets, after a crash."""

import os
import stat
from collections.abc import Awaitable
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.files.uploads import uploads as rules
from preo_mcp.files.uploads.upload import (
    FILE_LIMIT,
    KEPT,
    MOST_OPEN,
    NAME_LENGTH,
    PIECE,
    UNFINISHED,
    Refusal,
    State,
    UploadRefused,
    file_name,
)
from tests.files.uploads.received import Received, ReceivedByReplicas, opened, put_in

CONTENT = b"".join(b"A-%d,ida@example.org,NF-PARK,1\n" % number for number in range(200))


@pytest.fixture
def in_folder(tmp_path: Path) -> Received:
    return Received(tmp_path / "state")


@pytest.fixture(params=[Received, ReceivedByReplicas])
def received(request: pytest.FixtureRequest, tmp_path: Path) -> Received:
    return request.param(tmp_path / "state")


async def why(doing: Awaitable[object]) -> tuple[Refusal, int | None]:
    with pytest.raises(UploadRefused) as caught:
        await doing
    assert len(str(caught.value).split(" · ")) == 3
    return caught.value.refusal, caught.value.received


async def test_a_file_comes_in_pieces_and_is_lent_as_it_was(received: Received) -> None:
    uploads = received.of()
    upload = await put_in(uploads, CONTENT, "../../etc/Ordrer & <b>.csv")
    assert (upload.state, upload.name, upload.size) == (State.COMPLETE, "Ordrer & <b>.csv", len(CONTENT))
    async with received.of().opened(upload.id) as (found, path):
        assert (found.name, path.read_bytes()) == (upload.name, CONTENT)
        assert os.name != "posix" or stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_what_is_in_the_folder_is_its_owners_alone(in_folder: Received) -> None:
    received = in_folder
    upload = await put_in(received.of(), CONTENT)
    async with received.of().opened(upload.id) as (_, path):
        assert path.parent == received.state / "uploads"
    for path in (received.state / "uploads").iterdir():
        assert os.name != "posix" or stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert b"-secret-" not in path.read_bytes()
    assert os.name != "posix" or stat.S_IMODE((received.state / "uploads").stat().st_mode) == 0o700


async def test_secrets_are_kept_as_digests_alone(in_folder: Received) -> None:
    received = in_folder
    uploads = received.of()
    upload = await uploads.ask()
    address = await uploads.issue(upload.id)
    _, session = await uploads.exchange(upload.id, address)
    kept = (received.state / "uploads" / f"{upload.id}.json").read_text()
    assert address not in kept
    assert session not in kept


async def test_pieces_out_of_order_twice_and_across(received: Received) -> None:
    uploads = received.of()
    upload_id, session = await opened(uploads)
    assert await why(uploads.put(upload_id, session, 0, b"x")) == (Refusal.INCOMPLETE, None)
    await uploads.start(upload_id, session, "orders.csv", 30)
    assert await why(uploads.put(upload_id, session, 10, b"b" * 10)) == (Refusal.GAP, 0)
    assert (await uploads.put(upload_id, session, 0, b"a" * 10)).received == 10
    assert (await uploads.put(upload_id, session, 0, b"a" * 10)).received == 10
    assert await why(uploads.put(upload_id, session, 0, b"z" * 10)) == (Refusal.DIFFERENT, 10)
    assert await why(uploads.put(upload_id, session, 5, b"a" * 10)) == (Refusal.OVERLAP, 10)
    assert await why(uploads.put(upload_id, session, 10, b"")) == (Refusal.PIECE, None)
    assert await why(uploads.put(upload_id, session, -1, b"x")) == (Refusal.PIECE, None)
    assert await why(uploads.put(upload_id, session, 10, b"b" * (PIECE + 1))) == (Refusal.PIECE, None)
    assert await why(uploads.put(upload_id, session, 10, b"b" * 21)) == (Refusal.TOO_LARGE, 10)
    assert await why(uploads.finish(upload_id, session)) == (Refusal.INCOMPLETE, 10)
    assert (await uploads.put(upload_id, session, 10, b" b" * 10)).received == 30
    assert (await uploads.finish(upload_id, session)).is_complete
    assert (await uploads.finish(upload_id, session)).is_complete, "said twice, as when an answer was lost"
    assert await why(uploads.put(upload_id, session, 0, b"a")) == (Refusal.COMPLETE, None)
    assert await why(uploads.start(upload_id, session, "other.csv", 3)) == (Refusal.COMPLETE, None)


async def test_an_interrupted_file_goes_on_and_another_one_begins_anew(received: Received) -> None:
    uploads = received.of()
    upload_id, session = await opened(uploads)
    assert (await uploads.start(upload_id, session, "orders.csv", 30, "t1")).received == 0
    await uploads.put(upload_id, session, 0, b"a" * 12)
    again, new_session = await uploads.exchange(upload_id, await uploads.issue(upload_id))
    assert (again.state, again.received) == (State.RECEIVING, 12)
    assert await why(uploads.put(upload_id, session, 12, b"a")) == (Refusal.SECRET, None)
    assert (await uploads.start(upload_id, new_session, "orders.csv", 30, "t1")).received == 12
    for changed in (("orders.csv", 30, "t2"), ("orders.csv", 31, "t2"), ("other.csv", 31, "t2"), ("other.csv", 31, "")):
        assert (await uploads.start(upload_id, new_session, *changed)).received == 0
        await uploads.put(upload_id, new_session, 0, b"b" * 4)


async def test_an_address_is_used_up_and_a_reloaded_page_goes_on(received: Received) -> None:
    uploads = received.of()
    upload = await uploads.ask()
    address = await uploads.issue(upload.id)
    assert await why(uploads.exchange(upload.id, "wrong")) == (Refusal.SECRET, None)
    assert await why(uploads.exchange(upload.id, "")) == (Refusal.SECRET, None)
    assert await why(uploads.start(upload.id, address, "orders.csv", 3)) == (Refusal.SECRET, None)
    _, session = await uploads.exchange(upload.id, address)
    assert await why(uploads.exchange(upload.id, address)) == (Refusal.SECRET, None)
    _, same = await uploads.exchange(upload.id, session)
    assert same == session
    first, second = await uploads.issue(upload.id), await uploads.issue(upload.id)
    assert await why(uploads.exchange(upload.id, first)) == (Refusal.SECRET, None)
    await uploads.exchange(upload.id, second)
    assert await why(uploads.exchange(upload.id, session)) == (Refusal.SECRET, None)


async def test_another_callers_upload_is_not_there(received: Received) -> None:
    ida, jens = received.of("ida"), received.of("jens")
    done = await put_in(ida, CONTENT)
    upload_id, session = await opened(ida)
    assert await why(jens.find(done.id)) == (Refusal.GONE, None)
    assert await why(jens.issue(upload_id)) == (Refusal.GONE, None)
    assert await why(jens.exchange(upload_id, session)) == (Refusal.GONE, None)
    assert await why(jens.start(upload_id, session, "orders.csv", 3)) == (Refusal.GONE, None)
    assert await why(jens.finish(upload_id, session)) == (Refusal.GONE, None)
    with pytest.raises(UploadRefused):
        async with jens.opened(done.id):
            pass
    await ida.start(upload_id, session, "orders.csv", 3)
    assert await why(jens.put(upload_id, session, 0, b"x")) == (Refusal.GONE, None)


@pytest.mark.parametrize("wrong", ["upl_1", "../../../etc/passwd", "", "upl_" + "0" * 24, "upl_" + "g" * 24, "lock"])
async def test_an_id_that_is_none_leads_nowhere(received: Received, wrong: str) -> None:
    assert await why(received.of().find(wrong)) == (Refusal.GONE, None)
    assert await why(received.of().issue(wrong)) == (Refusal.GONE, None)


async def test_too_large_empty_nameless_and_secret_files(received: Received) -> None:
    uploads = received.of()
    upload_id, session = await opened(uploads)
    for name, size, refused in (
        ("orders.csv", FILE_LIMIT + 1, Refusal.TOO_LARGE),
        ("orders.csv", 0, Refusal.EMPTY),
        ("orders.csv", -1, Refusal.EMPTY),
        ("", 3, Refusal.NAME),
        ("\u202e\u200b", 3, Refusal.NAME),
        ("server.PEM", 3, Refusal.NAME),
        ("id_rsa", 3, Refusal.NAME),
        ("C:\\Users\\ida\\.env", 3, Refusal.NAME),
    ):
        assert await why(uploads.start(upload_id, session, name, size)) == (refused, None), name
    for content in (b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", b"sk_live_4242424242424242\n"):
        upload_id, session = await opened(uploads)
        await uploads.start(upload_id, session, "orders.csv", len(content))
        await uploads.put(upload_id, session, 0, content)
        assert await why(uploads.finish(upload_id, session)) == (Refusal.PRIVATE, None)
        assert not [name for name in received.files() if name.startswith(upload_id)]


async def test_a_caller_has_so_many_open_and_so_many_bytes(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    ida = received.of("ida")
    for _ in range(MOST_OPEN):
        await ida.ask()
    assert await why(ida.ask()) == (Refusal.TOO_MANY, None)
    await received.of("jens").ask()
    received.later(seconds=UNFINISHED.total_seconds())
    assert len(received.files()) == MOST_OPEN + 1
    await ida.ask()
    assert len(received.files()) == 1, "what expired is gone at the next use"

    monkeypatch.setattr(rules, "MOST_BYTES", 100)
    first = await put_in(ida, b"a," * 20)
    received.later(minutes=1)
    second = await put_in(ida, b"b," * 20)
    upload_id, session = await opened(ida)
    await ida.start(upload_id, session, "orders.csv", 60)
    assert await why(ida.find(first.id)) == (Refusal.GONE, None), "the oldest makes room"
    assert (await ida.find(second.id)).is_complete
    other_id, other = await opened(ida)
    assert await why(ida.start(other_id, other, "orders.csv", 60)) == (Refusal.NO_ROOM, None)
    assert (await ida.find(second.id)).is_complete, "nothing goes in vain"


async def test_an_endless_upload_and_an_old_one_are_gone(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = received.of()
    done = await put_in(uploads, CONTENT)
    upload_id, session = await opened(uploads)
    await uploads.start(upload_id, session, "orders.csv", 1000)
    for offset in range(59):
        received.later(minutes=1)
        await uploads.put(upload_id, session, offset, b"x")
    received.later(minutes=1)
    assert await why(uploads.put(upload_id, session, 59, b"x")) == (Refusal.GONE, None)
    received.later(seconds=(KEPT - UNFINISHED).total_seconds())
    assert await why(uploads.find(done.id)) == (Refusal.GONE, None)
    monkeypatch.setattr(anyio, "sleep", over)
    with pytest.raises(TimeoutError):
        await uploads.watch()
    assert received.files() == []


async def over(_: float) -> None:
    raise TimeoutError


async def test_what_a_crash_left_is_gone_after_a_while(in_folder: Received) -> None:
    received = in_folder
    uploads = received.of()
    upload_id, session = await opened(uploads)
    await uploads.start(upload_id, session, "orders.csv", 30)
    await uploads.put(upload_id, session, 0, b"a" * 10)
    folder = received.state / "uploads"
    with (folder / f"{upload_id}.bytes").open("ab") as file:
        file.write(b"a" * 3)  # half of a piece
    assert (await uploads.start(upload_id, session, "orders.csv", 30)).received == 13
    nobody = "upl_" + "a" * 24
    (folder / f"{nobody}.bytes").write_bytes(b"customers")
    (folder / f"{nobody}.1f2e3d4c").write_bytes(b"a draft")
    (folder / f"upl_{'b' * 24}.json").write_text("{damaged")
    for path in folder.iterdir():
        os.utime(path, (received.now.timestamp(), received.now.timestamp()))
    received.later(minutes=59)
    others = await uploads.ask()
    assert len(received.files()) == 6
    received.later(minutes=1)
    upload = await uploads.ask()
    assert received.files() == sorted(f"{left}.json" for left in (others.id, upload.id))


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
async def test_a_folder_that_others_can_enter_is_not_used(in_folder: Received) -> None:
    received = in_folder
    await received.of().ask()
    (received.state / "uploads").chmod(0o755)
    assert await why(received.of().ask()) == (Refusal.UNUSABLE, None)


async def test_two_at_once_put_the_same_file_in(received: Received) -> None:
    """Two tabs of one session, or two processes: what comes out is the file, whole."""
    uploads, others = received.of(), received.of()
    upload_id, session = await opened(uploads)
    await uploads.start(upload_id, session, "orders.csv", len(CONTENT))

    async def send(by: rules.Uploads) -> None:
        for offset in range(0, len(CONTENT), 500):
            await by.put(upload_id, session, offset, CONTENT[offset : offset + 500])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send, uploads)
        tasks.start_soon(send, others)
    upload = await uploads.finish(upload_id, session)
    async with uploads.opened(upload.id) as (_, path):
        assert path.read_bytes() == CONTENT


@settings(max_examples=200)
@given(st.text())
def test_a_name_is_one_line_without_a_folder(text: str) -> None:
    name = file_name(text)
    assert len(name) <= NAME_LENGTH
    assert not set(name) & {"/", "\\", "\n", "\0", "\u202e"}
    assert file_name("x" * 500 + ".csv").endswith("x.csv")
