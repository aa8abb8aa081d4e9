"""What can differ from what is assumed, one finding each."""

from dataclasses import dataclass
from enum import StrEnum

from preo_mcp.api.operations import Grade


class Part(StrEnum):
    """Where in an operation."""

    OPERATION = "operation"
    PATH = "path"
    HEADER = "header"
    QUERY = "query"
    BODY = "body"
    RESPONSE = "response"


class Kind(StrEnum):
    """What about it."""

    MISSING = "missing"
    NEW = "new"
    MOVED = "moved"
    METHOD = "method"
    RENAMED = "renamed"
    REQUIRED = "required"
    OPTIONAL = "optional"
    TYPE = "type"
    MEDIA_TYPE = "media type"
    VALUE_MISSING = "value missing"
    VALUE_NEW = "value new"
    VALUE_RENAMED = "value renamed"
    FAILED = "failed"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Difference:
    """One finding.

    Attributes:
        operation: Method and path in our map; of an operation that we do not have, theirs.
        title: The operation's title.
        grade: How certain it was; None for an operation that we do not have.
        part: Where.
        kind: What.
        place: The field, by our names, as `results[].customer.email`; empty for the whole part.
        ours: What is assumed.
        theirs: What it really is.
        matters: Whether tools work less well for it, or not at all.
        correctable: Whether a corrections file can set it right.
    """

    operation: str
    title: str
    grade: Grade | None
    part: Part
    kind: Kind
    place: str = ""
    ours: str = ""
    theirs: str = ""
    matters: bool = True
    correctable: bool = False
