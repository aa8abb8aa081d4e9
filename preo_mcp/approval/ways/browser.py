"""Opening the approval page in the browser of the person who sits here, if anybody does."""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import anyio

from preo_mcp.settings import PREFIX

SECONDS: Final = 10.0
_OPEN: Final = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.stdin.read()))"


def has_browser(environ: Mapping[str, str], platform: str) -> bool:
    """Return whether this session has a screen of its own with a browser; `BROWSER=none` says no."""
    if environ.get("BROWSER", "").casefold() == "none":
        return False
    if any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        return False
    if platform in ("darwin", "win32"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without our settings: the account's token is none of a browser's business."""
    return {name: value for name, value in environ.items() if not name.startswith(PREFIX)}


async def _in_child(address: str) -> bool:
    """Open an address by a child, because browsers write to the standard output, which is the host's line to us.

    The address goes to the child by its standard input and on by what the system has for it: an event on macOS, a call
    on Windows. On Linux it is an argument of the browser, which everybody can read: so there is no secret in it.
    """
    with anyio.move_on_after(SECONDS):
        done = await anyio.run_process(
            [sys.executable, "-c", _OPEN],
            input=address.encode(),
            env=without_settings(os.environ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return done.returncode == 0
    return False


async def open_in_browser(
    address: str,
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    opener: Callable[[str], Awaitable[bool]] = _in_child,
) -> bool:
    """Open an address where the session has a browser, and return whether that went well."""
    if not has_browser(environ, platform):
        return False
    try:
        return await opener(address)
    except OSError:
        return False
