"""`preo-mcp doctor`: the command line of the contract check."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from preo_mcp.client.connection import Connection
    from preo_mcp.commands.doctor.contract import Contract
    from preo_mcp.commands.doctor.differences import Difference
    from preo_mcp.commands.doctor.hosts import HostReport
    from preo_mcp.settings import Settings

GOOD, WRONG = "ok", "wrong"
EXIT = "Exit code: 0 when all is well, 1 when something is not, 2 when nothing could be said."


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Give the command its flags."""
    parser.description = (
        "Shows versions, settings, whether the token works and what is written can be, and what each host on this "
        "computer will do, which it starts for that; with a flag it compares what preo-mcp assumes about Preo's API "
        "with the API itself."
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
    parser.add_argument("--json", action="store_true", help="what was found as JSON")
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

    from preo_mcp.commands.doctor.checkup import versions

    about = list(versions())
    if not parsed.json:
        _print([*about, ""])
    own, hosts = anyio.run(_looked_at, parsed)
    if parsed.json:
        import json

        checks = [{"ok": good, "text": text} for good, text in own.checks]
        whole = {
            "versions": about,
            "settings": own.settings,
            "checks": checks,
            "hosts": [one.as_json() for one in hosts],
        }
        _print([json.dumps(whole, indent=2, ensure_ascii=False)])
    else:
        checks = [f"{GOOD if good else WRONG}: {text}" for good, text in own.checks]
        _print([*own.settings, "", *checks] if own.settings else checks)
        for one in hosts:
            _print(["", *one.lines()])
    return all(good for good, _ in own.checks) and all(one.is_good for one in hosts)


@dataclass(slots=True)
class _Own:
    """What this terminal's settings come to."""

    settings: list[str] = field(default_factory=list[str])
    checks: list[tuple[bool, str]] = field(default_factory=list[tuple[bool, str]])


async def _looked_at(parsed: argparse.Namespace) -> "tuple[_Own, list[HostReport]]":
    from preo_mcp.api.errors import PreoError
    from preo_mcp.commands.doctor.checkup import connection_check, settings_in_effect
    from preo_mcp.commands.doctor.hosts import host_reports
    from preo_mcp.commands.doctor.standing import state_check
    from preo_mcp.commands.hosts.known import Computer

    own, hosts = _Own(), await host_reports(Computer.this())
    try:
        settings = _settings(parsed)
        own.settings = list(settings_in_effect(settings))
        own.checks = [check async for check in connection_check(settings)]
        own.checks += [check async for check in state_check(settings)]
    except PreoError as exc:
        if any(one.is_set_up for one in hosts) and not _says_anything(parsed):
            own.checks = [(True, "nothing is set in this terminal; each host has its own settings")]
        else:
            own.checks.append((False, str(exc)))
    return own, hosts


def _says_anything(parsed: argparse.Namespace) -> bool:
    """Whether this terminal has settings of its own, beside where state is kept."""
    from preo_mcp.settings import PREFIX, given_flags

    variables = {name for name in os.environ if name.startswith(PREFIX)} - {f"{PREFIX}STATE_FOLDER"}
    return bool(variables) or any(value is not None for value in given_flags(parsed).values())


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
