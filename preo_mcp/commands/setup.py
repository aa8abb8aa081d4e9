"""`preo-mcp setup`: asks what is needed, adds the server to a host, tries it, and says what to type first."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from preo_mcp.settings import Mode, Preset

if TYPE_CHECKING:
    from preo_mcp.commands.hosts.command import Wish
    from preo_mcp.commands.hosts.entry import Entry
    from preo_mcp.commands.hosts.known import Computer, Host
    from preo_mcp.settings import Settings

Answer = TypeVar("Answer")
TRIES: Final = 3
"""How often an answer that does not do is asked for."""
ALL, SEARCH = "all", "search"
STORIES: Final = {
    None: ("Which editions are there in Preo, and how are they selling?", "Find the last ten orders of Nordlys."),
    Preset.SUPPORT: ("Find the customer whose mail begins with maja, and show their orders.",),
    Preset.MARKETING: ("Who was at Nordlys last year and has no ticket yet? Build a segment of them.",),
    Preset.IMPORTS: ("Which imports are there in Preo, and how did they go?",),
    Preset.OPERATIONS: ("Run the health check of the upcoming edition in Preo.",),
    Preset.READ_ONLY: ("Which editions are there in Preo, and how are they selling?",),
}
"""What to type first, by the kind of work."""


def add_setup(parser: argparse.ArgumentParser) -> None:
    """Give the command its description; it takes no flags, because it asks."""
    parser.description = "Sets the server up in your assistant: asks what is needed, tries it, says what to type first."
    parser.set_defaults(run=run_setup)


def run_setup(_: argparse.Namespace) -> None:
    """Ask, write, try, and tell what to type first.

    Raises:
        PreoError: something cannot be written.
        SystemExit: with 1 where the server does not start.
    """
    import anyio

    from preo_mcp.commands.hosts.command import entry_of
    from preo_mcp.commands.hosts.known import Computer
    from preo_mcp.commands.hosts.trying import tried

    computer = Computer.this()
    hosts = _hosts(computer)
    wish = _wish()
    made = entry_of(wish)
    wish.keep_token()
    _say("", "Trying it, as a host would start it …")
    came = anyio.run(tried, made)
    if came.server is None:
        _say(f"The server did not start: {came.why}", "Nothing was written. preo-mcp doctor says more.")
        raise SystemExit(1)
    if wish.token is None and not anyio.run(_works, made.settings()):  # a token was tried when it was given
        _say("Nothing was written.")
        raise SystemExit(1)
    _say(f"  {came.server} answers: {came.tools} tools, about {came.tokens:,} tokens of a model's context.", "")
    for host in hosts:
        _write(host, computer, made)
    _say("", "Then type, for instance:", *(f"  {line}" for line in _first(wish)))


def _hosts(computer: "Computer") -> "list[Host]":
    from preo_mcp.commands.hosts.known import HOSTS

    found = [host for host in HOSTS if host.is_here(computer)]
    offered = found or list(HOSTS)
    _say("Found on this computer:" if found else "No host was found in its usual place. These are known:")
    _say(*(f"  {number}  {host.name}" for number, host in enumerate(offered, 1)))

    def chosen(text: str) -> "list[Host]":
        numbers = [int(part) for part in text.replace(",", " ").split()]
        if not numbers or not all(1 <= number <= len(offered) for number in numbers):
            raise ValueError(f"give numbers from 1 to {len(offered)}, such as 1 or 1,2")
        return [offered[number - 1] for number in dict.fromkeys(numbers)]

    return _asked("Which of them should have Preo? [1] ", "1", chosen)


def _wish() -> "Wish":
    from preo_mcp.commands.hosts.command import Wish, state_folder
    from preo_mcp.commands.hosts.token_keeping import reference

    where = _asked("Try it with invented data, or use your account? [sandbox/account] ", "sandbox", _account)
    token = _token() if where == "account" else None
    in_keyring = token is not None and _is_keyring_wanted()
    env = reference(state_folder(), in_keyring=in_keyring) if token is not None else {}
    folder = _asked("A folder from which it may read exports (empty: none): ", "", _folder)
    kinds = ", ".join((ALL, *(preset.value for preset in Preset), SEARCH))
    work = _asked(f"Which tools: {kinds}? [{ALL}] ", ALL, _work)
    return Wish({**({"allowed_folders": [folder]} if folder else {}), **work}, env, token, in_keyring)


def _account(text: str) -> str:
    for word in ("sandbox", "account"):
        if text and word.startswith(text.casefold()):
            return word
    raise ValueError("type sandbox or account")


def _folder(text: str) -> str:
    if not text:
        return ""
    path = Path(text.strip("\"'")).expanduser().absolute()
    if not path.is_dir():
        raise ValueError(f"there is no folder {path}")
    return str(path)


def _work(text: str) -> dict[str, Any]:
    if text == ALL:
        return {}
    if text == SEARCH:
        return {"mode": Mode.SEARCH.value}
    return {"preset": [Preset(one).value for one in text.replace(",", " ").split()]}


def _token() -> str:
    """Ask for the token until Preo knows it; a token that is not known is kept nowhere.

    Raises:
        ConfigurationError: it does not work, also after several tries.
    """
    import anyio
    from pydantic import SecretStr

    from preo_mcp.api.errors import ConfigurationError
    from preo_mcp.commands.hosts.token_keeping import asked_token
    from preo_mcp.settings import Settings

    for _ in range(TRIES):
        token = asked_token()
        if anyio.run(_works, Settings(token=SecretStr(token))):
            return token
    why = "Preo did not accept the token"
    raise ConfigurationError("Nothing was written", why, "Make one in Preo's settings, or begin with the sandbox.")


async def _works(settings: "Settings") -> bool:
    """Ask Preo, or the sandbox, whose the token is, and tell what came of it."""
    from preo_mcp.commands.doctor.checkup import connection_check

    checks = [check async for check in connection_check(settings)]
    _say(*(f"  {line}" for _, line in checks))
    return all(works for works, _ in checks)


def _is_keyring_wanted() -> bool:
    from importlib.util import find_spec

    if find_spec("keyring") is None:
        return False
    return _asked("Keep the token in a file of yours, or in the system's keyring? [file/keyring] ", "file", _keeping)


def _keeping(text: str) -> bool:
    if text not in ("file", "keyring"):
        raise ValueError("type file or keyring")
    return text == "keyring"


def _write(host: "Host", computer: "Computer", made: "Entry") -> None:
    from preo_mcp.commands.hosts.command import host_file, told_of

    file = host_file(host, computer)
    change = file.putting(made)
    if change.splice is None:
        return _say(f"{host.name} has this entry already.", f"  {host.afterwards}")
    if change.had is not None:
        _say(*change.diff(), "")
        question = f"{host.name} has another entry for preo. Replace it? A copy of the file is kept. [Y/n] "
        if not _asked(question, "y", _yes):
            return _say(f"{host.name} was left as it is.")
        change = file.putting(made)
    copy = file.write(change, is_put=True)
    return _say(*told_of(host, change, made, copy), f"  {host.afterwards}")


def _yes(text: str) -> bool:
    if text.casefold() not in ("y", "yes", "n", "no"):
        raise ValueError("type y or n")
    return text.casefold().startswith("y")


def _first(wish: "Wish") -> Iterator[str]:
    presets: Sequence[str] = wish.given.get("preset", ())
    yield from STORIES[Preset(presets[0]) if presets else None]
    if wish.given.get("allowed_folders") and "read-only" not in presets:
        yield "Import the export in my folder into the upcoming edition; show me first what it would write."


def _asked(question: str, default: str, understood: Callable[[str], Answer]) -> Answer:
    """Ask until an answer is understood; an empty one is the default.

    Raises:
        ConfigurationError: none was, or there is nobody to answer.
    """
    from preo_mcp.api.errors import ConfigurationError

    for _ in range(TRIES):
        try:
            return understood(input(question).strip() or default)
        except EOFError:
            why, next_step = "nobody answers here", "Run it in a terminal, or use preo-mcp install HOST."
            raise ConfigurationError("Nothing was set up", why, next_step) from None
        except ValueError as exc:
            _say(f"  {exc}")
    raise ConfigurationError("Nothing was set up", "no answer was understood", "Run preo-mcp setup again.")


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
