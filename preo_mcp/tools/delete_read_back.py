"""Whether a delete happened: the object is gone, or it is still there."""

from typing import Any, Protocol

from pydantic import BaseModel

from preo_mcp.errors import NotFoundError
from preo_mcp.guardrails.read_back import DidNotHappen, ReadBack
from preo_mcp.models.base import Response
from preo_mcp.operations import Operation
from preo_mcp.preo import Preo


class Deleted(Protocol):
    """Makes a tool's result of the id that is gone."""

    def __call__(self, *, deleted: str) -> BaseModel:
        """Return the result."""
        ...


def delete_read_back(read: Operation, key: str, answer: Deleted) -> ReadBack:
    """Return the read-back of a delete.

    That the path of `read` is right is known by then: the facts were read from the object.

    Args:
        read: The operation that answers the object.
        key: The argument that is the object's id.
        answer: Makes the tool's result of the id.
    """

    async def after(preo: Preo, _: dict[str, Any], **arguments: Any) -> BaseModel | DidNotHappen:
        try:
            await preo.call(read, Response, id=arguments[key])
        except NotFoundError:
            return answer(deleted=arguments[key])
        return DidNotHappen("it is still there")

    return ReadBack(after=after)
