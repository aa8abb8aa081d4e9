"""One site for all pages: served once, when first needed, and pages come to it at any time."""

import anyio
import httpx
from anyio.abc import TaskGroup
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from preo_mcp.process import LOOPBACK
from preo_mcp.settings import Language
from preo_mcp.web.documents import document, policy
from preo_mcp.web.gate import MOST_TICKETS, Tickets
from preo_mcp.web.site import Server, Site


async def _said(request: Request) -> Response:
    return PlainTextResponse(request.url.path)


def site_in(tasks: TaskGroup) -> tuple[Site, list[Server]]:
    started: list[Server] = []

    async def start(server: Server) -> str:
        started.append(server)
        return await tasks.start(server)

    return Site(start), started


async def test_it_is_served_once_and_takes_pages_before_and_after() -> None:
    async with anyio.create_task_group() as tasks, httpx.AsyncClient() as http:
        site, started = site_in(tasks)
        site.add([Route("/first", _said)])
        assert not started
        addresses: list[str] = []

        async def ask() -> None:
            addresses.append(await site.base_url())

        async with anyio.create_task_group() as several:
            for _ in range(5):
                several.start_soon(ask)
        [url] = set(addresses)
        assert len(started) == 1
        assert url.startswith(f"http://{LOOPBACK}:")
        assert (await http.get(f"{url}/first")).text == "/first"
        assert (await http.get(f"{url}/second")).status_code == 404
        site.add([Route("/second", _said)])
        answer = await http.get(f"{url}/second")
        assert (answer.text, "server" in answer.headers) == ("/second", False)
        tasks.cancel_scope.cancel()


def test_a_ticket_is_good_for_one_use_and_the_latest_are_kept() -> None:
    tickets = Tickets()
    names = [tickets.issue(str(number)) for number in range(MOST_TICKETS + 2)]
    assert len(set(names)) == len(names)
    assert [tickets.use(name) for name in names[:3]] == [None, None, "2"]
    assert tickets.use(names[2]) is None
    assert tickets.use("invented") is None


def test_what_stands_in_a_document_ends_neither_script_nor_attribute() -> None:
    hostile = "</script><script>alert(1)</script>\"'"
    made = document(Language.ENGLISH, hostile, "a{}", "1;", "<main></main>", {"key": hostile}, {"plan": hostile})
    assert made.count("<script") == 2
    assert made.count("</script>") == 2
    assert 'data-plan="&lt;/script&gt;' in made


def test_a_policy_allows_what_it_was_given_and_nothing_else() -> None:
    made = policy("1;", "a{}", frame_src="'self'")
    assert "unsafe" not in made
    assert "frame-src 'self'" in made
    assert made.startswith("default-src 'none'; script-src 'sha256-")
    assert policy("2;", "a{}") != policy("1;", "a{}")
