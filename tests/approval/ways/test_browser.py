"""A browser is opened only where somebody sits before it."""

import pytest

from preo_mcp.approval.ways.browser import has_browser, open_in_browser, without_settings

ADDRESS = "http://127.0.0.1:1/approve/pln_x#secret"


@pytest.mark.parametrize(
    ("platform", "environ", "has"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ":0", "BROWSER": "none"}, False),
        ("linux", {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}, False),
        ("freebsd14", {}, False),
        ("darwin", {}, True),
        ("darwin", {"SSH_TTY": "/dev/ttys001"}, False),
        ("win32", {}, True),
        ("win32", {"BROWSER": "None"}, False),
    ],
)
async def test_sessions(platform: str, environ: dict[str, str], has: bool) -> None:
    opened: list[str] = []

    async def opener(address: str) -> bool:
        opened.append(address)
        return True

    assert has_browser(environ, platform) is has
    assert await open_in_browser(ADDRESS, environ, platform, opener) is has
    assert opened == [ADDRESS] * has


async def test_a_browser_that_does_not_start_is_no_error() -> None:
    async def broken(_: str) -> bool:
        raise FileNotFoundError

    assert not await open_in_browser(ADDRESS, {}, "darwin", broken)


def test_the_browser_knows_none_of_our_settings() -> None:
    assert without_settings({"PREO_TOKEN": "s", "PREO_LEDGER_URL": "r", "DISPLAY": ":0"}) == {"DISPLAY": ":0"}
