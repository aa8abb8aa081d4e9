"""What an OpenAPI document says about each operation, ours and theirs read alike."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from preo_mcp.api.errors import ValidationError
from preo_mcp.commands.doctor.schemas import Schema, Schemas, as_list, as_object, as_text
from preo_mcp.text.plain_text import one_line

METHODS: Final = ("get", "post", "put", "patch", "delete")
MOST_OPERATIONS: Final = 3_000
MOST_PARAMETERS: Final = 200
MOST_SCHEMES: Final = 5
LONGEST_TEXT: Final = 120
"""Characters of a name or title of the document that are shown."""
LONGEST_PATH: Final = 300
JSON: Final = "application/json"

PARAMETER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A parameter: its schema, and whether it is required."""

    schema: Schema
    required: bool


@dataclass(frozen=True, slots=True)
class Content:
    """A body or an answer, of the media type that is nearest to JSON."""

    media_type: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class Described:
    """One operation as a document describes it; `path` is the whole path on the host."""

    method: str
    path: str
    title: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    query: dict[str, Sent] = field(default_factory=dict[str, Sent])
    headers: tuple[str, ...] = ()
    body: Content | None = None
    answer: Content | None = None

    @property
    def key(self) -> str:
        """How the operation is named in reports."""
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        """The names of the path's parameters, in order."""
        return PARAMETER.findall(self.path)


@dataclass(frozen=True, slots=True)
class Contract:
    """A whole document; `server` is the first that it names, `signing` says how requests are to be signed."""

    title: str
    version: str
    server: str
    signing: list[str]
    schemas: Schemas
    operations: list[Described]


def read_contract(document: object, prefix: str = "") -> Contract:
    """Return what a parsed OpenAPI document says.

    Args:
        document: The document, from whomever.
        prefix: A path before all paths that the base URL brings already.

    Raises:
        ValidationError: it is not an OpenAPI 3 document, or describes no operation.
    """
    whole = as_object(document)
    if not as_text(whole.get("openapi")).startswith("3."):
        raise _refused("it is not an OpenAPI 3 document (there is no openapi: 3.…)")
    schemas = Schemas(whole)
    base = _server_path(whole)
    operations = [
        _described(schemas, path, method, base, prefix, item)
        for path, found in as_object(whole.get("paths")).items()
        for item in [schemas.resolved(found)]
        for method in METHODS
        if isinstance(item.get(method), dict)
    ]
    if not operations:
        raise _refused("it describes no operations")
    if len(operations) > MOST_OPERATIONS:
        raise _refused(f"it describes more than {MOST_OPERATIONS} operations")
    info = as_object(whole.get("info"))
    server = shown(as_object(next(iter(as_list(whole.get("servers"))), None)).get("url"))
    return Contract(shown(info.get("title")), shown(info.get("version")), server, _signing(whole), schemas, operations)


def shown(text: object, longest: int = LONGEST_TEXT) -> str:
    """Return a text of the document fit for a line of ours."""
    return one_line(as_text(text)[: longest * 2])[:longest]


def _described(schemas: Schemas, path: str, method: str, base: str, prefix: str, item: Schema) -> Described:
    given = as_object(item[method])
    parameters = list(_parameters(schemas, [*as_list(item.get("parameters")), *as_list(given.get("parameters"))]))
    return Described(
        method=method.upper(),
        path=shown(f"{base}{path}".removeprefix(prefix), LONGEST_PATH),
        title=shown(given.get("summary")),
        name=shown(given.get("operationId")),
        tags=tuple(shown(tag) for tag in as_list(given.get("tags"))[:10]),
        query={name: sent for place, name, sent in parameters if place == "query"},
        headers=tuple(name for place, name, sent in parameters if place == "header" and sent.required),
        body=_content(schemas.resolved(given.get("requestBody"))),
        answer=_answer(schemas, as_object(given.get("responses"))),
    )


def _parameters(schemas: Schemas, given: list[Any]) -> Iterator[tuple[str, str, Sent]]:
    for found in map(schemas.resolved, given[:MOST_PARAMETERS]):
        name, place = shown(found.get("name")), as_text(found.get("in"))
        content = _content(found)
        schema = as_object(found.get("schema")) or (content.schema if content else {})
        if name:
            yield place, name, Sent(schema, found.get("required") is True)


def _answer(schemas: Schemas, responses: Schema) -> Content | None:
    """Return the successful answer that has content, the lowest status first."""
    good = sorted((status, found) for status, found in responses.items() if re.fullmatch(r"2[0-9X]{2}", str(status)))
    answers = (_content(schemas.resolved(found)) for _, found in good)
    return next((answer for answer in answers if answer is not None), None)


def _content(holder: Schema) -> Content | None:
    kinds = as_object(holder.get("content"))
    if not kinds:
        return None
    chosen = min(kinds, key=lambda kind: (kind != JSON, "json" not in kind))
    return Content(shown(chosen), as_object(as_object(kinds[chosen]).get("schema")))


def _signing(whole: Schema) -> list[str]:
    """Return how requests can be signed, in words."""
    schemes = as_object(as_object(whole.get("components")).get("securitySchemes"))
    told: list[str] = []
    for name, scheme in list(map(_named, schemes.items()))[:MOST_SCHEMES]:
        kind = " ".join(shown(scheme.get(key)) for key in ("type", "scheme", "in", "name", "description"))
        told.append(f"{name} ({' '.join(kind.split())})")
    return told


def _named(entry: tuple[str, object]) -> tuple[str, Schema]:
    return shown(entry[0]), as_object(entry[1])


def _server_path(whole: Schema) -> str:
    servers = as_list(whole.get("servers"))
    try:
        path = urlsplit(as_text(as_object(servers[0]).get("url"))).path if servers else ""
    except ValueError:
        return ""
    return path.rstrip("/")


def _refused(why: str) -> ValidationError:
    return ValidationError(
        "The document was not compared", why, "Give the API's OpenAPI document, for example …/schema/?format=json."
    )
