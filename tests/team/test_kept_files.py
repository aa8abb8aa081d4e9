"""The files that say who may sign in: private, whole at once, read again when they change."""

import json
import re
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from docs.generate import ROOT
from preo_mcp.api.errors import ConfigurationError
from preo_mcp.settings import Preset
from preo_mcp.team.members import members_in
from preo_mcp.team.principals import ALL, Right
from preo_mcp.team.static_tokens import FILE, StaticTokens


def test_a_token_is_kept_as_a_digest_in_a_file_of_its_owners_alone(tmp_path: Path) -> None:
    tokens = StaticTokens(tmp_path / "state")
    issued = tokens.add("anna", frozenset({Right.READ}), (Preset.SUPPORT,))
    assert issued.token.startswith("preo_")
    assert len(issued.token) > 40
    kept = tmp_path / "state" / FILE
    assert issued.token not in kept.read_text(encoding="utf-8")
    if sys.platform != "win32":
        assert kept.stat().st_mode & 0o077 == 0
    found = tokens.find(issued.token)
    assert found is not None
    assert (found.name, found.rights, found.preset) == ("anna", (Right.READ,), (Preset.SUPPORT,))


def test_two_tokens_differ_and_neither_is_found_by_a_part_or_by_its_digest(tmp_path: Path) -> None:
    tokens = StaticTokens(tmp_path)
    anna, bo = tokens.add("anna", ALL), tokens.add("bo", ALL)
    assert anna.token != bo.token
    for wrong in ("", anna.token[:-1], f"{anna.token} ", anna.token.upper(), anna.kept.digest, "anna", "preo_\udc80"):
        assert tokens.find(wrong) is None, wrong


def test_another_process_sees_what_one_adds_and_revokes(tmp_path: Path) -> None:
    here, there = StaticTokens(tmp_path), StaticTokens(tmp_path)
    token = here.add("anna", ALL).token
    assert there.find(token)
    here.revoke("anna")
    assert there.find(token) is None
    again = here.add("anna", ALL).token
    assert there.find(token) is None
    assert there.find(again)


def test_tokens_that_are_added_at_once_are_all_there(tmp_path: Path) -> None:
    names = [f"member-{number}" for number in range(12)]
    threads = [threading.Thread(target=StaticTokens(tmp_path).add, args=(name, ALL)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(token.name for token in StaticTokens(tmp_path).listed()) == sorted(names)


@pytest.mark.parametrize("name", ["", "-x", "a b", "ä", "x" * 65, "../x", "a\n"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="a name is"):
        StaticTokens(tmp_path).add(name, ALL)


def test_a_name_is_taken_once_and_revoked_once(tmp_path: Path) -> None:
    tokens = StaticTokens(tmp_path)
    tokens.add("anna", ALL)
    with pytest.raises(ConfigurationError, match="there is a token of anna"):
        tokens.add("anna", ALL)
    tokens.revoke("anna")
    with pytest.raises(ConfigurationError, match="no token of anna"):
        tokens.revoke("anna")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"tokens": [{}]}', '{"tokens": 1, "more": 2}', "[" * 100_000])
def test_damaged_tokens_let_nobody_in(tmp_path: Path, content: str) -> None:
    tokens = StaticTokens(tmp_path)
    token = tokens.add("anna", ALL).token
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="does not hold"):
        tokens.find(token)


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links are POSIX's")
def test_tokens_that_others_can_read_or_a_link_in_their_place_let_nobody_in(tmp_path: Path) -> None:
    tokens = StaticTokens(tmp_path)
    token = tokens.add("anna", ALL).token
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(ConfigurationError, match="can read it"):
        tokens.find(token)
    (tmp_path / FILE).chmod(0o600)
    assert tokens.find(token)
    (tmp_path / FILE).rename(tmp_path / "elsewhere")
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="link"):
        tokens.find(token)


TOML = """
claim = "email"

[members.anna]
subject = "anna@example.org"
token_file = "/run/secrets/anna"
rights = ["preo.read"]
preset = ["support"]
"""


def written(path: Path, content: str) -> Path:
    path.touch(0o600)
    path.write_text(content, encoding="utf-8")
    return path


def test_members_are_the_same_in_toml_and_json(tmp_path: Path) -> None:
    members = members_in(written(tmp_path / "members.toml", TOML)).read()
    entry = {"subject": "anna@example.org", "token_file": "/run/secrets/anna", "rights": ["preo.read"]}
    same = {"claim": "email", "members": {"anna": entry | {"preset": ["support"]}}}
    assert members_in(written(tmp_path / "members.json", json.dumps(same))).read() == members
    assert members.by_subject("anna@example.org") == "anna"
    assert members.by_subject("anna") is None


def test_the_members_of_the_documents_are_members(tmp_path: Path) -> None:
    [shown] = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "team.md").read_text(encoding="utf-8"), re.DOTALL)
    members = members_in(written(tmp_path / "members.toml", shown)).read()
    assert set(members.members) == {"anna", "bo"}
    assert members.members["bo"].preset == (Preset.SUPPORT,)
    assert members.exchange is not None


WRONG: list[tuple[Any, str]] = [
    ({"members": {"anna": {"rigths": []}}}, "members.anna.rigths"),
    ({"members": {"anna": {"rights": ["preo.all"]}}}, "members.anna.rights"),
    ({"members": {"anna": {"token": "preo-secret"}}}, "members.anna.token"),
    ({"members": {"anna": {"token_file": "a", "token_env": "B"}}}, "keep one of"),
    ({"members": {"anna": {"subject": "a"}, "bo": {"subject": "a"}}}, "same subject"),
    ({"members": {"-anna": {}}}, "begins with a letter"),
    ({"members": []}, "members"),
    ([], "dictionary"),
]


@pytest.mark.parametrize(("content", "why"), WRONG)
def test_a_wrong_entry_is_named_without_what_it_says(tmp_path: Path, content: Any, why: str) -> None:
    path = written(tmp_path / "members.json", json.dumps(content))
    with pytest.raises(ConfigurationError) as caught:
        members_in(path).read()
    assert why in str(caught.value)
    assert "preo-secret" not in str(caught.value)


def test_members_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="it is not there"):
        members_in(tmp_path / "members.toml").read()
