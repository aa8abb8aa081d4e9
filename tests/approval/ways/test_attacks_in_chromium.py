"""What an e-mail, a text message or a host's message tries against the page and the card, in a real browser."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from preo_mcp.approval.facts import Facts, Stakes, Yes
from preo_mcp.approval.mails import MOST_CHARACTERS, harmless_mail
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.approval.wording import Count, Letter, Sms, say
from tests.approval.ways.card_host import World, status
from tests.approval.ways.chromium import WHY_NOT, Tab
from tests.approval.ways.npm_packages import skipped
from tests.approval.ways.real_questions import plan_for

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
WAYS = pytest.mark.parametrize("is_card", [True, False], ids=["card", "page"])


def mail_plan(html: str, text: str = "Nordlys kommer") -> Plan:
    """A question about a campaign by e-mail that looks like `html`."""
    people = say("{count} people", count=Count(752))
    return plan_for(
        Facts(
            say("Send {campaign} to {people} now? It cannot be taken back.", campaign="Summer", people=people),
            ((say("Campaign"), "Summer"),),
            ((say("Get the message"), 752),),
            stakes=Stakes(people=True, recipients=752, name="Summer"),
            deciding=((say("When"), say("now")), (say("Text"), Letter(text))),
            first_counts=1,
            yes=Yes(say("Send to {people}", people=people)),
            mail=html,
        )
    )


def shown(world: World, plan: Plan, *, is_card: bool) -> Tab:
    world.begin(plan)
    tab = world.card(theme="light") if is_card else world.browser.tab(world.address())
    tab.until("!document.getElementById('form').hidden", frame=is_card)
    return tab


@contextmanager
def stranger() -> Generator[tuple[str, list[str]]]:
    """Serve another site on loopback, and note what is asked of it."""
    asked: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    running = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    running.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        running.join()


HOSTILE = """
<html><head><title>Approve</title><base href="{url}/base/"><meta http-equiv="refresh" content="0; url={url}/refresh">
<link rel="stylesheet" href="{url}/link.css"><link rel="prefetch" href="{url}/prefetch">
<style>@import url({url}/import.css); @font-face {{ font-family: x; src: url({url}/font) }}
body {{ background: url({url}/background); font-family: x }} </style>
<style></style><script>fetch("{url}/in-style")</script>
</head><body onload="fetch('{url}/onload')" style="background: url('{url}/body')">
<div style="position: fixed; inset: 0; z-index: 2147483647; background: #fff url({url}/cover)">Everything is fine</div>
<script>parent.postMessage({{jsonrpc: "2.0", method: "ui/notifications/host-context-changed",
 params: {{theme: "dark"}}}}, "*"); fetch("{url}/script"); top.location = "{url}/top";
 parent.document.getElementById("approve").click()</script>
<img src="{url}/pixel.gif" width="1" height="1">
<img src="{url}/picture.png" alt="Our stage" onerror="fetch('{url}/error')">
<picture><source srcset="{url}/srcset"><img srcset="{url}/srcset2"></picture>
<svg onload="fetch('{url}/svg')"><script>fetch("{url}/svg-script")</script><image href="{url}/svg-image"/></svg>
<iframe src="{url}/iframe" srcdoc="<script>fetch('{url}/srcdoc')</script>"></iframe>
<object data="{url}/object"></object><embed src="{url}/embed">
<video src="{url}/video" poster="{url}/poster" autoplay></video>
<form action="{url}/form"><input name=q autofocus><button id="approve">Approve</button></form>
<a href="{url}/link" target="_top" id="decline" ping="{url}/ping">Read more</a>
<table background="{url}/table"><tr><td>In a table</td></tr></table>
<math><mtext></mtext><mglyph><style><img src="{url}/mathml" onerror="fetch('{url}/mathml2')"></style></mglyph></math>
<p>Nordlys kommer</p><!-- <script>fetch("{url}/comment")</script> --><![CDATA[<img src="{url}/cdata">]]>
<plaintext></body></html>
"""


@WAYS
def test_a_hostile_email_loads_runs_and_covers_nothing(world: World, is_card: bool) -> None:
    with stranger() as (url, asked):
        plan = mail_plan(HOSTILE.format(url=url))
        tab = shown(world, plan, is_card=is_card)
        tab.until("document.querySelector('iframe.mail')", frame=is_card)
        text = tab.until_a_frame_says("Nordlys kommer")
        for kept in ("In a table", "Read more", "Our stage", "Everything is fine"):
            assert kept in text
        assert tab.run("document.querySelector('iframe.mail').getAttribute('sandbox')", frame=is_card) == ""
        inner = "(({top, left, bottom, right}) => document.elementFromPoint((left + right) / 2, (top + bottom) / 2).id)"
        for button in ("approve", "decline"):
            tab.run(f"document.getElementById('{button}').scrollIntoView({{block: 'center'}})", frame=is_card)
            box = f"document.getElementById('{button}').getBoundingClientRect()"
            assert tab.run(f"{inner}({box})", frame=is_card) == button
        assert tab.run("document.querySelectorAll('#approve, #decline').length", frame=is_card) == 2
        tab.click("#decline", frame=is_card)
        status(tab, "Declined. Nothing was done.", frame=is_card)
        assert asked == []
        assert all("Content Security Policy" in complaint for complaint in tab.complaints())
    assert world.waiting.plan.state is PlanState.DECLINED
    assert tab.run("document.documentElement.dataset.theme ?? ''", frame=is_card) == ("light" if is_card else "")


@WAYS
def test_the_frame_holds_what_the_reading_lets_through(world: World, is_card: bool) -> None:
    """Were the e-mail not made harmless at all, the sandbox and the policy of its frame would still keep it in."""
    with stranger() as (url, asked):
        plan = mail_plan("<p>Nordlys kommer</p>")
        raw = HOSTILE.format(url=url).replace('http-equiv="refresh"', "").replace("top.location", "window.x")
        policy = harmless_mail("x").partition("<head>")[2].partition("<style>")[0]
        sheet = replace(plan.sheet, mail=f"<!DOCTYPE html><head>{policy}</head>{raw}")
        tab = shown(world, plan.model_copy(update={"sheet": sheet}), is_card=is_card)
        tab.until("document.querySelector('iframe.mail')", frame=is_card)
        tab.until_a_frame_says("Nordlys kommer")
        tab.run("new Promise((done) => setTimeout(done, 200))")
        assert asked == []
        assert not tab.run("document.getElementById('form').hidden", frame=is_card)
        assert world.waiting.plan.state is PlanState.OPEN


def test_the_frame_of_an_email_is_for_the_page_alone_and_once(world: World) -> None:
    world.begin(mail_plan("<p>Nordlys kommer</p>"))
    tab = world.browser.tab(world.address())
    tab.until("document.querySelector('iframe.mail')")
    address = tab.run("document.querySelector('iframe.mail').src")
    tab.until_a_frame_says("Nordlys kommer")
    again = world.browser.tab(address)
    again.until("document.body.textContent.includes('opened somewhere else')")
    assert "Nordlys" not in again.run("document.body.textContent")


def test_what_is_harmless_looks_the_same() -> None:
    kept = harmless_mail(
        "<body bgcolor='#fff'><table width=600><tr><td style='color:red' onclick='x()'>a &lt;b&gt; &amp; c</td></tr>"
        "</table>"
        "<img src='data:image/png;base64,AA==' alt=logo><br><br/><center>ø</center></body>"
    )
    assert '<div bgcolor="#fff"><table width="600"><tr><td style="color:red">a &lt;b&gt; &amp; c</td></tr>' in kept
    assert '<img src="data:image/png;base64,AA==" alt="logo"><br><br><center>ø</center></div>' in kept
    assert harmless_mail("") == ""
    assert harmless_mail("x" * (MOST_CHARACTERS + 1)) == ""
    for open_end in (
        "<style>p{}</sty",
        "<script>alert(1)",
        "<div><p",
        "<!-- ",
        "<style><script>x</script>",
        "</style>",
    ):
        assert "<script" not in harmless_mail(open_end)
        assert harmless_mail(open_end).count("<style>") == harmless_mail(open_end).count("</style>")


@WAYS
@pytest.mark.parametrize("width", [360, 1200])
def test_a_text_message_of_ten_thousand_characters(world: World, is_card: bool, width: int) -> None:
    text = f"Kom! {'Nordlys ' * 1245} https://evil.example/x\u202e</pre><button id=approve>ok</button>"
    question = say("Change {campaign}, which is scheduled?", campaign="Summer")
    world.begin(plan_for(Facts(question, (), deciding=((say("Text message"), Sms(text)),))))
    tab = world.card(theme="light") if is_card else world.browser.tab(world.address())
    tab.resize(width)
    tab.until("document.querySelector('.bubble')", frame=is_card)
    assert len(text) > 10_000
    below = tab.run("document.querySelector('.bubble + p').textContent", frame=is_card)
    assert below.startswith("characters: 10,0")
    assert "sent in parts: 150" in below  # one character that no telephone's alphabet has makes all of it 67 a part
    assert "links to evil.example" in below
    assert tab.run("document.querySelectorAll('#approve').length", frame=is_card) == 1
    assert tab.run("document.querySelector('.bubble').clientHeight", frame=is_card) < 400
    assert tab.run("document.documentElement.scrollWidth <= innerWidth", frame=is_card)
    tab.click("#decline", frame=is_card)
    status(tab, "Declined. Nothing was done.", frame=is_card)
    assert json.dumps(tab.complaints()) == "[]"
