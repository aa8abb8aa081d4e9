"""The entry in YAML: it comes in, goes out again, and comments, order and line ends of the rest are kept."""

import sys
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.api.errors import MissingExtra
from preo_mcp.commands.hosts.splices import undone
from preo_mcp.commands.hosts.yaml_file import YamlFile
from tests.commands.hosts.documents import OTHERS

ENTRY: dict[str, Any] = {"enabled": True, "cmd": "C:\\a b\\preo: #\x85.exe", "args": ["--sandbox"], "envs": {"Å": "ø"}}
SERVERS = YamlFile("extensions", "preo")

BLOCKS = st.lists(
    st.sampled_from(
        [
            "# a comment: {\n",
            "\n",
            "GOOSE_MODEL: x # why\n",
            "list:\n- 1\n-  two\n",
            "text: |\n  lines\n\n  more\n",
            "folded: >-\n   # not a comment\n   x\n",
            "quoted: 'it''s'\n",
            "flow: {a: [1,\n  2]}\n",
            "anchor: &a {x: 1}\n",
        ]
    ),
    max_size=4,
    unique=True,
)
CHILDREN = st.lists(
    st.sampled_from(
        [
            "  # child\n",
            "  developer:\n    enabled: true\n\n",
            "  memory: {enabled: false}   # off\n",
            "  text:\n    about: |\n      # kept\n      lines\n",
            "  empty:\n",
        ]
    ),
    max_size=4,
    unique=True,
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    servers = draw(
        st.one_of(
            st.just(""),
            st.sampled_from(
                ["extensions:\n", "extensions: {}\n", "extensions: ~ # none\n", "extensions: {a: {b: 1}} # c\n"]
            ),
            CHILDREN.map(lambda children: "extensions: # all\n" + "".join(children)),
        )
    )
    text = (
        draw(st.sampled_from(["", "---\n"]))
        + "".join(draw(BLOCKS))
        + servers
        + "".join(draw(BLOCKS)).replace("GOO", "Z")
    )
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    return draw(st.sampled_from(["", "\ufeff"])) + text


@settings(deadline=None)
@given(documents())
def test_whatever_the_document_it_comes_in_and_goes_out_again(text: str) -> None:
    try:
        SERVERS.others(text)
    except ValueError:  # a key twice, or what is not YAML
        return
    put = SERVERS.put(text, ENTRY)
    assert put is not None
    after = put.applied(text)
    assert yaml.safe_load(after)["extensions"]["preo"] == ENTRY
    assert SERVERS.others(after) == SERVERS.others(text)
    assert SERVERS.put(after, ENTRY) is None
    back = undone(SERVERS, after, put)
    assert back is not None
    assert back.applied(after) == text
    out = SERVERS.take_out(after)
    assert out is not None
    left = out.applied(after)
    assert SERVERS.entry(left) is None
    assert SERVERS.others(left) == SERVERS.others(text)
    assert left.count("#") == text.count("#")


def test_an_entry_of_ours_is_brought_up_to_date_in_its_place() -> None:
    text = OTHERS["goose"].replace("  memory:", "  preo:\n    enabled: false\n    cmd: old\n\n  memory:")
    put = SERVERS.put(text, {"enabled": True, "cmd": "new"})
    assert put is not None
    changed = text.replace("enabled: false\n    cmd: old", 'enabled: true\n    cmd: "new"')
    assert put.applied(text) == changed
    out = SERVERS.take_out(text)
    assert out is not None
    assert [line for line in OTHERS["goose"].splitlines() if line] == [x for x in out.applied(text).splitlines() if x]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "line 1, column 5"),
        ("a: 1\n\tb: 2\n", "line 2"),
        ("extensions: [1]\n", "should be a mapping"),
        ("extensions: text\n", "should be a mapping"),
        ("- 1\n", "should be a mapping"),
        ("x: &x {}\nextensions: *x\n", "is an alias"),
        ("extensions: {}\nextensions: {}\n", "second time (first in line 1)"),
        ("a: 1\n---\nb: 1\n", "line 2"),
        ("a: 1\n...\n", "cannot be edited here"),
        ("a: |\n  no line end", "cannot be edited here"),
    ],
)
def test_what_cannot_be_edited_without_guessing_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match="line ") as caught:
        SERVERS.put(text, ENTRY)
    assert says in str(caught.value)


def test_without_its_parser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtra, match=r'pip install "\.\[install\]"'):
        SERVERS.put("a: 1\n", ENTRY)
