"""Links of a message: found where a mail program finds them, and judged without being opened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preo_mcp.tools.campaigns.gravity import Finding, Gravity, gravest_first
from preo_mcp.tools.campaigns.links import Link, each_once, judged, links_in_html, links_in_text


@pytest.mark.parametrize(
    ("url", "gravity", "says"),
    [
        ("https://nordlys.dk/billetter?a[]=1#program", None, ""),
        ("mailto:info@nordlys.dk", None, ""),
        ("tel:+4520123456", None, ""),
        ("http://nordlys.dk", Gravity.WARNING, "http and not https"),
        ("https://10.0.0.7/x", Gravity.WARNING, "a number"),
        ("https://[2001:db8::1]/x", Gravity.WARNING, "a number"),
        ("https://preo.io@evil.dk/", Gravity.WARNING, "fraud"),
        ("", Gravity.ERROR, "no address"),
        ("  ", Gravity.ERROR, "no address"),
        ("#", Gravity.ERROR, "no address"),
        ("mailto:", Gravity.ERROR, "no address"),
        ("#program", Gravity.ERROR, "anchor"),
        ("https://nordlys.dk/{{ order.id }}", Gravity.ERROR, "not filled in"),
        ("https://nordlys.dk/%7B%7B%20order%20%7D%7D", Gravity.ERROR, "placeholder"),
        ("https://your-link.dk", Gravity.ERROR, "placeholder"),
        ("TODO", Gravity.ERROR, "placeholder"),
        ("nordlys.dk/billetter", Gravity.ERROR, "https://"),
        ("/billetter", Gravity.ERROR, "https://"),
        ("https:/nordlys.dk", Gravity.ERROR, "malformed"),
        ("https://https://nordlys.dk", Gravity.ERROR, "malformed"),
        ("https://nordlys", Gravity.ERROR, "malformed"),
        ("https://nordlys..dk", Gravity.ERROR, "malformed"),
        ("https://nordlys.dk:99999/", Gravity.ERROR, "malformed"),
        ("https://nord lys.dk", Gravity.ERROR, "malformed"),
        ("https://[nordlys.dk", Gravity.ERROR, "malformed"),
        ("javascript:alert(1)", Gravity.ERROR, "https://"),
        ("ftp://nordlys.dk/x", Gravity.ERROR, "opens no page"),
        ("https://www.example.com/", Gravity.ERROR, "example address"),
        ("http://localhost:3000/", Gravity.ERROR, "example address"),
        ("https://tickets.example/nordlys", Gravity.ERROR, "example address"),
    ],
)
def test_judged(url: str, gravity: Gravity | None, says: str) -> None:
    found = judged(Link(url, "Buy"), reserved_are_fine=False)
    assert (found and found.gravity) == gravity
    assert says in str(found)
    assert found is None or "“Buy”" in found.words


def test_the_sandbox_has_invented_addresses_alone() -> None:
    assert judged(Link("https://tickets.example/x"), reserved_are_fine=True) is None
    assert judged(Link("https://example.com/x"), reserved_are_fine=True) is not None


def test_links_of_html_with_their_words() -> None:
    html = """<a name="top">Top</a><p><a class=b href="https://a.dk/?x=1&amp;y=2">Buy
        <b>now</b></a> <a href>Nothing</a> <a href="https://b.dk"><img src="x.png" alt="Poster"></a></p>"""
    assert [*map(str, links_in_html(html))] == [
        "Buy now: https://a.dk/?x=1&y=2",
        "Nothing: ",
        "Poster: https://b.dk",
    ]


def test_links_of_text() -> None:
    text = "Se https://a.dk/x. (Og www.b.dk!) Skriv til info@c.dk, eller htps://d.dk/y"
    assert [link.url for link in links_in_text(text)] == ["https://a.dk/x", "www.b.dk", "htps://d.dk/y"]


def test_each_address_once_with_its_first_words() -> None:
    assert each_once([Link("a", "A"), Link("b"), Link("a")]) == [Link("a", "A"), Link("b")]


@given(st.text(alphabet=st.sampled_from("htps:/.@#[]{}?%a1 \\")), st.booleans())
def test_no_address_is_too_odd(url: str, fine: bool) -> None:
    found = judged(Link(url), reserved_are_fine=fine)
    assert found is None or found.words


@given(st.text(alphabet=st.sampled_from("<a href=\"'>/ x&;!-")))
def test_no_html_is_too_odd(html: str) -> None:
    assert all(isinstance(link.url, str) for link in links_in_html(html))


def test_the_gravest_come_first_in_their_order() -> None:
    found = [Finding(Gravity.UNKNOWN, "u"), Finding(Gravity.ERROR, "b"), Finding(Gravity.WARNING, "w")]
    found = [*found, Finding(Gravity.ERROR, "a"), Finding(Gravity.WARNING, "w")]
    assert [*map(str, gravest_first(found))] == ["error: b", "error: a", "warning: w", "unknown: u"]
