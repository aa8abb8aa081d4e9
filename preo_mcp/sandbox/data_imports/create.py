"""Create a data import: take the file, extract its columns, answer with the stage that was reached."""

from pathlib import PureWindowsPath
from shutil import rmtree

from pydantic import MISSING

from preo_mcp.api.models.data_imports import NAME_MAX_LENGTH, CreateDataImportRequest, DataImport, Stage
from preo_mcp.api.operations import CREATE_DATA_IMPORT
from preo_mcp.sandbox.data_imports.documents import Import, check_country_code, find, represent
from preo_mcp.sandbox.data_imports.extraction import EXTRACT_COLUMNS, table_folder
from preo_mcp.sandbox.data_imports.parsed import NOTHING_PARSED
from preo_mcp.sandbox.data_imports.upload import Upload, read_upload
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

IMPORT_PREFIX = "imp"
FILE_NAME_MAX_LENGTH = 255
"""(inferred)"""
CREATED = 201
"""The status of create (inferred)."""


@ENDPOINTS.endpoint(
    CREATE_DATA_IMPORT, returns=DataImport, body=CreateDataImportRequest, status=CREATED, read_body=read_upload
)
async def create_data_import(call: Call[Nothing, Upload]) -> Doc:
    """Take a file for an edition of which the member is manager or admin (the role is inferred).

    The answer waits for the columns for as long as the jobs' patience lasts. A file in which no table can be found in
    that time is refused and nothing remains; later than that its import fails.

    Raises:
        Problem: 400 for an unknown edition, an invalid country code or file, 403 for a lesser role.
    """
    try:
        created = _written(call)
    finally:
        call.body.file.unlink(missing_ok=True)
    with call.store.transaction():
        call.store.insert("data_imports", created.doc, **_columns(created))
        job = call.jobs.add(EXTRACT_COLUMNS, created.id)
    call.jobs.start(job)
    waited = await call.jobs.finished(job, within=call.jobs.patience)
    found = find(call.store, created.id) or created
    if waited and found.stage is Stage.FAILED:
        _remove(call.store, found)
        raise invalid(data_file_base64=found.doc["error_message"])
    return represent(call.store, found, call.url)


def _written(call: Call[Nothing, Upload]) -> Import:
    """Check the fields and move the file to its place; return the import, not yet stored."""
    fields = call.body.fields
    edition = call.store.doc("editions", fields.edition_id)
    if edition is None or edition["organization_id"] not in call.member.organizations:
        raise invalid(edition_id=f"No edition with the id {fields.edition_id[:80]!r} is accessible.")
    call.member.must_manage(edition["organization_id"])
    country_code = None if fields.default_country_code is MISSING else check_country_code(fields.default_country_code)
    # A name may come with the folders of any platform; PureWindowsPath knows the separators of all of them.
    file_name = PureWindowsPath(fields.data_file_name).name.strip()
    if not file_name:
        raise invalid(data_file_name="A file name is needed, such as customers.csv.")
    if len(file_name) > FILE_NAME_MAX_LENGTH:
        raise invalid(data_file_name=f"Ensure this field has no more than {FILE_NAME_MAX_LENGTH} characters.")
    given = "" if fields.name is MISSING else fields.name.strip()
    key, now = call.store.new_id(IMPORT_PREFIX), call.store.now()
    doc: Doc = {
        "name": given or (PureWindowsPath(file_name).stem or file_name)[:NAME_MAX_LENGTH],
        "default_country_code": country_code,
        "data_file_name": file_name,
        "file": f"{key}.data",
        "table": None,
        **NOTHING_PARSED,
        "processing": None,
        "progress": None,
        "import_result": None,
        "error_message": None,
    }
    call.body.file.replace(call.store.files / doc["file"])
    return Import(key, edition["organization_id"], edition["id"], Stage.UPLOADED, None, now, now, doc)


def _columns(created: Import) -> dict[str, str | None]:
    return {
        "id": created.id,
        "organization_id": created.organization_id,
        "edition_id": created.edition_id,
        "stage": created.stage,
        "service": created.service,
        "created": created.created,
        "modified": created.modified,
    }


def _remove(store: Store, found: Import) -> None:
    store.db.execute("DELETE FROM data_imports WHERE id = ?", (found.id,))
    (store.files / found.doc["file"]).unlink(missing_ok=True)
    rmtree(table_folder(store, found), ignore_errors=True)
