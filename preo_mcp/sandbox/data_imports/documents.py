"""A data import as it is stored, who may see and change it, and how it is answered.

Beyond the documented fields an import shows (inferred, additional): `file_format`, what was detected in the file;
`processing` and `progress` while background work runs; `row_problems`, the rows that were not read; `import_result`,
what an import wrote; `error_message` of a failed one.
"""

import json
import re
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import URL

from preo_mcp.api.models.data_imports import ALLOWED_STAGES, PARSED_STAGES, Stage
from preo_mcp.api.operations import Operation
from preo_mcp.sandbox.members import Member
from preo_mcp.sandbox.problems import Problem, invalid, not_found
from preo_mcp.sandbox.routing import B, Call, Q
from preo_mcp.sandbox.store import Doc, Store

FILE_PATH = "/__sandbox/data-imports/{id}/file"
"""Where an uploaded file can be downloaded again; not part of Preo's API, which answers with some other address."""
EDITION_FIELDS = ("id", "full_name", "slug", "start_date", "end_date", "timezone", "is_draft", "published_at")
ORGANIZATION_FIELDS = ("id", "name", "slug", "avatar")

_FORM = re.compile(r"\+[1-9][0-9]{0,3}", re.ASCII)


@dataclass(slots=True)
class Import:
    """A row of `data_imports`; `doc` holds what is neither searched nor sorted.

    Its keys: `name`, `default_country_code`, `data_file_name`, `file` (name in the store's folder), `table` (as the
    reader stores it), `parse_id` (of the parsed orders) or None, `parsed`, `order_metadata_keys`,
    `purchase_metadata_keys`, `row_problems`, `processing`, `progress`, `cursor` (orders dealt with), `import_result`,
    `error_message`.
    """

    id: str
    organization_id: str
    edition_id: str
    stage: Stage
    service: str | None
    created: str
    modified: str
    doc: Doc


COLUMNS = "id, organization_id, edition_id, stage, service, created, modified, doc"


def from_row(row: tuple[str, str, str, str, str | None, str, str, str]) -> Import:
    """Return a row of `COLUMNS` as an import."""
    key, organization_id, edition_id, stage, service, created, modified, doc = row
    return Import(key, organization_id, edition_id, Stage(stage), service, created, modified, json.loads(doc))


def find(store: Store, import_id: str) -> Import | None:
    """Return an import, or None where there is none."""
    row = store.db.execute(f"SELECT {COLUMNS} FROM data_imports WHERE id = ?", (import_id,)).fetchone()  # noqa: S608 - our own names
    return None if row is None else from_row(row)


def visible_to(store: Store, member: Member, import_id: str) -> Import:
    """Return an import of one of the member's organizations.

    Raises:
        Problem: 404 for one that does not exist or that the member may not see.
    """
    found = find(store, import_id)
    if found is None or found.organization_id not in member.organizations:
        raise not_found("DataImport")
    return found


def visible(call: Call[Q, B]) -> Import:
    """Return the import that a call names, if its member may see it.

    Raises:
        Problem: 404.
    """
    return visible_to(call.store, call.member, call.path["id"])


def changeable(call: Call[Q, B]) -> Import:
    """Return the import that a call names, if its member may change it: managers and admins may (inferred).

    Raises:
        Problem: 404 or 403.
    """
    found = visible(call)
    call.member.must_manage(found.organization_id)
    return found


def must_allow(found: Import, operation: Operation) -> None:
    """Refuse an operation in a stage in which it is not allowed.

    Raises:
        Problem: 400 that names the stage and the allowed ones.
    """
    allowed = [stage for stage in Stage if stage in ALLOWED_STAGES[operation]]
    if found.stage not in allowed:
        names = ", ".join(allowed)
        detail = f"Data import is in stage {found.stage}; {operation.title} is allowed in: {names}."
        raise Problem(400, {"detail": detail, "stage": found.stage, "allowed_stages": allowed})


def must_be_idle(found: Import, operation: Operation) -> None:
    """Refuse an operation while the file is being processed; only renaming and cancelling are possible then (inferred).

    Raises:
        Problem: 400.
    """
    if found.doc["processing"]:
        detail = (
            f"Data import is being processed; {operation.title} is possible when that is done. "
            "Get data import details shows the progress; Cancel data import stops it."
        )
        raise Problem(400, {"detail": detail, "stage": found.stage, "processing": True})


def check_country_code(code: str | None) -> str | None:
    """Return a calling code such as `+45`; None, as ever, means the edition's.

    Raises:
        Problem: 400 for anything but a plus and one to four digits (inferred).
    """
    if code is not None and _FORM.fullmatch(code) is None:
        raise invalid(
            default_country_code="A plus and one to four digits, such as +45, or null for the edition's code."
        )
    return code


def save(store: Store, changed: Import, *, touch: bool = True) -> None:
    """Write an import back; `touch` moves its `modified` to now."""
    if touch:
        changed.modified = store.now()
    store.update(
        "data_imports",
        changed.id,
        changed.doc,
        stage=changed.stage,
        service=changed.service,
        modified=changed.modified,
    )


def represent(store: Store, found: Import, url: URL) -> Doc:
    """Return an import in the documented shape, nulls included.

    `product_mappings_complete` is a string, as the documentation declares it.
    """
    doc = found.doc
    return {
        "id": found.id,
        "name": doc["name"],
        "organization": _embedded(store, "organizations", found.organization_id, ORGANIZATION_FIELDS),
        "edition": _embedded(store, "editions", found.edition_id, EDITION_FIELDS),
        "stage": found.stage,
        "service": found.service,
        "default_country_code": doc["default_country_code"],
        "data_file_url": _file_url(found, url),
        "data_file_name": doc["data_file_name"],
        "parsed_data": doc["parsed"] if found.stage in PARSED_STAGES else None,
        "product_mappings_complete": _mappings_complete(store, found),
        "created": found.created,
        "modified": found.modified,
        "file_format": doc["table"] and doc["table"]["format"],
        "processing": bool(doc["processing"]),
        "progress": doc["progress"],
        "row_problems": doc["row_problems"],
        "import_result": doc["import_result"],
        "error_message": doc["error_message"],
    }


def edition_of(store: Store, found: Import) -> Doc:
    """Return the edition of an import."""
    return _stored(store, "editions", found.edition_id)


def _stored(store: Store, table: str, key: str) -> Doc:
    doc = store.doc(table, key)
    if doc is None:
        raise LookupError(f"{table} has no {key}")
    return doc


def _embedded(store: Store, table: str, key: str, fields: tuple[str, ...]) -> Doc:
    doc = _stored(store, table, key)
    return {field: doc[field] for field in fields}


def _file_url(found: Import, url: URL) -> str:
    return str(url.replace(path=FILE_PATH.format(id=quote(found.id)), query="", fragment=""))


def _mappings_complete(store: Store, found: Import) -> str | None:
    if found.stage not in PARSED_STAGES:
        return None
    unmapped = store.db.execute(
        "SELECT 1 FROM product_mappings WHERE parse_id = ? AND product_id IS NULL LIMIT 1", (found.doc["parse_id"],)
    ).fetchone()
    return "false" if unmapped else "true"
