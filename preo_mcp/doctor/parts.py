"""What is installed on request, read from what the package declares."""

import re
from collections.abc import Iterator
from importlib import metadata
from typing import Final

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
