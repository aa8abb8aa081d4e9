"""What every request, response and list of the Preo API has in common."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Request(BaseModel):
    """A body or a query sent to Preo: unknown fields are refused before anything is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Clears(BaseModel):
    """Changes of an object, in which null empties a field; a model says so by `clear: [field]`."""


class Change(Clears, Request):
    """Changes of one object among several in a body: what is null is emptied, what is absent stays."""


class Response(BaseModel):
    """An object received from Preo: fields that this version does not know are kept, missing ones are None."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Embedded(BaseModel):
    """An object inside another: known in full, passed on with only what names it (other fields are excluded)."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class NoContent(Response):
    """The answer of an operation that answers with nothing."""

    @model_validator(mode="before")
    @classmethod
    def _nothing(cls, value: object) -> object:
        return {} if value is None else value


class PageQuery(Request):
    """The paging parameters of every list (`preo-api`: Conventions)."""

    page: int = Field(default=1, ge=1, description="Page number, from 1.")
    page_size: int = Field(default=100, ge=1, le=1000, description="Results per page.")


T = TypeVar("T")


class Page(Response, Generic[T]):
    """One page of a list; `next` and `previous` are absolute URLs or None at the ends."""

    count: int
    next: str | None = None
    previous: str | None = None
    results: list[T]
