"""From a file to an import that is ready to start, as far as that goes without a decision."""

from typing import Annotated

from pydantic import MISSING, BaseModel, Field

from preo_mcp.api.errors import PreoError
from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.models.data_imports import (
    PARSED_STAGES,
    ColumnMapping,
    ColumnType,
    CreateDataImportRequest,
    DataImport,
    ImportStep,
    MappingValidation,
    ParsedData,
    RowProblems,
    Stage,
)
from preo_mcp.api.operations import (
    CREATE_DATA_IMPORT,
    LIST_COLUMN_MAPPINGS,
    PROCESS_COLUMN_MAPPINGS,
    VALIDATE_COLUMN_MAPPINGS,
    Risk,
)
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.together import together
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.client.addresses import FileContent
from preo_mcp.files.sources import Source
from preo_mcp.tools.arguments import CountryCode, EditionId, FileBase64, FileName, FilePath, FileText, ImportName
from preo_mcp.tools.data_imports.stages import NEXT_CALLS, WORK_SECONDS, call_at_stage
from preo_mcp.tools.workflows.evidence import FileEvidence, evidence_of
from preo_mcp.tools.workflows.product_mappings import Proposal, proposals_for
from preo_mcp.tools.workflows.reading import ReadAs, read_as_told
from preo_mcp.tools.workflows.waiting import wait_while_busy

SURE = 0.7
"""A guess below this confidence is named as a decision, also where it can be processed."""

READ_SECONDS = 120
NAMED = 10
"""Columns left out that are named; exports have dozens."""


ReadTheFileAs = Annotated[ReadAs, Field(description="Only where read_as of a first try was wrong.")]


class ColumnReport(BaseModel):
    """A column that is used or in doubt."""

    mapping_id: str
    column: str
    column_type: str | None
    metadata_key: str | None
    samples: str
    suggestion: str | None
    confidence: float | None
    reason: str | None


class PreparedImport(BaseModel):
    """How far a file came, and what it still needs."""

    import_id: str
    stage: Stage
    edition: str
    read_as: str
    parsed_data: ParsedData | None = None
    row_problems: RowProblems | None = None
    unreadable_rows: list[str] | None = None
    error_message: str | None = None
    columns: list[ColumnReport]
    columns_left_out: str | None = None
    errors: dict[str, list[str]] | None = None
    warnings: dict[str, list[str]] | None = None
    unmapped_products: list[Proposal] = Field(default_factory=list[Proposal])
    decisions: list[str] = Field(description="what somebody has to settle; empty when it is ready to start")
    next_step: str


@tool(Workflow("Prepare import from file", Risk.WRITE, operations=(CREATE_DATA_IMPORT, PROCESS_COLUMN_MAPPINGS)))
async def prepare_import(
    preo: Preo,
    edition_id: EditionId,
    file_path: FilePath | MISSING = MISSING,
    text: FileText | MISSING = MISSING,
    file_base64: FileBase64 | MISSING = MISSING,
    file_name: FileName | MISSING = MISSING,
    name: ImportName | MISSING = MISSING,
    default_country_code: CountryCode | MISSING = MISSING,
    read_as: ReadTheFileAs | MISSING = MISSING,
) -> PreparedImport:
    """Take a shop's order export (CSV or Excel) as far towards an import as it goes without a decision.

    Uploads it, guesses its columns, checks them, parses the orders when they are valid and matches products; writes no
    orders. Returns what still has to be decided, with three sample values per column and suggestions. Give exactly one
    of file_path, text and file_base64.
    """
    source, unreadable = await read_as_told(preo.settings, file_path, text, file_base64, file_name, read_as)
    evidence = await evidence_of(source)
    created = await upload(preo, edition_id, source, name, default_country_code)
    try:
        prepared = await _go_on(preo, created, evidence)
    except PreoError as exc:
        exc.next_step += f" The import {created.id} was made: get_data_import shows how far it came."
        raise
    return prepared.model_copy(update={"unreadable_rows": unreadable or None})


async def _go_on(preo: Preo, created: ImportStep, evidence: FileEvidence) -> PreparedImport:
    read = await wait_while_busy(preo, created.id, READ_SECONDS)
    if read.stage is not Stage.NEEDS_COLUMN_MAPPING:
        return _report(read, evidence, [], MappingValidation(valid=False), [])
    mappings, checked = await together(
        preo.request(LIST_COLUMN_MAPPINGS, Page[ColumnMapping], query=PageQuery(page_size=1000), id=read.id),
        call_at_stage(preo, VALIDATE_COLUMN_MAPPINGS, MappingValidation, read.id),
    )
    if not checked.valid:
        return _report(read, evidence, mappings.results, checked, [])
    await call_at_stage(preo, PROCESS_COLUMN_MAPPINGS, DataImport, read.id, timeout=WORK_SECONDS)
    parsed = await wait_while_busy(preo, read.id, READ_SECONDS)
    proposals = (await proposals_for(preo, parsed)).proposals if parsed.stage in PARSED_STAGES else []
    return _report(parsed, evidence, mappings.results, checked, proposals)


def _report(
    data_import: DataImport,
    evidence: FileEvidence,
    mappings: list[ColumnMapping],
    checked: MappingValidation,
    proposals: list[Proposal],
) -> PreparedImport:
    columns = [_column(mapping, evidence) for mapping in mappings]
    shown = [column for column in columns if not _left_out(column)]
    left_out = [column.column for column in columns if _left_out(column)]
    edition = data_import.edition
    return PreparedImport(
        import_id=data_import.id,
        stage=data_import.stage,
        edition=f"{edition.full_name} ({edition.id})" if edition else "unknown",
        read_as=evidence.read_as,
        parsed_data=data_import.parsed_data,
        row_problems=data_import.row_problems,
        error_message=data_import.error_message,
        columns=shown,
        columns_left_out=_named(left_out) if left_out else None,
        errors=checked.errors or None,
        warnings=checked.warnings or None,
        unmapped_products=proposals,
        decisions=[*_column_decisions(shown, checked), *_product_decisions(proposals)],
        next_step=NEXT_CALLS[data_import.stage],
    )


def _column(mapping: ColumnMapping, evidence: FileEvidence) -> ColumnReport:
    seen = evidence.columns.get(mapping.column)
    agrees = seen is None or seen.suggestion == mapping.column_type
    return ColumnReport(
        mapping_id=mapping.id,
        column=mapping.column,
        column_type=mapping.column_type,
        metadata_key=mapping.metadata_key,
        samples=seen.samples if seen else "",
        suggestion=None if agrees or seen is None else seen.suggestion,
        confidence=seen.confidence if seen else None,
        reason=seen.reason if seen else None,
    )


def _left_out(column: ColumnReport) -> bool:
    unused = (None, ColumnType.IGNORE)
    return column.column_type in unused and column.suggestion in unused


def _named(columns: list[str]) -> str:
    rest = len(columns) - NAMED
    more = f" and {rest} more (list_column_mappings shows all)" if rest > 0 else ""
    return f"{', '.join(columns[:NAMED])}{more}"


def _column_decisions(columns: list[ColumnReport], checked: MappingValidation) -> list[str]:
    decisions = [f"{key}: {' '.join(reasons)}" for key, reasons in checked.errors.items()]
    for column in columns:
        if column.suggestion is not None:
            decisions.append(
                f"Column {column.column}: {column.column_type or 'left out'}, or rather {column.suggestion}?"
            )
        elif column.confidence is not None and column.confidence < SURE:
            decisions.append(f"Column {column.column}: is it {column.column_type}?")
    return decisions


def _product_decisions(proposals: list[Proposal]) -> list[str]:
    return [
        f"Product {proposal.sku or proposal.name} (×{proposal.quantity}): "
        + (f"is it {proposal.stands_for}?" if proposal.stands_for else "which product is it, or is it skipped?")
        for proposal in proposals
    ]


async def upload(
    preo: Preo, edition_id: str, source: Source, name: str | MISSING, default_country_code: str | MISSING
) -> ImportStep:
    """Return the new import of a file.

    Raises:
        PreoError: the file or the edition is refused, or the upload failed.
    """
    request = CreateDataImportRequest(
        edition_id=edition_id,
        data_file_base64="",
        data_file_name=source.name,
        name=name,
        default_country_code=default_country_code,
    )
    files = {"data_file_base64": FileContent(source.content)}
    return await preo.request(CREATE_DATA_IMPORT, ImportStep, body=request, files=files, timeout=WORK_SECONDS)
