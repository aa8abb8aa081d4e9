"""`preo-mcp install HOST` and `preo-mcp uninstall HOST`: the server in a host's file, and out of it again."""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from preo_mcp.commands.flags import NOT_A_HOSTS, add_settings
from preo_mcp.settings import PREFIX, Settings, given_flags

if TYPE_CHECKING:
    from preo_mcp.commands.hosts.editing import Change, HostFile
    from preo_mcp.commands.hosts.entry import Entry
    from preo_mcp.commands.hosts.known import Computer, Host

IDS: Final = ("claude-desktop", "claude-code", "cursor", "vscode", "goose", "zed", "windsurf")
"""Of the known hosts; a test holds them to those, which only these commands import."""


def add_install(parser: argparse.ArgumentParser) -> None:
    """Give the command its flags: its own, and those that the server is then started with."""
    parser.description = (
        "Adds the server to a host's settings and keeps all else in them. Without a token it is the sandbox, with "
        "invented data. The flags below are those that the host starts the server with."
    )
    _add_host(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--token", action="store_true", help="for an account: asks for its token, and keeps it apart")
    where.add_argument("--token-file", type=Path, metavar="FILE", help="for an account: a file of yours with its token")
    parser.add_argument("--keyring", action="store_true", help="the token is in the system's keyring (install extra)")
    parser.add_argument(
        "--env", action="append", default=[], metavar="PREO_…=VALUE", help="a setting without a flag; can be repeated"
    )
    parser.add_argument("--replace", action="store_true", help="replace another entry of ours without asking")
    add_settings(parser, without=NOT_A_HOSTS, default=argparse.SUPPRESS)
    parser.set_defaults(run=_install)


def add_uninstall(parser: argparse.ArgumentParser) -> None:
    """Give the command its flags."""
    parser.description = "Takes the server out of a host's settings, and leaves all else in them as it is."
    _add_host(parser)
    parser.set_defaults(run=_uninstall)


def _add_host(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("host_id", metavar="HOST", choices=IDS, help=", ".join(IDS))
    parser.add_argument("--file", type=Path, metavar="FILE", help="a file in the same form, such as a project's")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and write nothing")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the server is to be started with.

    Attributes:
        given: Settings with a flag, by their names.
        env: Settings without one, by their variables.
        token: The token to be kept, where one was given.
        in_keyring: Whether it is kept in the system's keyring, or else in a file.
    """

    given: Mapping[str, Any]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    token: str | None = field(default=None, repr=False)
    in_keyring: bool = False

    def keep_token(self) -> None:
        """Keep the token where the entry says that it is.

        Raises:
            ConfigurationError: it cannot be kept.
        """
        from preo_mcp.commands.hosts.token_keeping import keep

        if self.token is not None:
            keep(self.token, state_folder(), in_keyring=self.in_keyring)


def state_folder() -> Path:
    """Return the folder for state: what this terminal says, or the platform's."""
    own = {name: value for name, value in os.environ.items() if name == f"{PREFIX}STATE_FOLDER"}
    return Settings.load(own, {"sandbox": True}).state_folder.expanduser().absolute()


def host_file(host: "Host", computer: "Computer", path: Path | None = None) -> "HostFile":
    """Return the host's file on a computer, or the one at `path` in its place."""
    from preo_mcp.commands.hosts.editing import HostFile

    return HostFile(host, path.expanduser().absolute() if path else host.file(computer), state_folder())


def _install(parsed: argparse.Namespace) -> None:
    from preo_mcp.commands.hosts.known import BY_ID, Computer

    host, computer = BY_ID[parsed.host_id], Computer.this()
    wish = _wish(parsed)
    made = entry_of(wish)
    is_here = parsed.file is not None or host.is_here(computer)
    file = host_file(host, computer, parsed.file)
    change = file.putting(made)
    if change.splice is None:
        wish.keep_token()  # which may be another one than is kept
        what = "the token you gave is kept now" if wish.token is not None else "nothing was changed"
        return _say([f"{host.name} has this entry already ({change.file.path}); {what}."])
    if parsed.dry_run:
        return _say([*change.diff(), "", f"Nothing was written; without --dry-run {host.name} would have this."])
    if change.had is not None and not parsed.replace:
        _must_agree(change)
        change = _unchanged_since(change, file.putting(made))
    wish.keep_token()
    copy = file.write(change, is_put=True)
    _say(told_of(host, change, made, copy))
    if not is_here:
        _say([f"  note: {host.name} was not found on this computer; the file waits in its usual place"])
    return _say(_notes(host, change, made, parsed.file))


def told_of(host: "Host", change: "Change", made: "Entry", copy: Path | None) -> Iterable[str]:
    """Yield what was done, for a person."""
    settings = made.settings()
    what = "the sandbox, with invented data" if settings.sandbox else f"your account at {settings.base_url}"
    yield f"{host.name} now starts preo-mcp, for {what}."
    yield f"  written: {change.file.path}"
    if copy is not None:
        yield f"  as it was before: {copy}"


def _notes(host: "Host", change: "Change", made: "Entry", file: Path | None) -> Iterable[str]:
    from preo_mcp.commands.hosts.entry import passes_away
    from preo_mcp.commands.hosts.jsonc import beyond_plain_json, line_of

    if host.is_plain and (at := beyond_plain_json(change.text)) is not None:
        line = line_of(change.text, at)
        yield f"  note: line {line} has a comment or a trailing comma, with which {host.name} may not read the file"
    if passes_away(made.command):
        yield f"  note: {made.command} was made for one run, and goes some time;"
        yield "  install preo-mcp to stay (uv tool install), then run this again"
    kept = {name for name in os.environ if name.startswith(PREFIX)} - made.env.keys() - {f"{PREFIX}STATE_FOLDER"}
    if kept:
        yield f"  note: {', '.join(sorted(kept))} of this terminal is not passed on; give it as a flag or with --env"
    yield f"Next: {host.afterwards if file is None else 'have the host read the file anew.'}"
    if made.settings().sandbox:
        yield f"For your account: preo-mcp install {host.id} --token"


def _wish(parsed: argparse.Namespace) -> Wish:
    from preo_mcp.api.errors import ConfigurationError
    from preo_mcp.commands.hosts.token_keeping import asked_token, reference

    given = {name: value for name, value in given_flags(parsed).items() if value is not None}
    env = dict(_variable(one) for one in parsed.env)
    token = None
    if parsed.token_file is not None:
        env[f"{PREFIX}TOKEN_FILE"] = str(parsed.token_file.expanduser().absolute())
        Settings.load(env, given).account_token()  # a file that cannot be used would stop the server, unseen
    elif parsed.token or parsed.keyring:
        token = asked_token() if parsed.token and not parsed.dry_run else None
        env |= reference(state_folder(), in_keyring=parsed.keyring)
    if given.get("sandbox") and any(name.startswith(f"{PREFIX}TOKEN") for name in env):
        why = "--sandbox has no token of an account"
        raise ConfigurationError("Nothing was written", why, "Leave out one of the two.")
    return Wish(given, env, token, in_keyring=parsed.keyring)


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        from preo_mcp.api.errors import ConfigurationError

        why = f"--env {name} gives no value"
        raise ConfigurationError("Nothing was written", why, "Write it as --env PREO_MAX_RECIPIENTS=500.")
    return name, value


def entry_of(wish: Wish) -> "Entry":
    """Return the entry of a wish: the sandbox, where no token is referred to.

    Raises:
        ConfigurationError: the server would not start so, or the sandbox is not installed.
    """
    from preo_mcp.api.errors import sandbox_extra
    from preo_mcp.commands.hosts.entry import entry

    has_token = any(name.startswith(f"{PREFIX}TOKEN") for name in wish.env)
    if not has_token:
        with sandbox_extra():  # or the host would have a list of tools of which none works
            import_module("preo_mcp.sandbox.in_process")
    return entry({**wish.given, **({} if has_token else {"sandbox": True})}, wish.env)


def _must_agree(change: "Change") -> None:
    """Ask whether another entry of ours may be replaced; without a person it may not.

    Raises:
        ConfigurationError: it may not.
    """
    from preo_mcp.api.errors import ConfigurationError

    _say([*change.diff(), ""])
    why = f"{change.file.path} has another entry for preo, from an earlier install or changed by hand"
    if sys.stdin.isatty():
        _say([f"{why}."])
        if input("Replace it? A copy of the file is kept. [y/N] ").strip().casefold() in ("y", "yes"):
            return
    raise ConfigurationError("Nothing was written", why, "To replace it, run this again with --replace.")


def _unchanged_since(shown: "Change", now: "Change") -> "Change":
    """Return the change as it is now, after a person has looked at it; another one was not agreed to."""
    from preo_mcp.api.errors import ConfigurationError

    if now.splice is None or shown.splice is None or (now.had, now.splice.new) != (shown.had, shown.splice.new):
        why = f"the entry in {now.file.path} was changed meanwhile"
        raise ConfigurationError("Nothing was written", why, "Run the command again.")
    return now


def _uninstall(parsed: argparse.Namespace) -> None:
    from preo_mcp.commands.hosts.entry import Entry
    from preo_mcp.commands.hosts.known import BY_ID, Computer

    host = BY_ID[parsed.host_id]
    file = host_file(host, Computer.this(), parsed.file)
    change = file.taking_out()
    if change.splice is None:
        return _say([f"{host.name} has no entry for preo ({change.file.path}); nothing was changed."])
    if parsed.dry_run:
        return _say([*change.diff(), "", "Nothing was written; without --dry-run the entry would be gone."])
    copy = file.write(change, is_put=False)
    _say([f"{host.name} no longer starts preo-mcp.", f"  written: {change.file.path}"])
    if copy is not None:
        _say([f"  as it was before: {copy}"])
    had = Entry.read(change.had)
    kept = had.env.get(f"{PREFIX}TOKEN_FILE") if had is not None else None
    if kept is not None and Path(kept).parent == state_folder():
        _say([f"The token is still in {kept}; delete that file once no host uses it."])
    return None


def _say(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
