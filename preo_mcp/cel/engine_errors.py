"""The checker's report, which is one text with all errors, as mistakes with places and hints."""

import re
from collections.abc import Iterator
from typing import Final

from preo_mcp.cel.hints import Hints
from preo_mcp.cel.mistakes import Mistake
from preo_mcp.cel.tokens import place

MOST_MISTAKES: Final = 50
"""Mistakes that are told of one condition."""

_ENTRY: Final = re.compile(
    r"^(?:[A-Z_]+: )?ERROR: <input>:(-?[0-9]+):(-?[0-9]+): (.*?)(?: \[[A-Z_]+\])?$", re.MULTILINE
)
_TOO_DEEP: Final = re.compile(r"recursion (?:limit exceeded|depth)", re.IGNORECASE)
_NO_FIELD: Final = re.compile(r"undefined field '([^']+)' not found in struct 'preo\.(\w+)'")
_NO_NAME: Final = re.compile(r"undeclared reference to '([^']+)'")
_NO_OVERLOAD: Final = re.compile(r"found no matching overload for '([^']+)' applied to '(.*)'")
_NO_SELECTION: Final = re.compile(r"(?:expression of )?type '(.*)' cannot be the operand of a select operation")
_EXPECTED: Final = re.compile(r" expe?c?ecting \{.*\}$")

TOO_DEEP: Final = "the condition is nested too deeply for the engine, or chains more than 32 operators or calls"
SHORTER: Final = "use && and ||, which may be chained, or `in [...]` instead of a long chain"


def read_report(condition: str, report: str, hints: Hints) -> tuple[Mistake, ...]:
    """Return the mistakes that the checker reports, in the order of their places, each once."""
    found = dict.fromkeys(_mistakes(condition, report, hints))
    if not found:
        return (Mistake(1, 1, _unplaced(report), SHORTER if _TOO_DEEP.search(report) else None),)
    return tuple(sorted(found, key=lambda mistake: (mistake.line, mistake.column))[:MOST_MISTAKES])


def _mistakes(condition: str, report: str, hints: Hints) -> Iterator[Mistake]:
    starts = _line_starts(condition)
    for entry in _ENTRY.finditer(report):
        line, column, text = int(entry[1]), int(entry[2]), entry[3]
        if not 0 < line <= len(starts) or _TOO_DEEP.search(text):
            yield Mistake(1, 1, _unplaced(text), SHORTER)
            continue
        yield _mistake(condition, starts[line - 1] + column - 1, text, hints)


def _mistake(condition: str, at: int, text: str, hints: Hints) -> Mistake:
    if found := _NO_FIELD.search(text):
        name, owner = found.groups()
        at = max(at, condition.find(name, at))  # the place given is that of the dot, or of the bracket of has()
        return Mistake(*place(condition, at), f"{owner} has no field '{name}'", hints.field(name, owner))
    if found := _NO_NAME.search(text):
        name = found[1]
        at = _start_of(condition, at, name)
        if condition[at + len(name) :].lstrip().startswith("("):
            return Mistake(*place(condition, at), f"there is no function '{name}'", hints.function(name))
        return Mistake(*place(condition, at), f"there is nothing called '{name}'", hints.name(name))
    if found := _NO_OVERLOAD.search(text):
        operator, types = _operator(found[1]), _types(found[2])
        message = f"'{operator}' cannot be applied to ({', '.join(types)})"
        return Mistake(*place(condition, at), message, hints.types(types))
    if found := _NO_SELECTION.search(text):
        kind = shown_type(found[1])
        return Mistake(*place(condition, at), f"a {kind} has no fields", hints.selection(kind))
    plain = _EXPECTED.sub("", text).replace("'<EOF>'", "the end").replace("<EOF>", "the end")
    return Mistake(*place(condition, at), plain[:1].lower() + plain[1:], hints.syntax(condition[at:]))


def _unplaced(report: str) -> str:
    if _TOO_DEEP.search(report):
        return TOO_DEEP
    return f"the engine does not take it: {report.splitlines()[0][:200]}"


def _line_starts(condition: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", condition))]


def _start_of(condition: str, at: int, name: str) -> int:
    """Return where a name begins for which the checker gave the place of its dot or its bracket."""
    if condition.startswith(name, at):
        return at
    before = condition[:at].rstrip()
    if condition[at : at + 1] == "(" and before.endswith(name):
        return len(before) - len(name)
    preceding = condition.rfind(name.partition(".")[0], 0, at + 1)
    return at if preceding == -1 else preceding


def _operator(name: str) -> str:
    return {"_[_]": "[ ]", "_?_:_": "? :", "@in": "in"}.get(name, name.strip("_@"))


def shown_type(text: str) -> str:
    """Return one of the checker's types, or several, as documentation shows them."""
    text = re.sub(r"wrapper\((\w+)\)", r"\1?", text)
    text = text.replace("google.protobuf.Timestamp", "timestamp").replace("google.protobuf.Duration", "duration")
    return re.sub(r"list\(([^()]*)\)", r"list<\1>", text.replace("preo.", ""))


def _types(signature: str) -> list[str]:
    """Return the types in `(wrapper(string), int)`."""
    text = shown_type(signature)
    return re.split(r", (?![^(<]*[)>])", text.removeprefix("(").removesuffix(")"))
