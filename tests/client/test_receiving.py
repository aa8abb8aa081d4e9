"""No more of an answer is unpacked than may be kept: bombs, broken compression, refusals, text, bodies with files."""

import base64
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.api import errors
from preo_mcp.api.operations import (
    CREATE_DATA_IMPORT,
    EXPORT_SEGMENT_USERS,
    GET_EDITION,
    LIST_ORDERS,
    START_IMPORT,
    UPLOAD_FILE,
)
from preo_mcp.client import addresses, exchange
from preo_mcp.client.addresses import FileBody, FileContent, encode_body
from preo_mcp.client.exchange import BadCompressionError, TooLargeError, receive
from tests.client.scripted_api import Clock, Script, call, client_for, failure_of

MEGABYTE = 1024 * 1024


class Dripping(httpx.AsyncByteStream):
    """A body as it comes over a wire, in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.taken = 0
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.taken += 1
            yield piece

    async def aclose(self) -> None:
        self.is_closed = True


def packed(*pieces: bytes, status: int = 200, encoding: str = "gzip", media_type: str = "") -> httpx.Response:
    headers = {"Content-Encoding": encoding, "Content-Type": media_type}
    return httpx.Response(status, headers=headers, stream=Dripping(*pieces))


def bomb(megabytes: int) -> bytes:
    """Return zeros, packed a thousand times smaller."""
    packing = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packing.compress(bytes(MEGABYTE)) for _ in range(megabytes)) + packing.flush()


BOMB = bomb(64)


@pytest.mark.parametrize(
    ("operation", "kind"), [(GET_EDITION, errors.NetworkError), (START_IMPORT, errors.AmbiguousOutcomeError)]
)
async def test_a_bomb_is_not_unpacked(operation: Any, kind: type[errors.PreoError]) -> None:
    calls: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return packed(BOMB)

    tracemalloc.start()
    try:
        error = await failure_of(client_for(respond), operation)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert type(error) is kind
    assert "the answer is larger than 32 MB" in error.why
    assert len(calls) == 1
    assert peak < 40 * MEGABYTE


async def test_the_rest_of_a_bomb_is_not_fetched_and_the_connection_is_closed() -> None:
    response = packed(*([BOMB] * 50))
    body = response.stream
    error = await failure_of(client_for(lambda _: response), GET_EDITION)
    assert "larger than" in error.why
    assert isinstance(body, Dripping)
    assert body.taken == 1
    assert body.is_closed


async def test_a_refusal_stays_a_refusal_however_large() -> None:
    for content in (packed(BOMB, status=400), httpx.Response(400, stream=Dripping(*([b" " * MEGABYTE] * 64)))):
        error = await failure_of(client_for(lambda _, content=content: content), START_IMPORT)
        assert type(error) is errors.ValidationError


async def test_an_answer_without_compression_is_limited_too() -> None:
    whole = httpx.Response(200, stream=Dripping(*([b" " * MEGABYTE] * 64)))
    assert "larger than 32 MB" in (await failure_of(client_for(lambda _: whole), GET_EDITION)).why


async def test_text_may_be_larger() -> None:
    text = b"id\r\n" * (10 * MEGABYTE)
    given = packed(gzip.compress(text, 1), media_type="text/csv")
    assert await call(client_for(lambda _: given), EXPORT_SEGMENT_USERS, accept="text/csv") == text.decode()


async def test_the_budget_holds_while_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LARGEST_ANSWER", 1 << 40)
    error = await failure_of(client_for(lambda _: packed(BOMB)), GET_EDITION, time_budget=0.001)
    assert "no whole answer came within the time budget" in error.why


@pytest.mark.parametrize(
    "response",
    [
        packed(gzip.compress(b"{}")[:-4]),
        packed(gzip.compress(b'{"id": "x"}')[:12]),
        packed(gzip.compress(b"{}") + b"more"),
        packed(b"{}"),
        packed(gzip.compress(gzip.compress(b"{}")), encoding="gzip, gzip"),
        packed(zlib.compress(b"{}"), encoding="deflate"),
        packed(b"{}", encoding="br"),
    ],
)
async def test_compression_that_is_broken_or_was_not_asked_for(response: httpx.Response) -> None:
    error = await failure_of(client_for(lambda _: response), GET_EDITION)
    assert "the answer's compression is broken" in error.why


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " x-gzip "])
async def test_gzip_is_asked_for_and_read(encoding: str) -> None:
    script = Script(Clock(), lambda: packed(gzip.compress(b'{"id": "x"}'), encoding=encoding))
    assert await call(client_for(script), GET_EDITION) == {"id": "x"}
    assert script.requests[0].headers["Accept-Encoding"] == "gzip"


async def test_nothing_at_all_may_call_itself_gzip() -> None:
    assert await call(client_for(lambda _: packed(status=204)), START_IMPORT) is None


@given(
    members=st.lists(st.binary(max_size=200_000), min_size=1, max_size=3),
    cuts=st.lists(st.integers(0, 10_000), max_size=8),
    repeats=st.integers(1, 2000),
)
def test_gzip_comes_out_as_it_went_in(members: list[bytes], cuts: list[int], repeats: int) -> None:
    members = [(member * repeats)[:300_000] for member in members]
    whole = b"".join(map(gzip.compress, members))
    ends = sorted(cut % (len(whole) + 1) for cut in cuts)
    pieces = [whole[start:end] for start, end in zip([0, *ends], [*ends, len(whole)], strict=True)]
    plain = b"".join(members)

    async def read(most: int) -> bytes:
        return (await receive(packed(*pieces), most=most, most_of_refusal=0)).content

    assert anyio.run(read, len(plain)) == plain
    if plain:
        with pytest.raises(TooLargeError):
            anyio.run(read, len(plain) - 1)


@given(st.binary(max_size=500))
def test_any_bytes_are_gzip_or_broken(raw: bytes) -> None:
    async def read() -> None:
        try:
            await receive(packed(raw), most=MEGABYTE, most_of_refusal=0)
        except BadCompressionError:
            return
        assert not raw or gzip.decompress(raw) is not None

    anyio.run(read)


FILE = bytes(range(256)) * 1000


async def test_a_file_is_sent_in_base64_with_its_length_by_every_try() -> None:
    sent: list[bytes] = []
    script = Script(Clock(), httpx.ConnectError, httpx.Response(429), None)

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return script(request)

    body = {"edition_id": "edt_ø", "data_file_base64": FileContent(FILE), "name": None}
    assert await call(client_for(respond), CREATE_DATA_IMPORT, body=body) == {"id": "x"}
    assert len(sent) == 3
    assert len(set(sent)) == 1
    expected = {"edition_id": "edt_ø", "data_file_base64": base64.b64encode(FILE).decode(), "name": None}
    assert json.loads(sent[0]) == expected
    for request in script.requests:
        assert request.headers["Content-Length"] == str(len(sent[0]))
        assert "Transfer-Encoding" not in request.headers


@given(
    files=st.lists(st.binary(max_size=400), min_size=1, max_size=3),
    others=st.dictionaries(st.text(), st.integers() | st.text(), max_size=3),
)
def test_any_body_with_files_is_the_json_that_it_stands_for(files: list[bytes], others: dict[str, Any]) -> None:
    named = {f"file “{number}”": FileContent(content) for number, content in enumerate(files)}
    body = encode_body(UPLOAD_FILE, {**others, **named})
    assert isinstance(body, FileBody)

    async def read() -> bytes:
        return b"".join([piece async for piece in body])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(addresses, "FILE_PIECE", 3)
        encoded = anyio.run(read)
    assert len(encoded) == len(body)
    plain = {name: base64.b64encode(file.content).decode() for name, file in named.items()}
    assert json.loads(encoded) == {**others, **plain}


def test_a_files_content_is_not_shown() -> None:
    assert repr(FileContent(b"kirsten@example.org")) == "FileContent()"


async def test_a_body_without_files_is_sent_at_once() -> None:
    script = Script(Clock(), None)
    await call(client_for(script), LIST_ORDERS, body={"a": 1})
    assert script.requests[0].content == b'{"a":1}'
