"""The checker's report, which is one text with all errors, as mistakes with places and what was probably meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import islice
from typing import Final

from preo_mcp.cel import synonyms
from preo_mcp.cel.context import EDITION_VARIABLE, USER, USER_VARIABLE, Context
from preo_mcp.cel.functions import FUNCTIONS
from preo_mcp.cel.mistakes import NO_ADVICE, Advice, Edit, Mistake
from preo_mcp.cel.parser import LOOPS, UnreadableError, parse
from preo_mcp.cel.shapes import NO_SCOPE, Scope, scoped
from preo_mcp.cel.slips import bracket_mistakes, number_commas, slips
from preo_mcp.cel.sums import sum_of
from preo_mcp.cel.syntax import Call, Name, Node
from preo_mcp.cel.tokens import place
from preo_mcp.cel.type_rules import Place, advice_on, advice_on_selection, as_condition, asked_in_loop

LEAST_LIKENESS: Final = 0.6
"""By difflib's ratio of names without case and underscores."""
SURE_LIKENESS: Final = 0.8
"""From here on no other word was meant."""

CALLABLE: Final = tuple(one.name for one in FUNCTIONS if one.name.isidentifier() and one.name != "in")
METHODS: Final = frozenset(one.name for one in FUNCTIONS if "." in one.syntax.partition("(")[0])
"""Functions that stand after a dot."""
SYNTAX: Final = {one.name: one.syntax for one in FUNCTIONS}


@dataclass(frozen=True, slots=True)
class Hints:
    """Hints for conditions that can name what `context` offers."""

    context: Context
    has_edition: bool

    def field(self, name: str, owner: str, at: int) -> Advice:
        """Return the field of a type that was meant by the name that stands at a place."""
        known = [field.name for field in self.context.fields(owner)]
        plain = _plain(name)
        meant = synonyms.FIELDS.get(owner, {}).get(plain)
        if meant in known:
            return _replaced(name, meant, at, is_sure=(owner, plain) not in synonyms.SAME_KIND)
        if note := synonyms.FIELD_NOTES.get((owner, plain)):
            return Advice(note)
        return self._near(name, known, at)

    def function(self, name: str, at: int, *, is_method: bool) -> Advice:
        """Return the function that was meant by the name that stands at a place."""
        plain = name.casefold()
        if note := synonyms.FUNCTION_NOTES.get(plain):
            return Advice(note)
        if name in CALLABLE:
            return Advice(SYNTAX[name])
        if meant := synonyms.FUNCTIONS.get(plain):
            is_sure = plain not in synonyms.UNSURE_FUNCTIONS
            if meant in METHODS and not is_method:
                return Advice(SYNTAX[meant])
            return _replaced(name, meant, at, is_sure=is_sure)
        return self._near(name, [*CALLABLE, *self.context.functions], at)

    def name(self, name: str, at: int, scope: Scope) -> Advice:
        """Return what was meant by a name that stands at a place, which may have dots, inside loops with variables."""
        first, _, rest = name.partition(".")
        if first == EDITION_VARIABLE.name and not self.has_edition:
            return Advice("edition is there only with an edition_id")
        if value := synonyms.VALUES.get(name):
            return _replaced(name, value, at, is_sure=True)
        for variable, shape in reversed(list(scope.items())):
            if self.context.field(shape, first) is not None:
                return _replaced(first, f"{variable}.{first}", at, is_sure=True, shown=f"{variable}.{name}")
        if self.context.field(USER.name, first) is not None:
            meant = f"{USER_VARIABLE.name}.{first}"
            return _replaced(first, meant, at, is_sure=not rest, shown=meant if not rest else self._listed(first))
        return (
            self._variable(first, rest, at, scope)
            or self._other_loop(first, rest, at, scope)
            or self._by_field(first, rest, at)
        )

    def _other_loop(self, first: str, rest: str, at: int, scope: Scope) -> Advice | None:
        """Return the loop's variable where a field of it is asked of another, as in `exists(o, p.total > 5)`."""
        known = [name for name, shape in scope.items() if rest and self.context.field(shape, rest.split(".")[0])]
        return _replaced(first, known[-1], at, is_sure=len(scope) == 1, shown=f"{known[-1]}.{rest}") if known else None

    def _variable(self, first: str, rest: str, at: int, scope: Scope) -> Advice | None:
        if first in synonyms.LISTED:
            return Advice(self._listed(first))
        variables = [*scope, *(one.name for one in self.context.variables)]
        meant = synonyms.NAMES.get(first)
        near, likeness = (meant, 1.0) if meant in variables else _nearest(first, variables)
        if near is None:
            return None
        return _replaced(first, near, at, is_sure=likeness >= SURE_LIKENESS, shown=f"{near}.{rest}" if rest else near)

    def _by_field(self, first: str, rest: str, at: int) -> Advice:
        advice = self.field(first, USER.name, at)
        if advice.suggestion is None or rest:
            return NO_ADVICE
        meant = f"{USER_VARIABLE.name}.{advice.suggestion}"
        return _replaced(first, meant, at, is_sure=bool(advice.edits))

    def _listed(self, name: str) -> str:
        return synonyms.LISTED.get(name, f"user.{name}")

    def _near(self, name: str, known: list[str], at: int) -> Advice:
        near, likeness = _nearest(name, known)
        return NO_ADVICE if near is None else _replaced(name, near, at, is_sure=likeness >= SURE_LIKENESS)


def _replaced(name: str, meant: str, at: int, *, is_sure: bool, shown: str | None = None) -> Advice:
    return Advice(shown or meant, (Edit(at, at + len(name), meant),) if is_sure else ())


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()


def _nearest(name: str, known: list[str]) -> tuple[str | None, float]:
    """Return the known name that is nearest and how near it is; of two as near the first."""
    best: tuple[str | None, float] = (None, LEAST_LIKENESS)
    for one in known:
        likeness = SequenceMatcher(None, _plain(one), _plain(name)).ratio()
        if likeness >= best[1] and (best[0] is None or likeness > best[1]):
            best = (one, likeness)
    return best


MOST_MISTAKES: Final = 50
"""Mistakes that are reported of one condition."""

_ENTRY: Final = re.compile(
    r"^(?:[A-Z_]+: )?ERROR: <input>:(-?[0-9]+):(-?[0-9]+): (.*?)(?: \[[A-Z_]+\])?$", re.MULTILINE
)
_TOO_DEEP: Final = re.compile(r"recursion (?:limit exceeded|depth)", re.IGNORECASE)
_SYNTAX: Final = re.compile(r"Syntax error: |reserved identifier: |<<nil>>")
_CONSEQUENCE: Final = re.compile(r"type '\*error\*'|<<nil>>")
_NO_FIELD: Final = re.compile(r"undefined field '([^']+)' not found in struct 'preo\.(\w+)'")
_NO_NAME: Final = re.compile(r"undeclared reference to '([^']+)'")
_NO_OVERLOAD: Final = re.compile(r"found no matching overload for '([^']+)' applied to '(.*)'")
_NO_SELECTION: Final = re.compile(r"(?:expression of )?type '(.*)' cannot be the operand of a select operation")
_EXPECTED: Final = re.compile(r" expe?c?ecting \{.*\}$")

TOO_DEEP: Final = "the condition is nested too deeply for the engine, or chains more than 32 operators or calls"
SHORTER: Final = "use && and ||, which may be chained, or `in [...]` instead of a long chain"

_UNEXPECTED: Final = re.compile(r"(?:mismatched input|extraneous input|no viable alternative at input) (.+)")
_OPEN: Final = tuple("<>=+-*/%&|!,?:([")
_ENDINGS: Final = ("the end", ")", "]", "}", ",", "&&", "||", ":")

_OPERATORS: Final = {"_[_]": "[ ]", "_?_:_": "? :", "@in": "in"}

Entry = tuple[int, str]
"""Where an error is, as a place in the condition, and what it says."""


def read_report(condition: str, report: str, context: Context, *, has_edition: bool) -> tuple[Mistake, ...]:
    """Return the mistakes that the checker reports, in the order of their places, each once."""
    if _TOO_DEEP.search(report):
        return (Mistake(1, 1, TOO_DEEP, SHORTER),)
    entries = list(_entries(condition, report))
    if not entries:
        return (Mistake(1, 1, f"the engine refuses it: {report.splitlines()[0][:200]}"),)
    if any(_SYNTAX.search(text) for _, text in entries):
        ways = (slips, number_commas, bracket_mistakes)
        first_of = (list(islice(way(condition), MOST_MISTAKES)) for way in ways)
        found = next(filter(None, first_of), None) or [*_unread(condition, entries)]
    else:
        reader = _Reader(condition, context, Hints(context, has_edition))
        found = [reader.mistake(at, text) for at, text in entries if not reader.follows(at, text)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.line, one.column))[:MOST_MISTAKES])


def _entries(condition: str, report: str) -> Iterator[Entry]:
    starts = [0, *(found.end() for found in re.finditer("\n", condition))]
    for entry in _ENTRY.finditer(report):
        line, column, text = int(entry[1]), int(entry[2]), entry[3]
        if 0 < line <= len(starts):
            yield starts[line - 1] + column - 1, text
        elif not _CONSEQUENCE.search(text):
            yield 0, text


def _unread(condition: str, entries: list[Entry]) -> Iterator[Mistake]:
    """Yield the errors of form as the engine reports them, without what only follows from the first."""
    told = False
    for at, text in entries:
        plain = _EXPECTED.sub("", text).removeprefix("Syntax error: ")
        unexpected = _UNEXPECTED.match(plain)
        if unexpected is None:
            yield Mistake(*place(condition, at), plain[:1].lower() + plain[1:])
        elif not told:
            yield Mistake(*place(condition, at), *_missing(condition[:at].rstrip(), unexpected[1]))
        told = True


def _missing(before: str, found: str) -> tuple[str, str | None]:
    """Return what stands where something else belongs, and what that is."""
    shown = "the end" if "<EOF>" in found else found.strip("'").removeprefix(". ")
    if before.endswith("."):
        return f"unexpected {shown}", "a name is missing before it"
    is_open = not before or before.endswith(_OPEN)
    return f"unexpected {shown}", "a value is missing before it" if is_open and shown in _ENDINGS else None


@dataclass
class _Reader:
    """Reads errors of a condition whose form is right."""

    condition: str
    context: Context
    hints: Hints

    @cached_property
    def tree(self) -> Node | None:
        """The condition's tree; None where this version cannot read it."""
        try:
            return parse(self.condition)
        except UnreadableError:
            return None

    def follows(self, at: int, text: str) -> bool:
        """Return whether an error is only the consequence of another.

        Where a macro is misspelled there is no loop, and its variable is unknown wherever it stands.
        """
        if _CONSEQUENCE.search(text):
            return True
        found = _NO_NAME.search(text)
        if found is None or self.tree is None:
            return False
        at = _start_of(self.condition, at, found[1])
        return any(
            isinstance(node, Call)
            and self._is_broken_loop(node, found[1].partition(".")[0])
            and node.start < at < node.end
            for node, _ in scoped(self.tree, self.context)
        )

    def _is_broken_loop(self, call: Call, name: str) -> bool:
        known = call.function in CALLABLE and call.function not in LOOPS
        return not known and any(isinstance(one, Name) and one.name == name for one in call.arguments[:2])

    def mistake(self, at: int, text: str) -> Mistake:
        """Return an error as a mistake."""
        if found := _NO_FIELD.search(text):
            name, owner = found.groups()
            at = max(at, self.condition.find(name, at))  # the place given is that of the dot, or of has()'s bracket
            return self._told(at, f"{owner} has no field '{name}'", self.hints.field(name, owner, at))
        if found := _NO_NAME.search(text):
            return self._unknown(found[1], _start_of(self.condition, at, found[1]))
        if found := _NO_OVERLOAD.search(text):
            return self._misfit(at, found[1], found[2])
        if found := _NO_SELECTION.search(text):
            advice = Advice() if self.tree is None else advice_on_selection(self.condition, self.tree, self.context, at)
            return self._told(at, f"a {shown_type(found[1])} has no fields", advice)
        macro = text.partition("(")[0]
        return self._told(at, text[:1].lower() + text[1:], Advice(SYNTAX.get(macro)))

    def _told(self, at: int, message: str, advice: Advice) -> Mistake:
        return Mistake(*place(self.condition, at), message, advice.suggestion, advice.edits)

    def _unknown(self, name: str, at: int) -> Mistake:
        end = at + len(name)
        if not self.condition[end:].lstrip().startswith("("):
            return self._told(at, f"there is nothing called '{name}'", self._meant(name, at))
        if self.context.variable(name) is not None:
            closing = self.condition.find(")", end) + 1
            edits = (Edit(end, closing, ""),) if not self.condition[end:closing].strip("() ") else ()
            return self._told(at, f"'{name}' is not a function", Advice(name, edits))
        if commas := [*number_commas(self.condition)]:
            return commas[0]
        if advice := self._counted(name, at) or self._summed(name, at):
            return self._told(at, f"there is no function '{name}'", advice)
        is_method = self.condition[:at].rstrip().endswith(".")
        advice = self.hints.function(name, at, is_method=is_method)
        wrong = f"'{name}' is not called like this" if name in CALLABLE else f"there is no function '{name}'"
        return self._told(at, wrong, advice)

    def _counted(self, name: str, at: int) -> Advice | None:
        """Return what `count(o, condition)` is here."""
        if synonyms.FUNCTIONS.get(name.casefold()) != "size" or self.tree is None:
            return None
        for node, _ in scoped(self.tree, self.context):
            if isinstance(node, Call) and node.target is not None and node.target.end <= at < node.end:
                edits = (Edit(at, at + len(name), "filter"), Edit(node.end, node.end, ".size()"))
                return Advice("list.filter(x, condition).size()", edits) if len(node.arguments) > 1 else None
        return None

    def _summed(self, name: str, at: int) -> Advice | None:
        """Return what stands for a sum: not put right by itself, because it ends after some items."""
        if name.casefold() not in synonyms.SUMS or self.tree is None:
            return None
        for node, scope in scoped(self.tree, self.context):
            if isinstance(node, Call) and node.start <= at < node.end and node.function == name:
                return sum_of(Place(self.condition, self.context, node, scope))
        return None

    def _meant(self, name: str, at: int) -> Advice:
        advice = self.hints.name(name, at, self._scope(at))
        if advice.suggestion is None and name.isidentifier() and self.condition[:at].rstrip()[-2:] in ("==", "!="):
            return Advice(f"put text in quotes: '{name}'", (Edit(at, at + len(name), f"'{name}'"),))
        return advice

    def _scope(self, at: int) -> Scope:
        if self.tree is None:
            return NO_SCOPE
        parts = scoped(self.tree, self.context)
        return next((scope for node, scope in parts if isinstance(node, Name) and node.start == at), NO_SCOPE)

    def _misfit(self, at: int, function: str, types: str) -> Mistake:
        operator = _OPERATORS.get(function, function.strip("_@"))
        shown = f"'{operator}' cannot be applied to ({', '.join(_types(types))})"
        if self.tree is None:
            return self._told(at, shown, Advice())
        is_loop = self.condition[at : at + 1] == "(" and operator in ("||", "&&", "? :")
        found = asked_in_loop(self.condition, self.tree, self.context, at) if is_loop else None
        if found is not None:
            macro, asked = found
            message = f"{macro} needs a condition on each item, and this is a {asked.shape(asked.node)}"
            return self._told(asked.node.start, message, as_condition(asked, asked.node))
        return self._told(at, shown, advice_on(self.condition, self.tree, self.context, operator, at))


def _start_of(condition: str, at: int, name: str) -> int:
    """Return where a name begins for which the checker gave the place of its dot or its bracket."""
    if condition.startswith(name, at):
        return at
    before = condition[:at].rstrip()
    if condition[at : at + 1] == "(" and before.endswith(name):
        return len(before) - len(name)
    preceding = condition.rfind(name.partition(".")[0], 0, at + 1)
    return at if preceding == -1 else preceding


def shown_type(text: str) -> str:
    """Return one of the checker's types, or several, as documentation shows them."""
    text = re.sub(r"wrapper\((\w+)\)", r"\1?", text)
    text = text.replace("google.protobuf.Timestamp", "timestamp").replace("google.protobuf.Duration", "duration")
    return re.sub(r"list\(([^()]*)\)", r"list<\1>", text.replace("preo.", ""))


def _types(signature: str) -> list[str]:
    """Return the types in `(wrapper(string), int)`."""
    text = shown_type(signature)
    return re.split(r", (?![^(<]*[)>])", text.removeprefix("(").removesuffix(")"))
