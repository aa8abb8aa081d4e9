"""What was probably meant by a name that is not known: the nearest field, name or function."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from preo_mcp.cel import synonyms
from preo_mcp.cel.context import EDITION_VARIABLE, USER, USER_VARIABLE, Context
from preo_mcp.cel.functions import FUNCTIONS
from preo_mcp.cel.mistakes import NO_ADVICE, Advice, Edit
from preo_mcp.cel.shapes import Scope

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
