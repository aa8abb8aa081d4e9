"""Where a comparison stands, and how it reports what it finds there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from preo_mcp.client.renames import field_path
from preo_mcp.commands.doctor.contract import shown
from preo_mcp.commands.doctor.differences import Difference, Kind, Part
from preo_mcp.commands.doctor.schemas import Schemas


class Found(Protocol):
    """Makes a difference of the operation that is compared."""

    def __call__(
        self,
        part: Part,
        kind: Kind,
        place: str = "",
        ours: str = "",
        theirs: str = "",
        *,
        matters: bool = True,
        correctable: bool = False,
    ) -> Difference:
        """Return it."""
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """Where the comparison stands.

    Attributes:
        found: Makes a difference.
        part: Of the operation.
        ours: Our schemas.
        theirs: Their schemas.
        steps: The way to here, by our names.
        listed: Values that our queries list, by the parameter's name: an answer's field of that name has them too.
        references: References of ours that led here: where one comes again, what is below was compared already.
        observed: Whether theirs was seen in answers and not described: what is optional may be absent then, and a name
            that may be data is not reported.
    """

    found: Found
    part: Part
    ours: Schemas
    theirs: Schemas
    steps: tuple[str, ...] = ()
    listed: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])
    references: frozenset[str] = field(default_factory=frozenset[str])
    observed: bool = False

    def at(self, step: str) -> "Position":
        """Return the place one step further."""
        return replace(self, steps=(*self.steps, step))

    def difference(
        self,
        kind: Kind,
        step: str = "",
        ours: str = "",
        theirs: str = "",
        *,
        matters: bool = True,
        correctable: bool = False,
    ) -> Difference:
        """Return a difference here, or one step further."""
        steps = (*self.steps, step) if step else self.steps
        return self.found(
            self.part, kind, field_path(steps), ours, shown(theirs), matters=matters, correctable=correctable
        )

    @property
    def is_sent(self) -> bool:
        """Whether the value goes to the API."""
        return self.part is not Part.RESPONSE
