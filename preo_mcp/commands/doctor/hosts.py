"""What each host on this computer will do: started as the host starts it, and held against what is known of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anyio

from preo_mcp.api.errors import MissingExtra, PreoError
from preo_mcp.commands.doctor.checkup import connection_check
from preo_mcp.commands.doctor.standing import Check, state_check
from preo_mcp.commands.hosts.command import host_file
from preo_mcp.commands.hosts.entry import Entry
from preo_mcp.commands.hosts.known import HOSTS, Computer, Host
from preo_mcp.commands.hosts.trying import Tried, tried
from preo_mcp.settings import Settings, Way

PLACES: Final = {
    Way.ELICITATION: "in the host's own dialog",
    Way.CARD: "in a card in the conversation",
    Way.PAGE: "on a page in the browser",
    Way.TERMINAL: "in a terminal (preo-mcp approve)",
}


@dataclass(slots=True)
class HostReport:
    """What a host will do.

    Attributes:
        host: Its id.
        name: What it calls itself.
        file: Where its servers stand.
        is_set_up: Whether it has this server.
        unread: Why that is not known, where the file is of a kind that nothing installed reads; else None.
        server: What answered when it was started so, with its version; None where nothing did.
        tools: How many tools it lists.
        tokens: About how many tokens of a model's context their list takes.
        asks: Where a person is asked.
        folders: In which folders tools may read and make files.
        checks: What was looked at.
    """

    host: str
    name: str
    file: str
    is_set_up: bool = False
    unread: str | None = None
    server: str | None = None
    tools: int = 0
    tokens: int = 0
    asks: str | None = None
    folders: list[str] = field(default_factory=list[str])
    checks: list[Check] = field(default_factory=list[Check])

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong; a host without this server is as it should be."""
        return all(good for good, _ in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        about = {name: getattr(self, name) for name in ("host", "name", "file")}
        will = {name: getattr(self, name) for name in ("server", "tools", "tokens", "asks", "folders")}
        checks = [{"ok": good, "text": text} for good, text in self.checks]
        set_up = {"set_up": self.is_set_up} if self.unread is None else {"set_up": None, "unread": self.unread}
        return {**about, **set_up, **(will if self.is_set_up else {}), "checks": checks}

    def lines(self) -> Iterator[str]:
        """Yield what a person reads."""
        yield f"{self.name} ({self.file})"
        if self.unread is not None:
            yield f"  not known: {self.unread}"
        elif not self.is_set_up and self.is_good:
            yield f"  has no entry for preo; preo-mcp install {self.host}"
        if self.server is not None:
            yield f"  ok: {self.server} answers: {self.tools} tools, about {self.tokens:,} tokens of a model's context"
        if self.asks is not None:
            yield f"  asks a person {self.asks}"
            yield f"  may use files in: {', '.join(self.folders) or 'no folder'}"
        for good, text in self.checks:
            yield f"  {'ok' if good else 'wrong'}: {text}"


async def host_reports(computer: Computer) -> list[HostReport]:
    """Return a report of each host that is found; entries are started, all at once, and ended again."""
    found = [host for host in HOSTS if host.is_here(computer)]
    reports = [HostReport(host.id, host.name, str(host.file(computer))) for host in found]
    entries = [_entry(host, computer, report) for host, report in zip(found, reports, strict=True)]
    starts: list[Tried | None] = [None] * len(found)

    async def start(index: int, made: Entry) -> None:
        starts[index] = await tried(made)

    async with anyio.create_task_group() as tasks:
        for index, made in enumerate(entries):
            if made is not None:
                tasks.start_soon(start, index, made)
    accounts: dict[Any, Sequence[Check]] = {}
    for host, report, made, came in zip(found, reports, entries, starts, strict=True):
        if made is not None and came is not None:
            await _tell(host, report, made, came, accounts)
    return reports


def _entry(host: Host, computer: Computer, report: HostReport) -> Entry | None:
    try:
        data = host_file(host, computer).entry()
    except MissingExtra as exc:
        report.unread = f"{exc.why} · {exc.next_step}"
        return None
    except PreoError as exc:
        report.checks.append((False, f"{exc.why} · {exc.next_step}"))
        return None
    if data is None:
        return None
    report.is_set_up = True
    made = Entry.read(data)
    if made is None:
        report.checks.append((False, f"its entry for preo starts no command; preo-mcp install {host.id} --replace"))
    return made


async def _tell(host: Host, report: HostReport, made: Entry, came: Tried, accounts: dict[Any, Sequence[Check]]) -> None:
    report.server, report.tools, report.tokens = came.server, came.tools, came.tokens
    if came.server is None:
        report.checks.append((False, f"it does not start: {came.why}"))
    try:
        settings = made.settings()
    except PreoError as exc:
        report.checks.append((False, f"{exc.why} · {exc.next_step}"))
        return
    report.asks = _asks(host, settings)
    report.folders = [str(folder) for folder in settings.allowed_folders]
    gone = [str(folder) for folder in settings.allowed_folders if not folder.is_dir()]
    report.checks += [(False, f"there is no folder {folder}") for folder in gone]
    key = (made.args, tuple(sorted(made.env.items())))
    if key not in accounts:  # several hosts share an account as a rule
        checks = [check async for check in connection_check(settings)]
        accounts[key] = [*checks, *[check async for check in state_check(settings)]]
    report.checks += accounts[key]


def _asks(host: Host, settings: Settings) -> str:
    if settings.yes:
        return "nothing: --yes, which only the sandbox takes"
    if settings.approve_via is not None:
        return f"{PLACES[settings.approve_via]}, by PREO_APPROVE_VIA"
    if host.way is None:
        return "in the host's own dialog where it has one (not known), else on a page in the browser"
    return PLACES[host.way]
