"""Everything that can go wrong, as one tree of exceptions.

PreoError
├── ConfigurationError        a setting is missing, contradictory or unsafe; the base URL leads elsewhere
│   └── MissingExtra          an optional part of the package is not installed
├── AuthenticationError       401: the token is missing, wrong or expired
├── PermissionDeniedError     403: the token is good, its user may not do this
├── NotFoundError             404, 405, 410: no such object, or no such path
├── ValidationError           400, 413, 415, 422 and any other 4xx: the call itself must change; `fields` says where
├── ConflictError             409, 412, 423: the object's present state forbids it
├── RateLimitError            429: too many calls; `retry_after` says how long to wait
├── ServerError               a read that was answered with 5xx or with something unreadable
├── NetworkError              the API was not reached, or a read was not answered in time: nothing was changed
└── AmbiguousOutcomeError     a write that may or may not have been carried out

The text of each is *what failed · why · what to do next*, on one line and fit for a model. No text, attribute or cause
carries the token, a query string or a request's body. This module knows nothing about HTTP libraries.
"""

import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager


class PreoError(Exception):
    """The root of the tree; `str()` is exactly ``what · why · next_step``.

    Args:
        what: What failed, in words: "Start import process failed".
        why: The reason, one line.
        next_step: What the caller can do about it, one line.
        request_id: The `X-Request-Id` that the request travelled with, or None when none was made.
    """

    def __init__(self, what: str, why: str, next_step: str, *, request_id: str | None = None) -> None:
        super().__init__(what, why, next_step)
        self.what = what
        self.why = why
        self.next_step = next_step
        self.request_id = request_id

    def __str__(self) -> str:
        return f"{self.what} · {self.why} · {self.next_step}"


class ConfigurationError(PreoError):
    """A setting is missing, contradictory or unsafe, or the base URL leads elsewhere."""


class MissingExtra(ConfigurationError):
    """An optional part of the package is needed, and not installed; `to_get` says how it is had."""


def to_get(extra: str) -> str:
    """Return how an optional part of the package is had, however that was installed.

    Nothing is taken from the package index by its name, which is not ours there.
    """
    return f'Install the extra {extra} of preo-mcp (from a checkout: pip install ".[{extra}]")'


class AuthenticationError(PreoError):
    """401: the API does not accept the token."""


class PermissionDeniedError(PreoError):
    """403: the token's user may not do this."""


class NotFoundError(PreoError):
    """404, 405 or 410: nothing is there; the path itself may be wrong where it was inferred."""


class ValidationError(PreoError):
    """The call itself must change before it can succeed (400, 413, 415, 422, or refused before it was sent).

    Args:
        what: What failed, in words.
        why: The reason, one line.
        next_step: What the caller can do about it, one line.
        fields: Messages by dotted field path, such as `orders.0.items.2.quantity`; empty when none was named.
        request_id: The `X-Request-Id` that the request travelled with, or None when it was refused before.
    """

    def __init__(
        self,
        what: str,
        why: str,
        next_step: str,
        *,
        fields: Mapping[str, tuple[str, ...]] | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(what, why, next_step, request_id=request_id)
        self.fields: dict[str, tuple[str, ...]] = dict(fields or {})


class ConflictError(PreoError):
    """409, 412 or 423: the object's present state forbids it."""


class RateLimitError(PreoError):
    """429: too many calls; nothing was changed.

    Args:
        what: What failed, in words.
        why: The reason, one line.
        next_step: What the caller can do about it, one line.
        retry_after: Seconds to wait by the API's own word, or None when it gave none.
        request_id: The `X-Request-Id` that the request travelled with.
    """

    def __init__(
        self,
        what: str,
        why: str,
        next_step: str,
        *,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(what, why, next_step, request_id=request_id)
        self.retry_after = retry_after


class ServerError(PreoError):
    """A read was answered with 5xx, or with something that is not the API's JSON."""


class NetworkError(PreoError):
    """The API was not reached, or a read was not answered in time; nothing was changed."""


class AmbiguousOutcomeError(PreoError):
    """A write may or may not have been carried out: its answer was lost, unreadable or 5xx. Never repeat it blindly.

    Args:
        what: What failed, in words.
        why: The reason, one line.
        next_step: What the caller can do about it, one line.
        may_still_happen: Whether the request may still be on its way or being worked on, as after a timeout; False
            where the API is done with it, so that what is read now is how it stays.
        request_id: The `X-Request-Id` that the request travelled with.
    """

    def __init__(
        self,
        what: str,
        why: str,
        next_step: str,
        *,
        may_still_happen: bool = False,
        request_id: str | None = None,
    ) -> None:
        super().__init__(what, why, next_step, request_id=request_id)
        self.may_still_happen = may_still_happen


@contextmanager
def sandbox_extra() -> Generator[None]:
    """Turn a failed import of the sandbox's libraries into an instruction.

    Raises:
        MissingExtra: a library of the `sandbox` extra is not installed.
    """
    with _extra("sandbox", "The sandbox did not start"):
        yield


@contextmanager
def redis_extra() -> Generator[None]:
    """Turn a failed import of the Redis client into an instruction.

    Raises:
        MissingExtra: a library of the `redis` extra is not installed.
    """
    with _extra("redis", "The ledger was not opened"):
        yield


@contextmanager
def _extra(name: str, what: str) -> Generator[None]:
    try:
        yield
    except ModuleNotFoundError as exc:
        missing = exc.name
    else:
        return
    raise MissingExtra(what, f"{missing} is not installed", to_get(name))


def raised_at(exc: BaseException) -> str:
    """Return the file and line where an exception was raised."""
    frames = traceback.extract_tb(exc.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
