"""`preo-mcp doctor` without flags: versions, what is installed, the settings in effect, and whether the token works."""

import os
import platform
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from importlib import metadata
from typing import Any, Final, cast

from pydantic import SecretStr

from preo_mcp import __version__
from preo_mcp.api.errors import PreoError, to_get
from preo_mcp.api.models.users import UserInfo
from preo_mcp.api.operations import GET_USER_INFO
from preo_mcp.backend import Backend
from preo_mcp.commands.doctor.standing import clock_check, owner_check
from preo_mcp.settings import PREFIX, Settings


def versions() -> Iterator[str]:
    """Yield what runs, and which optional parts are installed."""
    yield f"preo-mcp {__version__} · mcp {version_of('mcp')} · Python {platform.python_version()}, {platform.system()}"
    lacking: list[str] = []
    for extra, missing in installed_parts():
        yield f"{extra}: {'not complete, without ' + ', '.join(missing) if missing else 'installed'}"
        lacking += [extra] if missing else []
    if lacking:
        yield f"{to_get(lacking[0])}{', the others likewise' if len(lacking) > 1 else ''}"
    yield f"YAML documents: {'readable' if version_of(YAML) else f'not readable; pip install {YAML}'}"


def settings_in_effect(settings: Settings) -> Iterator[str]:
    """Yield the settings, first those that are set, then those left as they are; secrets are hidden."""
    defaults: list[str] = []
    for name in Settings.model_fields:
        value = getattr(settings, name)
        text = _told(name, value)
        if name in settings.model_fields_set:
            yield f"{PREFIX}{name.upper()} = {text}"
        elif value is not None and value != ():
            defaults.append(f"{name} {text}")
    yield f"left as they are: {', '.join(defaults)}"


async def connection_check(settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    """Yield whether what the server does at its start works, with a line about it."""
    where = "the sandbox in this process" if settings.sandbox else settings.base_url
    try:
        async with Backend.opened(settings) as backend:
            if settings.corrections is not None:
                used = "not used: the sandbox needs none" if settings.sandbox else "valid and used"
                yield True, f"corrections: {used}"
            client = await backend.client()
            answer = await client.send(GET_USER_INFO)
            clock = clock_check(client.date, datetime.now(UTC))
    except PreoError as exc:
        yield False, str(exc)
        return
    try:
        user = UserInfo.model_validate(answer)
    except ValueError:
        yield False, f"{where} answers in a shape that preo-mcp does not know; try preo-mcp doctor --probe"
        return
    roles = ", ".join(f"{one.name or one.id} ({one.role or 'role unknown'})" for one in user.organizations)
    yield True, f"the token works at {where}: {roles or 'a user without organizations'}"
    yield owner_check(user, settings)
    if clock is not None:
        yield clock


def _told(name: str, value: Any) -> str:
    if isinstance(value, SecretStr):
        return "set, not shown"
    if name == "base_url" and "@" in str(value):
        return "not shown: it holds a user name or a password"
    if isinstance(value, tuple):
        separator = os.pathsep if name == "allowed_folders" else ","
        return separator.join(map(str, cast("tuple[object, ...]", value)))
    return value.value if isinstance(value, StrEnum) else str(value)


PACKAGE: Final = "preo-mcp"
YAML: Final = "pyyaml"
"""Reads OpenAPI documents that are not JSON."""

_REQUIREMENT = re.compile(r"([\w.-]+).*?extra == ['\"]([\w-]+)['\"]")


def installed_parts() -> Iterator[tuple[str, list[str]]]:
    """Yield each optional part with those of its packages that are not installed."""
    try:
        declared = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:  # run from a checkout
        return
    extras: dict[str, list[str]] = {}
    for match in filter(None, map(_REQUIREMENT.match, declared)):
        extras.setdefault(match[2], []).append(match[1])
    for extra, packages in extras.items():
        yield extra, [name for name in packages if version_of(name) is None]


def version_of(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
