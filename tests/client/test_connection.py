"""A connection that would leak the token, or could not work, cannot be built."""

import re

import pytest

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.client.connection import Connection
from preo_mcp.text.loopback import is_loopback

TOKEN = "s3cret-T0KEN"


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.preo.dev",
        "https://api.preo.dev:8443/prefix",
        "http://localhost:8000",
        "http://sandbox.localhost",
        "http://127.0.0.1:1",
        "http://127.8.9.1",
        "http://[::1]:8000",
    ],
)
def test_good_addresses(base_url: str) -> None:
    assert Connection(base_url, TOKEN).base_url == base_url


def test_trailing_slashes_go() -> None:
    assert Connection("https://api.preo.dev//", TOKEN).base_url == "https://api.preo.dev"


@pytest.mark.parametrize(
    ("base_url", "why"),
    [
        ("http://api.preo.dev", "unencrypted"),
        ("http://localhost.evil.example", "unencrypted"),
        ("http://127.0.0.1.evil.example", "unencrypted"),
        ("http://10.0.0.1", "unencrypted"),
        ("http://[::2]", "unencrypted"),
        ("http://localhost@evil.example", "user name"),
        ("https://user:pass@api.preo.dev", "user name"),
        ("https://api.preo.dev?x=1", "query"),
        ("https://api.preo.dev#x", "query"),
        ("ftp://api.preo.dev", "not an http(s) address"),
        ("api.preo.dev", "not an http(s) address"),
        ("https://", "not an http(s) address"),
        ("https://[::1", "not an http(s) address"),
        ("https://api.preo.dev:port", "not an http(s) address"),
        ("https://api.preo.dev/\n", "not an http(s) address"),
        ("", "not an http(s) address"),
    ],
)
def test_bad_addresses(base_url: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(why)) as caught:
        Connection(base_url, TOKEN)
    assert "PREO_BASE_URL" in caught.value.next_step
    assert "pass@" not in str(caught.value)


@pytest.mark.parametrize("token", ["", " ", "two words", "line\nbreak", "nul\x00", "sødt"])
def test_bad_tokens_are_refused_without_being_shown(token: str) -> None:
    with pytest.raises(ConfigurationError, match="the token is empty or holds") as caught:
        Connection("https://api.preo.dev", token)
    assert not token.strip() or token not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"auth_header": "X Key"},
        {"auth_header": ""},
        {"auth_header": "X:"},
        {"auth_scheme": "Bearer x"},
        {"auth_scheme": "\r\n"},
    ],
)
def test_bad_header_and_scheme(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        Connection("https://api.preo.dev", TOKEN, **wrong)  # pyright: ignore[reportArgumentType] - names are strings


@pytest.mark.parametrize("name", ["connect_timeout", "read_timeout", "time_budget"])
@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_bad_limits(name: str, seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="positive"):
        Connection("https://api.preo.dev", TOKEN, **{name: seconds})  # pyright: ignore[reportArgumentType] - floats only


def test_the_token_is_in_the_header_and_in_no_repr() -> None:
    assert Connection("https://x", TOKEN).auth_headers() == {"Authorization": f"Bearer {TOKEN}"}
    assert Connection("https://x", TOKEN, "X-Api-Key", "").auth_headers() == {"X-Api-Key": TOKEN}
    assert TOKEN not in repr(Connection("https://x", TOKEN))


def test_loopback_is_by_name_or_address_only() -> None:
    assert is_loopback("LOCALHOST")
    assert not is_loopback("localhost.")
    assert not is_loopback("0.0.0.0")
