"""Operations as the API really has them: the map of `operations` with a user's corrections laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from preo_mcp.client.renames import UNCHANGED, NotAPlace, Renames
from preo_mcp.errors import ConfigurationError
from preo_mcp.operations import OPERATIONS, Operation


@dataclass(frozen=True, slots=True)
class RealOperation:
    """One operation as it really is.

    Attributes:
        operation: The row, with the real path under our names of its parameters.
        method: The HTTP method.
        query: What parameters of the query are called.
        body: What fields of the request's body are called.
        response: What fields of the answer are called.
    """

    operation: Operation
    method: str
    query: Renames = UNCHANGED
    body: Renames = UNCHANGED
    response: Renames = UNCHANGED

    def sent(self, query: Mapping[str, Any] | None, body: Any) -> tuple[dict[str, Any], Any]:
        """Return the query and the body as they are sent.

        Raises:
            ConfigurationError: with the corrections two fields would have one name.
        """
        try:
            return self.query.outgoing(dict(query or {})), self.body.outgoing(body)
        except NotAPlace as exc:
            why = f"{exc}, as the corrections file has it; nothing was sent"
        raise ConfigurationError(f"{self.operation.title} failed", why, "Correct the file that PREO_CORRECTIONS names.")

    def blamed(self, refusal: Any) -> Any:
        """Return a refusal, which names what was sent, with our names."""
        return self.query.incoming(self.body.incoming(refusal))


@dataclass(frozen=True, slots=True)
class RealOperations:
    """All operations as they really are.

    Attributes:
        corrected: Those that are otherwise, by their row in `operations`.
        paths: All paths, real and guessed: no id may turn a path into one of them.
    """

    corrected: Mapping[Operation, RealOperation]
    paths: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        real = [known.operation for known in self.corrected.values()]
        object.__setattr__(self, "paths", frozenset(operation.path for operation in (*OPERATIONS, *real)))

    def of(self, operation: Operation) -> RealOperation:
        """Return `operation` as it really is."""
        return self.corrected.get(operation) or RealOperation(operation, operation.method)


AS_WRITTEN: Final = RealOperations({})
"""Where nothing is corrected."""
