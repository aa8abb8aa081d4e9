"""`preo-mcp doctor`: the command line of the contract check."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from preo_mcp.client.connection import Connection
    from preo_mcp.commands.doctor.contract import Contract
    from preo_mcp.commands.doctor.differences import Difference
    from preo_mcp.settings import Settings

GOOD, WRONG = "ok", "wrong"
EXIT = "Exit code: 0 when all is well, 1 when something is not, 2 when nothing could be said."


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Give the command its flags."""
    parser.description = (
        "Shows settings, versions and whether the token works; with a flag it compares what preo-mcp assumes about "
        "Preo's API with the API itself."
    )
    parser.epilog = EXIT
    against = parser.add_mutually_exclusive_group()
    against.add_argument(
        "--openapi", metavar="FILE|URL", help="compare with an OpenAPI document (JSON; YAML where pyyaml is installed)"
    )
    against.add_argument(
        "--probe", action="store_true", help="call the operations that only read; report fields and types, never values"
    )
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="with --openapi: write the corrections to a new file"
    )
    parser.add_argument("--json", action="store_true", help="findings as JSON")
    parser.add_argument("--sandbox", action="store_true", default=argparse.SUPPRESS, help="on the embedded sandbox")
    parser.set_defaults(run=run_doctor)


def run_doctor(parsed: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        SystemExit: with 1 where something is not as it should be.
        PreoError: nothing could be said.
    """
    if parsed.write is not None and parsed.openapi is None:
        from preo_mcp.api.errors import ConfigurationError

        why = "--write goes with --openapi: only a document says where operations are"
        raise ConfigurationError("Nothing was checked", why, "Add --openapi FILE|URL, or leave --write out.")
    if parsed.openapi is not None:
        good = _compare(parsed)
    elif parsed.probe:
        good = _probe(parsed)
    else:
        good = _check_up(parsed)
    if not good:
        raise SystemExit(1)


def _compare(parsed: argparse.Namespace) -> bool:
    from urllib.parse import urlsplit

    from preo_mcp.commands.doctor.comparison import compare
    from preo_mcp.commands.doctor.contract import read_contract
    from preo_mcp.commands.doctor.reading import read_document, without_secrets

    connection = _connection(parsed)
    prefix = urlsplit(connection.base_url).path if connection else ""
    theirs = read_contract(read_document(parsed.openapi, connection), prefix)
    ours = _assumed()
    differences = compare(ours, theirs)
    about = f"{theirs.title} {theirs.version}".strip() or "a document without a title"
    heading = f"{len(ours.operations)} operations compared with {about} ({len(theirs.operations)} operations)"
    notes = [f"Its server: {theirs.server}"] if theirs.server else []
    notes += [f"Requests are signed by {way}; see PREO_AUTH_HEADER and PREO_AUTH_SCHEME" for way in theirs.signing]
    _tell(parsed, differences, heading, notes)
    if parsed.write is not None:
        _write(parsed.write, differences, f"{about}, from {without_secrets(parsed.openapi)}")
    return not any(difference.matters for difference in differences)


def _probe(parsed: argparse.Namespace) -> bool:
    import anyio

    from preo_mcp.backend import Backend
    from preo_mcp.commands.doctor.probe import Probe, probed

    ours = _assumed()

    async def run() -> "tuple[list[Difference], int]":
        async with Backend.opened(_settings(parsed)) as backend:
            probe = Probe(await backend.client(), ours)
            return await probe.run(), probe.answered

    differences, answered = anyio.run(run)
    heading = f"{answered} of {len(probed())} operations that read answer"
    _tell(parsed, differences, heading)
    return not any(difference.matters for difference in differences)


def _check_up(parsed: argparse.Namespace) -> bool:
    import anyio

    from preo_mcp.api.errors import PreoError
    from preo_mcp.commands.doctor.checkup import connection_check, settings_in_effect, versions

    _print(versions())
    try:
        settings = _settings(parsed)
    except PreoError as exc:
        _print(["", f"{WRONG}: {exc}"])
        return False
    _print(["", *settings_in_effect(settings), ""])

    async def check() -> bool:
        good = True
        async for works, line in connection_check(settings):
            _print([f"{GOOD if works else WRONG}: {line}"])
            good = good and works
        return good

    return anyio.run(check)


def _settings(parsed: argparse.Namespace) -> "Settings":
    from preo_mcp.settings import Settings, given_flags

    return Settings.load(os.environ, given_flags(parsed))


def _connection(parsed: argparse.Namespace) -> "Connection | None":
    """Return the account, or None where there is none: a document can be compared without one."""
    from preo_mcp.api.errors import ConfigurationError
    from preo_mcp.client.connection import Connection

    try:
        settings = _settings(parsed)
        return None if settings.sandbox else Connection.of(settings)
    except ConfigurationError:
        return None


def _assumed() -> "Contract":
    """Return what is assumed: the document of the sandbox, which is made from operations and models.

    Raises:
        ConfigurationError: the sandbox is not installed.
    """
    from preo_mcp.api.errors import sandbox_extra
    from preo_mcp.commands.doctor.contract import read_contract

    with sandbox_extra():
        from preo_mcp.sandbox.app import ENDPOINTS
        from preo_mcp.sandbox.openapi import describe
    return read_contract(describe(ENDPOINTS))


def _tell(
    parsed: argparse.Namespace, differences: "Sequence[Difference]", heading: str, notes: Sequence[str] = ()
) -> None:
    from preo_mcp.commands.doctor.report import as_json, as_text

    if parsed.json:
        import json

        whole: dict[str, Any] = as_json(differences, about=heading, notes=list(notes))
        _print([json.dumps(whole, indent=2, ensure_ascii=False)])
        return
    _print(as_text(differences, heading, notes))


def _write(path: Path, differences: "Sequence[Difference]", about: str) -> None:
    from preo_mcp.commands.doctor.report import corrections_of, write_corrections

    file, refused = corrections_of(differences, about)
    write_corrections(file, path)
    lines = [f"Not corrected: {reason}" for reason in refused]
    lines.append(f"{path}: corrections of {len(file.operations)} operations; look them over, then set PREO_CORRECTIONS")
    sys.stderr.write("\n".join(lines) + "\n")


def _print(lines: Iterable[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
