"""By which address a request came, from whom, and from which page: looked at before anybody is signed in."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preo_mcp.settings import Settings
from preo_mcp.team.entrance import Entrance
from preo_mcp.team.principals import Refused

TEAM: dict[str, Any] = {"sandbox": True, "team": True, "transport": "http"}
PUBLIC = "https://preo.example.org"
PROXIED: dict[str, Any] = {
    **TEAM,
    "host": "0.0.0.0",
    "public_url": PUBLIC,
    "trusted_proxies": ("10.0.0.2", "fd00::/64"),
}
BY_PROXY = {"x-forwarded-proto": "https", "host": "preo.example.org"}


def entrance(**flags: Any) -> Entrance:
    return Entrance(Settings.load({}, TEAM | flags), 8765)


def let_in(at: Entrance, client: str = "127.0.0.1", **headers: str) -> bool:
    sent = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    try:
        at.must_let_in({"type": "http", "method": "GET", "path": "/mcp", "client": (client, 5), "headers": sent})
    except Refused:
        return False
    return True


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "localhost", "[::1]:8765"])
def test_on_loopback_it_goes_by_the_names_of_loopback(host: str) -> None:
    assert let_in(entrance(), host=host)
    assert let_in(entrance(), host=host, origin=f"http://{host}")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "", "a@localhost", "localhost:x", "[::1", "localhost.evil.example"]
)
def test_another_name_is_refused_wherever_it_leads(host: str) -> None:
    assert not let_in(entrance(), host=host)
    assert not let_in(entrance(**PROXIED), "10.0.0.2", **BY_PROXY | {"host": host})
    assert not let_in(entrance(**PROXIED), "10.0.0.2", **BY_PROXY | {"x_forwarded_host": host})


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://evil.example", "file://", ""])
def test_another_origin_is_refused(origin: str) -> None:
    assert not let_in(entrance(), host="localhost:8765", origin=origin)
    assert not let_in(entrance(**PROXIED), "10.0.0.2", **BY_PROXY, origin=origin)


def test_pages_have_the_origin_that_browsers_spell() -> None:
    for spelt in (PUBLIC, f"{PUBLIC}/", f"{PUBLIC}:443", "https://Preo.Example.ORG"):
        assert entrance(**PROXIED | {"public_url": spelt}).origins("10.0.0.2:8765") == {PUBLIC}
    assert entrance(**PROXIED | {"public_url": f"{PUBLIC}:8443"}).origins("x") == {f"{PUBLIC}:8443"}
    assert entrance(**PROXIED | {"public_url": "https://[fd00::1]:8443"}).origins("x") == {"https://[fd00::1]:8443"}
    here = {"http://127.0.0.1:8765", "http://localhost:8765"}
    assert entrance().origins("localhost:8765") == here, "the page may be open by any name of this computer"


def test_the_public_address_is_taken_however_it_is_spelt() -> None:
    own_tls = {"host": "0.0.0.0", "public_url": f"{PUBLIC}/", "tls_cert": "c.pem", "tls_key": "k.pem"}
    at = entrance(**own_tls)
    assert at.url == f"{PUBLIC}/mcp"
    for host in ("preo.example.org", "PREO.example.org", "preo.example.org:443"):
        assert let_in(at, "192.0.2.7", host=host, origin=PUBLIC), host
    assert not let_in(at, "192.0.2.7", host="preo.example.org:8765")
    assert not let_in(at, "192.0.2.7", host="preo.example.org", origin="http://preo.example.org")
    assert not let_in(at, "127.0.0.1", host="localhost"), "beyond loopback its names are nobody's"


@pytest.mark.parametrize("client", ["10.0.0.2", "fd00::7", "::ffff:10.0.0.2"])
def test_headers_of_the_proxy_are_believed(client: str) -> None:
    at = entrance(**PROXIED)
    assert let_in(at, client, **BY_PROXY)
    inner = {"host": "preo:8765", "x_forwarded_host": "preo.example.org", "x_forwarded_proto": "https"}
    assert let_in(at, client, **inner)
    assert let_in(at, client, **inner | {"x_forwarded_proto": "http, https"}), "the nearest one wrote the last"
    assert not let_in(at, client, **inner | {"x_forwarded_proto": "https, http"})
    assert not let_in(at, client, host="preo.example.org"), "it does not say that it came by TLS"
    assert not let_in(at, client, host="preo.example.org", x_forwarded_proto="http")


@pytest.mark.parametrize("client", ["10.0.0.3", "127.0.0.1", "fd01::7", "192.0.2.7"])
def test_and_nobody_elses(client: str) -> None:
    assert not let_in(entrance(**PROXIED), client, **BY_PROXY)


def test_forwarded_headers_mean_nothing_without_a_proxy() -> None:
    assert not let_in(entrance(), host="evil.example", x_forwarded_host="localhost")
    assert let_in(entrance(), host="localhost", x_forwarded_host="evil.example")


def test_a_connection_whose_other_end_is_unknown_is_not_the_proxys() -> None:
    at = entrance(**PROXIED)
    scope = {"type": "http", "method": "GET", "path": "/mcp", "client": None, "headers": [(b"host", b"x")]}
    with pytest.raises(Refused):
        at.must_let_in(scope)


HEADER = st.text(max_size=30).map(lambda text: text.encode("latin-1", "replace")) | st.binary(max_size=30)


@given(host=HEADER, origin=st.none() | HEADER, forwarded=st.none() | HEADER, client=st.text(max_size=20))
@example(host=b"[::1", origin=b"http://[::1", forwarded=b"[", client="x")
@example(host=b"[v1.a]", origin=b"http://[v1.a]", forwarded=b"", client="10.0.0.2")
def test_headers_of_any_shape_are_let_in_or_refused(
    host: bytes, origin: bytes | None, forwarded: bytes | None, client: str
) -> None:
    headers = [(b"host", host), (b"x-forwarded-proto", b"https")]
    headers += [] if origin is None else [(b"origin", origin)]
    headers += [] if forwarded is None else [(b"x-forwarded-host", forwarded)]
    for at, peer in ((entrance(), client), (entrance(**PROXIED), "10.0.0.2"), (entrance(**PROXIED), client)):
        with suppress(Refused):
            at.must_let_in({"type": "http", "client": (peer, 5), "headers": headers})
