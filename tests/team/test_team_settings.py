"""Beyond this computer nothing is served without a sign-in and TLS; each mistake says what to do."""

from typing import Any

import pytest

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.settings import Settings
from preo_mcp.settings.team import is_issuer, is_origin

PUBLIC = "https://preo.example.org"
TEAM: dict[str, Any] = {"sandbox": True, "team": True, "transport": "http"}
BEYOND = TEAM | {"host": "0.0.0.0", "public_url": PUBLIC}
TLS = {"tls_cert": "c.pem", "tls_key": "k.pem"}
HTTP: dict[str, Any] = {"sandbox": True, "transport": "http"}

MISTAKES: list[tuple[dict[str, Any], str]] = [
    (HTTP | {"host": "0.0.0.0"}, "nobody would have to sign in"),
    (HTTP | {"host": "127.0.0.2"}, "nobody would have to sign in"),
    (HTTP | {"issuer": "https://id.example.org"}, "PREO_ISSUER is set without a team"),
    (HTTP | {"members": "m.toml"}, "PREO_MEMBERS is set without a team"),
    (HTTP | {"trusted_proxies": "10.0.0.2"}, "PREO_TRUSTED_PROXIES is set without a team"),
    (HTTP | TLS, "PREO_TLS_CERT is set without a team"),
    ({"sandbox": True, "team": True}, "not served over stdio"),
    (BEYOND, "without TLS"),
    (BEYOND | {"public_url": None} | TLS, "set PREO_PUBLIC_URL"),
    (BEYOND | {"tls_cert": "c.pem"}, "belong together"),
    (BEYOND | TLS | {"trusted_proxies": "10.0.0.2"}, "keep one"),
    (BEYOND | {"trusted_proxies": "proxy.example.org"}, "neither an address nor a network"),
    (TEAM | {"trusted_proxies": "10.0.0.2"}, "without PREO_PUBLIC_URL"),
    (BEYOND | TLS | {"public_url": "http://preo.example.org"}, "and https"),
    (BEYOND | TLS | {"public_url": f"{PUBLIC}/path"}, "host and port alone"),
    (BEYOND | TLS | {"issuer": "http://id.example.org"}, "PREO_ISSUER is not the https address"),
    (BEYOND | TLS | {"issuer": "https://id.example.org?x=1"}, "PREO_ISSUER is not the https address"),
    (TEAM | {"issuer": "https://id.example.org"}, "needs PREO_PUBLIC_URL"),
    (TEAM | {"audience": "x"}, "without PREO_ISSUER"),
    (TEAM | {"allowed_folders": "/home"}, "files to the team"),
    (HTTP | {"four_eyes_amount_over": 0}, "PREO_FOUR_EYES_AMOUNT_OVER is set without a team"),
    (HTTP | {"four_eyes_recipients_over": 0}, "PREO_FOUR_EYES_RECIPIENTS_OVER is set without a team"),
    ({"sandbox": True, "four_eyes_amount_over": "100 DKK"}, "PREO_FOUR_EYES_AMOUNT_OVER is set without a team"),
    (HTTP | {"notify_url": PUBLIC}, "PREO_NOTIFY_URL is set without a team"),
    (HTTP | {"notify_names": True}, "PREO_NOTIFY_NAMES is set without a team"),
    (HTTP | {"client_id": "x"}, "PREO_CLIENT_ID is set without a team"),
    (TEAM | {"client_id": "x"}, "without PREO_ISSUER"),
    (TEAM | {"client_secret_file": "s"}, "without PREO_CLIENT_ID"),
    (TEAM | {"notify_url": PUBLIC}, "belong together"),
    (TEAM | {"notify_secret_file": "s"}, "belong together"),
    (TEAM | {"notify_url": "http://hooks.example.org", "notify_secret_file": "s"}, "not an https address"),
    (TEAM | {"notify_url": "https://a@b", "notify_secret_file": "s"}, "not an https address"),
    (TEAM | {"notify_names": True}, "without PREO_NOTIFY_URL"),
    (TEAM | {"four_eyes_amount_over": "1", "yes": True}, "PREO_YES asks nobody"),
    (TEAM | {"four_eyes_recipients_over": 0, "yes": True}, "PREO_YES asks nobody"),
    (TEAM | {"four_eyes_amount_over": "1", "approve_via": "card"}, "PREO_APPROVE_VIA leaves out the page"),
    (
        {"token": "x", "team": True, "transport": "http", "public_url": PUBLIC, "issuer": "https://id.example.org"},
        "set PREO_MEMBERS or PREO_TOKEN_COMMAND",
    ),
]


@pytest.mark.parametrize(("given", "why"), MISTAKES)
def test_a_mistake_stops_the_start(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load({}, given)
    assert why in str(caught.value)
    assert len(str(caught.value).split(" · ")) == 3


@pytest.mark.parametrize(
    "given",
    [
        TEAM,
        TEAM | {"host": "::1"},
        BEYOND | TLS,
        BEYOND | {"trusted_proxies": "10.0.0.0/8, fd00::7"},
        BEYOND | TLS | {"issuer": "https://id.example.org/realms/a"},
        TEAM | {"four_eyes_amount_over": "100 DKK, 20 EUR", "approve_via": "page"},
        TEAM | {"four_eyes_recipients_over": 0},
        TEAM | {"notify_url": "http://127.0.0.1:8080/in?x=1", "notify_secret_file": "s"},
        {"team": True, "transport": "sse", "members": "m.toml"},
        {"team": True, "transport": "http", "token_command": "vault read"},
    ],
)
def test_what_is_right_starts(given: dict[str, Any]) -> None:
    assert Settings.load({}, given).team


@pytest.mark.parametrize(
    "url",
    [
        "",
        "preo.example.org",
        "https://",
        "https://a b",
        "https://a@b",
        "https://a:x",
        "https://a?",
        "https://a#",
        "ftp://a",
    ],
)
def test_what_is_no_address_of_a_server_is_told(url: str) -> None:
    assert not is_issuer(url)
    assert not is_origin(url)
