"""What was guessed wrong about Preo's API, as a file that the server reads: paths, methods, names of fields, values.

`preo-mcp doctor --openapi … --write FILE` writes it, a person looks it over, `PREO_CORRECTIONS` names it. From it come
the operations as they really are, which one place uses, the HTTP client; tools and models keep their own names.

Threat: the file is made from a document that somebody else wrote. So a correction never leads to another host, never to
what another operation does, never turns a read, which nobody is asked about, into a write, and never shows a person one
field or value under the name of another.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.api.models.base import Response
from preo_mcp.api.operations import OPERATIONS, Grade, Group, Method, Operation, Risk
from preo_mcp.client.renames import UNCHANGED, NotAPlace, Renames
from preo_mcp.settings import NOT_STARTED, Settings

VERSION: Final = 1
LARGEST_FILE: Final = 1024 * 1024
"""Bytes."""

REMEDY: Final = "Correct the file, write it again (preo-mcp doctor --openapi … --write …), or unset PREO_CORRECTIONS."

CHANGES: Final = frozenset({"POST", "PUT", "PATCH"})
"""Methods that stand for one another in what writes and does not delete."""

MODELS: Final = {Group.AUTH: "users", Group.USER: "users"}
"""Where the models of a group are, if not in the module of its name."""

HttpMethod = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Names = dict[str, str]

_SEGMENT = re.compile(r"\{(\w+)\}|[\w.~-]+", re.ASCII)
_PARAMETER = re.compile(r"\{(\w+)\}")


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
        corrected: Those that differ, by their row in `operations`.
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


class OperationCorrection(BaseModel):
    """How one operation differs; names and values are given as ours → theirs.

    Attributes:
        path: The real path, with its parameters in braces.
        path_parameters: Their names in the real path, where these differ.
        query: Names of query parameters.
        body: Names of fields of the request's body, by their place.
        response: Names of fields of the answer, by their place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: HttpMethod | None = None
    path: str | None = Field(default=None, max_length=300)
    path_parameters: Names = {}
    query: Names = {}
    body: Names = {}
    response: Names = {}
    query_values: dict[str, Names] = {}
    body_values: dict[str, Names] = {}
    response_values: dict[str, Names] = {}


class CorrectionsFile(BaseModel):
    """The file: corrections by operation, each named by its method and path in `operations`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = VERSION
    about: str = Field(default="", description="where it comes from, for people")
    operations: dict[str, OperationCorrection] = {}


def key_of(operation: Operation) -> str:
    """Return how the file names an operation."""
    return f"{operation.method} {operation.path}"


def operations_of(settings: Settings) -> "RealOperations | None":
    """Return the corrections of the account's API that the settings name; the sandbox needs none.

    Raises:
        ConfigurationError: they are not valid.
    """
    return None if settings.corrections is None or settings.sandbox else read_corrections(settings.corrections)


def read_corrections(path: Path) -> RealOperations:
    """Read a corrections file.

    Raises:
        ConfigurationError: it cannot be read, is not of this version, or a correction in it is not possible.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as exc:
        why = f"the corrections file {path} cannot be read ({type(exc).__name__})"
        raise _refusal(why, "Correct PREO_CORRECTIONS.") from None
    if len(content) > LARGEST_FILE:
        raise _refusal(f"the corrections file {path} is larger than {LARGEST_FILE} bytes")
    try:
        return applied(CorrectionsFile.model_validate_json(content))
    except ValidationError as exc:
        why = _reasons(exc)
    except NotAPlace as exc:
        why = str(exc)
    raise _refusal(f"the corrections file {path} is not valid: {why}")


def applied(file: CorrectionsFile) -> RealOperations:
    """Return the operations with the corrections of a file's content.

    Raises:
        NotAPlace: one of them is not possible; the text names the operation.
    """
    known = {key_of(operation): operation for operation in OPERATIONS}
    corrected: dict[Operation, RealOperation] = {}
    for key, given in file.operations.items():
        if key not in known:
            raise NotAPlace(f"there is no operation “{key[:100]}”")
        try:
            corrected[known[key]] = _corrected(known[key], given)
        except NotAPlace as exc:
            raise NotAPlace(f"{key}: {exc}") from None
    _check_addresses(corrected)
    return RealOperations(corrected)


def allowed_methods(operation: Operation) -> frozenset[str]:
    """Return the methods that an operation may really have: what reads never becomes a write or a delete."""
    if operation.risk is Risk.READ:
        return frozenset({operation.method, Method.GET})
    return CHANGES | {operation.method} if operation.method is Method.DELETE else CHANGES


def address(method: str, path: str) -> tuple[str, str]:
    """Return what two operations must not have in common: the method, and the path whatever its parameters' names."""
    return method, _PARAMETER.sub("{}", path.rstrip("/"))


def _corrected(operation: Operation, given: OperationCorrection) -> RealOperation:
    method = given.method or operation.method
    if method not in allowed_methods(operation):
        raise NotAPlace(f"its method cannot be {method}: whether a person is asked rests on what it does")
    _must_leave_meanings(operation, given)
    return RealOperation(
        # No longer inferred, so a 404 must not say that it is.
        operation if given.path is None else replace(operation, path=_our_path(operation, given), grade=Grade.OBSERVED),
        method,
        Renames.of(given.query, given.query_values),
        Renames.of(given.body, given.body_values),
        Renames.of(given.response, given.response_values),
    )


def _our_path(operation: Operation, given: OperationCorrection) -> str:
    """Return the real path with our names of its parameters."""
    path = given.path or ""
    segments = path.removesuffix("/").split("/")[1:]
    if not path.startswith("/") or not segments or not all(map(_is_segment, segments)):
        raise NotAPlace(f"“{path[:100]}” is not a path such as /v1/orders/{{id}}")
    names: list[str] = _PARAMETER.findall(operation.path)
    ours = {given.path_parameters.get(name, name): name for name in names}
    if sorted(ours) != sorted(_PARAMETER.findall(path)):
        raise NotAPlace(f"{path} must have the parameters {', '.join(ours) or 'none'}, each once")
    if operation.risk is Risk.READ and operation.method is not Method.GET and segments[-1] != _last_word(operation):
        raise NotAPlace(f"{path} does not end in {_last_word(operation)}: what only reads must not lead to a write")
    return _PARAMETER.sub(lambda match: f"{{{ours[match[1]]}}}", path)


def _last_word(operation: Operation) -> str:
    return operation.path.rstrip("/").rpartition("/")[2]


def _must_leave_meanings(operation: Operation, given: OperationCorrection) -> None:
    """Refuse what would show a person one field or value under the name of another that we know.

    Threat: a corrections file that swaps `draft` and `sent`, or an amount and a fee, and with them what is agreed to.

    Raises:
        NotAPlace: a name or a value of an answer is one of ours that means something else.
    """
    fields, values = _known_words(operation.group)
    for place, theirs in given.response.items():
        if theirs in fields and theirs != place.rpartition(".")[2]:
            raise NotAPlace(f"{place} cannot be called {theirs}: that is another field, which people are shown")
    for place, names in given.response_values.items():
        for ours, theirs in names.items():
            if theirs in values and theirs != ours:
                raise NotAPlace(f"{place}: {ours} cannot be called {theirs}: that is another value, shown to people")


@cache
def _known_words(group: Group) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the fields of a group's answers, and the values of its fixed words."""
    module = import_module(f"preo_mcp.api.models.{MODELS.get(group, group.lower().replace(' ', '_'))}")
    ours = [one for one in vars(module).values() if isinstance(one, type)]
    fields = {name for one in ours if issubclass(one, Response) for name in one.model_fields}
    values = {str(value) for one in ours if issubclass(one, StrEnum) for value in one}
    return frozenset(fields), frozenset(values)


def _is_segment(segment: str) -> bool:
    return _SEGMENT.fullmatch(segment) is not None and segment not in (".", "..")


def _check_addresses(corrected: Mapping[Operation, RealOperation]) -> None:
    guessed = {address(operation.method, operation.path): operation for operation in OPERATIONS}
    real: dict[tuple[str, str], Operation] = {}
    for operation, known in corrected.items():
        at = address(known.method, known.operation.path)
        other = real.setdefault(at, operation)
        for taken in (other, guessed.get(at, operation)):
            if taken is not operation:
                raise NotAPlace(f"{key_of(operation)}: {' '.join(at)} is where {taken.title} is")


def _reasons(exc: ValidationError) -> str:
    errors: list[Any] = exc.errors(include_url=False, include_input=False, include_context=False)
    told = [f"{'.'.join(map(str, error['loc'])) or 'the whole'}: {error['msg']}" for error in errors[:3]]
    return "; ".join(told)


def _refusal(why: str, next_step: str = REMEDY) -> ConfigurationError:
    return ConfigurationError(NOT_STARTED, why, next_step)
