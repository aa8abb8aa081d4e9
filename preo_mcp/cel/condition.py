"""Compiling a condition, its literal dates and patterns included, and asking it about customers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from preo_mcp.cel.context import EDITION, EDITION_VARIABLE, KNOWN, NOW_VARIABLE, USER, USER_VARIABLE, Context
from preo_mcp.cel.engine_errors import read_report, shown_type
from preo_mcp.cel.environment import environment, environment_of, offered
from preo_mcp.cel.limits import excesses
from preo_mcp.cel.messages import message_class
from preo_mcp.cel.mistakes import Advice, Edit, InvalidConditionError, Mistake
from preo_mcp.cel.moments import span_of, whole_moment
from preo_mcp.cel.parser import UnreadableError, parse
from preo_mcp.cel.tokens import Token, place, tokens
from preo_mcp.cel.type_rules import Place, as_condition

if TYPE_CHECKING:
    from preo_mcp.cel.engine import cel


_TRIALS: Final = {
    "timestamp": ("timestamp({})", "not a moment", "timestamp('2026-01-31T00:00:00Z')"),
    "duration": ("duration({})", "not a span of time", "duration('720h') for 30 days"),
    "matches": ("''.matches({})", "not a regular expression (RE2)", None),
}
"""By function: what is tried, what is wrong where it fails, and how it is written."""


def unreadable_literals(condition: str) -> Iterator[Mistake]:
    """Yield the literals that cannot be what they stand for, in a condition that is otherwise sound."""
    window: list[Token] = []
    for token in tokens(condition):
        window = [*window[-3:], token]
        match window:
            case [function, bracket, literal, closing] if function.text in _TRIALS and (
                bracket.text,
                closing.text,
                literal.kind,
            ) == ("(", ")", "string"):
                trial, message, _ = _TRIALS[function.text]
                if _fails(trial.format(literal.text)):
                    advice = _meant(function.text, literal)
                    where = place(condition, literal.start)
                    yield Mistake(*where, f"{literal.text[:80]} is {message}", advice.suggestion, advice.edits)
            case _:
                pass


def _meant(function: str, literal: Token) -> Advice:
    inner = literal.text.strip("'\"")
    right = {"timestamp": whole_moment, "duration": span_of}.get(function, _nothing)(inner)
    if right is None:
        return Advice(_TRIALS[function][2])
    return Advice(f"{function}('{right}')", (Edit(literal.start, literal.end, f"'{right}'"),))


def _nothing(_written: str) -> None:
    return None


def _fails(expression: str) -> bool:
    from preo_mcp.cel.engine import cel

    try:
        return environment(has_edition=False).compile(expression).eval(data={}).type() == cel.Type.ERROR
    except RuntimeError:
        return True


LONGEST_REASON: Final = 200


@dataclass(slots=True)
class Condition:
    """A sound condition, at a moment and perhaps for an edition; `first_error` is why it failed on one."""

    expression: "cel.Expression"
    others: Mapping[str, object]
    first_error: str | None = field(default=None, init=False)

    def holds(self, user: bytes) -> bool | None:
        """Return whether a customer, as a stored message, is in the segment.

        None where it cannot be told: the evaluation fails, for instance because it asks for a part of a text that is
        null, or because the result is null.
        """
        from_bytes = message_class(USER.name).FromString
        try:
            value = self.expression.eval(data={USER_VARIABLE.name: from_bytes(user), **self.others}).value()
        except RuntimeError as exc:  # the budget of steps is used up
            return self._untold(str(exc))
        return value if isinstance(value, bool) else self._untold(str(value))

    def _untold(self, reason: str) -> None:
        if self.first_error is None:
            self.first_error = "the result is null" if reason == "None" else reason.split("\n", 1)[0][:LONGEST_REASON]


def compile_condition(text: str, now: datetime, edition: bytes | None) -> Condition:
    """Return a condition ready to be asked.

    Args:
        text: In CEL.
        now: What `now` is.
        edition: What `edition` is, as an encoded message; None where there is no such variable.

    Raises:
        InvalidConditionError: it has mistakes.
    """
    expression = _compile(text, KNOWN, has_edition=edition is not None)
    named = {token.text for token in tokens(text)}
    others: dict[str, object] = {NOW_VARIABLE.name: now}
    if edition is not None:
        others[EDITION_VARIABLE.name] = message_class(EDITION.name).FromString(edition)
    # Each value costs its conversion for each customer, so only those that the condition names are given.
    return Condition(expression, {name: value for name, value in others.items() if name in named})


def check_condition(text: str, *, has_edition: bool, context: Context = KNOWN) -> tuple[Mistake, ...]:
    """Return the mistakes of a condition that can name what `context` offers; none where it is sound."""
    try:
        _compile(text, context, has_edition=has_edition)
    except InvalidConditionError as exc:
        return exc.mistakes
    return ()


def _compile(text: str, context: Context, *, has_edition: bool) -> "cel.Expression":
    too_much = tuple(excesses(text))
    if too_much:
        raise InvalidConditionError(too_much)
    context = offered(context, has_edition=has_edition)
    try:
        expression = environment_of(context).compile(text)
    except RuntimeError as exc:
        raise InvalidConditionError(read_report(text, str(exc), context, has_edition=has_edition)) from None
    if mistake := _no_condition(text, context, expression):
        raise InvalidConditionError((mistake,))
    unreadable = tuple(unreadable_literals(text))
    if unreadable:
        raise InvalidConditionError(unreadable)
    return expression


def _no_condition(text: str, context: Context, expression: "cel.Expression") -> Mistake | None:
    """Return the mistake of an expression that is neither true nor false."""
    from preo_mcp.cel.engine import cel

    gives = expression.return_type()
    if gives in (cel.Type.BOOL, cel.Type.DYN):
        return None
    kind = re.sub(r"[A-Z]{2,}", lambda found: found[0].casefold(), shown_type(gives.name()))
    message = f"the condition gives a value of type {kind}, "
    try:
        whole = parse(text)
    except UnreadableError:
        advice = Advice()
    else:
        advice = as_condition(Place(text, context, whole, {}), whole)
    return Mistake(1, 1, f"{message}and has to be true or false", advice.suggestion, advice.edits)
