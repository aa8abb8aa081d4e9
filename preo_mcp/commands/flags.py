"""The flags of the settings on a command line: added to a parser, written for a host's entry, and read from one."""

import argparse
from collections.abc import Callable, Container, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NoReturn

from preo_mcp.settings import Flag, Setting, declared, given_flags
from preo_mcp.settings.team import OF_A_TEAM

NOT_A_HOSTS: Final = frozenset({"transport", "port", "host", "team", *OF_A_TEAM})
"""Settings of a server that is not started by a host."""


def add_settings(parser: argparse.ArgumentParser, without: Container[str] = (), default: Any = None) -> None:
    """Give a parser the flags of the settings, as those are declared.

    Args:
        parser: Gets them.
        without: Names of settings that it does not take.
        default: Of a flag that is not given; `argparse.SUPPRESS` leaves what a parser above has found.
    """
    policy = parser.add_argument_group("what may be done", "the limits of amounts and recipients are variables only")
    for setting in declared():
        if setting.flag is not None and setting.name not in without:
            _add_flag((policy if setting.flag.policy else parser).add_argument, setting, setting.flag, default)


def _add_flag(add: Callable[..., argparse.Action], setting: Setting, flag: Flag, default: Any) -> None:
    if setting.kind is bool:
        add(flag.name, dest=setting.name, action="store_true", default=default, help=setting.about)
    elif setting.many:
        about = f"{setting.about}; can be repeated"
        choices = setting.choices or None
        add(
            flag.name,
            dest=setting.name,
            action="append",
            choices=choices,
            metavar=flag.value,
            default=default,
            help=about,
        )
    else:
        add(
            flag.name,
            dest=setting.name,
            type=int if setting.kind is int else str,
            choices=setting.choices or None,
            metavar=flag.value,
            default=default,
            help=f"{setting.about} (default: {setting.default})" if setting.default else setting.about,
        )


def arguments_of(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the command line of settings by their names, folders as absolute paths: a host starts anywhere."""
    arguments: list[str] = []
    for setting in declared():
        value = given.get(setting.name)
        if setting.flag is None or value is None or value is False:
            continue
        if value is True:
            arguments.append(setting.flag.name)
            continue
        for one in value if setting.many else [value]:
            arguments += [setting.flag.name, _written(setting, one)]
    return tuple(arguments)


def _written(setting: Setting, value: Any) -> str:
    if setting.kind is Path:
        return str(Path(value).expanduser().absolute())
    return value.value if isinstance(value, StrEnum) else str(value)


class NotOurs(ValueError):
    """A command line that this version does not know."""


class _Quiet(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise NotOurs(message)


def settings_of(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the settings that a command line gives, by their names.

    Raises:
        NotOurs: it has something else too.
    """
    parser = _Quiet(allow_abbrev=False, add_help=False)
    add_settings(parser)
    return {name: value for name, value in given_flags(parser.parse_args(arguments)).items() if value is not None}
