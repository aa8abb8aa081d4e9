"""Dates, spans and regular expressions that stand in a condition as text and that the engine could never read.

The checker lets `timestamp('2026-01-31')` pass, and then it is an error for every customer; so these are tried out.
"""

from collections.abc import Iterator
from typing import Final

from preo_mcp.cel.environment import environment
from preo_mcp.cel.mistakes import Advice, Edit, Mistake
from preo_mcp.cel.moments import span_of, whole_moment
from preo_mcp.cel.tokens import Token, place, tokens

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
