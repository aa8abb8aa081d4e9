"""`preo-mcp layouts`: what is remembered of settled exports, shown and deleted; no account is needed for that."""

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from pydantic import TypeAdapter

from preo_mcp.api.errors import ConfigurationError, NotFoundError
from preo_mcp.files.exports.known import SKIP
from preo_mcp.files.kept_layouts import KeptLayout, KeptLayouts
from preo_mcp.settings import Settings
from preo_mcp.text.plain_text import one_line

WIDTH: Final = 100
COLUMNS: Final = (("id", 16), ("when (UTC)", 16), ("organization", 20), ("service", 14), ("edition", 26))
INDENT: Final = "    "
UNKNOWN: Final = "-"

_KEPT: Final = TypeAdapter(KeptLayout)


def show_layouts(parsed: argparse.Namespace) -> None:
    """Write a table of all layouts, or, with `parsed.json`, each as it is stored; damage goes to stderr."""
    kept = _kept()
    found = kept.all()
    if parsed.json:
        sys.stdout.writelines(f"{json.dumps(_as_stored(one), ensure_ascii=False)}\n" for one in found.layouts)
    else:
        sys.stdout.writelines(f"{line}\n" for line in table(found.layouts))
        sys.stdout.write(f"{_count(len(found.layouts))} in {kept.folder}.\n")
    _tell_damage(found.damaged)


def show_layout(parsed: argparse.Namespace) -> None:
    """Write all that the layout `parsed.id` settles.

    Raises:
        NotFoundError: there is no such layout.
    """
    found = _kept().all()
    one = next((one for one in found.layouts if one.id == parsed.id), None)
    if one is None:
        _tell_damage(found.damaged)
        raise _no_such(parsed.id)
    if parsed.json:
        sys.stdout.write(f"{json.dumps(_as_stored(one), ensure_ascii=False, indent=2)}\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in whole(one))


def delete_layouts(parsed: argparse.Namespace) -> None:
    """Remove the layout `parsed.id`, or with `parsed.all` every one.

    Raises:
        NotFoundError: there is no such layout.
        ConfigurationError: a file cannot be removed.
    """
    kept = _kept()
    try:
        if parsed.all:
            sys.stdout.write(f"{_count(kept.delete_all())} deleted.\n")
        elif kept.delete(parsed.id):
            sys.stdout.write(f"{parsed.id} deleted.\n")
        else:
            raise _no_such(parsed.id)
    except OSError as exc:
        why = f"{kept.folder} cannot be changed ({exc.strerror or type(exc).__name__})"
        raise ConfigurationError(
            "The layout was not deleted", why, "Run it as the user that preo-mcp runs as."
        ) from None


def table(layouts: tuple[KeptLayout, ...]) -> Iterator[str]:
    """Yield the lines of the table, each at most `WIDTH` characters wide where no word is longer."""
    if layouts:
        yield _row([name for name, _ in COLUMNS])
    for one in layouts:
        there = one.layout
        cells = [one.id, f"{one.made:%Y-%m-%d %H:%M}", there.organization, there.memory.service, there.edition]
        yield _row([cell or UNKNOWN for cell in cells])
        yield from _wrapped("; ".join(_settled(one)) or "nothing had to be settled")


def whole(one: KeptLayout) -> Iterator[str]:
    """Yield all that a layout settles, a line each."""
    there, memory = one.layout, one.layout.memory
    yield one_line(f"{one.id}, settled on {one.made:%Y-%m-%d %H:%M} UTC{', in a sandbox' if one.is_sandbox else ''}")
    yield one_line(f"organization {there.organization or 'unknown'}, edition {there.edition} ({there.edition_id})")
    yield one_line(f"service {memory.service or 'not recognised'}")
    yield "Decisions:" if memory.decisions else "No decisions."
    for key, said in memory.decisions.items():
        on = f" (with {', '.join(memory.basis[key])})" if memory.basis.get(key) else ""
        yield from _wrapped(f"{key}: {said}{on}")
    yield "Products:" if memory.products else "No products."
    for product in memory.products:
        meant = " ".join(filter(None, (product.id, product.id_code, product.id_name)))
        named = " ".join(filter(None, (product.code, product.name))) or "all rows"
        yield from _wrapped(f"{named} → {'left out' if product.id == SKIP else meant or 'open'}")
    yield "Columns:"
    for heading, used in memory.columns.items():
        yield from _wrapped(f"{heading}: {', '.join(used) or 'left out'}")


def _settled(one: KeptLayout) -> Iterator[str]:
    memory = one.layout.memory
    yield from (f"{key}: {said}" for key, said in memory.decisions.items())
    if memory.products:
        yield f"{len(memory.products)} products"
    if one.is_sandbox:
        yield "sandbox"


def _row(cells: list[str]) -> str:
    shown = (_cut(one_line(cell), width).ljust(width) for cell, (_, width) in zip(cells, COLUMNS, strict=True))
    return " ".join(shown).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(one_line(text), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)


def _as_stored(one: KeptLayout) -> Any:
    return _KEPT.dump_python(one, mode="json")


def _tell_damage(damaged: tuple[str, ...]) -> None:
    sys.stderr.writelines(f"not read: {one_line(one)}\n" for one in damaged)


def _count(number: int) -> str:
    return f"{number} layout" if number == 1 else f"{number} layouts"


def _no_such(layout_id: str) -> NotFoundError:
    why = f"there is no layout {layout_id[:40]!r}"
    return NotFoundError("The layout was not found", why, "preo-mcp layouts lists them.")


def _kept() -> KeptLayouts:
    """The layouts of the settings' state folder."""
    return KeptLayouts(Settings.load(os.environ, {"sandbox": True}).state_folder)
