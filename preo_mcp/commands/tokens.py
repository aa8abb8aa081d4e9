"""`preo-mcp token`: the secret of this computer's user, and the static tokens of a team."""

import argparse
import os
import sys
from typing import TYPE_CHECKING, Final

from preo_mcp.settings import Preset, Settings

if TYPE_CHECKING:
    from preo_mcp.team.static_tokens import StaticToken, StaticTokens

WIDTH: Final = 24


def add_token(parser: argparse.ArgumentParser) -> None:
    """Give a parser what can be done with tokens."""
    below = parser.add_subparsers(metavar="show|add|list|revoke", required=True)
    show = below.add_parser("show", help="show the bearer secret of this computer's user")
    show.set_defaults(run=_show)
    add = below.add_parser("add", help="make a token for one of a team; it is shown once")
    add.add_argument("name", metavar="NAME", help="whose it is, such as anna or nightly-report")
    add.add_argument("--read-only", action="store_true", dest="token_read_only", help="it changes nothing")
    add.add_argument(
        "--preset",
        action="append",
        dest="token_preset",
        choices=[str(preset) for preset in Preset],
        default=[],
        help="it has the tools of a kind of work only; can be repeated",
    )
    add.add_argument("--approve", action="store_true", dest="token_approve", help="its holder may say yes for a person")
    add.set_defaults(run=_add)
    below.add_parser("list", help="list the tokens of the team").set_defaults(run=_list)
    revoke = below.add_parser("revoke", help="let nobody in with a token any more, at once")
    revoke.add_argument("name", metavar="NAME", help="whose it is")
    revoke.set_defaults(run=_revoke)


def _tokens() -> "StaticTokens":
    from preo_mcp.team.static_tokens import StaticTokens

    return StaticTokens(_settings().state_folder)


def _settings() -> Settings:
    """Where the state is; no account is needed for that."""
    folder = os.environ.get("PREO_STATE_FOLDER")
    return Settings.load({} if folder is None else {"PREO_STATE_FOLDER": folder}, {"sandbox": True})


def _show(_: argparse.Namespace) -> None:
    from preo_mcp.serving import bearer_of

    sys.stdout.write(f"{bearer_of(_settings())}\n")


def _add(parsed: argparse.Namespace) -> None:
    from preo_mcp.team.principals import Right

    rights = {Right.READ}
    rights |= set() if parsed.token_read_only else {Right.WRITE}
    rights |= {Right.APPROVE} if parsed.token_approve else set()
    issued = _tokens().add(parsed.name, frozenset(rights), tuple(map(Preset, parsed.token_preset)))
    sys.stdout.write(f"{issued.token}\n")
    sys.stderr.write(f"This is the token of {parsed.name}; it cannot be shown again.\n")


def _list(_: argparse.Namespace) -> None:
    for token in _tokens().listed():
        sys.stdout.write(f"{_line(token)}\n")


def _line(token: "StaticToken") -> str:
    of_work = f" · {', '.join(token.preset)}" if token.preset else ""
    return f"{token.name:{WIDTH}} {token.made:%Y-%m-%d %H:%M} · {', '.join(token.rights)}{of_work}"


def _revoke(parsed: argparse.Namespace) -> None:
    _tokens().revoke(parsed.name)
    sys.stderr.write(f"The token of {parsed.name} is revoked.\n")
