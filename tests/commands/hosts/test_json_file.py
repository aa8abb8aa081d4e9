"""The entry in JSON with comments: whatever the document, it comes in, goes out again, and nothing else is another."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings

from preo_mcp.commands.hosts.json_file import JsonFile
from preo_mcp.commands.hosts.jsonc import beyond_plain_json, data_of, scan
from preo_mcp.commands.hosts.splices import undone
from tests.commands.hosts.documents import documents

ENTRY: dict[str, Any] = {
    "command": 'C:\\Program Files\\preo "x"\\preo-mcp.exe',
    "args": ["--sandbox"],
    "env": {"Å": "ø"},
}
SERVERS = JsonFile("mcpServers", "preo")


def without_ours(text: str) -> Any:
    """What a document says beside the entry; no servers is as good as none."""
    data: dict[str, Any] = data_of(text) if scan(text) is not None else {}
    servers: dict[str, Any] = data.get("mcpServers") or {}
    servers.pop("preo", None)
    return {**data, "mcpServers": servers}


@settings(deadline=None)
@given(documents())
@example('{// c\n"a":"" /* { , */}/* , */\n')
@example('{"mcpServers":{"preo":null// c, }\n,"a":null}}')
def test_whatever_the_document_it_comes_in_and_goes_out_again(text: str) -> None:
    had = SERVERS.entry(text)
    put = SERVERS.put(text, ENTRY)
    assert put is not None
    after = put.applied(text)
    assert data_of(after)["mcpServers"]["preo"] == ENTRY
    assert without_ours(after) == without_ours(text)
    assert SERVERS.put(after, ENTRY) is None
    if had is None:
        back = undone(SERVERS, after, put)
        assert back is not None
        assert back.applied(after).encode() == text.encode()
    out = SERVERS.take_out(after)
    assert out is not None
    left = out.applied(after)
    assert SERVERS.entry(left) is None
    assert without_ours(left) == without_ours(text)
    assert SERVERS.take_out(left) is None


@settings(deadline=None)
@given(documents())
def test_a_document_is_read_as_json_is_where_it_has_nothing_else(text: str) -> None:
    if scan(text) is None:
        return
    plain = json.dumps(data_of(text))
    assert data_of(plain) == data_of(text)
    assert beyond_plain_json(plain) is None
    try:
        json.loads(text.removeprefix("\ufeff"))
    except ValueError:
        assert beyond_plain_json(text) is not None
    else:
        assert beyond_plain_json(text) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"mcpServers":{"a":1}}', '{"mcpServers":{"a":1,"preo":{"x":1}}}'),
        ('{"mcpServers": {"a": 1, "b": 2}}', '{"mcpServers": {"a": 1, "b": 2, "preo": {"x": 1}}}'),
        ("{}", '{\n  "mcpServers": {\n    "preo": {\n      "x": 1\n    }\n  }\n}'),
        (
            '{\n\t"mcpServers": {\n\t\t"a": 1 // kept there\n\t}\n}',
            '{\n\t"mcpServers": {\n\t\t"a": 1, // kept there\n\t\t"preo": {\n\t\t\t"x": 1\n\t\t}\n\t}\n}',
        ),
        (
            '{\r\n "mcpServers": {\r\n  "a": 1,\r\n },\r\n}',
            '{\r\n "mcpServers": {\r\n  "a": 1,\r\n  "preo": {\r\n   "x": 1\r\n  },\r\n },\r\n}',
        ),
        ('{"mcpServers": null}', '{"mcpServers": {"preo": {"x": 1}}}'),
    ],
)
def test_it_is_laid_out_as_what_stands_there(before: str, after: str) -> None:
    put = SERVERS.put(before, {"x": 1})
    assert put is not None
    assert put.applied(before) == after
    out = SERVERS.take_out(after)
    assert out is not None
    assert SERVERS.others(out.applied(after)) == SERVERS.others(before)


def test_an_entry_of_ours_is_brought_up_to_date_in_its_place() -> None:
    text = '{\n  "mcpServers": {\n    // mine\n    "preo": {"x": 0}, // here\n    "b": 2\n  }\n}\n'
    put = SERVERS.put(text, {"x": 1})
    assert put is not None
    assert put.applied(text) == text.replace('{"x": 0}', '{\n      "x": 1\n    }')
    out = SERVERS.take_out(text)
    assert out is not None
    assert out.applied(text) == '{\n  "mcpServers": {\n    // mine\n    // here\n    "b": 2\n  }\n}\n'
    assert SERVERS.put('{"mcpServers": {"preo": { "x" : 1, /* same */ }}}', {"x": 1}) is None


def test_what_was_added_after_ours_stays_when_ours_is_taken_back() -> None:
    text = '{\n  "a": 1\n}\n'
    put = SERVERS.put(text, ENTRY)
    assert put is not None
    later = put.applied(text).replace('{\n  "a": 1', '{\n  "new": [],\n  "a": 2')
    back = undone(SERVERS, later, put)
    assert back is not None
    assert back.applied(later) == '{\n  "new": [],\n  "a": 2\n}\n'
    commented = '{\n  "mcpServers": {\n    "a": 1 // note\n  }\n}\n'
    put = SERVERS.put(commented, {"x": 1})
    assert put is not None
    more = put.applied(commented).replace('"x": 1\n    }', '"x": 1\n    },\n    "z": 3')
    assert undone(SERVERS, more, put) is None  # or the comma would end up in the comment
    out = SERVERS.take_out(more)
    assert out is not None
    assert data_of(out.applied(more)) == {"mcpServers": {"a": 1, "z": 3}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": }', "line 1, column 7: } cannot stand here; a value is expected"),
        ('{\n  "a": 1\n  "b": 2\n}', "line 3, column 3: "),
        ('{\r\n  "a": 1\r\n  "b": 2\r\n}', "line 3, column 3: "),
        ("\ufeff{x}", "line 1, column 2: 'x' cannot stand here"),
        ('{"a": [1, {"b": 2}', "what opens in line 1 is not closed"),
        ("{'a': 1}", "a key is expected"),
        ('{"a": 01}', "cannot stand here"),
        ('{"a": "\t"}', "cannot stand here"),
        ('{"a": 1} {}', "the end is expected"),
        ('{"a": 1,,}', "a key is expected"),
        ('{"a": 1 /* }', "cannot stand here"),
        ("[]", "the document should be an object"),
        ('{"mcpServers": []}', "mcpServers should be an object"),
        ('{"mcpServers": "x"}', "mcpServers should be an object"),
        (
            '{"mcpServers": {},\n"mcpServers": {}}',
            "line 2, column 1: mcpServers stands here for a second time (first in",
        ),
        ('{"mcpServers": {"preo": 1, "preo": 2}}', "preo stands here for a second time"),
        ("[" * 10_000, "is not closed"),
    ],
)
def test_what_is_broken_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ValueError, match="line ") as caught:
        SERVERS.put(text, ENTRY)
    assert says in str(caught.value)


def test_a_large_and_a_deep_document_are_edited_too() -> None:
    deep = "[" * 10_000 + "]" * 10_000
    large = json.dumps({"history": ["x" * 100] * 10_000, "twice": 1})
    text = large.replace('"twice": 1', f'"twice": 1, "twice": {deep}')
    put = SERVERS.put(text, ENTRY)
    assert put is not None
    back = undone(SERVERS, put.applied(text), put)
    assert back is not None
    assert back.applied(put.applied(text)) == text
