"""The terminal: `preo-mcp pending`, `approve` and `decline`, for a person at a keyboard.

Threat: a model with a shell. Answering needs a terminal on both ends and something typed that is only shown there, no
argument says yes, and no secret is passed as one. A program can drive a terminal, too: this raises the bar, no more.
"""

import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from shutil import get_terminal_size
from textwrap import fill
from typing import Final, TypeVar

import anyio

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.ledgers.ledger import Ledger, open_ledger
from preo_mcp.approval.ledgers.own_plans import OwnPlans
from preo_mcp.approval.phrases import DECLINED, WHO_ASKS, type_to_confirm
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.ways.answering import AnswerRefused, Shown, answer, show
from preo_mcp.approval.ways.texts import GO_ON, NOTHING_WAITS, Refusal, answer_before, told
from preo_mcp.approval.wording import Moment
from preo_mcp.settings import Language, Settings, Way

T = TypeVar("T")

LABEL_WIDTH: Final = 28
LEAST_COLUMNS: Final = 40
NOT_ANSWERED: Final = "The question was not answered"


def pending(environ: Mapping[str, str] = os.environ) -> None:
    """Print the questions that wait for an answer, the oldest first.

    Raises:
        PreoError: the settings are wrong, or the ledger cannot be read.
    """
    settings = _settings(environ)
    plans = _with_ledger(settings, lambda ledger: ledger.pending(_now()))
    for plan in plans:
        _print(f"{plan.id}  {_age(_now() - plan.created):>6}  {plan.tool:24}  {plan.question}")
    if not plans:
        _print(in_language(NOTHING_WAITS, settings.language))


def approve(plan_id: str, environ: Mapping[str, str] = os.environ) -> None:
    """Show a question and approve it once the person typed what it asks for.

    Raises:
        PreoError: there is no terminal, the settings are wrong, or the ledger cannot be read or written.
        SystemExit: the answer was not taken; why is printed.
    """
    settings = _for_a_person(environ)

    def ask(shown: Shown) -> None:
        _print_question(shown, settings.language)
        number = str(1000 + secrets.randbelow(9000))
        _print(shown.typing or in_language(type_to_confirm(number), settings.language))
        typed = input("> ")
        if shown.expected is None and typed.strip() != number:
            raise AnswerRefused(Refusal.TYPED)
        _answer(settings, shown, typed, yes=True)
        _print(in_language(GO_ON, settings.language))

    _shown(settings, plan_id, ask)


def decline(plan_id: str, environ: Mapping[str, str] = os.environ) -> None:
    """Show a question and decline it; nothing has to be typed, since nothing is done.

    Raises:
        PreoError: there is no terminal, the settings are wrong, or the ledger cannot be read or written.
        SystemExit: the answer was not taken; why is printed.
    """
    settings = _for_a_person(environ)

    def say_no(shown: Shown) -> None:
        _print_question(shown, settings.language)
        _answer(settings, shown, None, yes=False)
        _print(in_language(DECLINED, settings.language))

    _shown(settings, plan_id, say_no)


def _shown(settings: Settings, plan_id: str, answered: Callable[[Shown], None]) -> None:
    try:
        answered(_with_ledger(settings, lambda ledger: show(ledger, plan_id, _now())))
    except AnswerRefused as exc:
        why = told(exc.refusal, settings.language)
        sys.stderr.write(f"{why['message']} {why['next']}\n")
        if exc.refusal is Refusal.UNKNOWN:
            sys.stderr.write("If the server was started with PREO_STATE_FOLDER or PREO_LEDGER_URL, set it here too.\n")
        raise SystemExit(2) from None
    except EOFError:
        raise SystemExit(130) from None


def _answer(settings: Settings, shown: Shown, typed: str | None, *, yes: bool) -> Plan:
    return _with_ledger(
        settings,
        lambda ledger: answer(ledger, shown.plan_id, shown.nonce, yes=yes, typed=typed, via=Way.TERMINAL, now=_now()),
    )


def _with_ledger(settings: Settings, use: Callable[[Ledger], Awaitable[T]]) -> T:
    """Use the ledger for one step: it is not held open while a person reads.

    Questions of a team are not in it: each is answered signed in, and some of them by somebody else than who asked.
    """

    async def step() -> T:
        ledger = open_ledger(settings)
        try:
            return await use(OwnPlans(ledger, ""))
        finally:
            await ledger.close()

    return anyio.run(step)


def _settings(environ: Mapping[str, str]) -> Settings:
    # The ledger and the language are asked for here, never the account: so no token is demanded.
    return Settings.load(environ, {"sandbox": True})


def _for_a_person(environ: Mapping[str, str]) -> Settings:
    settings = _settings(environ)
    if settings.approve_via not in (None, Way.TERMINAL):
        why = f"PREO_APPROVE_VIA={settings.approve_via} allows no other way"
        raise ConfigurationError(NOT_ANSWERED, why, "Answer there, or change the setting.")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        why = "input and output are not a terminal, so nobody may be reading"
        raise ConfigurationError(NOT_ANSWERED, why, "Run the command in a terminal, without pipes.")
    return settings


def _print_question(shown: Shown, language: Language) -> None:
    """Print the headline, what decides, and after a blank line the rest; long values go on below themselves."""
    width = min(LABEL_WIDTH, max((len(label) for label, _ in shown.lines), default=0))
    columns = max(LEAST_COLUMNS, get_terminal_size().columns - 1)
    _print(f"{in_language(WHO_ASKS, language)} · {shown.tool} · {shown.plan_id}\n")
    _print(f"{fill(shown.question, columns)}\n")
    for number, (label, value) in enumerate(shown.lines):
        if 0 < number == shown.deciding:
            _print("")
        indent = " " * (width + 4)
        _print(fill(f"  {label:{width}}  {value}", columns, subsequent_indent=indent, break_on_hyphens=False))
    _print(f"\n{in_language(answer_before(Moment(shown.expires, None)), language)}")


def _print(text: str) -> None:
    """Print what the terminal's encoding has, and the rest by its number rather than not at all."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _now() -> datetime:
    return datetime.now(UTC)
