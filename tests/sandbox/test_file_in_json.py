"""Taking a file out of JSON gives what an ordinary parser gives, wherever the pieces are cut."""

import json
from base64 import b64decode, b64encode
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.sandbox.file_in_json import BadString, FileInJson, RestTooLarge

KEY = "data_file_base64"
LIMIT = 1000

Outcome = tuple[Any, bytes] | None
"""The object with an empty file, and the file; None where there is an error."""


def taken(pieces: list[bytes]) -> Outcome:
    file = bytearray()
    splitter = FileInJson(KEY, file.clear, file.extend, LIMIT)
    try:
        for piece in pieces:
            splitter.feed(piece)
        value = json.loads(splitter.rest)
    except ValueError:
        return None
    if file_of(value) != "":
        return value, b""
    return (value, bytes(file)) if splitter.is_base64 else None


def file_of(value: Any) -> object:
    return cast("dict[str, object]", value).get(KEY) if isinstance(value, dict) else None


def expected(text: bytes) -> Outcome:
    try:
        value = json.loads(text)
        file = file_of(value)
        if not isinstance(file, str):
            return value, b""
        return value | {KEY: ""}, b64decode(file, validate=True)
    except ValueError:
        return None


def spell(text: str, escaped: list[bool]) -> str:
    """Write a JSON string with some of its characters as escapes."""
    marks = escaped or [False]
    spelled = "".join(
        f"\\u{ord(char):04x}"
        if marks[at % len(marks)]
        else ("\\/" if char == "/" and at % 2 else json.dumps(char)[1:-1])
        for at, char in enumerate(text)
    )
    return f'"{spelled}"'


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    escaped = st.lists(st.booleans(), max_size=5)
    plain = st.recursive(
        st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=6),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", KEY]), inner, max_size=2),
        max_leaves=4,
    ).map(json.dumps)
    good = st.binary(max_size=40).map(lambda raw: b64encode(raw).decode())
    bad = st.sampled_from(["!", "YWJ", "YQ==YQ==", "YWJj\n", "é", "=", "YQ=a", " YWJj"])
    file = st.builds(spell, good | bad, escaped)
    key = st.builds(spell, st.sampled_from([KEY, KEY.upper(), "name", ""]), escaped)
    space = st.sampled_from(["", " ", "\n\t"])
    pairs = draw(st.lists(st.tuples(space, key, space, space, file | plain), max_size=4))
    inside = ",".join(f"{a}{name}{b}:{c}{value}" for a, name, b, c, value in pairs)
    return (draw(space) + "{" + inside + "}").encode()


def cut(text: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({place % (len(text) + 1) for place in cuts})
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


steady = settings(derandomize=True, deadline=None, max_examples=120)
CUTS = st.lists(st.integers(0, 10_000), max_size=8)


@steady
@given(bodies(), CUTS)
def test_the_same_as_parsing_it_whole(text: bytes, cuts: list[int]) -> None:
    assert taken(cut(text, cuts)) == expected(text)


@steady
@given(bodies())
def test_byte_by_byte(text: bytes) -> None:
    assert taken([text[at : at + 1] for at in range(len(text))]) == expected(text)


@steady
@given(bodies(), CUTS, st.integers(0, 10_000), st.sampled_from([b"", b'"', b"\\", b"{", b"\x01", b",", b":"]))
def test_damaged_text_is_an_error_where_it_is_one(text: bytes, cuts: list[int], place: int, put: bytes) -> None:
    at = place % (len(text) + 1)
    damaged = text[:at] + put + text[at + 1 :]
    outcome = expected(damaged)
    if outcome is None:
        assert taken(cut(damaged, cuts)) is None
    else:
        assert taken(cut(damaged, cuts)) == outcome


@pytest.mark.parametrize("string", [b'"\\x"', b'"\\u12g4"', b'"YWJj\x00YWJ"'])
def test_what_is_no_json_string_is_refused(string: bytes) -> None:
    with pytest.raises(BadString):
        FileInJson(KEY, bytearray().clear, bytearray().extend, LIMIT).feed(b'{"data_file_base64":' + string + b"}")


def test_the_rest_has_a_limit_and_the_file_has_none() -> None:
    file = bytearray()
    splitter = FileInJson(KEY, file.clear, file.extend, LIMIT)
    splitter.feed(b'{"data_file_base64":"' + b64encode(b"x" * 9000))
    assert len(splitter.rest) < 50
    splitter.feed(b'"')
    assert len(file) == 9000
    with pytest.raises(RestTooLarge):
        splitter.feed(b',"name":"' + b"x" * 2000)
