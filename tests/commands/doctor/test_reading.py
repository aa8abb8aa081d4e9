"""Reading a document: files and addresses, JSON and YAML, and what is neither."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from preo_mcp.api.errors import PreoError
from preo_mcp.client.connection import Connection
from preo_mcp.commands.doctor import reading
from preo_mcp.commands.doctor.reading import parsed, read_document, without_secrets
from tests.door import TOKEN

ACCOUNT = Connection("https://api.example/base", TOKEN)
SMALL = {"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {"200": {"description": "å"}}}}}}
YAML = """\
openapi: 3.0.3
paths:
  /a:
    get:
      responses:
        200:
          description: å
"""


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(SMALL).encode(),
        b"\xef\xbb\xbf" + json.dumps(SMALL, ensure_ascii=False).encode(),
        json.dumps(SMALL, ensure_ascii=False).encode("utf-16"),
        YAML.encode(),
    ],
    ids=["json", "json with mark", "saved by PowerShell", "yaml"],
)
def test_json_and_yaml_are_read_alike(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "schema"
    path.write_bytes(content)
    assert read_document(str(path), None) == SMALL


REFUSED: dict[str, tuple[bytes, str]] = {
    "web page": (b"  <!doctype html><title>Log in</title>", "web page"),
    "xml": (b"<?xml version='1.0'?>", "web page"),
    "cut": (b'{"openapi": "3.0.3", "paths": {', "not valid JSON"),
    "deep": (b"[" * 100_000, "not valid JSON"),
    "not a number": (b'{"a": NaN}', "not valid JSON"),
    "empty": (b"", "neither"),
    "text": (b"Not found", "neither"),
    "binary": (b"\x00\x01\xff\xfe\x80", "neither"),
    "yaml aliases": (b"a: &a [x, x]\nb: [*a, *a]\n", "aliases"),
    "yaml circle": (b"a: &a [*a]\n", "aliases"),
    "deep yaml": (b"a: " + b"[" * 300, "nested too deeply"),
    "yaml object": (b"!!python/object/apply:os.system ['true']", "neither"),
    "yaml tag": (b"a: !x y", "neither"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_document_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(PreoError) as caught:
        parsed(content)
    assert reason in str(caught.value)
    assert str(caught.value).startswith("The document was not read · ")


def test_too_large_and_unreadable_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_JSON", 2**20)
    large = tmp_path / "large.json"
    large.write_bytes(b" " * (2**20 + 1))
    for path, reason in ((large, "larger than 1 MB"), (tmp_path, "cannot be read"), (tmp_path / "no", "cannot be")):
        with pytest.raises(PreoError, match=reason):
            read_document(str(path), None)


def test_without_pyyaml_it_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(PreoError, match=r"pip install pyyaml"):
        parsed(YAML.encode())
    assert parsed(json.dumps(SMALL).encode()) == SMALL


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[[httpx.Response | None], list[httpx.Request]]:
    """Stand in for the network; returns the requests that went out."""

    def stand_in(answer: httpx.Response | None) -> list[httpx.Request]:
        requests: list[httpx.Request] = []

        def respond(request: httpx.Request) -> httpx.Response:
            requests.append(request)
            if answer is None:
                raise httpx.ConnectError(f"no route to {request.url}?secret=1")
            return answer

        plain = httpx.Client

        def client(**options: Any) -> httpx.Client:
            assert options["follow_redirects"] is False
            return plain(**options, transport=httpx.MockTransport(respond))

        monkeypatch.setattr(httpx, "Client", client)
        return requests

    return stand_in


@pytest.mark.parametrize(
    ("address", "signed"),
    [
        ("https://api.example/schema/?format=json", True),
        ("https://API.example:443/schema/", True),
        ("http://api.example/schema/", False),
        ("https://api.example:8443/schema/", False),
        ("https://api.example.evil.example/schema/", False),
        ("https://docs.example/schema/", False),
    ],
)
def test_the_token_goes_to_the_accounts_own_origin_only(
    address: str, *, signed: bool, served: Callable[[httpx.Response | None], list[httpx.Request]]
) -> None:
    requests = served(httpx.Response(200, json=SMALL))
    assert read_document(address, ACCOUNT) == SMALL
    assert [request.headers.get("Authorization") for request in requests] == [f"Bearer {TOKEN}" if signed else None]
    assert "json" in requests[0].headers["Accept"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(302, headers={"Location": "https://evil.example"}), "redirects are not followed"),
        (httpx.Response(401), "Check PREO_TOKEN"),
        (httpx.Response(404), "answers 404"),
        (httpx.Response(200, html="<html>"), "web page"),
        (httpx.Response(200, content=b" " * (2**20 + 1)), "larger than 1 MB"),
        (None, "did not answer"),
    ],
    ids=["redirect", "401", "404", "web page", "large", "unreachable"],
)
def test_what_an_address_can_answer_instead(
    answer: httpx.Response | None,
    reason: str,
    served: Callable[[httpx.Response | None], list[httpx.Request]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "LARGEST_JSON", 2**20)
    served(answer)
    with pytest.raises(PreoError) as caught:
        read_document("https://api.example/schema", ACCOUNT)
    assert reason in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["ftp://api.example/x", "file:///etc/passwd", "https://", "https://u:p@api.example/", "http://[x/"]
)
def test_only_plain_http_addresses_are_asked(address: str) -> None:
    with pytest.raises(PreoError, match="not http or https"):
        read_document(address, ACCOUNT)


def test_the_corrections_file_keeps_no_secret_of_the_address() -> None:
    assert without_secrets("https://u:p@api.example/schema/?token=1#x") == "https://api.example/schema/"
    assert without_secrets("schema?.json") == "schema?.json"
