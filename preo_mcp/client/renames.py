"""Names of fields and values on their way to the API and back: ours in the code, theirs on the wire.

A place is written as `results[].customer.email`: `[]` stands for every item of a list, `{}` for every value of an
object whose names are data. All names in a place are ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self, cast

ITEMS: Final = "[]"
VALUES: Final = "{}"
LONGEST_NAME: Final = 100
LONGEST_PLACE: Final = 500

_NAME = rf"[^\s.\[\]{{}}]{{1,{LONGEST_NAME}}}"
_STEP = re.compile(rf"{_NAME}|\[\]|\{{\}}")
_PLACE = re.compile(rf"(?:\[\]|\{{\}}|{_NAME})(?:\[\]|\{{\}}|\.{_NAME})*")


class NotAPlace(ValueError):
    """Places and names that do not fit together; the text says which, in one line."""


def steps_of(place: str) -> tuple[str, ...]:
    """Return the steps of a place, `[]` and `{}` among them.

    Raises:
        NotAPlace: it is not written as a place is.
    """
    if len(place) > LONGEST_PLACE or not _PLACE.fullmatch(place):
        raise NotAPlace(f"“{place[:LONGEST_NAME]}” is not a place such as results[].customer.email")
    return tuple(_STEP.findall(place))


def field_path(steps: tuple[str, ...]) -> str:
    """Return how the place that `steps` lead to is written."""
    return "".join(step if step in (ITEMS, VALUES) else f".{step}" for step in steps).removeprefix(".")


def is_name(text: str) -> bool:
    """Whether `text` can be one step of a place."""
    return re.fullmatch(_NAME, text) is not None


@dataclass(slots=True, eq=False)
class Renames:
    """What has another name at one place and below it.

    Attributes:
        theirs: The field's name on the wire, where it is another.
        values: Texts that are other texts on the wire.
        fields: What is below, by our names.
        items: What is below every item of a list.
        every: What is below every value of an object that has no entry of its own in `fields`.
    """

    theirs: str | None = None
    values: dict[str, str] = field(default_factory=dict[str, str])
    fields: dict[str, "Renames"] = field(default_factory=dict[str, "Renames"])
    items: "Renames | None" = None
    every: "Renames | None" = None

    @classmethod
    def of(cls, fields: Mapping[str, str], values: Mapping[str, Mapping[str, str]]) -> Self:
        """Return the tree of renamed `fields` (place to their name) and `values` (place to ours and theirs).

        Raises:
            NotAPlace: a place is malformed, a field's place does not end in a name, or two things would have one name.
        """
        root = cls()
        for place, theirs in fields.items():
            steps = steps_of(place)
            if not is_name(steps[-1]) or not is_name(theirs):
                raise NotAPlace(f"“{place}” cannot be called “{theirs[:LONGEST_NAME]}”: both must end in a name")
            root._at(steps).theirs = theirs
        for place, renamed in values.items():
            root._at(steps_of(place)).values.update(renamed)
        _check(root)
        return root

    def outgoing(self, value: Any) -> Any:
        """Return a JSON value or the values of a query in their names.

        Raises:
            NotAPlace: a field would overwrite another.
        """
        if self is UNCHANGED:
            return value
        if isinstance(value, dict):
            given = cast("dict[str, Any]", value)
            out = {self._below(name).theirs or name: self._below(name).outgoing(item) for name, item in given.items()}
            if len(out) < len(given):
                raise NotAPlace("two fields would be sent under one name")
            return out
        if isinstance(value, list | tuple):
            return [self._each.outgoing(_looked_up(self.values, item)) for item in cast("list[Any]", value)]
        return _looked_up(self.values, value)

    def incoming(self, value: Any) -> Any:
        """Return a JSON value in our names; where a renamed field and another claim one name, the renamed one stays."""
        if self is UNCHANGED:
            return value
        back = {theirs: ours for ours, theirs in self.values.items()}
        if isinstance(value, dict):
            return self._incoming_fields(cast("dict[str, Any]", value))
        if isinstance(value, list):
            return [self._each.incoming(_looked_up(back, item)) for item in cast("list[Any]", value)]
        return _looked_up(back, value)

    def _incoming_fields(self, given: dict[str, Any]) -> dict[str, Any]:
        ours = {node.theirs: name for name, node in self.fields.items() if node.theirs in given}
        taken = set(ours.values())
        known = {name: ours.get(name, name) for name in given if name in ours or name not in taken}
        return {our_name: self._below(our_name).incoming(given[name]) for name, our_name in known.items()}

    def _at(self, steps: tuple[str, ...]) -> "Renames":
        node: Renames = self
        for step in steps:
            if step == ITEMS:
                node.items = node.items or Renames()
                node = node.items
            elif step == VALUES:
                node.every = node.every or Renames()
                node = node.every
            else:
                node = node.fields.setdefault(step, Renames())
        return node

    @property
    def _each(self) -> "Renames":
        return self.items or UNCHANGED

    def _below(self, name: str) -> "Renames":
        return self.fields.get(name) or self.every or UNCHANGED


UNCHANGED: Final = Renames()
"""Where everything has the code's names."""


def _check(node: Renames) -> None:
    """Refuse names that would make one of two."""
    for names in ([below.theirs for below in node.fields.values() if below.theirs], list(node.values.values())):
        if len(set(names)) < len(names):
            raise NotAPlace(f"two are called “{next(name for name in names if names.count(name) > 1)}”")
    for below in (*node.fields.values(), node.items, node.every):
        if below is not None:
            _check(below)


def _looked_up(renamed: Mapping[str, str], value: Any) -> Any:
    return renamed.get(value, value) if renamed and isinstance(value, str) else value
