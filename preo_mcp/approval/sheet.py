"""A question as it is laid out where there is room, on card and page: what kind of deed, what decides, the rest.

Plain data in the person's language, which a plan keeps and a script shows; `layout` makes it of facts.
"""

from dataclasses import dataclass
from enum import StrEnum

from preo_mcp.approval.wording import Mark, Spans


class Kind(StrEnum):
    """What a yes does, as far as a person has to see it at a glance: each has its own colour."""

    CHANGE = "change"
    MONEY = "money"
    """Money goes out."""
    PEOPLE = "people"
    """People get something."""
    REMOVAL = "removal"
    """Something is gone for good."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A row of a table: a value for each heading."""

    cells: tuple[Spans, ...]
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class Part:
    """A fact, or a table of several.

    Attributes:
        label: What it is.
        value: Of a single fact.
        headings: Those of a table; none where it is a single fact.
        rows: Those of a table, as many as are shown.
        left_out: How many more rows it has, in words; empty where that is all.
        unknown: Whether it, or some of it, is not known.
        folded: Whether it can wait behind a fold: it neither decides, nor is long, a table or unknown.
    """

    label: str
    value: Spans = ()
    headings: tuple[str, ...] = ()
    rows: tuple[Cells, ...] = ()
    left_out: str = ""
    unknown: bool = False
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A question where there is room.

    Attributes:
        kind: What a yes does.
        verb: What the button says that means yes: the deed with its figure.
        account: Whose account it is.
        is_live: Whether it is a real one.
        deciding: What a person decides by.
        rest: The other facts.
        mail: How an e-mail looks to its customer, as HTML that does nothing and loads nothing; empty where none is.
    """

    kind: Kind = Kind.CHANGE
    verb: str = ""
    account: str = ""
    is_live: bool = False
    deciding: tuple[Part, ...] = ()
    rest: tuple[Part, ...] = ()
    mail: str = ""
